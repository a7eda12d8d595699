"""The review queue: which cases stand under which heading, how many, and how the desk has been doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, func, or_, select, text
from sqlalchemy.types import TypeEngine

from app import models as m
from app.columns import UtcDateTime
from app.db import session

TODO, MINE, DUE, OPEN, DONE = "todo", "mine", "due", "open", "done"
#: The headings of the queue, in order.
TABS = (TODO, MINE, DUE, OPEN, DONE)
#: What a case that was decided ends as.
DECIDED = ("approved", "returned")
_TOP = 10


@dataclass(frozen=True)
class Asking:
    """Who looks at the queue and when. Cases taken in hand before ``claimed_before`` are free to others again; those
    to be decided by ``due_by`` are due soon. ``sees_all``: closed cases of everybody, not only one's own."""

    user_id: int | None
    claimed_before: datetime
    due_by: date
    sees_all: bool = False


def heading(tab: str, asking: Asking) -> ColumnElement[bool]:
    """The condition for a case to stand under ``tab``."""
    if tab == DONE:
        decided = m.Case.state.in_(DECIDED)
        return decided if asking.sees_all else and_(decided, m.Case.decided_by == asking.user_id)
    return and_(m.Case.state == "open", _open_heading(tab, asking))


def _open_heading(tab: str, asking: Asking) -> ColumnElement[bool]:
    mine = m.Case.claimed_by == asking.user_id
    if tab == MINE:
        return mine
    if tab == DUE:
        return m.Case.due_on <= asking.due_by
    if tab == TODO:
        return or_(m.Case.claimed_by.is_(None), and_(~mine, m.Case.claimed_at <= asking.claimed_before))
    return m.Case.id.is_not(None)


def counts(asking: Asking) -> dict[str, int]:
    """How many open cases stand under each heading; closed ones are not counted."""
    tabs = [tab for tab in TABS if tab != DONE]
    columns = [func.count().filter(_open_heading(tab, asking)).label(tab) for tab in tabs]
    row = session.execute(select(*columns).select_from(m.Case).where(m.Case.state == "open")).one()
    return dict(zip(tabs, row, strict=True))


def due_by_holder(today: date, due_by: date) -> dict[int | None, tuple[int, int]]:
    """For each reviewer, and None for cases nobody has: how many are due by ``due_by``, and how many of these overdue."""
    overdue = func.count().filter(m.Case.due_on < today)
    query = select(m.Case.claimed_by, func.count(), overdue).where(
        m.Case.state == "open", m.Case.due_on <= due_by
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query.group_by(m.Case.claimed_by))}


def matches(typed: str) -> ColumnElement[bool]:
    """Cases whose receipt number, title (the product) or unit holds what was typed, taken literally."""
    units = select(m.Unit.id).where(m.Unit.name.icontains(typed, autoescape=True))
    return or_(
        m.Case.receipt_no.icontains(typed, autoescape=True),
        m.Case.title.icontains(typed, autoescape=True),
        m.Case.unit_id.in_(units),
    )


def of_province(code: str) -> ColumnElement[bool]:
    """Cases of units of a province."""
    return m.Case.unit_id.in_(select(m.Unit.id).where(m.Unit.province == code))


@dataclass(frozen=True)
class Figures:
    """The desk in figures: rows as the statements below name their columns. Days are calendar days."""

    waiting: list[Any]
    decided: list[Any]
    reviewers: list[Any]
    fields: list[Any]
    remarks: list[Any]


_WAITING = """
SELECT kind, count(*) AS open, count(*) FILTER (WHERE claimed_by IS NULL) AS unclaimed,
       count(*) FILTER (WHERE due_on < :today) AS overdue, count(*) FILTER (WHERE due_on = :today) AS due_today,
       count(*) FILTER (WHERE urged_at IS NOT NULL) AS urged
FROM review_case WHERE state = 'open' GROUP BY kind ORDER BY open DESC, kind
"""
_DECIDED = """
SELECT kind, count(*) AS decided, count(*) FILTER (WHERE state = 'returned') AS returned,
       avg({days}) AS mean_days, max({days}) AS longest_days
FROM review_case WHERE state IN ('approved', 'returned') AND closed_at >= :since GROUP BY kind ORDER BY decided DESC, kind
"""
_REVIEWERS = """
SELECT u.id, u.first_name, u.last_name, u.username, count(*) AS in_hand,
       count(*) FILTER (WHERE c.due_on < :today) AS overdue, min(c.due_on) AS first_due
FROM review_case c JOIN ab_user u ON u.id = c.claimed_by
WHERE c.state = 'open' GROUP BY u.id, u.first_name, u.last_name, u.username ORDER BY in_hand DESC, u.id
"""
_FIELDS = """
SELECT c.kind, r.field, count(*) AS times
FROM remark r JOIN review_case c ON c.id = r.case_id
WHERE c.state = 'returned' AND c.closed_at >= :since GROUP BY c.kind, r.field ORDER BY times DESC, c.kind, r.field LIMIT :top
"""
_REMARKS = """
SELECT c.kind, r.field, r.text, count(*) AS times
FROM remark r JOIN review_case c ON c.id = r.case_id
WHERE c.state = 'returned' AND c.closed_at >= :since GROUP BY c.kind, r.field, r.text
ORDER BY times DESC, c.kind, r.field, r.text LIMIT :top
"""
_TYPES: dict[str, TypeEngine[Any]] = {"today": Date(), "since": UtcDateTime(), "top": Integer()}
#: From submission to decision, by database.
_DAYS = {
    "sqlite": "julianday(closed_at) - julianday(submitted_at)",
    "postgresql": "extract(epoch FROM closed_at - submitted_at) / 86400.0",
}


def figures(today: date, since: datetime) -> Figures:
    """What waits today, and what was decided and returned, and why, since ``since``."""
    days = _DAYS[session.get_bind().dialect.name]
    return Figures(
        waiting=_rows(_WAITING, today=today),
        decided=_rows(_DECIDED.format(days=days), since=since),
        reviewers=_rows(_REVIEWERS, today=today),
        fields=_rows(_FIELDS, since=since, top=_TOP),
        remarks=_rows(_REMARKS, since=since, top=_TOP),
    )


def _rows(statement: str, **values: Any) -> list[Any]:
    typed = [bindparam(name, value, _TYPES[name]) for name, value in values.items()]
    return list(session.execute(text(statement).bindparams(*typed)).all())
