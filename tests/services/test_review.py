"""Deciding cases: approve, return, approve many, and what must not happen (mission D10, N2, N5; abuse.md F)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services import cases, filings, review
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back, submit
from tests.support.factories import NOW


@pytest.fixture
def case(cast: Cast, session: Any) -> m.Case:
    """A filing of unit A, submitted by Anna."""
    product = make.make_product(cast.unit)
    session.commit()
    return submit(cast.anna, product)


def product_of(session: Any, case: m.Case) -> m.Product:
    return session.get_one(m.Product, case.subject_id)


def numbers_given(session: Any) -> list[str]:
    query = select(m.Product.filing_no).where(m.Product.filing_no.is_not(None)).order_by(m.Product.filing_no)
    return list(session.scalars(query))


def test_approval_decides_the_case_numbers_the_product_and_tells_the_unit(
    cast: Cast, session: Any, case: m.Case
) -> None:
    approve(cast.rui, case)

    assert (case.state, case.decided_by, case.closed_at) == ("approved", cast.rui.user_id, NOW)
    assert product_of(session, case).filing_no == "ZLCP202543000001"
    told = session.scalars(select(m.Outbox).where(m.Outbox.template == "filing_approved")).all()
    assert {message.channel for message in told} >= {"inapp", "email"}
    assert all("ZLCP202543000001" in message.body for message in told if message.channel == "email")


def test_approval_leaves_a_transition_and_an_audit_event(cast: Cast, session: Any, case: m.Case) -> None:
    approve(cast.rui, case)

    query = select(m.Transition).where(m.Transition.machine == "filing").order_by(m.Transition.id.desc())
    last = session.scalars(query).first()
    assert (last.verb, last.source, last.target, last.actor_role) == (
        "approve",
        "pending",
        "filed",
        "Reviewer",
    )
    event = select(m.AuditEvent).where(m.AuditEvent.entity == "product", m.AuditEvent.action == "transition")
    assert "ZLCP202543000001" in session.scalars(event.order_by(m.AuditEvent.id.desc())).first().detail


@pytest.mark.parametrize("state", ["draft", "returned", "filed", "revoked"])
def test_t_w01_what_is_not_pending_has_no_case_to_approve(cast: Cast, session: Any, state: str) -> None:
    product = make.make_product(cast.unit, state=state)
    session.commit()

    with pytest.raises(NotFound):
        do(review.approve, cast.rui, 1, product.version)


def test_t_w02_the_second_of_two_approvals_changes_nothing_and_is_told_so(
    cast: Cast, session: Any, case: m.Case
) -> None:
    seen = case.subject_version
    approve(cast.rui, case)
    for reviewer in (cast.rui, cast.rong):
        with pytest.raises(Conflict):
            do(review.approve, reviewer, case.id, seen)

    assert numbers_given(session) == ["ZLCP202543000001"]
    query = select(func.count()).select_from(m.Outbox).where(m.Outbox.template == "filing_approved")
    channels = select(func.count(m.Outbox.channel.distinct())).where(m.Outbox.template == "filing_approved")
    people = 2  # Anna and Ali
    assert session.scalar(query) <= people * session.scalar(channels)


def test_a_returned_case_cannot_be_approved_afterwards(cast: Cast, case: m.Case) -> None:
    seen = case.subject_version
    send_back(cast.rui, case)

    with pytest.raises(Conflict):
        do(review.approve, cast.rui, case.id, seen)


def test_t_w04_nobody_decides_what_their_own_unit_submitted(cast: Cast, session: Any, case: m.Case) -> None:
    both = make.actor_of(make.make_user("Reviewer", cast.unit, username="both"))
    session.commit()
    for verb, args in (
        (review.approve, (case.subject_version,)),
        (review.return_, (case.subject_version, "请核对", {})),
        (cases.claim, ()),
    ):
        with pytest.raises(NotAllowed):
            do(verb, both, case.id, *args)


def test_t_w04_a_reviewer_who_submitted_does_not_decide(cast: Cast, session: Any, case: m.Case) -> None:
    session.execute(m.Case.__table__.update().values(submitted_by=cast.rui.user_id))
    session.commit()

    with pytest.raises(NotAllowed):
        do(review.approve, cast.rui, case.id, case.subject_version)


@pytest.mark.parametrize("who", ["anna", "bo", "auditor", "office"])
def test_only_reviewers_decide(cast: Cast, case: m.Case, who: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        do(review.approve, getattr(cast, who), case.id, case.subject_version)


BLANKS = ["", " ", "　　", "\u200b\u200b", "\u00a0", "\ufeff", "\u2060 \u3000\n\t", "\u00ad", "\u3164"]


@pytest.mark.parametrize("reason", BLANKS)
def test_t_w05_a_return_needs_a_reason_one_can_read(
    cast: Cast, session: Any, case: m.Case, reason: str
) -> None:
    with pytest.raises(RuleError) as error:
        do(review.return_, cast.rui, case.id, case.subject_version, reason, {"name": "不对"})

    assert [problem.field for problem in error.value.problems] == ["reason"]
    session.refresh(case)
    assert case.state == "open"


def test_remarks_stand_on_known_fields_only(cast: Cast, case: m.Case) -> None:
    with pytest.raises(RuleError) as error:
        do(review.return_, cast.rui, case.id, case.subject_version, "请核对", {"name": "不对", "ghost": "x"})

    assert [problem.field for problem in error.value.problems] == ["ghost"]


def test_blank_remarks_are_left_out(cast: Cast, case: m.Case) -> None:
    send_back(cast.rui, case, remarks={"name": "名称缺少应用领域", "model": " \u200b", "patents": "请核对"})

    assert {remark.field: remark.text for remark in case.remarks} == {
        "name": "名称缺少应用领域",
        "patents": "请核对",
    }


def test_a_reason_with_control_characters_is_refused(cast: Cast, case: m.Case) -> None:
    with pytest.raises(RuleError):
        do(review.return_, cast.rui, case.id, case.subject_version, "请核对\x00", {})


def test_a_corrected_filing_goes_back_to_the_reviewer_who_returned_it(
    cast: Cast, session: Any, case: m.Case
) -> None:
    send_back(cast.rong, case, "名称不清", {"name": "请写明用途"})
    product = product_of(session, case)

    again = submit(cast.anna, product, now=NOW + timedelta(days=1))

    assert (again.round, again.claimed_by) == (2, cast.rong.user_id)
    with pytest.raises(Conflict):
        do(review.approve, cast.rui, again.id, again.subject_version, now=NOW + timedelta(days=1, hours=1))


def test_a_reviewer_who_left_gets_nothing_back(cast: Cast, session: Any, case: m.Case) -> None:
    send_back(cast.rong, case)
    session.get_one(make.User, cast.rong.user_id).active = False
    session.commit()

    assert submit(cast.anna, product_of(session, case)).claimed_by is None


def test_t_w07_a_decision_binds_to_the_version_that_was_seen(cast: Cast, session: Any, case: m.Case) -> None:
    seen = case.subject_version
    product = product_of(session, case)
    do(filings.withdraw, cast.anna, product.id)
    do(filings.save_step, cast.anna, product.id, 1, {"model": "甲型"}, product.version)
    again = submit(cast.anna, product)

    with pytest.raises(Conflict):
        do(review.approve, cast.rui, case.id, seen)
    with pytest.raises(Conflict):
        do(review.approve, cast.rui, again.id, seen)
    approve(cast.rui, again)


def test_t_w07_data_changed_behind_the_case_cannot_be_approved(
    cast: Cast, session: Any, case: m.Case
) -> None:
    product_of(session, case).introduction = "别的"
    session.commit()

    with pytest.raises(Conflict):
        approve(cast.rui, case)
    send_back(cast.rui, case)


def test_what_blocks_at_approval_refuses_it(cast: Cast, session: Any, case: m.Case) -> None:
    product = product_of(session, case)
    product.years[0].links[0].patent.legal_state = "lapsed"
    session.commit()

    with pytest.raises(RuleError) as error:
        approve(cast.rui, case)

    assert "R23-state" in {problem.rule for problem in error.value.problems}
    session.refresh(case)
    assert (case.state, numbers_given(session)) == ("open", [])


def test_a_case_left_over_new_year_needs_no_newer_data(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    case = submit(cast.anna, product, now=datetime(2025, 12, 30, 2, tzinfo=UTC))

    approve(cast.rui, case, now=datetime(2026, 1, 5, 2, tzinfo=UTC))

    assert (product.filing_no, product.updated_year) == ("ZLCP202643000001", 2024)


def test_warnings_are_set_aside_by_a_note_or_by_acknowledging_them(cast: Cast, session: Any) -> None:
    made = [
        make.make_product(cast.unit, introduction="锂离子电池。", name=name)
        for name in ("电动自行车用电池", "叉车用电池")
    ]
    session.commit()
    first, second = (submit(cast.anna, product) for product in made)

    for note in (None, *BLANKS):
        with pytest.raises(RuleError) as error:
            approve(cast.rui, first, override_note=note)
        assert error.value.problems[0].field == "override_note"
    assert approve(cast.rui, first, override_note="简介足以说明产品").override_note == "简介足以说明产品"
    assert approve(cast.rui, second, acknowledged=True).override_note is None


def test_a_case_another_reviewer_has_in_hand_is_left_to_them(cast: Cast, case: m.Case) -> None:
    do(cases.claim, cast.rong, case.id)

    with pytest.raises(Conflict):
        approve(cast.rui, case)
    approve(cast.rong, case)


def test_a_case_kept_too_long_may_be_decided_by_others(cast: Cast, case: m.Case) -> None:
    do(cases.claim, cast.rong, case.id)

    approve(cast.rui, case, now=NOW + timedelta(hours=25))


def batch_of(cast: Cast, session: Any, good: int, bad: int) -> list[m.Case]:
    """Cases of which the last ``bad`` ones cannot be approved."""
    made = [make.make_product(cast.unit, patents=[make.make_patent(cast.unit)]) for _ in range(good + bad)]
    for place, product in enumerate(made):
        product.name = product.name_key = "电动自行车用锂离子电池" + "甲乙丙丁戊己庚辛"[place] * 3
    session.commit()
    submitted = [submit(cast.anna, product) for product in made]
    for product in made[good:]:
        product.years[0].links[0].patent.legal_state = "lapsed"
    session.commit()
    return submitted


@pytest.mark.parametrize(("policy", "approved"), [("valid", 4), ("all", 0)])
def test_t_w14_a_batch_obeys_its_policy_and_reports_each_row(
    cast: Cast, session: Any, policy: str, approved: int
) -> None:
    submitted = batch_of(cast, session, 4, 2)
    seen = {case.id: case.subject_version for case in reversed(submitted)}

    results = do(review.batch_approve, cast.rui, seen, policy, acknowledged=True)

    assert [row.case_id for row in results] == list(seen)
    assert sum(row.approved for row in results) == approved == len(numbers_given(session))
    assert all(row.message for row in results if not row.approved)
    assert "失效" in str(results[0].message)
    states = {case.state for case in submitted[:4]}
    assert states == ({"approved"} if approved else {"open"})
    assert {case.state for case in submitted[4:]} == {"open"}


def test_t_w14_numbers_given_back_by_a_failed_batch_are_used_again(cast: Cast, session: Any) -> None:
    submitted = batch_of(cast, session, 3, 1)
    do(review.batch_approve, cast.rui, {c.id: c.subject_version for c in submitted}, "all", acknowledged=True)

    approve(cast.rui, submitted[0], acknowledged=True)

    assert numbers_given(session) == ["ZLCP202543000001"]


def test_a_batch_of_good_cases_is_approved_whole(cast: Cast, session: Any) -> None:
    submitted = batch_of(cast, session, 3, 0)

    results = do(
        review.batch_approve, cast.rui, {c.id: c.subject_version for c in submitted}, "all", acknowledged=True
    )

    assert all(row.approved for row in results)
    assert numbers_given(session) == [f"ZLCP20254300000{n}" for n in (1, 2, 3)]
    events = session.scalar(
        select(func.count()).select_from(m.AuditEvent).where(m.AuditEvent.action == "transition")
    )
    assert events == 3 * 2 * 2


def test_a_batch_with_an_unknown_case_reports_it(cast: Cast, case: m.Case) -> None:
    results = do(review.batch_approve, cast.rui, {case.id: case.subject_version, 10**15: 1}, "valid")

    assert [row.approved for row in results] == [True, False]


def test_a_batch_has_a_limit(cast: Cast) -> None:
    with pytest.raises(RuleError):
        do(review.batch_approve, cast.rui, dict.fromkeys(range(1, 102), 1), "valid")


def test_the_next_case_is_the_one_due_first_that_nobody_has(cast: Cast, session: Any) -> None:
    submitted = batch_of(cast, session, 4, 0)
    do(cases.claim, cast.rong, submitted[1].id)

    first = do(review.next_case, cast.rui)
    then = do(review.next_case, cast.rui, after=first.id)
    last = do(review.next_case, cast.rui, after=then.id)
    around = do(review.next_case, cast.rui, after=last.id)

    assert [case.id for case in (first, then, last, around)] == [submitted[n].id for n in (0, 2, 3, 0)]


def test_there_is_no_next_case_in_an_empty_queue(cast: Cast, case: m.Case) -> None:
    approve(cast.rui, case)

    assert do(review.next_case, cast.rui, after=case.id) is None
