"""Submitting a filing: the gate, the checker, and what may be done afterwards (mission D, abuse.md F)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.domain.errors import Conflict, RuleError
from app.services import filings
from app.services.checks import Refused
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back, submit
from tests.support.factories import NOW


def fields_of(error: pytest.ExceptionInfo[RuleError]) -> set[str | None]:
    return {problem.field for problem in error.value.problems}


def rules_of(error: pytest.ExceptionInfo[RuleError]) -> set[str | None]:
    return {problem.rule for problem in error.value.problems}


def test_a_good_filing_becomes_a_case_with_all_that_was_submitted(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()

    case = submit(cast.anna, product)

    assert (product.state, product.years[0].state) == ("pending", "pending")
    assert (case.state, case.kind, case.subject_id, case.round) == ("open", "filing", product.id, 1)
    assert case.subject_version == product.version
    assert case.title == product.name
    assert case.due_on.isoformat() == "2025-09-17"
    assert case.receipt_no == "SL2025091000001"
    assert case.snapshot["sales"] == "1000.00"
    number = product.years[0].links[0].patent.application_no
    assert case.snapshot["patents"][number]["contribution"] == "100.00"
    assert product.years[0].committed_at == NOW


def test_t_w10_nothing_is_submitted_without_last_years_assets(cast: Cast, session: Any) -> None:
    session.execute(m.AssetYear.__table__.delete())
    product = make.make_product(cast.unit)
    make.make_assets(cast.unit, state="draft")
    session.commit()

    with pytest.raises(Refused) as error:
        submit(cast.anna, product)

    assert "R07" in rules_of(error)
    assert [p.rule for p in error.value.problems].count("R07") == 1
    assert "2024" in str(next(p.message for p in error.value.problems if p.rule == "R07"))
    session.refresh(product)
    assert product.state == "draft"


def test_a_unit_that_is_not_verified_submits_nothing(cast: Cast, session: Any) -> None:
    unit = make.make_unit(state="pending")
    make.make_assets(unit)
    owner = make.make_owner(unit)
    product = make.make_product(unit)
    session.commit()

    with pytest.raises(Refused) as error:
        submit(owner, product)

    assert [p.rule for p in error.value.problems].count("R04-state") == 1


def test_without_the_promise_of_truth_nothing_is_submitted(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()

    with pytest.raises(Refused) as error:
        do(filings.submit, cast.anna, product.id, product.version, False)

    assert fields_of(error) == {"commitment"}


@pytest.mark.parametrize("typed", ["0", "-1", "", "0.00", "０"])
def test_t_w11_a_product_without_sales_is_refused_with_the_rule(cast: Cast, session: Any, typed: str) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    saved = do(filings.save_step, cast.anna, product.id, 1, {"sales": typed, "export": ""}, product.version)

    with pytest.raises(Refused) as error:
        submit(cast.anna, saved.product)

    assert ("sales", "R09") in {(problem.field, problem.rule) for problem in error.value.problems}


def test_blocking_findings_stand_beside_their_fields(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit, "一种电池生产方法", introduction=None)
    session.commit()

    with pytest.raises(Refused) as error:
        submit(cast.anna, product)

    assert {"name", "introduction"} <= fields_of(error)
    assert {"R12", "R16", "R06"} <= rules_of(error)
    assert {found.rule.id for found in error.value.findings} >= {"R12", "R16"}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"legal_state": "lapsed", "lapse_reason": "fee"}, "R23-state"),
        ({"patentees": "长沙别家有限公司"}, "R03"),
        ({"patentees": "长沙别家有限公司", "obtained": "licensed"}, "R03"),
    ],
)
def test_t_w13_patents_not_in_force_or_not_proved_block(
    cast: Cast, session: Any, values: dict[str, str], rule: str
) -> None:
    product = make.make_product(cast.unit, patents=[make.make_patent(cast.unit, **values)])
    session.commit()

    with pytest.raises(Refused) as error:
        submit(cast.anna, product)

    assert rule in rules_of(error)


def test_t_w13_a_patent_of_a_former_name_only_warns(cast: Cast, session: Any) -> None:
    unit = make.make_unit(former_names=["长沙曾用名有限公司"])
    make.make_assets(unit)
    owner = make.make_owner(unit)
    product = make.make_product(unit, patents=[make.make_patent(unit, patentees="长沙曾用名有限公司")])
    session.commit()

    case = submit(owner, product)

    assert "R03-former" in {finding["rule"] for finding in case.findings}


def test_warnings_are_kept_on_the_case_in_both_languages(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit, introduction="锂离子电池。")
    session.commit()

    case = submit(cast.anna, product)

    warning = next(finding for finding in case.findings if finding["rule"] == "R21-length")
    assert (warning["severity"], warning["field"]) == ("warn", "introduction")
    assert warning["message"]
    assert warning["message_en"].isascii()


@pytest.mark.parametrize("state", ["pending", "filed", "revocation_pending", "revoked"])
def test_t_m03_what_was_handed_in_can_only_be_read(cast: Cast, session: Any, state: str) -> None:
    product = make.make_product(cast.unit, state=state)
    file = make.make_file(cast.unit)
    session.commit()
    for verb, args in (
        (filings.save_step, (1, {"name": "别的"}, product.version)),
        (filings.link_patents, ([], product.version)),
        (filings.split_evenly, (product.version,)),
        (filings.add_evidence, (file.id, "sales", product.version)),
        (filings.submit, (product.version, True)),
        (filings.delete_draft, (product.version,)),
    ):
        with pytest.raises(Conflict):
            do(verb, cast.anna, product.id, *args)


def test_a_submission_is_withdrawn_and_submitted_again(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    first = submit(cast.anna, product)

    do(filings.withdraw, cast.ali, product.id)

    assert (product.state, product.years[0].state, first.state) == ("draft", "draft", "withdrawn")
    second = submit(cast.anna, product)
    assert second.round == 2
    assert second.receipt_no == "SL2025091000002"


def test_a_decided_submission_cannot_be_withdrawn(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    approve(cast.rui, submit(cast.anna, product))

    with pytest.raises(Conflict):
        do(filings.withdraw, cast.anna, product.id)


def test_approval_gives_number_year_province_and_round(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    case = send_back(cast.rui, submit(cast.anna, product))
    assert (product.state, product.filing_no) == ("returned", None)
    case = approve(cast.rui, submit(cast.anna, product))

    assert product.filing_no == "ZLCP202543000001"
    assert (product.state, product.filed_on, product.updated_year) == ("filed", make.TODAY, 2024)
    assert (product.province, product.rounds, case.round) == ("430000", 2, 2)
    assert (product.years[0].state, product.years[0].approved_at) == ("updated", NOW)


def test_a_copy_is_a_new_draft_with_the_same_information_and_patents(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit, state="filed")
    session.commit()

    draft = do(filings.copy, cast.anna, product.id)

    assert (draft.state, draft.filing_no, draft.name) == ("draft", None, product.name)
    assert draft.years[0].links[0].patent_id == product.years[0].links[0].patent_id
    assert draft.years[0].sales is None


def test_a_draft_never_submitted_is_deleted_whole(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()

    do(filings.delete_draft, cast.anna, product.id, product.version)

    for model in (m.Product, m.ProductYear, m.PatentLink):
        assert session.scalar(select(func.count()).select_from(model)) == 0


def test_a_draft_that_was_submitted_once_keeps_its_history(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    submit(cast.anna, product)
    do(filings.withdraw, cast.anna, product.id)

    with pytest.raises(Conflict):
        do(filings.delete_draft, cast.anna, product.id, product.version)


def test_a_draft_begun_last_year_is_warned_of_its_year(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    make.make_assets(cast.unit, 2025)
    session.commit()

    case = submit(cast.anna, product, now=NOW + timedelta(days=150))

    assert "R09-year" in {finding["rule"] for finding in case.findings}
