"""The real-name check of a unit, and the change of its name or code (mission A3, A4)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.domain.errors import Conflict, NotFound, RuleError
from app.services import filings, realname
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back, submit

Pair = tuple[m.Unit, Any]


@pytest.fixture
def newcomer(session: Any) -> Pair:
    """A unit that has just registered, filled in and ready to be submitted, and its user."""
    unit = make.make_unit("长沙新来机械有限公司", state="unverified")
    owner = make.make_owner(unit, username="nina")
    session.commit()
    return unit, owner


def test_a_unit_is_saved_field_by_field(newcomer: Pair, session: Any) -> None:
    unit, owner = newcomer
    data = {
        "contact": " 王五 ", "mobile": "+86 138-0000-0001", "email": "no", "founded": "2001年2月3日",
        "former_names": ["长沙旧名有限公司", "长沙旧名 有限公司", "  "], "qualifications": ["high_tech", "ghost"],
    }  # fmt: skip

    saved = do(realname.save, owner, unit.id, data, unit.version)

    assert [problem.field for problem in saved.problems] == ["email"]
    assert (saved.unit.contact, saved.unit.mobile, str(saved.unit.founded)) == (
        "王五",
        "13800000001",
        "2001-02-03",
    )
    assert [former.name for former in saved.unit.former_names] == ["长沙旧名 有限公司"]
    assert saved.unit.qualifications == ["high_tech"]


@pytest.mark.parametrize("name", ["长沙\x00旧名有限公司", "长" * 201])
def test_a_former_name_that_cannot_be_stored_is_a_problem(newcomer: Pair, name: str) -> None:
    unit, owner = newcomer

    saved = do(realname.save, owner, unit.id, {"former_names": [name], "contact": "甲"}, unit.version)

    assert [problem.field for problem in saved.problems] == ["former_names"]
    assert (saved.unit.contact, saved.unit.former_names) == ("甲", [])


def test_the_name_and_code_stay_when_what_was_typed_is_none(newcomer: Pair) -> None:
    unit, owner = newcomer
    name, code = unit.name, unit.uscc

    saved = do(realname.save, owner, unit.id, {"name": " 　", "uscc": "91430100MA"}, unit.version)

    assert (saved.unit.name, saved.unit.uscc) == (name, code)
    assert {problem.field for problem in saved.problems} == {"name", "uscc"}


def test_t_t09_a_code_is_read_in_its_usual_written_forms(newcomer: Pair) -> None:
    unit, owner = newcomer

    saved = do(realname.save, owner, unit.id, {"uscc": "91350100m000100y43"}, unit.version)

    assert saved.unit.uscc == "91350100M000100Y43"


def test_a_code_that_another_unit_has_is_refused_clearly(newcomer: Pair, cast: Cast) -> None:
    unit, owner = newcomer

    saved = do(realname.save, owner, unit.id, {"uscc": cast.unit.uscc}, unit.version)

    assert [problem.field for problem in saved.problems] == ["uscc"]
    assert "已被其他账号登记" in str(saved.problems[0].message)
    assert cast.unit.name not in str(saved.problems[0].message)


def test_t_m07_an_old_form_of_the_unit_is_stale(newcomer: Pair) -> None:
    unit, owner = newcomer
    seen = unit.version
    do(realname.save, owner, unit.id, {"contact": "甲"}, seen)

    with pytest.raises(Stale):
        do(realname.save, owner, unit.id, {"contact": "乙"}, seen)


def test_the_check_is_submitted_whole(newcomer: Pair) -> None:
    unit, owner = newcomer

    case = do(realname.submit, owner, unit.id, unit.version)

    assert (unit.state, case.kind, case.subject_id, case.title) == ("pending", "realname", unit.id, unit.name)
    assert str(case.due_on) == "2025-09-12"
    assert case.snapshot["uscc"] == unit.uscc
    assert set(case.snapshot["licence_file_id"]) == {"id", "name", "sha256"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"legal_representative": None}, "legal_representative"),
        ({"licence_file_id": None}, "licence_file_id"),
        ({"commitment_file_id": None}, "commitment_file_id"),
        ({"district": None}, "district"),
        ({"district": "110101"}, "district"),
        ({"province": None}, "province"),
        ({"name": "长沙示例机械有限公司株洲分公司"}, "name"),
        ({"name": "某某公司长沙办事处"}, "name"),
        ({"makes_or_sells": False, "kind": "university"}, "makes_or_sells"),
    ],
)
def test_a4_what_is_missing_wrong_or_not_eligible_refuses_the_check(
    newcomer: Pair, session: Any, values: dict[str, Any], field: str
) -> None:
    unit, owner = newcomer
    for name, value in values.items():
        setattr(unit, name, value)
    session.commit()

    with pytest.raises(RuleError) as error:
        do(realname.submit, owner, unit.id, unit.version)

    assert field in {problem.field for problem in error.value.problems}


def test_a4_the_refusal_of_a_branch_names_its_clause(newcomer: Pair, session: Any) -> None:
    unit, owner = newcomer
    unit.name = "长沙示例机械有限公司株洲分公司"
    session.commit()

    with pytest.raises(RuleError) as error:
        do(realname.submit, owner, unit.id, unit.version)

    assert error.value.problems[0].rule == "R01"
    assert "操作手册 (1)(1)" in str(error.value.problems[0].message)


def test_a_self_employed_person_is_no_legal_person(newcomer: Pair, session: Any) -> None:
    unit, owner = newcomer
    unit.uscc = make.make_uscc("92")
    session.commit()

    with pytest.raises(RuleError) as error:
        do(realname.submit, owner, unit.id, unit.version)

    assert "R01-person" in {problem.rule for problem in error.value.problems}


def test_t_m03_a_submitted_unit_can_only_be_read(newcomer: Pair) -> None:
    unit, owner = newcomer
    do(realname.submit, owner, unit.id, unit.version)

    with pytest.raises(Conflict):
        do(realname.save, owner, unit.id, {"contact": "甲"}, unit.version)
    with pytest.raises(Conflict):
        do(realname.submit, owner, unit.id, unit.version)


def test_the_check_is_withdrawn_corrected_and_submitted_again(newcomer: Pair) -> None:
    unit, owner = newcomer
    do(realname.submit, owner, unit.id, unit.version)
    do(realname.withdraw, owner, unit.id)
    assert unit.state == "unverified"
    do(realname.save, owner, unit.id, {"contact": "甲"}, unit.version)

    assert do(realname.submit, owner, unit.id, unit.version).round == 2


def test_approval_verifies_the_unit_and_tells_it(newcomer: Pair, cast: Cast, session: Any) -> None:
    unit, owner = newcomer
    case = do(realname.submit, owner, unit.id, unit.version)

    approve(cast.rui, case)

    assert (unit.state, unit.verified_at) == ("verified", make.NOW)
    told = session.scalars(select(m.Outbox.user_id).where(m.Outbox.template == "realname_approved")).all()
    assert owner.user_id in told


def test_a_returned_check_is_corrected_with_the_remarks_and_goes_back(newcomer: Pair, cast: Cast) -> None:
    unit, owner = newcomer
    case = do(realname.submit, owner, unit.id, unit.version)
    send_back(cast.rong, case, "执照不清晰", {"licence_file_id": "请重新扫描"})
    assert unit.state == "returned"

    again = do(realname.submit, owner, unit.id, unit.version)

    assert (again.round, again.claimed_by) == (2, cast.rong.user_id)


def test_a_verified_unit_edits_only_how_to_reach_it(cast: Cast) -> None:
    name = cast.unit.name

    saved = do(
        realname.save,
        cast.anna,
        cast.unit.id,
        {"name": "别名", "address": "别处", "contact": "赵六"},
        cast.unit.version,
    )

    assert (saved.unit.name, saved.unit.address, saved.unit.contact) == (name, "示例路 1 号", "赵六")


def change_of(cast: Cast, session: Any, **values: Any) -> m.Case:
    licence = make.make_file(cast.unit, "licence")
    session.commit()
    data = {"name": "长沙甲新名电池有限公司", "licence_file_id": licence.id, **values}
    return do(realname.submit_change, cast.anna, cast.unit.id, data, cast.unit.version)


def test_a_change_is_an_application_and_the_unit_stays_as_it_was(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    case = change_of(cast, session)

    assert (case.kind, case.title) == ("change", "长沙甲新名电池有限公司")
    assert (cast.unit.state, cast.unit.name) == ("change_pending", "长沙甲示例电池有限公司")
    assert case.snapshot["current"]["name"] == "长沙甲示例电池有限公司"
    assert case.snapshot["proposed"]["name"] == "长沙甲新名电池有限公司"
    assert set(case.snapshot["proposed"]["licence_file_id"]) == {"id", "name", "sha256"}
    assert submit(cast.anna, product).state == "open"


def test_an_approved_change_gives_the_unit_its_new_name_and_keeps_the_old_one(
    cast: Cast, session: Any
) -> None:
    product = make.make_product(cast.unit, state="filed")
    code = make.make_uscc()
    case = change_of(cast, session, uscc=code, registered_capital="1,000", founded="2001-02-03")

    approve(cast.rui, case)

    unit = cast.unit
    assert (unit.state, unit.name, unit.uscc, unit.change_draft) == (
        "verified",
        "长沙甲新名电池有限公司",
        code,
        None,
    )
    assert (str(unit.founded), str(unit.registered_capital)) == ("2001-02-03", "1000.00")
    assert [former.name for former in unit.former_names] == ["长沙甲示例电池有限公司"]
    assert unit.licence_file_id == case.snapshot["proposed"]["licence_file_id"]["id"]
    assert "新名" in session.scalar(
        select(m.ProductSearch.text).where(m.ProductSearch.product_id == product.id)
    )


def test_T_Q02_former_names_have_a_limit(newcomer: Pair) -> None:
    unit, owner = newcomer
    names = [f"长沙旧名{number}有限公司" for number in range(51)]

    saved = do(realname.save, owner, unit.id, {"former_names": names}, unit.version)

    assert [problem.field for problem in saved.problems] == ["former_names"]
    assert saved.unit.former_names == []


def test_a_name_taken_back_is_no_former_name_any_more(cast: Cast, session: Any) -> None:
    approve(cast.rui, change_of(cast, session))
    approve(cast.rui, change_of(cast, session, name="长沙甲示例电池有限公司"))

    assert [former.name for former in cast.unit.former_names] == ["长沙甲新名电池有限公司"]


def test_a_returned_change_leaves_the_unit_verified_and_can_be_given_up(cast: Cast, session: Any) -> None:
    send_back(cast.rui, change_of(cast, session))
    assert (cast.unit.state, cast.unit.name) == ("change_returned", "长沙甲示例电池有限公司")

    do(realname.withdraw_change, cast.anna, cast.unit.id)

    assert (cast.unit.state, cast.unit.change_draft) == ("verified", None)


def test_a_change_under_review_is_withdrawn(cast: Cast, session: Any) -> None:
    case = change_of(cast, session)

    do(realname.withdraw_change, cast.anna, cast.unit.id)

    assert (cast.unit.state, case.state) == ("verified", "withdrawn")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"licence_file_id": None}, "licence_file_id"),
        ({"name": ""}, "name"),
        ({"uscc": "91430100"}, "uscc"),
        ({"name": "长沙甲示例电池有限公司株洲分公司"}, "name"),
        ({"name": "长沙甲示例电池有限公司"}, None),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    cast: Cast, session: Any, values: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(RuleError) as error:
        change_of(cast, session, **values)

    assert field in {problem.field for problem in error.value.problems}
    session.refresh(cast.unit)
    assert cast.unit.state == "verified"


def test_a_code_taken_meanwhile_refuses_the_change(cast: Cast, session: Any) -> None:
    code = make.make_uscc()
    case = change_of(cast, session, uscc=code)
    make.make_unit(uscc=code)
    session.commit()

    with pytest.raises(RuleError):
        approve(cast.rui, case)


def test_units_do_not_see_each_other(cast: Cast) -> None:
    for verb, args in (
        (realname.save, ({"contact": "甲"}, cast.unit.version)),
        (realname.submit, (cast.unit.version,)),
        (realname.withdraw, ()),
        (realname.submit_change, ({"name": "甲"}, cast.unit.version)),
        (realname.withdraw_change, ()),
    ):
        with pytest.raises(NotFound):
            do(verb, cast.bo, cast.unit.id, *args)


def test_a_change_of_name_keeps_open_filings_submittable(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    approve(cast.rui, change_of(cast, session))

    case = submit(cast.anna, product)

    assert "R03-former" in {finding["rule"] for finding in case.findings}
    do(filings.withdraw, cast.anna, product.id)
