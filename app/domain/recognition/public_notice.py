"""The term of a public notice 公示 (domain.md §7): working days by the official calendar, the day after the start is
day 1, and nobody is recognised before the last of them has passed on a calendar that is out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.text import N_, Message
from app.domain.workdays import Calendar, add_working_days, working_days_between

_DAY = timedelta(days=1)
#: from this month on the next year's calendar is expected to be out
_CALENDAR_DUE_MONTH = 11


@dataclass(frozen=True)
class Term:
    """From ``starts_on`` to the end of ``ends_on``; ``provisional`` where a year without official calendar counted."""

    starts_on: date
    ends_on: date
    days: int
    provisional: bool

    def has_begun(self, today: date) -> bool:
        """Whether the public may read the notice."""
        return self.starts_on <= today

    def is_over(self, today: date) -> bool:
        """Whether the last day has passed, for certain."""
        return today > self.ends_on and not self.provisional

    def is_running(self, today: date) -> bool:
        """Whether objections are taken: until the end is certain, the notice goes on."""
        return self.has_begun(today) and not self.is_over(today)


def term(starts_on: date, days: int, calendar: Calendar) -> Term:
    """The term of a notice of ``days`` working days; ValueError where it has none."""
    if days < 1:
        raise ValueError("a notice lasts a day at least")
    end = add_working_days(starts_on, days, calendar)
    return Term(starts_on, end.day, days, end.provisional)


def counted_days(notice: Term, calendar: Calendar) -> list[date]:
    """The working days that were counted, the last one is the end."""
    span = (notice.ends_on - notice.starts_on).days
    days = (notice.starts_on + _DAY * number for number in range(1, span + 1))
    return [day for day in days if calendar.is_working(day)]


def days_left(notice: Term, today: date, calendar: Calendar) -> int:
    """Working days still to come, the last one included: all of them on the day it starts, 0 on the last day and after."""
    if today >= notice.ends_on:
        return 0
    return working_days_between(max(today, notice.starts_on), notice.ends_on, calendar)


def missing_years(notice: Term, calendar: Calendar) -> list[int]:
    """The years the notice reaches whose official calendar is not there."""
    years = range((notice.starts_on + _DAY).year, notice.ends_on.year + 1)
    return [year for year in years if year not in calendar.years]


def refusal(notice: Term, today: date, calendar: Calendar) -> Message | None:
    """Why nobody can be recognised yet; None once the term is over."""
    if notice.provisional:
        years = "、".join(str(year) for year in missing_years(notice, calendar))
        return N_(
            "缺少 {years} 年的工作日历，公示期的最后一天尚不能确定，不能认定；载入日历后重新计算", years=years
        )
    if not notice.is_over(today):
        return N_("公示期到 {day} 结束，之后才能认定", day=notice.ends_on.isoformat())
    return None


def calendars_missing(today: date, calendar: Calendar) -> list[int]:
    """The years whose calendar should be there on ``today``: this year's and, from 1 November, the next one's."""
    wanted = [today.year] + [today.year + 1] * (today.month >= _CALENDAR_DUE_MONTH)
    return [year for year in wanted if year not in calendar.years]


def valid_until(recognised_on: date) -> date:
    """The last day of a recognition: a year from ``recognised_on``, which is the first [M]."""
    try:
        return recognised_on.replace(year=recognised_on.year + 1) - _DAY
    except ValueError:  # 29 February
        return date(recognised_on.year + 1, 2, 28)
