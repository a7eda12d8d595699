"""What everybody may know of public notices 公示: explicit columns, read as tables, never as records.

A notice shows from its first day on; what a product comes to only once the term is over, and that somebody objected
never. No contact, no scores, no ids of records of units (abuse.md T-V03, T-V08).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app import models as m
from app.db import session
from app.domain.recognition.public_notice import Term, days_left
from app.registers import calendars

PAGE = 50
#: what the public is told of a product once the term is over
RECOGNISED, REFUSED, UNDECIDED = "recognised", "refused", "undecided"
_RESULTS = {
    "in_notice": UNDECIDED, "objected": UNDECIDED, "recognised": RECOGNISED, "expired": "expired",
    "withdrawn": "withdrawn", "refused": REFUSED,
}  # fmt: skip

_N, _R, _P, _U = (model.__table__.c for model in (m.PublicNotice, m.Recognition, m.Product, m.Unit))


@dataclass(frozen=True)
class ShownNotice:
    """A notice on ``today``. ``phase``: running, over (its result is not settled), ended or cancelled."""

    id: int
    title: str
    body: str
    term: Term
    phase: str
    days_left: int
    products: int
    reason: str | None


@dataclass(frozen=True)
class ShownProduct:
    """A product in a notice; ``result`` is empty while the notice runs."""

    filing_no: str
    name: str
    model: str
    unit_name: str
    province: str | None
    result: str


@dataclass(frozen=True)
class Products:
    """A page of products by filing number: ``after`` leads on to the next."""

    rows: list[ShownProduct]
    count: int
    after: str | None


def notices(today: date, limit: int = PAGE, before: int | None = None) -> list[ShownNotice]:
    """The notices that have begun, the newest first; ``before`` an id: those older than it."""
    older = () if before is None else (_N.id < before,)
    query = _notices(today).where(*older).order_by(_N.id.desc()).limit(limit)
    return [_shown(row, today) for row in session.execute(query)]


def notice(notice_id: int, today: date) -> ShownNotice | None:
    """One notice that has begun, else None."""
    row = session.execute(_notices(today).where(_N.id == notice_id)).one_or_none()
    return None if row is None else _shown(row, today)


def products(
    shown: ShownNotice, typed: str = "", after: str | None = None, limit: int | None = PAGE
) -> Products:
    """Products of a notice whose name, unit or filing number holds ``typed``, taken literally."""
    which = [_R.notice_id == shown.id, *_matching(typed)]
    table = m.Recognition.__table__.join(m.Product.__table__, _P.id == _R.product_id).join(
        m.Unit.__table__, _U.id == _R.unit_id
    )
    count = session.execute(select(func.count()).select_from(table).where(*which)).scalar_one()
    query = (
        select(_P.filing_no, _P.name, _P.model, _P.province, _R.state, _U.name.label("unit_name"))
        .select_from(table)
        .where(*which, *(() if after is None else (_P.filing_no > after,)))
        .order_by(_P.filing_no)
    )
    rows: Sequence[Any] = session.execute(query if limit is None else query.limit(limit + 1)).all()
    more = limit is not None and len(rows) > limit
    rows = rows[:limit] if more else rows
    found = [
        ShownProduct(
            row.filing_no, row.name, row.model or "", row.unit_name, row.province, _result(shown, row.state)
        )
        for row in rows
    ]
    return Products(found, count, found[-1].filing_no if more else None)


def results(shown: ShownNotice) -> dict[str, int]:
    """How many products came to what; empty while the notice runs."""
    if shown.phase in ("running", "cancelled"):
        return {}
    query = select(_R.state, func.count()).where(_R.notice_id == shown.id).group_by(_R.state)
    counts: dict[str, int] = {}
    for state, count in session.execute(query):
        counts[_result(shown, state)] = counts.get(_result(shown, state), 0) + count
    return counts


def running_for(filing_no: str, today: date) -> ShownNotice | None:
    """The running notice that a product is in."""
    query = (
        select(_N.id)
        .select_from(m.PublicNotice.__table__)
        .join(m.Recognition.__table__, _R.notice_id == _N.id)
        .join(m.Product.__table__, _P.id == _R.product_id)
        .where(_P.filing_no == filing_no, _N.state == "open", _R.state.in_(("in_notice", "objected")))
    )
    found = [notice(key, today) for key in session.scalars(query)]
    return next((each for each in found if each and each.phase == "running"), None)


def _notices(today: date) -> Any:
    counted = select(func.count()).where(_R.notice_id == _N.id).correlate(m.PublicNotice.__table__)
    columns = (
        _N.id,
        _N.title,
        _N.body,
        _N.starts_on,
        _N.ends_on,
        _N.days,
        _N.provisional,
        _N.state,
        _N.reason,
    )
    return select(*columns, counted.scalar_subquery().label("products")).where(_N.starts_on <= today)


def _shown(row: Any, today: date) -> ShownNotice:
    term = Term(row.starts_on, row.ends_on, row.days, row.provisional)
    phase = row.state if row.state != "open" else "over" if term.is_over(today) else "running"
    left = days_left(term, today, calendars.calendar())
    return ShownNotice(row.id, row.title, row.body, term, phase, left, row.products, row.reason)


def _matching(typed: str) -> list[ColumnElement[bool]]:
    text = typed.strip()
    columns = (_P.name, _U.name, _P.filing_no)
    return [or_(*[column.icontains(text, autoescape=True) for column in columns])] if text else []


def _result(shown: ShownNotice, state: str) -> str:
    return "" if shown.phase == "running" else _RESULTS.get(state, "")
