"""Messages of the rules and labels of codes, in the reader's language."""

from __future__ import annotations

from typing import Any, Protocol, cast

from babel.support import NullTranslations
from flask import g
from flask_babel import get_locale, get_translations, gettext
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.domain.errors import Problem
from app.domain.text import Message, Name


def render(message: Message | Name | str) -> str:
    """The sentence in the reader's language, its parameters filled in."""
    if not isinstance(message, Message):
        return str(_shown(message))
    params = {name: _shown(value) for name, value in message.params.items()}
    return gettext(message.msgid).format(**params)


def said(problem: Problem) -> str:
    """What is wrong, in the reader's language."""
    return render(problem.english if problem.english is not None and in_english() else problem.message)


def _shown(value: object) -> object:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, Name):
        return value.english if in_english() else value.zh
    return value


def use_one_catalog(templates: Environment) -> None:
    """Let templates look the reader's language up once a page instead of once a word, and say words without a detour:
    a page has a hundred of them."""
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda word: _catalog().ugettext(word),
        ngettext=lambda one, many, count: _catalog().ungettext(one, many, count),
        newstyle=True,
    )
    templates.globals["_"] = _word


@pass_eval_context
def _word(context: EvalContext, word: str, /, **values: Any) -> str:
    said = _catalog().ugettext(word)
    if context.autoescape:
        said = Markup(said)  # noqa: S704 (our own words)
    return said % values if "%" in said else said


def _catalog() -> NullTranslations:
    if "catalog" not in g:
        g.catalog = get_translations()
    return cast(NullTranslations, g.catalog)


class Named(Protocol):
    """What has a Chinese and an English name: a region, an industry, a class."""

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


def called(named: Named) -> str:
    """The name in the reader's language."""
    return named.name_en if in_english() else named.name


def in_english() -> bool:
    """Whether the reader chose English; asked for every name on a page, so found out once for it."""
    known: bool | None = g.get("english") if g else False
    if known is None:
        known = g.english = str(get_locale()) == "en"
    return known
