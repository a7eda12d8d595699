"""Message texts: data that staff may edit, filled in within a sandbox.

The texts delivered with the platform are in ``app/data/message_templates.csv``; a row of ``message_template`` stands
before them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import select

from app.db import session
from app.domain.clock import BEIJING
from app.domain.errors import Problem
from app.domain.text import N_
from app.models import MessageTemplate

DELIVERED = Path(__file__).parents[1] / "data" / "message_templates.csv"
LANGUAGES = ("zh", "en")
#: Filled in by the outbox for every template.
IMPLIED = frozenset({"text_id"})

_DATES = {"zh": ("y年M月d日", "zh_Hans_CN"), "en": ("d MMMM y", "en")}
_sandbox = SandboxedEnvironment(autoescape=False, undefined=StrictUndefined)


class UnknownTemplate(LookupError):
    """No template has this code."""


@dataclass(frozen=True)
class Source:
    """A template in one language. ``sms`` is empty where no SMS is sent; ``sms_template`` is the provider's code."""

    code: str
    language: str
    subject: str
    body: str
    sms: str
    parameters: str
    sms_template: str = ""


@dataclass(frozen=True)
class Text:
    """A message ready to send; ``sms_params`` are the values its SMS uses."""

    subject: str
    body: str
    sms: str
    sms_template: str
    sms_params: dict[str, str]


def render(code: str, language: str, params: Mapping[str, object]) -> Text:
    """Fill in template ``code``; days and instants are written as the language does, instants in Beijing time.

    Raises ``UnknownTemplate``, and jinja2's ``UndefinedError`` when a parameter is missing.
    """
    source = _source(code, language)
    values = {name: _as_text(value, source.language) for name, value in params.items()}
    used = names(source.sms)
    return Text(
        subject=one_line(_fill(source.subject, values))[:200],
        body=_fill(source.body, values).strip(),
        sms=one_line(_fill(source.sms, values)),
        sms_template=source.sms_template,
        sms_params={name: one_line(text) for name, text in values.items() if name in used},
    )


def one_line(text: str) -> str:
    """``text`` on one line and without control characters: fit for a mail header or an SMS."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def problems(template: MessageTemplate) -> list[Problem]:
    """What is wrong with an edited template: text that cannot be read, parameters that nobody supplies, expressions,
    which may fail or grow only when a message is written and would then stop what it is about."""
    known = {name.strip() for name in template.parameters.split(",")} | IMPLIED
    found = []
    for field in ("subject", "body", "sms"):
        text = getattr(template, field) or ""
        try:
            unknown, is_plain = sorted(names(text) - known), _is_plain(text)
        except TemplateError as error:
            found.append(Problem(field, N_("模板写法有误：{reason}", reason=str(error))))
            continue
        if unknown:
            found.append(Problem(field, N_("没有这些参数：{names}", names="、".join(unknown))))
        elif not is_plain:
            found.append(Problem(field, N_("只能写文字和双花括号中的参数名，不能写表达式或语句")))
    return found


@cache
def delivered() -> tuple[Source, ...]:
    """The texts that come with the platform."""
    return tuple(_read(DELIVERED))


def _read(path: Path) -> Iterator[Source]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Source(**{field.name: row.get(field.name) or "" for field in fields(Source)})


def _source(code: str, language: str) -> Source:
    query = select(MessageTemplate).where(MessageTemplate.code == code).execution_options(unscoped=True)
    own = {row.language: row for row in session.scalars(query)}
    given = {source.language: source for source in delivered() if source.code == code}
    for each in (language, LANGUAGES[0]):
        if found := own.get(each):
            return Source(**{field.name: getattr(found, field.name) for field in fields(Source)})
        if each in given:
            return given[each]
    raise UnknownTemplate(code)


#: compiling a template takes longer than everything else about a message, and a round sends thousands of the same
_compiled = lru_cache(maxsize=500)(_sandbox.from_string)


@lru_cache(maxsize=500)
def names(text: str) -> frozenset[str]:
    """The parameters that a template's text uses."""
    return frozenset(meta.find_undeclared_variables(_sandbox.parse(text)))


def _is_plain(text: str) -> bool:
    """Whether a template's text holds nothing but text and names of parameters."""
    plain = (nodes.Output, nodes.TemplateData, nodes.Name)
    return all(isinstance(node, plain) for node in _sandbox.parse(text).find_all(nodes.Node))


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _compiled(text).render(values)


def _as_text(value: object, language: str) -> str:
    pattern, locale = _DATES[language]
    if isinstance(value, datetime):
        return format_datetime(value, f"{pattern} HH:mm", tzinfo=BEIJING, locale=locale)
    if isinstance(value, date):
        return format_date(value, pattern, locale=locale)
    return "" if value is None else str(value)
