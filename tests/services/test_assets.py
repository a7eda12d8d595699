"""Yearly assets and the gate they form (mission B)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import NotAllowed, RuleError
from app.services import assets
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do

WHOLE = {
    "revenue": "90,000.00", "total_profit": "-5", "total_assets": "80000", "rnd_spending": "１０００", "employees": "300",
    "statement_seal": "unit_finance",
}  # fmt: skip


def whole(cast: Cast, session: Any) -> dict[str, Any]:
    file = make.make_file(cast.unit, "statement")
    session.commit()
    return {**WHOLE, "statement_file_id": file.id}


def test_a_year_is_saved_however_incomplete(cast: Cast) -> None:
    saved = do(assets.save, cast.anna, 2023, {"revenue": "1,000.5", "employees": "x"}, None)

    assert (saved.assets.state, saved.assets.revenue) == ("draft", Decimal("1000.50"))
    assert [problem.field for problem in saved.problems] == ["employees"]
    again = do(assets.save, cast.ali, 2023, {"employees": "12"}, saved.assets.version)
    assert (again.assets.id, again.assets.employees) == (saved.assets.id, 12)


def test_t_m07_an_old_form_of_the_assets_is_stale(cast: Cast) -> None:
    saved = do(assets.save, cast.anna, 2023, {"revenue": "1"}, None)
    seen = saved.assets.version
    do(assets.save, cast.anna, 2023, {"revenue": "2"}, seen)

    for version in (seen, None):
        with pytest.raises(Stale):
            do(assets.save, cast.anna, 2023, {"revenue": "3"}, version)


def test_a_complete_year_needs_every_required_field_and_the_statement(cast: Cast) -> None:
    with pytest.raises(RuleError) as error:
        do(assets.complete, cast.anna, 2023, {"revenue": "1"}, None)

    assert {problem.field for problem in error.value.problems} == {
        "total_profit", "total_assets", "rnd_spending", "employees", "statement_file_id", "statement_seal",
    }  # fmt: skip


def test_a_complete_year_opens_the_gate(cast: Cast, session: Any) -> None:
    made = do(assets.complete, cast.anna, 2023, whole(cast, session), None)

    assert made.state == "complete"
    assert assets.gate(cast.unit.id, date(2024, 1, 1)).ok


def test_a_complete_year_that_loses_a_field_is_a_draft_again(cast: Cast, session: Any) -> None:
    made = do(assets.complete, cast.anna, 2023, whole(cast, session), None)

    saved = do(assets.save, cast.anna, 2023, {"employees": ""}, made.version)

    assert saved.assets.state == "draft"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"revenue": "-1"}, "revenue"),
        ({"rnd_staff": "301"}, "rnd_staff"),
        ({"intangible_assets": "80000.01"}, "intangible_assets"),
    ],
)
def test_figures_that_cannot_be_are_refused(
    cast: Cast, session: Any, values: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleError) as error:
        do(assets.complete, cast.anna, 2023, {**whole(cast, session), **values}, None)

    assert [problem.field for problem in error.value.problems] == [field]


@pytest.mark.parametrize("year", [1999, 2026, 10**6])
def test_only_years_that_have_been_are_filled_in(cast: Cast, year: int) -> None:
    with pytest.raises(RuleError) as error:
        do(assets.save, cast.anna, year, {}, None)

    assert error.value.problems[0].field == "year"


def test_the_gate_says_which_year_is_missing(cast: Cast) -> None:
    gate = assets.gate(cast.unit.id, date(2026, 3, 1))

    assert (gate.ok, gate.year) == (False, 2025)
    assert "2025" in str(gate.message)


def test_staff_have_no_assets(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        do(assets.save, cast.rui, 2023, {}, None)


def test_another_units_statement_cannot_be_used(cast: Cast, session: Any) -> None:
    file = make.make_file(cast.other_unit, "statement")
    session.commit()

    saved = do(assets.save, cast.anna, 2023, {"statement_file_id": file.id}, None)

    assert saved.assets.statement_file_id is None
    assert [problem.field for problem in saved.problems] == ["statement_file_id"]
