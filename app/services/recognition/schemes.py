"""Schemes of evaluation 评价方案 as data: written in a form or a file, checked whole before they are kept.

A scheme that a published round was judged by is never changed: it is copied, and the copy changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.machines import OFFICERS
from app.domain.normal import clean
from app.domain.recognition import scheme as rules
from app.domain.text import N_
from app.services import records

#: a scheme's file is a few kilobytes; more is something else
MOST_BYTES = 512 * 1024
_NAME_LENGTH = 200
Document = dict[str, Any]


def create(actor: Actor, document: Mapping[str, Any], now: datetime) -> m.EvaluationScheme:
    """Keep a new scheme; RuleError with every fault at its place."""
    _officers_only(actor)
    kept = _checked(document, None)
    made = m.EvaluationScheme(created_at=now, changed_at=now, **_columns(kept))
    session.add(made)
    session.flush()
    return made


def change(
    actor: Actor, scheme_id: int, document: Mapping[str, Any], version: int | None, now: datetime
) -> m.EvaluationScheme:
    """Change a scheme; Conflict where a published round was judged by it, or somebody else changed it."""
    scheme = load(scheme_id, actor)
    _officers_only(actor)
    if is_frozen(scheme.id):
        raise Conflict(N_("该方案已用于已发布的批次，不能修改；请复制为新方案后修改"))
    records.expect(scheme, version)
    kept = _checked(document, scheme)
    for name, value in _columns(kept).items():
        setattr(scheme, name, value)
    records.touch(scheme, now)
    return scheme


def copy(actor: Actor, scheme_id: int, name: str, now: datetime) -> m.EvaluationScheme:
    """A new scheme like an old one, under another name."""
    return create(actor, {**load(scheme_id, actor).content, "name": clean(name)}, now)


def remove(actor: Actor, scheme_id: int) -> None:
    """Delete a scheme no round uses."""
    scheme = load(scheme_id, actor)
    _officers_only(actor)
    if used_by(scheme.id):
        raise Conflict(N_("该方案已被认定批次使用，不能删除"))
    session.delete(scheme)
    session.flush()


def load(scheme_id: int, actor: Actor) -> m.EvaluationScheme:
    """The scheme, for staff and auditors; NotFound for everybody else."""
    return records.load(m.EvaluationScheme, scheme_id, actor)


def every() -> list[m.EvaluationScheme]:
    """All schemes the actor may see, by name."""
    return list(session.scalars(select(m.EvaluationScheme).order_by(m.EvaluationScheme.name)))


def used_by(scheme_id: int) -> list[m.RecognitionRound]:
    """The rounds that name the scheme, newest first."""
    query = select(m.RecognitionRound).where(m.RecognitionRound.scheme_id == scheme_id)
    return list(session.scalars(query.order_by(m.RecognitionRound.year.desc())))


def is_frozen(scheme_id: int) -> bool:
    """Whether a round that names the scheme has been published."""
    return any(round_.state != "draft" for round_ in used_by(scheme_id))


def read_text(text: str) -> Document:
    """A scheme's document from JSON text; RuleError naming line and column where it is none."""
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        what = N_("第 {line} 行第 {column} 列不是有效的 JSON", line=fault.lineno, column=fault.colno)
        raise RuleError([Problem("document", what)]) from fault
    except RecursionError as fault:
        raise RuleError([Problem("document", N_("JSON 嵌套太深"))]) from fault
    if not isinstance(document, dict):
        raise RuleError([Problem("document", N_("方案文件应为一个 JSON 对象"))])
    return document


def read_file(data: bytes) -> Document:
    """A scheme's document from a file: JSON in UTF-8."""
    _refuse_large("file", data)
    try:
        return read_text(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        what = N_("文件不是 UTF-8 编码的 JSON（第 {place} 字节）", place=fault.start + 1)
        raise RuleError([Problem("file", what)]) from fault


def written(document: Mapping[str, Any]) -> str:
    """The document as text, for a file or the editor; ``read_text`` reads it back."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def problems(document: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a document, each fault with its place; nothing where it is a scheme."""
    try:
        rules.read(document)
    except RuleError as error:
        return error.problems
    return []


def _checked(document: Mapping[str, Any], own: m.EvaluationScheme | None) -> Document:
    _refuse_large("document", written(document).encode())
    found = problems(document)
    name = document.get("name")
    if isinstance(name, str) and len(name) > _NAME_LENGTH:
        found.append(
            Problem("name", N_("最多 {most} 个字，现为 {count} 个", most=_NAME_LENGTH, count=len(name)))
        )
    same_name = select(m.EvaluationScheme.id).where(m.EvaluationScheme.name == str(name))
    if own is not None:
        same_name = same_name.where(m.EvaluationScheme.id != own.id)
    if session.execute(same_name).first() is not None:
        found.append(Problem("name", N_("已有名为“{name}”的方案，请换一个名称", name=name)))
    if found:
        raise RuleError(found)
    return dict(document)


def _refuse_large(field: str, data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise RuleError([Problem(field, N_("方案文件不能超过 {most} KB", most=MOST_BYTES // 1024))])


def _columns(document: Document) -> dict[str, Any]:
    return {"name": document["name"], "example": bool(document.get("example", True)), "content": document}


def _officers_only(actor: Actor) -> None:
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("只有认定专员可以修改评价方案"))


def _once(pairs: list[tuple[str, Any]]) -> Document:
    """An object whose names are each given once: of two, a reader would silently drop one."""
    made: Document = {}
    for name, value in pairs:
        if name in made:
            raise RuleError([Problem("document", N_("“{name}”重复出现", name=name[:60]))])
        made[name] = value
    return made


def _no_constant(name: str) -> NoReturn:
    raise RuleError([Problem("document", N_("{name} 不是数", name=name))])
