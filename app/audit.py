"""The audit trail: every change and every refused access as a row, chained by hash, in the transaction it belongs to.

Rows are collected while a session flushes and appended just before it commits, under a lock on the chain's head, so
that the chain has no gaps and the lock is short. Leaving out, changing or adding a row in the middle breaks the chain;
cutting off its end shows against a head that was noted elsewhere (``flask audit head``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.orm import Session, SessionTransaction

from app import models as m
from app.domain.actor import Actor
from app.domain.clock import utc_now

#: Closed list of words for ``AuditEvent.action``.
ACTIONS = (
    "create",
    "change",
    "delete",
    "transition",
    "refused",
    "signin",
    "signin_failed",
    "signout",
    "locked",
    "code_sent",
    "password_changed",
    "download",
    "export",
    "import",
    "quarantined",
    "demo_loaded",
    "setting_changed",
)

GENESIS = "0" * 64
_PENDING = "audit_pending"
#: Never written to the trail.
_SECRET = frozenset({"password", "code_hash", "data", "tokens", "digest", "salt", "old_salt"})
#: Tables that are themselves traces or counters.
_UNRECORDED: tuple[type[Any], ...] = (
    m.AuditEvent,
    m.AuditHead,
    m.Transition,
    m.NumberSeries,
    m.Outbox,
    m.WebhookDelivery,
    m.WebSession,
    m.OneTimeCode,
    m.SigninFailure,
    m.ProductSearch,
    m.RegisterPatentee,
)


@dataclass(frozen=True)
class Entry:
    """What is to be appended: ``detail`` maps fields to [before, after] or holds other facts of the action."""

    action: str
    entity: str
    entity_id: str
    unit_id: int | None
    detail: dict[str, Any]


def install_once(target: Any) -> None:
    """Listen on ``target``, a session factory; a second call changes nothing."""
    if event.contains(target, "after_flush", _collect):
        return
    event.listen(target, "after_flush", _collect)
    event.listen(target, "before_commit", append_pending)
    event.listen(target, "after_begin", _mark)
    event.listen(target, "after_soft_rollback", _forget)


def record(
    session: Session,
    action: str,
    entity: str = "",
    entity_id: object = "",
    *,
    unit_id: int | None = None,
    **detail: Any,
) -> None:
    """Note an action that is no change of a row (a download, a sign-in, a refusal), or one done by a bulk statement."""
    if action not in ACTIONS:
        raise ValueError(f"unknown audit action {action!r}")
    _pending(session).append(Entry(action, entity, str(entity_id), unit_id, detail))


def _pending(session: Session) -> list[Entry]:
    entries: list[Entry] = session.info.setdefault(_PENDING, [])
    return entries


def _collect(session: Session, _context: Any) -> None:
    entries = _pending(session)
    for row in session.new:
        _note(entries, "create", row, _values(row))
    for row in session.dirty:
        if changes := _changes(row):
            _note(entries, "change", row, changes)
    for row in session.deleted:
        _note(entries, "delete", row, _values(row))


def _note(entries: list[Entry], action: str, row: Any, detail: dict[str, Any]) -> None:
    if isinstance(row, _UNRECORDED):
        return
    state = inspect(row)
    key = "/".join(str(part) for part in (state.identity or state.mapper.primary_key_from_instance(row)))
    unit_id = row.id if isinstance(row, m.Unit) else getattr(row, "unit_id", None)
    entries.append(Entry(action, state.mapper.local_table.name, key, unit_id, detail))


def _values(row: Any) -> dict[str, Any]:
    loaded = inspect(row).dict
    columns = inspect(type(row)).column_attrs
    return {c.key: loaded[c.key] for c in columns if loaded.get(c.key) is not None and c.key not in _SECRET}


def _changes(row: Any) -> dict[str, Any]:
    state = inspect(row)
    changes: dict[str, Any] = {}
    for column in state.mapper.column_attrs:
        history: Any = state.attrs[column.key].history
        if history.has_changes() and column.key not in {"version", "changed_at"}:
            old, new = (history.deleted or [None])[0], (history.added or [None])[0]
            changes[column.key] = ["…", "…"] if column.key in _SECRET else [old, new]
    return changes | _role_changes(row)


def _role_changes(row: Any) -> dict[str, Any]:
    if not isinstance(row, User | Role):
        return {}
    attribute = "roles" if isinstance(row, User) else "permissions"
    history: Any = inspect(row).attrs[attribute].history
    if not history.has_changes():
        return {}
    return {attribute: [[str(x) for x in history.deleted], [str(x) for x in history.added]]}


def _mark(session: Session, transaction: SessionTransaction, _connection: Any) -> None:
    if transaction.nested:
        session.info.setdefault("audit_marks", {})[id(transaction)] = len(_pending(session))


def _forget(session: Session, transaction: SessionTransaction) -> None:
    marks = session.info.setdefault("audit_marks", {})
    if transaction.nested:
        del _pending(session)[marks.pop(id(transaction), 0) :]
    else:
        _pending(session).clear()
        marks.clear()


def append_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    entries = list(_pending(session))
    _pending(session).clear()
    if not entries:
        return
    head = session.execute(
        update(m.AuditHead)
        .where(m.AuditHead.id == 1)
        .values(last_id=m.AuditHead.last_id + len(entries))
        .returning(m.AuditHead.last_id, m.AuditHead.last_hash)
    ).one_or_none()
    if head is None:  # the very first event of a new database
        session.execute(insert(m.AuditHead).values(id=1, last_id=len(entries), last_hash=GENESIS))
    last_id, last_hash = (head.last_id - len(entries), head.last_hash) if head else (0, GENESIS)
    rows, last_hash = _chain(session, entries, last_id, last_hash)
    session.execute(insert(m.AuditEvent), rows)
    session.execute(update(m.AuditHead).where(m.AuditHead.id == 1).values(last_hash=last_hash))


def _chain(
    session: Session, entries: list[Entry], last_id: int, last_hash: str
) -> tuple[list[dict[str, Any]], str]:
    actor: Actor = session.info.get("actor") or Actor.system()
    now, ip = utc_now(), session.info.get("ip")
    rows = []
    for number, entry in enumerate(entries, start=last_id + 1):
        row = {
            "id": number,
            "at": now,
            "actor_id": actor.user_id,
            "actor_name": actor.name,
            "action": entry.action,
            "entity": entry.entity,
            "entity_id": entry.entity_id,
            "unit_id": entry.unit_id,
            "ip": ip,
            "detail": json.dumps(entry.detail, ensure_ascii=False, sort_keys=True, default=str),
        }
        last_hash = row["hash"] = event_hash(last_hash, row)
        rows.append(row)
    return rows, last_hash


def event_hash(previous: str, row: dict[str, Any]) -> str:
    """SHA-256 over the previous event's hash and this event's fields; hex, 64 characters."""
    at: datetime = row["at"]
    fields = [
        row["id"],
        at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        row["actor_id"],
        row["actor_name"],
        row["action"],
        row["entity"],
        row["entity_id"],
        row["unit_id"],
        row["ip"],
        row["detail"],
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def head(session: Session) -> tuple[int, str]:
    """Number and hash of the last event: note it outside the system to prove later that nothing was cut off."""
    row = session.execute(
        select(m.AuditHead.last_id, m.AuditHead.last_hash).where(m.AuditHead.id == 1)
    ).one_or_none()
    return (row.last_id, row.last_hash) if row else (0, GENESIS)


def verify(session: Session, *, expect: tuple[int, str] | None = None) -> Iterator[str]:
    """Walk the whole chain and yield a sentence for each fault; nothing when it is whole.

    ``expect`` is a head noted earlier (number, hash): the chain must still hold exactly that event.
    """
    previous, number = GENESIS, 0
    columns = m.AuditEvent.__table__.columns
    for row in session.execute(select(*columns).order_by(m.AuditEvent.id).execution_options(yield_per=2000)):
        number += 1
        if row.id != number:
            yield f"event {number} is missing (found {row.id})"
            number = row.id
        if row.hash != event_hash(previous, dict(row._mapping)):
            yield f"event {row.id} does not match its hash"
        previous = row.hash
        if expect and row.id == expect[0]:
            if row.hash != expect[1]:
                yield f"event {row.id} is not the one that was noted"
            expect = None
    if expect and expect[0] > 0:
        yield f"event {expect[0]}, which was noted, is missing: the end was cut off"
    if (number, previous) != head(session):
        yield "the last event is not the one the head names: the end was cut off or events were added"
