"""The official calendar of working days: the library's years, and the years an administrator has loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from chinese_calendar import constants
from sqlalchemy import delete, func, insert, select

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError
from app.domain.text import N_, Message
from app.domain.workdays import Calendar, Due, add_working_days
from app.registers import patent_words
from app.registers.cache import Kept
from app.registers.tables import Headings, Row, open_table

LIFE_SECONDS = 60.0
#: days off in every year; a loaded year without them is not whole
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_HEADINGS: Headings = {
    "day": ("日期", "date"),
    "kind": ("类型", "休/班", "kind"),
    "holiday": ("节日", "节假日", "holiday"),
}
_KINDS = {"休": "rest", "放假": "rest", "休息": "rest", "rest": "rest",
          "班": "work", "上班": "work", "调休": "work", "补班": "work", "work": "work"}  # fmt: skip


def calendar() -> Calendar:
    """The calendar in force; a year is known when the library has it or all its days off have been loaded."""
    return _calendar.get()


def due(now: datetime, days: int) -> Due:
    """The day on which ``days`` working days from the Beijing day of ``now`` are over (the next day is day 1)."""
    return add_working_days(local_date(now), days, calendar())


def load_calendar(path: Path) -> dict[int, int]:
    """Replace the days of every year in the file (columns 日期, 类型 休 or 班, 节日); days loaded per year.

    Nothing is changed and RuleError raised where a row is wrong (field ``rows.N``) or a year is not whole.
    The caller commits.
    """
    days = read_days(open_table(path, _HEADINGS, ("day", "kind")).rows())
    by_year: dict[int, int] = defaultdict(int)
    for day in days:
        by_year[day.year] += 1
    check_years(days, by_year)
    for year in by_year:
        first, last = date(year, 1, 1), date(year, 12, 31)
        session.execute(delete(m.CalendarDay).where(m.CalendarDay.day.between(first, last)))
    session.execute(
        insert(m.CalendarDay),
        [{"day": day, "kind": kind, "holiday": name} for day, (kind, name) in days.items()],
    )
    forget()
    return dict(by_year)


def forget() -> None:
    """Have the calendar read anew."""
    _calendar.forget()


def read_days(rows: Iterable[Row]) -> dict[date, tuple[str, str]]:
    """Kind and holiday by day; RuleError with a problem ``rows.N`` for each faulty row."""
    days: dict[date, tuple[str, str]] = {}
    problems: list[Problem] = []
    for number, cells in rows:
        kind = _KINDS.get(cells["kind"].lower())
        try:
            day = patent_words.day(cells["day"])
        except InputError as fault:
            problems.append(Problem(f"rows.{number}", fault.message))
            continue
        if day is None or kind is None:
            problems.append(Problem(f"rows.{number}", N_("第 {row} 行须有完整日期和“休”或“班”", row=number)))
        elif day in days:
            problems.append(
                Problem(f"rows.{number}", N_("第 {row} 行的日期 {day} 重复", row=number, day=day.isoformat()))
            )
        elif wrong := day_problem(day, kind):
            problems.append(Problem(f"rows.{number}", wrong))
        else:
            days[day] = (kind, cells.get("holiday", "")[:40])
    if problems or not days:
        raise RuleError(problems or [Problem("file", N_("文件中没有日期"))])
    return days


def day_problem(day: date, kind: str) -> Message | None:
    """What is wrong with a day as one to ``rest`` or ``work`` on: only weekends are made up for."""
    if kind == "work" and day.weekday() < 5:
        return N_("{day} 不是周末，不会是调休上班日", day=day.isoformat())
    return None


def check_years(days: dict[date, tuple[str, str]], years: Iterable[int]) -> None:
    """RuleError where a year lacks a day that is off in every year."""
    rest = {day for day, (kind, _) in days.items() if kind == "rest"}
    missing = [
        date(year, month, day).isoformat() for year in years for month, day in _ALWAYS_OFF
        if date(year, month, day) not in rest
    ]  # fmt: skip
    if missing:
        raise RuleError([Problem("file", N_("日历不完整：缺少放假日 {days}", days="、".join(missing)))])


def _version() -> tuple[int, int, date | None]:
    day, work = m.CalendarDay.day, func.count().filter(m.CalendarDay.kind == "work")
    return tuple(session.execute(select(func.count(), work, func.max(day))).one())  # type: ignore[return-value]


def _load() -> Calendar:
    kinds: dict[str, set[date]] = {"rest": set(), "work": set()}
    for day, kind in session.execute(select(m.CalendarDay.day, m.CalendarDay.kind)):
        kinds[kind].add(day)
    rest, work = kinds["rest"], kinds["work"]
    loaded = {day.year for day in rest if all(date(day.year, *off) in rest for off in _ALWAYS_OFF)}
    known = {day.year for day in constants.holidays}
    return Calendar(
        rest=frozenset((constants.holidays.keys() - work) | rest),
        work=frozenset((constants.workdays.keys() - rest) | work),
        years=frozenset(known | loaded),
    )


_calendar = Kept(_load, LIFE_SECONDS, _version)
