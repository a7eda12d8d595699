"""The only code that writes a state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app import audit
from app import models as m
from app.db import session
from app.domain import machines
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed
from app.domain.machines import Machine
from app.domain.text import N_

#: Which table a machine's states live in.
SUBJECTS: dict[str, type[Any]] = {
    machines.REALNAME.name: m.Unit,
    machines.FILING.name: m.Product,
    machines.UPDATE.name: m.ProductYear,
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


def _unit_of(record: Any) -> int:
    return int(record.id if isinstance(record, m.Unit) else record.unit_id)


def _role_of(actor: Actor) -> str:
    return "system" if actor.is_system else min(actor.roles)
