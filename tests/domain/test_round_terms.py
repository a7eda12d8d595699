"""What a round's years, days and counts must satisfy."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pytest

from app.domain.recognition.terms import Terms, late_changes, problems

USUAL = Terms(2025, 2024, date(2025, 9, 15), date(2025, 10, 31), 10, 2)


def test_the_usual_round_is_right() -> None:
    assert problems(USUAL) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"data_year": 2025}, "data_year"),
        ({"data_year": 2026}, "data_year"),
        ({"filing_deadline": date(2024, 12, 31)}, "filing_deadline"),
        ({"supplement_deadline": date(2025, 9, 15)}, "supplement_deadline"),
        ({"notice_days": 0}, "notice_days"),
        ({"notice_days": 61}, "notice_days"),
        ({"evaluators": 0}, "evaluators"),
        ({"evaluators": 21}, "evaluators"),
    ],
)
def test_each_fault_stands_beside_its_field(change: dict[str, object], field: str) -> None:
    assert [problem.field for problem in problems(replace(USUAL, **change))] == [field]  # type: ignore[arg-type]


def test_a_deadline_on_new_years_day_after_the_data_year_is_the_earliest() -> None:
    assert problems(replace(USUAL, filing_deadline=date(2025, 1, 1))) == []


def test_after_publishing_the_supplements_deadline_moves_on_but_never_back() -> None:
    old = {**asdict(USUAL), "title": "甲", "scheme_id": 1}
    assert late_changes(old, {**old, "title": "乙", "supplement_deadline": date(2025, 11, 30)}) == []
    assert [p.field for p in late_changes(old, {**old, "supplement_deadline": date(2025, 10, 30)})] == [
        "supplement_deadline"
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"year": 2026},
        {"filing_deadline": date(2025, 9, 16)},
        {"notice_days": 5},
        {"evaluators": 3},
        {"scheme_id": 2},
    ],
)
def test_after_publishing_what_units_were_promised_stays(change: dict[str, object]) -> None:
    old = {**asdict(USUAL), "title": "甲", "scheme_id": 1}
    assert [p.field for p in late_changes(old, old | change)] == list(change)
