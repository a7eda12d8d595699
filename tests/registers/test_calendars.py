"""The working-day calendar: the library's years and loaded ones (manual: 2, 5 and 10 working days)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import RuleError
from app.domain.workdays import add_working_days
from app.registers import calendars

Write = Callable[..., Path]
VECTORS = Path(__file__).parent / "working_day_vectors.csv"
YEAR_2027 = "日期,类型,节日\n" + "".join(
    f"2027-{day},休,{name}\n"
    for name, days in {"元旦": ["01-01"], "春节": ["02-08", "02-09"], "劳动节": ["05-01", "05-03"],
                       "国庆节": ["10-01", "10-02", "10-03", "10-04"]}.items()
    for day in days
) + "2027-02-06,班,春节\n"  # fmt: skip


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T04:00:00+00:00")


def test_deadlines_are_those_of_the_official_calendar(session: Any) -> None:
    with VECTORS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            start = date.fromisoformat(row["start_date"])
            for count in (1, 2, 3, 5, 10):
                due = add_working_days(start, count, calendars.calendar())
                assert (due.day.isoformat(), due.provisional) == (row[f"plus_{count}wd"], False)


def test_the_day_is_the_day_in_beijing(session: Any) -> None:
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # Friday, half past midnight in Beijing
    assert calendars.due(late, 1).day == date(2026, 11, 23)


def test_T_T01_a_year_without_calendar_makes_the_deadline_provisional(session: Any) -> None:
    due = calendars.due(at("2026-12-28"), 10)
    assert (due.day, due.provisional) == (date(2027, 1, 12), True)


def test_a_loaded_year_makes_it_final(session: Any, write: Write) -> None:
    assert calendars.load_calendar(write("2027.csv", YEAR_2027)) == {2027: 10}
    assert not calendars.due(at("2026-12-28"), 10).provisional
    assert calendars.due(at("2027-02-05"), 1).day == date(2027, 2, 6)
    assert calendars.due(at("2027-02-06"), 1).day == date(2027, 2, 10)


def test_loading_a_year_again_replaces_it(session: Any, write: Write) -> None:
    calendars.load_calendar(write("2027.csv", YEAR_2027))
    calendars.load_calendar(write("2027b.csv", YEAR_2027.replace("2027-02-09,休,春节\n", "")))
    assert calendars.due(at("2027-02-07"), 1).day == date(2027, 2, 9)


def test_a_loaded_day_overrides_the_library(session: Any, write: Write) -> None:
    year = "日期,类型\n" + "".join(
        f"2026-{d},休\n" for d in ("01-01", "05-01", "10-01", "10-02", "10-03", "11-23")
    )
    calendars.load_calendar(write("2026.csv", year))
    assert calendars.due(at("2026-11-20"), 1).day == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("日期,类型\n2027-01-01,休\n", "缺少放假日 2027-05-01"),
        ("日期,类型\n2027-13-01,休\n", "月份 13 不存在"),
        ("日期,类型\n2027-01,休\n", "完整日期"),
        ("日期,类型\n2027-01-01,可能\n", "“休”或“班”"),
        ("日期,类型\n2027-01-04,班\n", "不是周末"),
        ("日期,类型\n2027-01-01,休\n2027/1/1,休\n", "重复"),
        ("日期,类型\n", "没有日期"),
    ],
)
def test_an_incomplete_or_wrong_calendar_is_refused(
    session: Any, write: Write, content: str, words: str
) -> None:
    with pytest.raises(RuleError, match=words):
        calendars.load_calendar(write("bad.csv", content))
    assert calendars.due(at("2026-12-28"), 10).provisional


def test_the_shipped_list_of_holidays_agrees_with_the_library(session: Any) -> None:
    """Two sources of the State Council's notices, one counted by hand."""
    path = Path(__file__).parent / "cn_holidays_2022_2026.csv"
    calendar = calendars.calendar()
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert calendar.is_working(date.fromisoformat(row["date"])) == (row["kind"] == "班"), row
