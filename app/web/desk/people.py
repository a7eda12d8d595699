"""Who may work at the desk, and what people and terms are called there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import NotFound
from app.domain.machines import DECIDERS
from app.domain.workdays import add_working_days, working_days_between
from app.registers import calendars, parameters
from app.reports.queue import Asking

WORKERS = (roles.REVIEWER, roles.ADMIN)
READERS = (roles.AUDITOR,)
ID = "<int(max=9223372036854775807):case_id>"
_SOON_DAYS = 1


def permissions(work: Sequence[str], read: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The roles of a page of the desk: those who decide get both, the auditor reads."""
    return {**dict.fromkeys(WORKERS, (*read, *work)), **dict.fromkeys(READERS, read)}


def may(page: Any, permission: str) -> bool:
    """Whether the reader has a permission of a page."""
    return bool(page.appbuilder.sm.has_access(permission, page.class_permission_name))


def asking(actor: Actor, now: datetime) -> Asking:
    """The reader's own view of the queue; "due soon" is up to the next working day."""
    return Asking(
        user_id=actor.user_id,
        claimed_before=now - timedelta(hours=parameters.integer("claim_hours")),
        due_by=add_working_days(local_date(now), _SOON_DAYS, calendars.calendar()).day,
        sees_all=not actor.has(roles.REVIEWER),
    )


class Term(NamedTuple):
    """How much of a case's time is left, in words; ``tone`` is the badge's colour."""

    text: str
    tone: str


def term(due_on: date, today: date) -> Term:
    """The time left until ``due_on`` in working days."""
    left = working_days_between(today, due_on, calendars.calendar())
    if due_on < today:
        return Term(_("已逾期 %(n)s 个工作日", n=-left) if left else _("已逾期"), "bad")
    if due_on == today:
        return Term(_("今天到期"), "busy")
    return Term(_("还剩 %(n)s 个工作日", n=left), "plain")


def name(user: User | None) -> str:
    """A colleague's name; empty for nobody."""
    if user is None:
        return ""
    return " ".join(part for part in (user.first_name, user.last_name) if part) or str(user.username)


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """The names of several colleagues by id."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    return {user.id: name(user) for user in session.scalars(select(User).where(User.id.in_(wanted)))}


def reviewers(but: int | None = None) -> list[User]:
    """Those a case can be handed to, ``but`` one, by name."""
    query = (
        select(User)
        .join(User.roles)
        .where(User.active.is_(True), Role.name.in_(DECIDERS), User.id != (but or 0))
    )
    return sorted(session.scalars(query).unique(), key=name)


def numbers(typed: Iterable[str]) -> list[int]:
    """Ids of cases as a form sends them, each once; NotFound for what cannot be one."""
    found: dict[int, None] = {}
    for text in typed:
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise NotFound
        found[int(text)] = None
    return list(found)


def chosen(case_ids: Sequence[int]) -> list[Any]:
    """The cases with these ids and their units, in that order; NotFound unless all are there."""
    query = select(m.Case, m.Unit.name).join(m.Case.unit).where(m.Case.id.in_(case_ids))
    rows = {row.Case.id: row for row in session.execute(query)}
    if len(rows) != len(case_ids):
        raise NotFound
    return [rows[case_id] for case_id in case_ids]
