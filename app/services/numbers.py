"""Numbers without gaps: given in the transaction that uses them, so that undoing it gives the number back."""

from __future__ import annotations

import re

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app import models as m
from app.db import session

_COUNTER = re.compile(r"\{seq[^}]*\}")


def next_number(pattern: str, **parts: object) -> str:
    """The next number of the series that ``pattern`` and ``parts`` make: ``ZLCP{year}{province2}{seq:06d}``.

    A series is the pattern with everything but ``{seq}`` filled in, so each year and province counts from 1. The row of
    the series stays locked until the transaction ends: whoever comes next waits, and counts on from what was committed.
    """
    return next_numbers(pattern, 1, **parts)[0]


def next_numbers(pattern: str, count: int, **parts: object) -> list[str]:
    """The next ``count`` numbers of a series, in one statement."""
    counter = _COUNTER.search(pattern)
    if counter is None:
        raise ValueError(f"the number pattern {pattern!r} has no {{seq}}")
    before, after = (text.format(**parts) for text in (pattern[: counter.start()], pattern[counter.end() :]))
    last = _raise(before + counter.group() + after, count)
    return [before + counter.group().format(seq=last - left) + after for left in reversed(range(count))]


def _raise(scope: str, count: int) -> int:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = insert(m.NumberSeries).values(scope=scope, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=[m.NumberSeries.scope], set_={"last": m.NumberSeries.last + count}
    )
    return int(session.execute(statement.returning(m.NumberSeries.last)).scalar_one())
