"""Ticks of the checklist belong to the case: the colleague who takes it over sees what was checked, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services import cases, checklist
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


@pytest.fixture
def points(case: m.Case) -> list[str]:
    return [rule.id for rule in checklist.points(case.kind)]


def test_ticks_are_kept_taken_back_and_audited(
    cast: Cast, session: Any, case: m.Case, points: list[str]
) -> None:
    do(checklist.tick, cast.rui, case.id, points[:2])
    do(checklist.tick, cast.rui, case.id, points[1:2])

    assert set(checklist.ticked(case)) == {points[1]}
    events = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.entity == "case_check"))
    assert sorted(events) == ["create", "create", "delete"]


def test_a_colleague_who_goes_on_keeps_the_first_ones_name(
    cast: Cast, case: m.Case, points: list[str]
) -> None:
    do(checklist.tick, cast.rui, case.id, points[:1])
    do(checklist.tick, cast.rong, case.id, points[:2])

    assert {rule: check.checked_by for rule, check in checklist.ticked(case).items()} == {
        points[0]: cast.rui.user_id, points[1]: cast.rong.user_id,
    }  # fmt: skip


def test_a_case_that_a_colleague_has_in_hand_is_not_ticked(
    cast: Cast, case: m.Case, points: list[str]
) -> None:
    do(cases.claim, cast.rong, case.id)
    with pytest.raises(Conflict):
        checklist.tick(cast.rui, case.id, points[:1], NOW)


def test_a_decided_case_is_not_ticked_any_more(cast: Cast, case: m.Case, points: list[str]) -> None:
    approve(cast.rui, case)
    with pytest.raises(Conflict):
        checklist.tick(cast.rui, case.id, points[:1], NOW)


def test_a_point_that_is_not_on_the_list_is_refused(cast: Cast, case: m.Case) -> None:
    with pytest.raises(RuleError):
        checklist.tick(cast.rui, case.id, ["NO-SUCH-RULE"], NOW)


def test_a_unit_ticks_nothing_and_another_unit_does_not_even_find_the_case(
    cast: Cast, case: m.Case, points: list[str]
) -> None:
    with pytest.raises(NotAllowed):
        checklist.tick(cast.anna, case.id, points[:1], NOW)
    with pytest.raises(NotFound):
        checklist.tick(cast.bo, case.id, points[:1], NOW)
