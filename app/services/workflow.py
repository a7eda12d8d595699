"""The only code that writes a state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app import audit
from app import models as m
from app.db import session
from app.domain import machines
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed
from app.domain.machines import Machine
from app.domain.text import N_
from app.services import happenings

#: Which table a machine's states live in.
SUBJECTS: dict[str, type[Any]] = {
    machines.REALNAME.name: m.Unit,
    machines.FILING.name: m.Product,
    machines.UPDATE.name: m.ProductYear,
    machines.ROUND.name: m.RecognitionRound,
    machines.RECOGNITION.name: m.Recognition,
    machines.OBJECTION.name: m.Objection,
}


def fire(
    machine: Machine,
    record: Any,
    verb: str,
    actor: Actor,
    now: datetime,
    *,
    note: str | None = None,
    version: int | None = None,
    values: dict[str, Any] | None = None,
) -> None:
    """Move ``record`` along ``verb``: one conditional update that names the old state and the version seen.

    ``values`` are further columns that change with the state. Raises Conflict when the state does not allow the verb
    or somebody else was quicker, NotAllowed when the actor's roles do not. Writes the transition and the audit event.
    """
    transition = machine.find(record.state, verb)
    if transition is None:
        raise Conflict(machine.refusal(record.state, verb))
    if not actor.is_system and not actor.has(*transition.roles):
        raise NotAllowed(N_("您的角色不能执行该操作"))
    session.flush()
    source, seen = record.state, record.version if version is None else version
    changes = {**(values or {}), "state": transition.target, "version": seen + 1, "changed_at": now}
    _update(SUBJECTS[machine.name], record, source, seen, changes)
    session.add(_transition_row(machine, record, verb, source, transition.target, actor, now, note))
    happenings.moved(machine, verb, [record.id], now, note=note)
    audit.record(
        session(),
        "transition",
        record.__tablename__,
        record.id,
        unit_id=_unit_of(record),
        verb=verb,
        state=[source, transition.target],
        **(values or {}),
    )


def fire_many(
    machine: Machine,
    verb: str,
    condition: ColumnElement[bool],
    actor: Actor,
    now: datetime,
    *,
    note: str | None = None,
    values: dict[str, Any] | None = None,
) -> int:
    """Move every record that fits ``condition`` and is in a state ``verb`` leaves; returns how many.

    A few statements whatever the number: a transition row each, one audit event that counts them. Records loaded
    before are out of date afterwards. Raises NotAllowed as ``fire`` does.
    """
    transition = next(t for t in machine.transitions if t.verb == verb)
    if not actor.is_system and not actor.has(*transition.roles):
        raise NotAllowed(N_("您的角色不能执行该操作"))
    session.flush()
    model = SUBJECTS[machine.name]
    moving = and_(condition, model.state.in_(transition.sources))
    changes = {**(values or {}), "state": transition.target, "version": model.version + 1, "changed_at": now}
    # rows that others hold are waited for, so that the transitions written are those of the rows then changed
    ids = list(session.scalars(select(model.id).where(moving).order_by(model.id).with_for_update()))
    _write_transitions(machine, model, ids, transition, actor, now, note)
    for some in batched(ids):
        session.execute(
            update(model)
            .where(model.id.in_(some))
            .values(changes)
            .execution_options(synchronize_session=False)
        )
        happenings.moved(machine, verb, some, now, note=note)
    session.expire_all()
    audit.record(
        session(), "transition", model.__tablename__, "", verb=verb, to=transition.target, count=len(ids)
    )
    return len(ids)


def _write_transitions(
    machine: Machine, model: type[Any], ids: list[int], transition: machines.Transition, actor: Actor, now: datetime,
    note: str | None,
) -> None:  # fmt: skip
    fixed = {"machine": machine.name, "verb": transition.verb, "target": transition.target, "actor_id": actor.user_id,
             "actor_role": _role_of(actor), "at": now, "note": note}  # fmt: skip
    for some in batched(ids):
        rows = session.execute(select(model.id, model.unit_id, model.state).where(model.id.in_(some)))
        session.execute(
            insert(m.Transition),
            [{**fixed, "subject_id": key, "unit_id": unit, "source": state} for key, unit, state in rows],
        )


def batched(ids: list[int], size: int = 5_000) -> Iterator[list[int]]:
    """``ids`` in pieces that fit into one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _update(model: type[Any], record: Any, source: str, seen: int, changes: dict[str, Any]) -> None:
    statement = (
        update(model)
        .where(model.id == record.id, model.state == source, model.version == seen)
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    if result.rowcount != 1:
        raise Conflict(N_("该记录刚刚被他人处理或修改，请刷新后再操作"))
    for name, value in changes.items():
        set_committed_value(record, name, value)


def _transition_row(
    machine: Machine,
    record: Any,
    verb: str,
    source: str,
    target: str,
    actor: Actor,
    now: datetime,
    note: str | None,
) -> m.Transition:
    return m.Transition(
        machine=machine.name,
        subject_id=record.id,
        unit_id=_unit_of(record),
        verb=verb,
        source=source,
        target=target,
        actor_id=actor.user_id,
        actor_role=_role_of(actor),
        at=now,
        note=note,
    )


def _unit_of(record: Any) -> int | None:
    return record.id if isinstance(record, m.Unit) else getattr(record, "unit_id", None)


def _role_of(actor: Actor) -> str:
    return "system" if actor.is_system else min(actor.roles)
