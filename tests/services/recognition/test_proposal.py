"""The list of the proposed: who reaches the line is proposed, the others are not, all at once (mission E5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import models as m
from app.db import transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, RuleError
from app.services.recognition import evaluation, proposal
from tests.services.test_races import at_once
from tests.support.acts import do
from tests.support.evaluations import BLANKS, Stage, again, begin, of, propose, score, score_all, states
from tests.support.factories import NOW


@pytest.fixture
def scored(stage: Stage, session: Any) -> list[m.Recognition]:
    """Three products: all, half and none of the experts' points."""
    made = begin(stage, 3)
    for each, share in zip(made, ("1", "0.5", "0"), strict=True):
        score_all(stage, each, share, share)
    return [again(each) for each in made]


def test_those_that_reach_the_line_are_proposed_and_the_others_told_why(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    line = scored[1].score

    assert propose(stage, str(line)) == proposal.Outcome(2, 1)

    assert states(scored) == ["proposed", "proposed", "not_passed"]
    assert str(line) in again(scored[2]).reason
    told = session.scalars(select(m.Outbox).where(m.Outbox.template == "evaluation_result")).all()
    assert {message.channel for message in told} >= {"inapp", "email"}
    assert "拟认定 2 个" in next(message.body for message in told if message.channel == "inapp")


def test_single_products_are_put_on_the_other_side_with_reasons_of_their_own(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    best, middle, last = scored

    done = propose(stage, "50", overrides={best.id: "专利权不稳定", last.id: "复核后改判"}, reason="得分不足")

    assert done == proposal.Outcome(2 if middle.score >= 50 else 1, 1 if middle.score >= 50 else 2)
    assert states([best, last]) == ["not_passed", "proposed"]
    assert (again(best).reason, again(last).reason) == ("专利权不稳定", None)
    notes = select(m.Transition.note).where(
        m.Transition.verb == "propose", m.Transition.subject_id == last.id
    )
    assert session.scalars(notes).one() == "复核后改判"


def test_t_w05_nothing_is_decided_without_a_reason(stage: Stage, scored: list[m.Recognition]) -> None:
    for reason in BLANKS:
        with pytest.raises(RuleError):
            propose(stage, "50", reason=reason)
        with pytest.raises(RuleError) as caught:
            propose(stage, "50", overrides={scored[0].id: reason, scored[1].id: "改判"})
        assert [problem.field for problem in caught.value.problems] == [f"override.{scored[0].id}"]
    assert states(scored) == ["evaluating"] * 3


def test_t_w01_what_is_not_scored_by_all_is_neither_proposed_nor_rejected(stage: Stage, session: Any) -> None:
    done, half, new = begin(stage, 3)
    score_all(stage, done)
    score(stage, of(half)[0])

    with pytest.raises(RuleError):
        propose(stage, "0", overrides={new.id: "直接列入"})
    assert propose(stage, "0") == proposal.Outcome(1, 0)
    assert states([done, half, new]) == ["proposed", "evaluating", "evaluating"]


@pytest.mark.parametrize("cut", ["-1", "100.01", "50.123", "NaN", "Infinity", "", "五十", "1e400", "\x00"])
def test_the_line_is_a_number_of_points(cut: str) -> None:
    with pytest.raises(RuleError):
        proposal.read_line(cut)


def test_t_w02_a_list_that_has_changed_since_it_was_seen_is_not_decided(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    (late,) = begin(stage)
    seen = proposal.fingerprint(proposal.ready(stage.round.id))
    score_all(stage, late)

    with pytest.raises(Conflict):
        propose(stage, "50", seen=seen)
    assert states(scored) == ["evaluating"] * 3


def test_t_w02_of_two_officers_who_decide_at_once_one_does(
    app: Flask, stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    seen = proposal.fingerprint(proposal.ready(stage.round.id))
    round_id, ou, oda = stage.round.id, stage.ou, stage.oda
    session.rollback()

    def job(who: Actor, cut: str) -> proposal.Outcome:
        with transaction(who):
            return evaluation.propose(round_id, proposal.Decision(Decimal(cut), seen=seen), who, NOW)

    results = at_once(app, [lambda: job(ou, "0"), lambda: job(oda, "100")])

    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert len(set(states(scored))) in (1, 2)
    moves = select(func.count()).where(m.Transition.verb.in_(("propose", "reject")))
    assert session.scalar(moves) == 3


def test_t_w04_who_scored_a_product_does_not_decide_on_the_list(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    reviewer = of(scored[0])[0].reviewer_id
    both = Actor(reviewer, "both", frozenset({roles.REVIEWER, roles.RECOGNITION_OFFICER}))
    colleague = Actor(stage.oda.user_id, "oda", stage.oda.roles, unit_id=stage.unit.id)
    session.rollback()

    for who in (both, colleague):
        with pytest.raises(NotAllowed):
            propose(stage, "50", who)
    assert states(scored) == ["evaluating"] * 3


def test_what_is_decided_is_no_longer_scored_or_reassigned(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    propose(stage, "0")
    row = of(scored[0])[0]
    with pytest.raises(Conflict):
        do(evaluation.replace, stage.ou, row.id, stage.ren.user_id, "改派")
    with pytest.raises(Conflict):
        do(evaluation.assign, stage.ou, scored[0].id, stage.ren.user_id)
