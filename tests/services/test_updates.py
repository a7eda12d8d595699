"""Yearly updates: each year's data are a snapshot of their own and stay (mission D14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotFound
from app.services import revocations, updates
from app.services.checks import Refused
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back

#: A year on, data of 2025 are due.
LATER = datetime(2026, 6, 10, 2, tzinfo=UTC)


@pytest.fixture
def product(cast: Cast, session: Any) -> m.Product:
    """A product filed with the data of 2024; the assets of 2025 are complete."""
    made = make.make_product(cast.unit, state="filed")
    make.make_assets(cast.unit, 2025)
    session.commit()
    return made


def start(cast: Cast, product: m.Product) -> m.ProductYear:
    return do(updates.start, cast.anna, product.id, now=LATER)


def submit(cast: Cast, year: m.ProductYear, **values: Any) -> m.Case:
    return do(updates.submit, cast.anna, year.id, year.version, True, **{"now": LATER, **values})


def waiting(session: Any, now: datetime) -> list[int]:
    return [each.id for each in session.scalars(updates.not_updated(local_date(now)))]


def test_a_product_waits_for_its_update_from_the_new_year_on(session: Any, product: m.Product) -> None:
    assert waiting(session, make.NOW) == []
    assert waiting(session, datetime(2025, 12, 31, 15, 59, tzinfo=UTC)) == []
    assert waiting(session, datetime(2025, 12, 31, 16, 1, tzinfo=UTC)) == [product.id]


@pytest.mark.parametrize("state", ["draft", "pending", "returned", "revoked"])
def test_only_filed_products_are_updated(cast: Cast, session: Any, state: str) -> None:
    other = make.make_product(cast.unit, state=state)
    session.commit()

    assert waiting(session, LATER) == []
    with pytest.raises(Conflict):
        do(updates.start, cast.anna, other.id, now=LATER)


def test_an_update_begins_with_last_years_data_as_a_proposal(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)

    assert (year.year, year.state, year.sales) == (2025, "draft", Decimal("1000.00"))
    assert [link.patent_id for link in year.links] == [link.patent_id for link in product.years[0].links]
    assert start(cast, product).id == year.id


def test_a_product_that_is_up_to_date_is_not_updated_again(cast: Cast, product: m.Product) -> None:
    with pytest.raises(Conflict):
        do(updates.start, cast.anna, product.id)


def test_an_approved_update_leaves_the_year_before_as_it_was(
    cast: Cast, session: Any, product: m.Product
) -> None:
    old_link = product.years[0].links[0]
    patent = make.make_patent(cast.unit)
    session.commit()
    year = start(cast, product)
    links = [{"patent_id": patent.id, "core": True, "contribution": "100"}]
    saved = do(updates.save, cast.anna, year.id, {"sales": "2000", "links": links}, year.version, now=LATER)
    case = submit(cast, saved.year)
    assert (case.kind, case.subject_id, str(case.due_on)) == ("update", year.id, "2026-06-17")

    approve(cast.rui, case, now=LATER)

    first, second = product.years
    assert (product.updated_year, product.filing_year, second.state) == (2025, 2024, "updated")
    assert (first.sales, second.sales) == (Decimal("1000.00"), Decimal("2000.00"))
    assert [link.patent_id for link in first.links] == [old_link.patent_id]
    assert [link.patent_id for link in second.links] == [patent.id]
    assert waiting(session, LATER) == []


def test_t_w10_without_last_years_assets_an_update_is_refused_with_the_clause(
    cast: Cast, session: Any
) -> None:
    made = make.make_product(cast.unit, state="filed")
    session.commit()
    year = start(cast, made)

    with pytest.raises(Refused) as error:
        submit(cast, year)

    assert "R07" in {problem.rule for problem in error.value.problems}
    assert "操作手册 4" in {found.rule.clause for found in error.value.findings if found.rule.id == "R07"}


def test_the_checker_is_the_same_as_for_a_filing(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    saved = do(updates.save, cast.anna, year.id, {"sales": "0"}, year.version, now=LATER)

    with pytest.raises(Refused) as error:
        submit(cast, saved.year)

    assert "R09" in {problem.rule for problem in error.value.problems}
    assert {found.rule.id for found in do(updates.check, cast.anna, year.id, now=LATER)} >= {"R09"}


def test_a_returned_update_is_corrected_and_submitted_again(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    send_back(cast.rui, submit(cast, year), "请核对销售收入", {"sales": "与报表不符"}, now=LATER)
    assert year.state == "returned"
    saved = do(updates.save, cast.anna, year.id, {"sales": "900"}, year.version, now=LATER)

    again = submit(cast, saved.year)

    assert (again.round, again.claimed_by) == (2, cast.rui.user_id)


def test_an_update_is_withdrawn(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    case = submit(cast, year)

    do(updates.withdraw, cast.anna, year.id, now=LATER)

    assert (year.state, case.state) == ("draft", "withdrawn")


def test_t_m03_a_submitted_update_can_only_be_read(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    submit(cast, year)
    for verb, args in (
        (updates.save, ({"sales": "1"}, year.version)),
        (updates.link_patents, ([], year.version)),
        (updates.split_evenly, (year.version,)),
        (updates.submit, (year.version, True)),
    ):
        with pytest.raises(Conflict):
            do(verb, cast.anna, year.id, *args, now=LATER)


def test_t_m07_an_old_form_of_an_update_is_stale(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    seen = year.version
    do(updates.save, cast.anna, year.id, {"sales": "1"}, seen, now=LATER)

    with pytest.raises(Stale):
        do(updates.save, cast.anna, year.id, {"sales": "2"}, seen, now=LATER)


def test_the_first_years_data_are_changed_through_the_filing_only(cast: Cast, session: Any) -> None:
    draft = make.make_product(cast.unit)
    session.commit()
    year = draft.years[0]
    for verb, args in (
        (updates.save, ({}, year.version)),
        (updates.submit, (year.version, True)),
        (updates.withdraw, ()),
    ):
        with pytest.raises(NotFound):
            do(verb, cast.anna, year.id, *args, now=LATER)


def test_units_do_not_reach_each_others_updates(cast: Cast, product: m.Product) -> None:
    year = start(cast, product)
    for verb, args in ((updates.save, ({}, year.version)), (updates.check, ()), (updates.withdraw, ())):
        with pytest.raises(NotFound):
            do(verb, cast.bo, year.id, *args, now=LATER)
    with pytest.raises(NotFound):
        do(updates.start, cast.bo, product.id, now=LATER)


def test_evidence_goes_with_its_year(cast: Cast, session: Any, product: m.Product) -> None:
    file = make.make_file(cast.unit)
    session.commit()
    year = start(cast, product)

    evidence = do(updates.add_evidence, cast.anna, year.id, file.id, "sales", year.version, now=LATER)

    assert product.years[0].evidence == []
    do(updates.remove_evidence, cast.anna, year.id, evidence.id, year.version, now=LATER)
    assert year.evidence == []


def test_a_product_being_revoked_is_not_updated_and_the_other_way_round(
    cast: Cast, product: m.Product
) -> None:
    year = start(cast, product)
    case = submit(cast, year)
    with pytest.raises(Conflict):
        do(revocations.request, cast.anna, product.id, "off_market", "已停产", product.version, now=LATER)
    send_back(cast.rui, case, now=LATER)
    do(revocations.request, cast.anna, product.id, "off_market", "已停产", product.version, now=LATER)

    with pytest.raises(Conflict):
        submit(cast, year)


def test_units_are_reminded_once_a_month(session: Any, product: m.Product) -> None:
    first = datetime(2026, 3, 1, 2, tzinfo=UTC)
    counts = []
    for now in (first - timedelta(days=1), first, first + timedelta(hours=5), first + timedelta(days=1)):
        with transaction(Actor.system()):
            counts.append(updates.remind(now))

    assert counts == [0, 1, 1, 0]
    told = select(func.count()).select_from(m.Outbox).where(m.Outbox.template == "update_reminder")
    assert session.scalar(told.where(m.Outbox.channel == "inapp")) == 2
