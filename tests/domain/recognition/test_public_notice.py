"""The term of a public notice: working days, the day after the start is day 1, never over on a provisional day."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition import public_notice as rules
from app.domain.workdays import Calendar

DATA = Path(__file__).parents[1] / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


CALENDAR = Calendar.from_rows(
    (date.fromisoformat(row["date"]), row["kind"]) for row in read("cn_holidays_2022_2026.csv")
)
WITH_2027 = Calendar(CALENDAR.rest | {date(2027, 1, 1)}, CALENDAR.work, CALENDAR.years | {2027})


def term(start: date, days: int = 10, calendar: Calendar = CALENDAR) -> rules.Term:
    return rules.term(start, days, calendar)


@pytest.mark.parametrize("row", read("working_day_vectors.csv"), ids=lambda row: row["start_date"])
@pytest.mark.parametrize("days", [1, 2, 3, 5, 10])
def test_T_T02_a_notice_ends_as_the_published_vectors_say(row: dict[str, str], days: int) -> None:
    notice = term(date.fromisoformat(row["start_date"]), days)
    assert (notice.ends_on.isoformat(), notice.provisional) == (row[f"plus_{days}wd"], False)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (date(2025, 1, 27), date(2025, 2, 17), "the last day before Spring Festival 2025"),
        (date(2026, 2, 13), date(2026, 3, 5), "Friday before the make-up Saturday and Spring Festival 2026"),
        (date(2026, 2, 14), date(2026, 3, 6), "the make-up Saturday itself"),
        (date(2026, 10, 10), date(2026, 10, 23), "the make-up Saturday after National Day"),
        (date(2025, 12, 24), date(2026, 1, 8), "over the end of the year, with a make-up Sunday"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_T_T02_a_notice_spans_festivals_and_the_end_of_the_year(start: date, end: date, why: str) -> None:
    notice = term(start)
    assert notice.ends_on == end, why
    assert len(rules.counted_days(notice, CALENDAR)) == 10


def test_T_T02_the_days_counted_are_shown_and_the_last_one_is_the_end() -> None:
    days = rules.counted_days(term(date(2026, 2, 13)), CALENDAR)
    assert days[:2] == [date(2026, 2, 14), date(2026, 2, 24)]
    assert days[-1] == date(2026, 3, 5)


def test_T_T01_without_the_calendar_of_the_next_year_nobody_can_be_recognised() -> None:
    notice = term(date(2026, 12, 28))

    assert (notice.ends_on, notice.provisional) == (date(2027, 1, 12), True)
    for today in (date(2026, 12, 29), date(2027, 1, 13), date(2027, 6, 1)):
        refused = rules.refusal(notice, today, CALENDAR)
        assert refused is not None and "缺少 2027 年的工作日历" in str(refused)
        assert notice.is_running(today)


def test_T_T01_once_the_calendar_is_loaded_the_notice_ends_by_it() -> None:
    notice = term(date(2026, 12, 28), calendar=WITH_2027)

    assert (notice.ends_on, notice.provisional) == (date(2027, 1, 12), False)
    assert rules.refusal(notice, date(2027, 1, 12), WITH_2027) is not None
    assert rules.refusal(notice, date(2027, 1, 13), WITH_2027) is None


def test_a_notice_that_starts_on_the_last_day_of_a_known_year_lacks_the_next_year_only() -> None:
    assert rules.missing_years(term(date(2026, 12, 31), 1), CALENDAR) == [2027]


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 10, 31), []),
        (date(2026, 11, 1), [2027]),
        (date(2026, 12, 31), [2027]),
        (date(2027, 1, 1), [2027]),
        (date(2027, 11, 1), [2027, 2028]),
    ],
)
def test_T_T01_from_the_first_of_november_the_next_years_calendar_is_missed(
    today: date, missing: list[int]
) -> None:
    assert rules.calendars_missing(today, CALENDAR) == missing


def test_the_last_day_belongs_to_the_notice() -> None:
    notice = term(date(2025, 9, 10))

    assert notice.ends_on == date(2025, 9, 24)
    assert notice.is_running(date(2025, 9, 24)) and not notice.is_over(date(2025, 9, 24))
    assert notice.is_over(date(2025, 9, 25)) and not notice.is_running(date(2025, 9, 25))
    assert not notice.has_begun(date(2025, 9, 9))


def test_the_days_left_are_counted_down_to_none_on_the_last_day() -> None:
    notice = term(date(2025, 9, 10))
    left = [rules.days_left(notice, notice.starts_on + timedelta(days=n), CALENDAR) for n in range(-2, 17)]

    assert left == [10, 10, 10, 9, 8, 8, 8, 7, 6, 5, 4, 3, 3, 3, 2, 1, 0, 0, 0]


def test_a_notice_of_no_days_is_none() -> None:
    with pytest.raises(ValueError, match="a day at least"):
        term(date(2025, 9, 10), 0)


@given(st.dates(date(2022, 1, 1), date(2028, 12, 31)), st.integers(1, 40), st.integers(0, 500))
def test_nobody_is_recognised_before_every_day_has_passed_on_an_official_calendar(
    start: date, days: int, later: int
) -> None:
    notice = term(start, days)
    today = start + timedelta(days=later)

    counted = rules.counted_days(notice, CALENDAR)
    assert len(counted) == days and counted[-1] == notice.ends_on and counted[0] > start
    if rules.refusal(notice, today, CALENDAR) is None:
        assert today > notice.ends_on
        assert all(CALENDAR.knows(day) for day in counted)
    else:
        assert rules.missing_years(notice, CALENDAR) or today <= notice.ends_on


@pytest.mark.parametrize(
    ("recognised", "until"),
    [
        (date(2025, 11, 26), date(2026, 11, 25)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_a_recognition_is_valid_for_a_year(recognised: date, until: date) -> None:
    assert rules.valid_until(recognised) == until
