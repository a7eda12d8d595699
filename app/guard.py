"""Applies the policies to the database session, so that no page, action, API or export can forget them.

Reads: every ORM SELECT in a session that carries an actor gets ``policies.visible`` for each model it touches,
relations included. Writes: before a flush every new, changed or deleted row must be one the actor may write, and every
foreign key it sets must point to a row the actor may see.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from app import policies
from app.domain.actor import Actor
from app.domain.errors import NotAllowed, NotFound
from app.domain.text import N_


def install_once(target: Any) -> None:
    """Listen on ``target``, a session factory; a second call changes nothing."""
    if event.contains(target, "do_orm_execute", _limit_reads):
        return
    event.listen(target, "do_orm_execute", _limit_reads)
    event.listen(target, "before_flush", _check_writes)


def _limit_reads(state: ORMExecuteState) -> None:
    actor: Actor | None = state.session.info.get("actor")
    if actor is None or actor.is_system:
        return
    if not state.is_select or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("unscoped"):
        return
    if options := _criteria(state.session, actor):
        state.statement = state.statement.options(*options)


def _criteria(session: Session, actor: Actor) -> tuple[Any, ...]:
    known = session.info.get("criteria")
    if known is not None and known[0] == actor:
        return known[1]  # type: ignore[no-any-return]
    options = []
    for model in policies.LIMITED_FOR_STAFF if actor.has(*policies.SEE_ALL) else policies.SCOPED:
        condition = policies.visible(model, actor)
        if condition is not None:
            options.append(with_loader_criteria(model, condition, include_aliases=True))
    session.info["criteria"] = (actor, tuple(options))
    return tuple(options)


def _check_writes(session: Session, _context: Any, _instances: Any) -> None:
    actor: Actor | None = session.info.get("actor")
    if actor is None or actor.is_system:
        return
    wanted: dict[type[Any], set[Any]] = defaultdict(set)
    for record in {*session.new, *session.dirty, *session.deleted}:
        if record in session.dirty and not session.is_modified(record):
            continue
        if not policies.may_write(actor, record):
            raise NotAllowed(N_("您无权修改该记录"))
        if not actor.is_staff and record not in session.deleted:
            _collect_references(record, wanted)
    for model, keys in wanted.items():
        _check_references(session, actor, model, keys)


def _collect_references(record: Any, wanted: dict[type[Any], set[Any]]) -> None:
    state = inspect(record)
    for relation in state.mapper.relationships:
        if relation.direction.name != "MANYTOONE" or relation.mapper.class_ not in policies.SCOPED:
            continue
        column = next(iter(relation.local_columns))
        attribute = state.mapper.get_property_by_column(column).key
        history = get_history(record, attribute, PASSIVE_NO_INITIALIZE)
        if history.added and history.added[0] is not None:
            wanted[relation.mapper.class_].add(history.added[0])


def _check_references(session: Session, actor: Actor, model: type[Any], keys: set[Any]) -> None:
    column = inspect(model).primary_key[0]
    query = select(func.count()).select_from(model).where(column.in_(keys))
    condition = policies.visible(model, actor)
    if condition is not None:
        query = query.where(condition)
    with session.no_autoflush:
        found = session.execute(query).scalar_one()
    if found != len(keys):
        raise NotFound
