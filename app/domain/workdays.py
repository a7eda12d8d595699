"""Working days by the official calendar with make-up days 调休 (domain.md §7).

The day after the start is day 1. Where the calendar of a year is not out yet, days are counted on Monday
to Friday without the holidays that are fixed, and the result is marked provisional.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

REST = frozenset({"rest", "休"})
WORK = frozenset({"work", "班"})
# Holidays with a fixed day in the solar calendar: New Year, Labour Day, National Day.
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """The last day of a term; ``provisional`` where a year without an official calendar was counted."""

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class Calendar:
    """Days off (``rest``), weekend days worked (``work``), and the years whose calendar is complete."""

    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[date, str]]) -> Calendar:
        """From (day, ``rest``/``休`` or ``work``/``班``) rows; every year that has a row counts as known."""
        kept = list(rows)
        return cls(
            rest=frozenset(day for day, kind in kept if kind in REST),
            work=frozenset(day for day, kind in kept if kind in WORK),
            years=frozenset(day.year for day, _ in kept),
        )

    def knows(self, day: date) -> bool:
        """Whether the year of ``day`` has its official calendar."""
        return day.year in self.years

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is worked: officially, or provisionally where the year is unknown."""
        if day in self.work:
            return True
        if day in self.rest or day.weekday() >= 5:
            return False
        return self.knows(day) or (day.month, day.day) not in _FIXED


def add_working_days(start: date, count: int, calendar: Calendar) -> Due:
    """The ``count``-th working day after ``start`` (0: ``start`` itself); ValueError for a negative count."""
    if count < 0:
        raise ValueError("count must not be negative")
    day, left, provisional = start, count, False
    while left:
        day += _DAY
        provisional = provisional or not calendar.knows(day)
        left -= calendar.is_working(day)
    return Due(day, provisional)


def working_days_between(start: date, end: date, calendar: Calendar) -> int:
    """The working days after ``start`` up to and including ``end``; negative where ``end`` is earlier."""
    if end < start:
        return -working_days_between(end, start, calendar)
    return sum(calendar.is_working(start + _DAY * n) for n in range(1, (end - start).days + 1))
