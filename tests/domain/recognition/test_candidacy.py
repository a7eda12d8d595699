"""Who is a candidate: filed by the deadline, taking part, with approved data of the data year, and with sales."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.recognition.candidacy import REASONS, Filing, Terms, exclusions, sentence

TERMS = Terms(2024, date(2025, 9, 15))
GOOD = Filing("filed", date(2025, 9, 15), True, "updated", date(2025, 9, 15), Decimal("0.01"))


def test_filed_and_updated_on_the_last_day_with_some_sales_is_a_candidate() -> None:
    assert exclusions(GOOD, TERMS) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "pending"}, "not_filed"),
        ({"state": "returned"}, "not_filed"),
        ({"state": "revoked"}, "revoked"),
        ({"state": "revocation_pending"}, "revoked"),
        ({"filed_on": date(2025, 9, 16)}, "filed_late"),
        ({"takes_part": False}, "not_taking_part"),
        ({"takes_part": None}, "not_taking_part"),
        ({"data_state": None}, "no_data"),
        ({"data_state": "pending"}, "data_not_approved"),
        ({"approved_on": date(2025, 9, 16)}, "data_late"),
        ({"sales": Decimal(0)}, "no_sales"),
        ({"sales": None}, "no_sales"),
    ],
)
def test_each_lack_is_a_reason_with_a_sentence(changes: dict[str, Any], reason: str) -> None:
    filing = replace(GOOD, **changes)
    assert exclusions(filing, TERMS) == [reason]
    for today in (date(2025, 9, 15), date(2025, 9, 16)):
        told = str(sentence(reason, filing, TERMS, today))
        assert told
        assert "{" not in told


def test_all_reasons_are_told_together() -> None:
    filing = replace(GOOD, takes_part=False, sales=None)
    assert exclusions(filing, TERMS) == ["not_taking_part", "no_sales"]
    assert set(exclusions(filing, TERMS)) <= set(REASONS)


def test_before_the_deadline_the_unit_is_told_what_to_do_afterwards_what_was_missed() -> None:
    filing = replace(GOOD, data_state=None)
    assert "请在 2025-09-15 前完成年度更新" in str(sentence("no_data", filing, TERMS, date(2025, 9, 15)))
    assert "没有 2024 年度的数据" in str(sentence("no_data", filing, TERMS, date(2025, 9, 16)))
