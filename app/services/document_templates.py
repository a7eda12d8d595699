"""The templates of documents 文件模板 that staff write: judged and tried before they are kept, every version of them.

A document that has been issued keeps its file; a new version is for those that are made from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.documents import editable
from app.documents.editable import EDITABLE, Editable
from app.documents.turns import turn
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError
from app.domain.machines import OFFICERS
from app.domain.normal import clean
from app.domain.text import N_, Message

NOTE_LENGTH = 200
_SHOWN = 100


@dataclass(frozen=True)
class InForce:
    """What a document is made from today: version ``number`` (0: never changed) and its text."""

    document: Editable
    number: int
    html: str
    built_in: bool


def text_of(code: str) -> str | None:
    """The template that takes the built-in one's place; None where the built-in one is in force."""
    newest = _newest(code)
    return newest.html if newest else None


def in_force(code: str) -> InForce:
    """The template a document is made from today."""
    document, newest = _document(code), _newest(code)
    if newest is None or newest.html is None:
        return InForce(document, newest.number if newest else 0, document.built_in(), built_in=True)
    return InForce(document, newest.number, newest.html, built_in=False)


def save(
    actor: Actor, code: str, html: str, note: str, now: datetime, *, seen: int | None
) -> m.DocumentTemplate:
    """Put a template in force; RuleError with every fault and its line, Conflict where ``seen`` is not the newest."""
    may_write(actor)
    text, words = editable.normal(html), clean(note)
    if len(words) > NOTE_LENGTH:
        raise RuleError(
            [Problem("note", N_("最多 {most} 个字，现为 {count} 个", most=NOTE_LENGTH, count=len(words)))]
        )
    before = _expected(code, seen)
    if text == before.html:
        raise RuleError([Problem(editable.FIELD, N_("模板没有改动"))])
    with turn(None):
        editable.accepted(code, text)
    return _kept(before, None if text == before.document.built_in() else text, words, actor, now)


def reset(actor: Actor, code: str, now: datetime, *, seen: int | None) -> m.DocumentTemplate:
    """Put the built-in template in force again; what was written stays among the versions."""
    may_write(actor)
    before = _expected(code, seen)
    if before.built_in:
        raise Conflict(N_("正在使用的就是内置模板"))
    return _kept(before, None, "", actor, now)


def preview(actor: Actor, code: str, html: str, language: str) -> bytes:
    """The document with example data as this template makes it, which is not kept."""
    may_write(actor)
    _document(code)
    with turn(None):
        return editable.preview(code, editable.normal(html), language)


def versions(code: str) -> list[m.DocumentTemplate]:
    """What was in force and is, the newest first."""
    query = select(m.DocumentTemplate).where(m.DocumentTemplate.code == _document(code).code)
    newest = query.order_by(m.DocumentTemplate.number.desc()).limit(_SHOWN)
    return list(session.scalars(newest.options(joinedload(m.DocumentTemplate.author))))


def version(code: str, number: int) -> m.DocumentTemplate:
    """One version, or NotFound."""
    query = select(m.DocumentTemplate).where(
        m.DocumentTemplate.code == _document(code).code, m.DocumentTemplate.number == number
    )
    found = session.scalars(query.options(joinedload(m.DocumentTemplate.author))).one_or_none()
    if found is None:
        raise NotFound
    return found


def source(of: m.DocumentTemplate) -> str:
    """The text of a version."""
    return EDITABLE[of.code].built_in() if of.html is None else of.html


def may_write(actor: Actor) -> None:
    """NotAllowed unless the actor may change templates."""
    if not actor.has(*OFFICERS):
        raise NotAllowed(N_("只有认定专员和管理员可以修改文件模板"))


def _document(code: str) -> Editable:
    found = EDITABLE.get(code)
    if found is None:
        raise NotFound
    return found


def _newest(code: str) -> m.DocumentTemplate | None:
    query = select(m.DocumentTemplate).where(m.DocumentTemplate.code == code)
    return session.scalars(query.order_by(m.DocumentTemplate.number.desc()).limit(1)).one_or_none()


def _expected(code: str, seen: int | None) -> InForce:
    before = in_force(code)
    if before.number != seen:
        raise Conflict(_changed())
    return before


def _kept(before: InForce, html: str | None, note: str, actor: Actor, now: datetime) -> m.DocumentTemplate:
    made = m.DocumentTemplate(
        code=before.document.code, number=before.number + 1, html=html, note=note, author_id=actor.user_id, created_at=now,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_changed()) from error
    return made


def _changed() -> Message:
    return N_("模板在您打开之后已被别人修改，您的修改没有保存。请核对差异后再保存")
