"""Deadlines are counted in working days by the official calendar, provisionally where it is not out yet."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.workdays import Calendar, Due, add_working_days, working_days_between

DATA = Path(__file__).parent / "data"


def read(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


CALENDAR = Calendar.from_rows(
    (date.fromisoformat(row["date"]), row["kind"]) for row in read("cn_holidays_2022_2026.csv")
)


@pytest.mark.parametrize("row", read("working_day_vectors.csv"), ids=lambda r: r["start_date"])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 10])
def test_T_T02_the_published_vectors(row, count):
    due = add_working_days(date.fromisoformat(row["start_date"]), count, CALENDAR)
    assert due == Due(date.fromisoformat(row[f"plus_{count}wd"]), provisional=False)


def test_T_T02_a_make_up_saturday_is_worked():
    assert CALENDAR.is_working(date(2026, 2, 14))
    assert not CALENDAR.is_working(date(2026, 2, 16))
    assert CALENDAR.is_working(date(2026, 10, 10))


def test_T_T01_a_term_that_reaches_a_year_without_calendar_is_provisional():
    due = add_working_days(date(2026, 12, 28), 10, CALENDAR)
    assert due == Due(date(2027, 1, 12), provisional=True)


def test_T_T01_fixed_holidays_are_no_working_days_in_an_unknown_year():
    assert not CALENDAR.is_working(date(2027, 1, 1))
    assert not CALENDAR.is_working(date(2027, 10, 1))
    assert add_working_days(date(2026, 12, 31), 1, CALENDAR).day == date(2027, 1, 4)


def test_a_term_that_ends_in_a_known_year_is_certain():
    assert not add_working_days(date(2026, 12, 30), 1, CALENDAR).provisional


def test_no_days_is_the_start_itself_and_fewer_are_refused():
    assert add_working_days(date(2026, 5, 1), 0, CALENDAR) == Due(date(2026, 5, 1))
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 5, 1), -1, CALENDAR)


@given(st.dates(date(2022, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_counting_forth_and_back_agree(start, count):
    due = add_working_days(start, count, CALENDAR)
    assert working_days_between(start, due.day, CALENDAR) == count
    assert working_days_between(due.day, start, CALENDAR) == -count
    assert CALENDAR.is_working(due.day)
    assert due.provisional is any(
        not CALENDAR.knows(start + timedelta(days=n)) for n in range(1, (due.day - start).days + 1)
    )
