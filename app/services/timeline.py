"""What a unit sees of its product or of its real-name check: what happened when, in which role, and how long it may take.

Staff are named by role, never by name. Rounds stand side by side: what was submitted, what was said, what changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select

from app import models as m
from app import policies
from app.db import session
from app.domain import diffs
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.machines import FILING, MACHINES, REALNAME, RECOGNITION, UPDATE
from app.domain.text import Message
from app.domain.workdays import working_days_between
from app.registers import calendars


@dataclass(frozen=True)
class Event:
    """A change of state: when, what was done (label), by which role, what state it led to, and the note."""

    at: datetime
    verb: str
    label: Message
    role: str
    target: Message
    note: str | None


@dataclass(frozen=True)
class Round:
    """One submission: its case, the remarks on its fields, and what changed since the round before."""

    case: m.Case
    remarks: dict[str, str]
    changes: Sequence[diffs.Change]
    #: working days left until it is due; negative when overdue, None when closed
    days_left: int | None


def events(actor: Actor, machine: str, subject_id: int) -> list[Event]:
    """What happened to a record the actor may see, the first event first; of a product, its yearly updates too."""
    subject = policies.find(session(), _SUBJECTS[machine], subject_id, actor)
    which = and_(m.Transition.machine == machine, m.Transition.subject_id == subject_id)
    if isinstance(subject, m.Product):
        years = select(m.ProductYear.id).where(
            m.ProductYear.product_id == subject_id, m.ProductYear.year != subject.filing_year
        )
        which = or_(which, and_(m.Transition.machine == UPDATE.name, m.Transition.subject_id.in_(years)))
    rows = session.scalars(select(m.Transition).where(which).order_by(m.Transition.id))
    return [_event(row) for row in rows]


def rounds(actor: Actor, kind: str, subject_id: int, now: datetime) -> list[Round]:
    """Every submission of a kind about a subject, the first one first."""
    query = select(m.Case).where(m.Case.kind == kind, m.Case.subject_id == subject_id).order_by(m.Case.id)
    condition = policies.visible(m.Case, actor)
    found = session.scalars(query if condition is None else query.where(condition)).all()
    before: list[dict[str, Any]] = [{}, *(case.snapshot for case in found)]
    return [
        Round(
            case,
            {remark.field: remark.text for remark in case.remarks},
            diffs.between(earlier, case.snapshot) if earlier else (),
            days_left(case, local_date(now)),
        )
        for case, earlier in zip(found, before, strict=False)
    ]


def remarks(actor: Actor, kind: str, subject_id: int) -> dict[str, str]:
    """The remarks of the latest return, to stand beside the fields while the unit corrects them ({field: text})."""
    query = select(m.Case).where(
        m.Case.kind == kind, m.Case.subject_id == subject_id, m.Case.state != "withdrawn"
    )
    condition = policies.visible(m.Case, actor)
    query = query if condition is None else query.where(condition)
    last = session.scalars(query.order_by(m.Case.id.desc()).limit(1)).first()
    return {remark.field: remark.text for remark in last.remarks} if last and last.state == "returned" else {}


def days_left(case: m.Case, today: date) -> int | None:
    """Working days until an open case is due (0: today), negative when overdue."""
    return working_days_between(today, case.due_on, calendars.calendar()) if case.state == "open" else None


_SUBJECTS: dict[str, type[Any]] = {
    REALNAME.name: m.Unit, FILING.name: m.Product, UPDATE.name: m.ProductYear, RECOGNITION.name: m.Recognition,
}  # fmt: skip


def _event(row: m.Transition) -> Event:
    machine = MACHINES[row.machine]
    label = next(t.label for t in machine.transitions if t.verb == row.verb)
    return Event(row.at, row.verb, label, row.actor_role, machine.states[row.target], row.note)
