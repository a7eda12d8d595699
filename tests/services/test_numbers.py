"""Numbers without gaps (mission N5)."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import transaction
from app.domain.actor import Actor
from app.services.numbers import next_number

PATTERN = "ZLCP{year}{province2}{seq:06d}"
SYSTEM = Actor.system()


def test_each_year_and_province_counts_from_one(session: Any) -> None:
    with transaction(SYSTEM):
        given = [next_number(PATTERN, year=year, province2=province)
                 for year, province in ((2025, "43"), (2025, "43"), (2025, "11"), (2026, "43"))]  # fmt: skip

    assert given == ["ZLCP202543000001", "ZLCP202543000002", "ZLCP202511000001", "ZLCP202643000001"]


def test_a_number_is_given_back_when_its_transaction_is_undone(session: Any) -> None:
    next_number(PATTERN, year=2025, province2="43")
    session.rollback()

    with transaction(SYSTEM):
        assert next_number(PATTERN, year=2025, province2="43") == "ZLCP202543000001"


def test_the_counter_may_stand_in_the_middle_and_outgrow_its_width(session: Any) -> None:
    with transaction(SYSTEM):
        given = [next_number("A{seq:01d}/{year}", year=2025) for _ in range(11)]

    assert given[0] == "A1/2025"
    assert given[-1] == "A11/2025"


def test_a_pattern_without_a_counter_is_refused(session: Any) -> None:
    with pytest.raises(ValueError, match="seq"):
        next_number("ZLCP{year}", year=2025)
