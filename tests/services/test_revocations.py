"""Revocation of a filing: asked for by the unit, decided by staff (mission D12, rule 29)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.domain.errors import Conflict, NotFound, RuleError
from app.services import revocations
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back


@pytest.fixture
def product(cast: Cast, session: Any) -> m.Product:
    """A filed product of unit A with one patent in force."""
    made = make.make_product(cast.unit, state="filed")
    session.commit()
    return made


def request(
    cast: Cast, product: m.Product, reason: str = "off_market", note: str = "已停产，库存售完"
) -> m.Case:
    return do(revocations.request, cast.anna, product.id, reason, note, product.version)


def test_a_request_goes_to_review_and_the_product_stays_in_force(cast: Cast, product: m.Product) -> None:
    case = request(cast, product)

    assert (product.state, product.revocation_reason) == ("revocation_pending", "off_market")
    assert (case.kind, case.subject_id, case.snapshot["filing_no"]) == (
        "revocation",
        product.id,
        product.filing_no,
    )


def test_an_approved_request_revokes_the_filing_and_keeps_its_number(
    cast: Cast, session: Any, product: m.Product
) -> None:
    number = product.filing_no

    approve(cast.rui, request(cast, product))

    assert (product.state, product.revoked_on, product.filing_no) == ("revoked", make.TODAY, number)
    assert session.scalars(select(m.Outbox).where(m.Outbox.template == "revocation_approved")).all()


def test_a_refused_request_leaves_the_filing_as_it_was(cast: Cast, product: m.Product) -> None:
    case = request(cast, product)

    send_back(cast.rui, case, "产品仍在销售", {"revocation_note": "请补充停产证明"})

    assert (product.state, product.revocation_reason, case.state) == ("filed", None, "returned")
    assert request(cast, product).round == 2


def test_a_request_is_withdrawn(cast: Cast, product: m.Product) -> None:
    case = request(cast, product)

    do(revocations.withdraw, cast.anna, product.id)

    assert (product.state, product.revocation_note, case.state) == ("filed", None, "withdrawn")


def test_rule_29_lapsed_patents_are_a_reason_only_where_all_have_lapsed(cast: Cast, session: Any) -> None:
    lapsed = make.make_patent(cast.unit, legal_state="lapsed")
    in_force = make.make_patent(cast.unit)
    mixed = make.make_product(cast.unit, state="filed", patents=[lapsed, in_force])
    over = make.make_product(cast.unit, "叉车用锂离子电池", state="filed", patents=[lapsed])
    session.commit()

    with pytest.raises(RuleError) as error:
        request(cast, mixed, "patents_lapsed", "")
    assert "R29-valid" in {problem.rule for problem in error.value.problems}
    assert request(cast, over, "patents_lapsed", "").state == "open"


@pytest.mark.parametrize(
    ("reason", "note"), [("off_market", "　"), ("off_market", "\u200b"), ("ghost", "已停产"), ("", "")]
)
def test_a_reason_is_chosen_and_explained(cast: Cast, product: m.Product, reason: str, note: str) -> None:
    with pytest.raises(RuleError):
        request(cast, product, reason, note)


@pytest.mark.parametrize("state", ["draft", "pending", "returned", "revocation_pending", "revoked"])
def test_only_a_filed_product_can_be_revoked(cast: Cast, session: Any, state: str) -> None:
    made = make.make_product(cast.unit, state=state)
    session.commit()

    with pytest.raises(Conflict):
        request(cast, made)


def test_an_old_page_does_not_revoke(cast: Cast, product: m.Product) -> None:
    with pytest.raises(Stale):
        do(revocations.request, cast.anna, product.id, "off_market", "已停产", product.version + 1)


def test_units_do_not_revoke_each_others_products(cast: Cast, product: m.Product) -> None:
    with pytest.raises(NotFound):
        do(revocations.request, cast.bo, product.id, "off_market", "已停产", product.version)
    with pytest.raises(NotFound):
        do(revocations.withdraw, cast.bo, product.id)
