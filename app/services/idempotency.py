"""Requests that may be repeated: with an ``Idempotency-Key`` the work is done once, and answered alike every time (T-W02).

The key is written first and the answer last, in the transaction of the work itself: either all of it stays or nothing,
and of two requests at once the second waits for the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Problem, RuleError
from app.domain.text import N_

HEADER = "Idempotency-Key"
LIFE = timedelta(days=1)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_QUIETLY: dict[str, Any] = {"synchronize_session": False}


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    body: str


def fingerprint(method: str, address: str, body: bytes) -> str:
    """What makes two requests the same."""
    return sha256(b"\0".join((method.encode(), address.encode("utf-8", "replace"), body))).hexdigest()


def begin(actor: Actor, key: str, request: str, now: datetime) -> Answer | None:
    """The answer that the request with this key had, None the first time; RuleError where the key was another's."""
    if not _KEY.fullmatch(key):
        raise RuleError([Problem(HEADER, N_("应为 1 至 200 个可见的 ASCII 字符"))])
    mine = (m.KeptAnswer.user_id == actor.user_id, m.KeptAnswer.key == key)
    old = delete(m.KeptAnswer).where(*mine, m.KeptAnswer.created_at <= now - LIFE)
    session.execute(old.execution_options(**_QUIETLY))
    insert = _INSERTS[session.get_bind().dialect.name]
    row = {"user_id": actor.user_id, "key": key, "request": request, "created_at": now}
    # whoever is second waits here until the first is done
    table = m.KeptAnswer.__table__.c
    writing = insert(m.KeptAnswer.__table__).values(row).on_conflict_do_nothing().returning(table.key)
    if session.execute(writing).scalar_one_or_none() is not None:
        return None
    kept = session.execute(
        select(table.request, table.status, table.body).where(
            table.user_id == actor.user_id, table.key == key
        )
    ).one()
    if kept.request != request:
        raise RuleError([Problem(HEADER, N_("该键已用于内容不同的请求，请换一个"))])
    return Answer(kept.status, kept.body)


def keep(actor: Actor, key: str, answer: Answer) -> None:
    """Keep the answer of a request begun in this transaction."""
    mine = (m.KeptAnswer.user_id == actor.user_id, m.KeptAnswer.key == key)
    change = update(m.KeptAnswer).where(*mine).values(status=answer.status, body=answer.body)
    session.execute(change.execution_options(**_QUIETLY))


def tidy(now: datetime) -> None:
    """Forget answers older than a day."""
    session.execute(delete(m.KeptAnswer).where(m.KeptAnswer.created_at <= now - LIFE))
