"""The unit's own patent base (mission C)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services import patents
from app.services.patents import Imported
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW


def problems_of(error: pytest.ExceptionInfo[RuleError]) -> set[str | None]:
    return {problem.field for problem in error.value.problems}


def test_c1_the_units_own_patents_are_imported_by_its_registered_name(cast: Cast, session: Any) -> None:
    for name in ("长沙甲示例电池有限公司", "長沙甲示例電池有限公司", "长沙乙示例电池有限公司"):
        make.make_register_patent([name])
    make.make_register_patent(["长沙别家有限公司", "长沙甲示例电池有限公司"])
    session.commit()

    done = do(patents.import_own, cast.anna)

    assert done == Imported(added=3)
    own = session.scalars(select(m.Patent).where(m.Patent.unit_id == cast.unit.id)).all()
    assert {(patent.source, patent.obtained) for patent in own} == {("register", "own")}


def test_c1_importing_again_changes_nothing(cast: Cast, session: Any) -> None:
    make.make_register_patent([cast.unit.name])
    session.commit()
    do(patents.import_own, cast.anna)
    version = session.scalar(select(m.Patent.version))

    assert do(patents.import_own, cast.ali) == Imported(unchanged=1)
    assert session.scalar(select(m.Patent.version)) == version


def test_c1_importing_refreshes_legal_states(cast: Cast, session: Any) -> None:
    found = make.make_register_patent([cast.unit.name])
    session.commit()
    do(patents.import_own, cast.anna)
    found.legal_state, found.lapse_reason = "lapsed", "unpaid"
    session.commit()

    assert do(patents.import_own, cast.anna) == Imported(refreshed=1, lapsed=1)
    assert session.scalar(select(m.Patent.legal_state)) == "lapsed"


def test_a_unit_that_is_not_verified_imports_nothing(cast: Cast, session: Any) -> None:
    unit = make.make_unit(cast.unit.name, state="unverified")
    owner = make.make_owner(unit)
    session.commit()

    with pytest.raises(Conflict):
        do(patents.import_own, owner)


def test_staff_have_no_patents(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        do(patents.import_own, cast.rui)


def test_c2_patents_under_former_names_are_offered_not_imported(cast: Cast, session: Any) -> None:
    unit = make.make_unit(former_names=["长沙曾用名有限公司"])
    owner = make.make_owner(unit)
    offered = make.make_register_patent(["长沙曾用名有限公司"])
    session.commit()

    assert do(patents.import_own, owner) == Imported()
    assert [found.application_no for found in do(patents.candidates, owner)] == [offered.application_no]


def hand(cast: Cast, session: Any, number: str, **values: Any) -> dict[str, Any]:
    proof = make.make_file(cast.unit, "patent_proof")
    session.commit()
    facts = {
        "application_no": number, "title": "一种示例阀门", "patentees": "长沙别家有限公司", "filing_date": "2018-03-01",
        "grant_date": "2020-01-01", "legal_state": "valid", "obtained": "assigned", "proof_file_id": proof.id,
    }  # fmt: skip
    return {**facts, **values}


def test_c2_a_patent_the_register_does_not_know_is_typed_whole(cast: Cast, session: Any) -> None:
    number = make.make_number()

    patent = do(patents.add_by_hand, cast.anna, hand(cast, session, number.display))

    assert (patent.application_no, patent.kind, patent.source) == (number.compact, "invention", "hand")
    assert patent.expiry == date(2038, 3, 1)


def test_c2_what_the_register_knows_fills_in_the_rest(cast: Cast, session: Any) -> None:
    found = make.make_register_patent(["长沙别家有限公司"], title="阀门")
    data = hand(cast, session, found.application_no, title="别的名称", legal_state="lapsed", patentees="")

    patent = do(patents.add_by_hand, cast.anna, data)

    assert (patent.title, patent.legal_state, patent.patentees) == ("阀门", "valid", "长沙别家有限公司")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("201510222662.7", "校验位"),
        ("CN106844774A", "公开（公告）号"),
        ("PCT/CN2024/120645", "PCT"),
        ("", "请填写"),
    ],
)
def test_t_t10_a_number_that_is_none_is_refused_with_a_hint(
    cast: Cast, session: Any, typed: str, hint: str
) -> None:
    with pytest.raises(RuleError) as error:
        do(patents.add_by_hand, cast.anna, hand(cast, session, typed))

    assert problems_of(error) == {"application_no"}
    assert hint in str(error.value.problems[0].message)


def test_a_patent_stands_once_in_a_units_base(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)

    with pytest.raises(RuleError) as error:
        do(patents.add_by_hand, cast.anna, hand(cast, session, patent.application_no))

    assert problems_of(error) == {"application_no"}


def test_the_same_patent_may_be_in_two_units_bases(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.other_unit)

    do(patents.add_by_hand, cast.anna, hand(cast, session, patent.application_no))

    assert session.scalar(select(func.count()).select_from(m.Patent)) == 2


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"proof_file_id": None}, {"proof_file_id"}),
        ({"obtained": "own"}, {"obtained"}),
        ({"obtained": "licensed"}, {"licence_kind", "licence_from"}),
        ({"title": "", "legal_state": "ghost"}, {"title", "legal_state"}),
        ({"grant_date": "2017-01-01"}, {"grant_date"}),
        ({"obtained": "licensed", "licence_kind": "sole", "licence_from": "2025-01-01", "licence_until": "2024-01-01"},
         {"licence_until"}),
    ],
)  # fmt: skip
def test_t_w13_a_patent_not_in_the_units_name_needs_proof_and_sense(
    cast: Cast, session: Any, values: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(RuleError) as error:
        do(patents.add_by_hand, cast.anna, hand(cast, session, make.make_number().compact, **values))

    assert problems_of(error) == fields


def test_a_patent_under_a_former_name_needs_the_proof_of_the_change(cast: Cast, session: Any) -> None:
    unit = make.make_unit(former_names=["长沙曾用名有限公司"])
    owner = make.make_owner(unit)
    number = make.make_number().compact
    data = {
        **hand(cast, session, number),
        "patentees": "长沙曾用名有限公司",
        "obtained": "own",
        "proof_file_id": None,
    }
    with pytest.raises(RuleError) as error:
        do(patents.add_by_hand, owner, data)
    assert problems_of(error) == {"proof_file_id"}

    proof = make.make_file(unit, "patent_proof")
    session.commit()
    assert do(patents.add_by_hand, owner, {**data, "proof_file_id": proof.id}).obtained == "own"


def test_another_units_proof_cannot_be_used(cast: Cast, session: Any) -> None:
    foreign = make.make_file(cast.other_unit, "patent_proof")

    with pytest.raises(RuleError) as error:
        do(
            patents.add_by_hand,
            cast.anna,
            hand(cast, session, make.make_number().compact, proof_file_id=foreign.id),
        )

    assert problems_of(error) == {"proof_file_id"}


def test_the_facts_of_a_registered_patent_cannot_be_edited(cast: Cast, session: Any) -> None:
    found = make.make_register_patent([cast.unit.name])
    session.commit()
    do(patents.import_own, cast.anna)
    patent = session.scalars(select(m.Patent)).one()

    edited = do(
        patents.edit,
        cast.anna,
        patent.id,
        {"title": "别的", "pledged": "是", "obtained": "own"},
        patent.version,
    )

    assert (edited.title, edited.pledged) == (found.title, True)


def test_t_m07_an_old_form_of_a_patent_is_stale(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    session.commit()
    seen = patent.version
    do(patents.edit, cast.anna, patent.id, {"pledged": "是"}, seen)

    with pytest.raises(Stale):
        do(patents.edit, cast.anna, patent.id, {"pledged": "否"}, seen)


def test_a_patent_of_a_pending_filing_waits_for_the_decision(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    make.make_product(cast.unit, state="pending", patents=[patent])
    session.commit()

    with pytest.raises(Conflict):
        do(patents.edit, cast.anna, patent.id, {"pledged": "是"}, patent.version)


@pytest.mark.parametrize("state", ["pending", "filed", "returned", "revoked"])
def test_a_patent_linked_to_what_was_handed_in_stays(cast: Cast, session: Any, state: str) -> None:
    patent = make.make_patent(cast.unit)
    make.make_product(cast.unit, state=state, patents=[patent])
    session.commit()

    with pytest.raises(Conflict):
        do(patents.remove, cast.anna, patent.id, patent.version)


def test_a_removed_patent_leaves_the_drafts_it_was_linked_to(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    draft = make.make_product(cast.unit, patents=[patent])
    session.commit()
    version = draft.version

    do(patents.remove, cast.anna, patent.id, patent.version)

    assert session.scalar(select(func.count()).select_from(m.PatentLink)) == 0
    assert draft.version > version


def test_units_do_not_reach_each_others_patents(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    session.commit()

    with pytest.raises(NotFound):
        do(patents.edit, cast.bo, patent.id, {"pledged": "是"}, patent.version)
    with pytest.raises(NotFound):
        do(patents.remove, cast.bo, patent.id, patent.version)


def refresh(now: Any = NOW) -> int:
    with transaction(Actor.system("daily")):
        return patents.refresh_all(now)


def lapse(session: Any, *numbers: str) -> None:
    for number in numbers:
        session.get_one(m.RegisterPatent, number).legal_state = "lapsed"
    session.commit()


def test_t_w13_lapsed_patents_are_flagged_and_told_once(cast: Cast, session: Any) -> None:
    linked = [make.make_register_patent([cast.unit.name]) for _ in range(2)]
    session.commit()
    do(patents.import_own, cast.anna)
    base = session.scalars(select(m.Patent).order_by(m.Patent.id)).all()
    product = make.make_product(cast.unit, state="filed", patents=base)
    lapse(session, linked[0].application_no)

    assert (refresh(), refresh(NOW + timedelta(days=1))) == (1, 0)

    (flag,) = do(patents.flagged, cast.anna, make.TODAY)
    assert (flag.product.id, flag.lapsed, flag.linked) == (product.id, (linked[0].application_no,), 2)
    assert not flag.all_lapsed
    told = session.scalars(
        select(m.Outbox).where(m.Outbox.template == "patents_lapsed", m.Outbox.channel == "inapp")
    )
    assert sorted(message.user_id for message in told) == [cast.anna.user_id, cast.ali.user_id]


def test_t_w13_when_all_have_lapsed_revocation_is_suggested(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit, legal_state="lapsed")
    make.make_product(cast.unit, state="filed", patents=[patent])
    make.make_product(cast.unit, "叉车用锂离子电池", state="filed")
    session.commit()

    assert [flag.all_lapsed for flag in do(patents.flagged, cast.anna, make.TODAY)] == [True]
    assert do(patents.flagged, cast.bo, make.TODAY) == []


def test_a_patent_whose_term_ended_counts_as_lapsed_and_is_told_once(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit, expiry=make.TODAY - timedelta(days=1))
    make.make_product(cast.unit, state="filed", patents=[patent])
    session.commit()

    for days in range(3):
        refresh(NOW + timedelta(days=days))

    assert do(patents.flagged, cast.anna, make.TODAY)[0].all_lapsed
    told = select(func.count()).select_from(m.Outbox)
    assert session.scalar(told.where(m.Outbox.template == "patents_lapsed", m.Outbox.channel == "inapp")) == 2
