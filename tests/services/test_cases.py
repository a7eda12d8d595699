"""Who has a case in hand, how long it may take, and how a unit reminds staff of it (mission H1, N7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services import cases, filings
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, submit
from tests.support.factories import NOW


@pytest.fixture
def case(cast: Cast, session: Any) -> m.Case:
    """A filing of unit A, submitted by Anna."""
    product = make.make_product(cast.unit)
    session.commit()
    return submit(cast.anna, product)


@pytest.mark.parametrize(
    ("submitted", "due", "provisional"),
    [
        (datetime(2025, 9, 10, 2, tzinfo=UTC), date(2025, 9, 17), False),
        (datetime(2025, 9, 10, 17, tzinfo=UTC), date(2025, 9, 18), False),
        (datetime(2025, 9, 28, 2, tzinfo=UTC), date(2025, 10, 11), False),
        (datetime(2025, 12, 30, 2, tzinfo=UTC), date(2026, 1, 7), False),
    ],
    ids=[
        "a Wednesday",
        "after midnight in Beijing",
        "before the National Day, with a make-up day",
        "New Year, with a make-up Sunday",
    ],
)
def test_t_t02_the_term_counts_working_days_in_beijing(
    cast: Cast, session: Any, submitted: datetime, due: date, provisional: bool
) -> None:
    product = make.make_product(cast.unit)
    session.commit()

    case = submit(cast.anna, product, now=submitted)

    assert (case.due_on, case.due_provisional) == (due, provisional)


def test_T_Q02_handing_in_and_taking_back_has_an_end(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    for _ in range(10):
        submit(cast.anna, product)
        do(filings.withdraw, cast.anna, product.id)

    with pytest.raises(Conflict, match="一天内已提交 10 次"):
        submit(cast.anna, product)
    submit(cast.anna, product, now=NOW + timedelta(days=1))


def test_the_unit_is_told_the_receipt_number_and_the_term(cast: Cast, session: Any, case: m.Case) -> None:
    told = session.scalars(
        select(m.Outbox).where(m.Outbox.template == "case_submitted", m.Outbox.channel == "inapp")
    )
    texts = [message.body for message in told]

    assert len(texts) == 2
    assert all(case.receipt_no in text for text in texts)


def test_a_case_is_claimed_once_and_given_back(cast: Cast, case: m.Case) -> None:
    do(cases.claim, cast.rui, case.id)
    assert (case.claimed_by, case.claimed_at) == (cast.rui.user_id, NOW)
    assert do(cases.claim, cast.rui, case.id).version == case.version

    with pytest.raises(Conflict):
        do(cases.claim, cast.rong, case.id)
    with pytest.raises(NotAllowed):
        do(cases.release, cast.rong, case.id)
    do(cases.release, cast.rui, case.id)
    do(cases.claim, cast.rong, case.id)


def test_a_case_kept_too_long_may_be_claimed_by_others(cast: Cast, case: m.Case) -> None:
    do(cases.claim, cast.rui, case.id)

    with pytest.raises(Conflict):
        do(cases.claim, cast.rong, case.id, now=NOW + timedelta(hours=23))
    do(cases.claim, cast.rong, case.id, now=NOW + timedelta(hours=24))


def test_a_decided_case_cannot_be_claimed(cast: Cast, case: m.Case) -> None:
    approve(cast.rui, case)

    for verb, args in ((cases.claim, ()), (cases.release, ()), (cases.reassign, (cast.rong.user_id, "出差"))):
        with pytest.raises(Conflict):
            do(verb, cast.rui, case.id, *args)


def test_units_neither_claim_nor_see_each_others_cases(cast: Cast, case: m.Case) -> None:
    with pytest.raises(NotAllowed):
        do(cases.claim, cast.anna, case.id)
    with pytest.raises(NotFound):
        do(cases.claim, cast.bo, case.id)


def test_a_case_is_handed_on_with_a_reason_and_the_receiver_is_told(
    cast: Cast, session: Any, case: m.Case
) -> None:
    do(cases.claim, cast.rui, case.id)

    do(cases.reassign, cast.rui, case.id, cast.rong.user_id, "出差，请代办")

    assert case.claimed_by == cast.rong.user_id
    told = session.scalars(select(m.Outbox).where(m.Outbox.template == "case_assigned")).all()
    assert {message.user_id for message in told} == {cast.rong.user_id}
    assert all("出差，请代办" in message.body for message in told if message.channel == "inapp")


def test_only_the_holder_or_an_administrator_hands_a_case_on(cast: Cast, case: m.Case) -> None:
    do(cases.claim, cast.rui, case.id)

    with pytest.raises(NotAllowed):
        do(cases.reassign, cast.rong, case.id, cast.rong.user_id, "我来办")
    do(cases.reassign, cast.admin, case.id, cast.rong.user_id, "均衡工作量")


@pytest.mark.parametrize("reason", ["", "　", "\u200b"])
def test_t_w05_handing_on_needs_a_reason(cast: Cast, case: m.Case, reason: str) -> None:
    with pytest.raises(RuleError):
        do(cases.reassign, cast.rui, case.id, cast.rong.user_id, reason)


def test_a_case_goes_only_to_somebody_who_may_decide_it(cast: Cast, session: Any, case: m.Case) -> None:
    left = make.make_user("Reviewer", active=False)
    related = make.make_user("Reviewer", cast.unit)
    session.commit()
    for receiver in (cast.anna.user_id, cast.auditor.user_id, left.id, related.id, 10**9):
        with pytest.raises(RuleError):
            do(cases.reassign, cast.rui, case.id, receiver, "出差")


def test_a_case_is_urged_only_after_its_term_and_not_again_at_once(
    cast: Cast, session: Any, case: m.Case
) -> None:
    do(cases.claim, cast.rui, case.id)
    due = datetime(2025, 9, 17, 2, tzinfo=UTC)
    with pytest.raises(Conflict):
        do(cases.urge, cast.anna, case.id, now=due)

    do(cases.urge, cast.anna, case.id, now=due + timedelta(days=1))

    assert case.urged_at == due + timedelta(days=1)
    told = session.scalars(select(m.Outbox).where(m.Outbox.template == "case_urged")).all()
    assert {message.user_id for message in told} == {cast.rui.user_id}
    with pytest.raises(Conflict):
        do(cases.urge, cast.ali, case.id, now=due + timedelta(days=1, hours=23))
    do(cases.urge, cast.ali, case.id, now=due + timedelta(days=2))


def test_an_unclaimed_case_is_urged_with_all_reviewers(cast: Cast, session: Any, case: m.Case) -> None:
    do(cases.urge, cast.anna, case.id, now=NOW + timedelta(days=10))

    told = session.scalars(select(m.Outbox.user_id).where(m.Outbox.template == "case_urged").distinct()).all()
    assert set(told) == {cast.rui.user_id, cast.rong.user_id, cast.admin.user_id}


def test_only_the_unit_urges(cast: Cast, case: m.Case) -> None:
    with pytest.raises(NotAllowed):
        do(cases.urge, cast.rui, case.id, now=NOW + timedelta(days=30))
    with pytest.raises(NotFound):
        do(cases.urge, cast.bo, case.id, now=NOW + timedelta(days=30))
