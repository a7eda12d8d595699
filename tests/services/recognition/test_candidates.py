"""Candidates of a round: gathered in bulk by the same rules that tell a unit why its product is none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from app import models as m
from app.db import transaction
from app.domain.actor import RECOGNITION_OFFICER, REVIEWER, Actor
from app.domain.errors import Conflict, NotAllowed
from app.services.recognition import candidates
from tests.support.factories import NOW, actor_of, make_product, make_unit, make_user, make_year
from tests.support.recognition import make_round

#: the last minute of the deadline in Beijing, and the first of the day after
LAST_MINUTE = datetime(2025, 9, 15, 15, 59, tzinfo=UTC)
TOO_LATE = datetime(2025, 9, 15, 16, 0, tzinfo=UTC)


@pytest.fixture
def officer(session: Any) -> Actor:
    return actor_of(make_user(RECOGNITION_OFFICER))


@pytest.fixture
def round_(session: Any) -> m.RecognitionRound:
    return make_round()


def gather(round_: m.RecognitionRound, officer: Actor) -> candidates.Gathered:
    with transaction(officer):
        return candidates.gather(round_.id, officer, NOW)


def every_kind_of_product() -> list[m.Product]:
    """One candidate, one on the last day, and one for each reason to be none."""
    unit = make_unit()
    late = {"figures": {"approved_at": TOO_LATE}}
    made = [
        make_product(unit, state="filed"),
        make_product(unit, state="filed", filed_on=date(2025, 9, 15), figures={"approved_at": LAST_MINUTE}),
        make_product(unit, state="pending"),
        make_product(unit, state="returned"),
        make_product(unit, state="revoked"),
        make_product(unit, state="revocation_pending"),
        make_product(unit, state="filed", filed_on=date(2025, 9, 16)),
        make_product(unit, state="filed", takes_part=False),
        make_product(unit, state="filed", takes_part=None),
        make_product(unit, state="filed", year=2023),
        make_product(unit, state="filed", year=2023),
        make_product(unit, state="filed", **late),
        make_product(unit, state="filed", figures={"sales": Decimal(0)}),
        make_product(unit, state="filed", figures={"sales": None}),
        make_product(unit, state="filed", takes_part=False, figures={"sales": None, "approved_at": TOO_LATE}),
    ]
    make_year(made[10], 2024, state="pending")
    make_product(unit, state="draft")
    return made


def test_the_bulk_and_the_single_product_are_judged_alike(
    session: Any, round_: m.RecognitionRound, officer: Actor
) -> None:
    products = every_kind_of_product()
    session.commit()
    gathered = gather(round_, officer)
    found = {r.product_id: r for r in session.scalars(select(m.Recognition))}
    for product in products:
        year = next((y for y in product.years if y.year == 2024), None)
        assert (product.id in found) == (not candidates.exclusions(product, year, round_, NOW))
    assert set(found) == {products[0].id, products[1].id}
    assert (gathered.added, gathered.candidates, gathered.excluded_products) == (2, 2, 13)
    assert gathered.excluded == {
        "not_filed": 2, "revoked": 2, "filed_late": 1, "not_taking_part": 3, "no_data": 1, "data_not_approved": 2 + 1,
        "data_late": 2, "no_sales": 3,
    }  # fmt: skip


def test_a_candidate_keeps_the_data_of_the_data_year(
    session: Any, round_: m.RecognitionRound, officer: Actor
) -> None:
    product = make_product(make_unit(), state="filed", year=2023)
    year = make_year(product, 2024, state="updated", patents=[])
    make_year(product, 2025, state="updated", patents=[])
    session.commit()
    gather(round_, officer)
    recognition = session.scalars(select(m.Recognition)).one()
    assert (recognition.product_id, recognition.product_year_id) == (product.id, year.id)
    assert (recognition.unit_id, recognition.state, recognition.version) == (product.unit_id, "candidate", 1)


def test_gathering_again_adds_only_those_that_came_to_qualify(
    session: Any, round_: m.RecognitionRound, officer: Actor
) -> None:
    product = make_product(make_unit(), state="filed")
    other = make_product(make_unit(), state="filed", takes_part=False)
    session.commit()
    assert gather(round_, officer).added == 1
    assert gather(round_, officer).added == 0
    other.takes_part = True
    session.commit()
    again = gather(round_, officer)
    assert (again.added, again.candidates, again.excluded) == (1, 2, {})
    assert {r.product_id for r in session.scalars(select(m.Recognition))} == {product.id, other.id}


def test_the_excluded_are_listed_by_reason(session: Any, round_: m.RecognitionRound) -> None:
    products = every_kind_of_product()
    listed = session.scalars(candidates.excluded(round_, "filed_late")).all()
    assert listed == [products[6]]
    assert len(session.scalars(candidates.excluded(round_)).all()) == 13


def test_T_W01_a_draft_round_has_no_candidates(session: Any, officer: Actor) -> None:
    round_ = make_round(state="draft")
    session.commit()
    with pytest.raises(Conflict):
        gather(round_, officer)


def test_only_recognition_officers_gather(session: Any, round_: m.RecognitionRound) -> None:
    reviewer = actor_of(make_user(REVIEWER))
    session.commit()
    with pytest.raises(NotAllowed):
        gather(round_, reviewer)


def test_gathering_is_in_the_audit_trail(session: Any, round_: m.RecognitionRound, officer: Actor) -> None:
    make_product(make_unit(), state="filed")
    session.commit()
    gather(round_, officer)
    events = session.scalars(select(m.AuditEvent).where(m.AuditEvent.entity == "recognition")).all()
    assert [event.detail for event in events] == [f'{{"count": 1, "round": {round_.id}}}']


# SQLite plans well without
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_database_knows_of_many_new_candidates_before_they_are_screened(
    session: Any, round_: m.RecognitionRound, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = make_unit()
    for _ in range(3):
        make_product(unit, state="filed")
    session.commit()
    monkeypatch.setattr(candidates, "_MANY", 3)
    gather(round_, officer)
    known = text("SELECT reltuples FROM pg_class WHERE relname = 'recognition'")
    assert session.scalar(known) == 3
