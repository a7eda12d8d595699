"""Decisions of staff by month, region and kind: how many, how long they took, what was returned, and for which field."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text

from app import models as m
from app.db import session
from app.domain.statistics import COUNTRY

#: The month of a decision in Beijing, its hours and whether it came too late, by database.
_TIMES = {
    "sqlite": {
        "month": "strftime('%Y-%m', c.closed_at, '+8 hours')",
        "hours": "CAST(round((julianday(c.closed_at) - julianday(c.submitted_at)) * 24) AS INTEGER)",
        "late": "date(c.closed_at, '+8 hours') > c.due_on",
    },
    "postgresql": {
        "month": "to_char(c.closed_at + interval '8 hours', 'YYYY-MM')",
        "hours": "CAST(round(extract(epoch FROM c.closed_at - c.submitted_at) / 3600) AS bigint)",
        "late": "CAST(c.closed_at + interval '8 hours' AS date) > c.due_on",
    },
}
#: midnight in Beijing as the database has it
_SINCE = {
    "sqlite": "datetime(:since, '-8 hours')",
    "postgresql": "CAST(:since AS timestamp) - interval '8 hours'",
}
_CASES = """
SELECT {month} AS month, u.province, u.city, u.district, c.kind, '' AS field, count(*) AS decided,
       count(*) FILTER (WHERE c.state = 'returned') AS returned, count(*) FILTER (WHERE {late}) AS late,
       sum({hours}) AS hours
FROM review_case c JOIN unit u ON u.id = c.unit_id
WHERE c.state IN ('approved', 'returned') AND c.closed_at >= {since}
GROUP BY 1, u.province, u.city, u.district, c.kind
"""
_FIELDS = """
SELECT {month} AS month, u.province, u.city, u.district, c.kind, r.field, 0, count(*), 0, 0
FROM remark r JOIN review_case c ON c.id = r.case_id JOIN unit u ON u.id = c.unit_id
WHERE c.state = 'returned' AND c.closed_at >= {since}
GROUP BY 1, u.province, u.city, u.district, c.kind, r.field
"""
_MEASURES = ("decided", "returned", "late", "hours")


def decided_since(since: datetime) -> bool:
    """Whether staff have decided anything since then."""
    table = m.Case.__table__.c
    return session.execute(select(table.id).where(table.closed_at >= since).limit(1)).first() is not None


def count(month: str) -> None:
    """Count anew the decisions of ``month`` (YYYY-MM, empty: all there are) and later ones: decisions stay as they are."""
    database = session.get_bind().dialect.name
    first = f"{month}-01 00:00:00" if month else "2000-01-01 00:00:00"
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for statement in (_CASES, _FIELDS):
        written = statement.format(**_TIMES[database], since=_SINCE[database])
        _collect(sums, session.execute(text(written), {"since": first}))
    session.execute(delete(m.StatReview).where(m.StatReview.month >= month))
    if sums:
        names = ("region", "month", "kind", "field", *_MEASURES)
        rows = [dict(zip(names, (*key, *vector), strict=True)) for key, vector in sorted(sums.items())]
        session.execute(insert(m.StatReview), rows)


def _collect(sums: dict[tuple[str, str, str, str], list[int]], rows: Iterable[Any]) -> None:
    for month, province, city, district, kind, field, *values in rows:
        for region in filter(None, (COUNTRY, province, city, district)):
            vector = sums.setdefault((region, month, kind, field), [0, 0, 0, 0])
            for place, value in enumerate(values):
                vector[place] += int(value or 0)
