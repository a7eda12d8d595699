"""Evaluating products: who scores what, and how points become a score (mission E5)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services.recognition import evaluation
from app.services.recognition.proposal import Decision
from app.services.records import Stale
from tests.services.test_races import at_once
from tests.support import factories as make
from tests.support.acts import do
from tests.support.evaluations import MACHINE, Stage, again, begin, free_of, full, of, points, score
from tests.support.factories import NOW
from tests.support.recognition import make_round, make_supplemented

# ---------------------------------------------------------------- begin


def test_each_product_comes_to_as_many_reviewers_as_the_round_says_and_work_is_even(
    stage: Stage, session: Any
) -> None:
    made = begin(stage, 6)

    rows = session.scalars(select(m.Evaluation)).all()
    assert {again(each).state for each in made} == {"evaluating"}
    assert all(len({row.reviewer_id for row in rows if row.recognition_id == each.id}) == 2 for each in made)
    assert set(Counter(row.reviewer_id for row in rows).values()) == {4}


def test_reviewers_are_told_once_how_many_products_are_theirs(stage: Stage, session: Any) -> None:
    begin(stage, 3)

    told = select(m.Outbox).where(m.Outbox.template == "evaluation_assigned", m.Outbox.channel == "inapp")
    messages = session.scalars(told).all()
    assert {message.user_id for message in messages} == set(stage.reviewers)
    assert all("2 个产品" in message.body for message in messages)


def test_t_w01_only_supplemented_products_of_a_published_round_are_evaluated(
    stage: Stage, session: Any
) -> None:
    states = ("candidate", "passed", "supplement_due", "overdue", "proposed", "recognised")
    made = [make_supplemented(stage.round, stage.unit, state=state) for state in states]
    session.commit()

    with pytest.raises(Conflict), transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    assert [again(each).state for each in made] == list(states)


def test_a_round_in_preparation_is_not_evaluated(stage: Stage, session: Any) -> None:
    draft = make_round(state="draft", year=2026)
    make_supplemented(draft, stage.unit)
    session.commit()

    with pytest.raises(Conflict), transaction(stage.ou):
        evaluation.begin(draft.id, stage.ou, NOW)


def test_t_w04_nobody_scores_a_product_of_their_own_unit_or_that_they_handed_in(
    stage: Stage, session: Any
) -> None:
    colleague = make.make_reviewer(username="colleague", unit=stage.unit)
    made = make_supplemented(stage.round, stage.unit, submitted_by=stage.rui.user_id)
    session.commit()

    with transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)

    chosen = {row.reviewer_id for row in of(made)}
    assert chosen == {stage.rong.user_id, stage.ren.user_id}
    assert colleague.user_id not in chosen


def test_t_w04_who_submitted_the_filing_does_not_score_the_product(stage: Stage, session: Any) -> None:
    made = make_supplemented(stage.round, stage.unit)
    case = m.Case(
        receipt_no="SL1", kind="filing", subject_id=made.product_id, unit_id=stage.unit.id, title="x", state="open",
        snapshot={}, findings=[], subject_version=1, submitted_at=NOW, submitted_by=stage.ren.user_id,
        due_on=make.TODAY, round=1,
    )  # fmt: skip
    session.add(case)
    session.commit()

    with transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    assert {row.reviewer_id for row in of(made)} == {stage.rui.user_id, stage.rong.user_id}


def test_a_product_for_which_too_few_are_free_waits_and_the_others_begin(stage: Stage, session: Any) -> None:
    for actor in (stage.rong, stage.ren):
        session.get_one(m.Account, actor.user_id).unit_id = stage.other_unit.id
    waits = make_supplemented(stage.round, stage.other_unit)
    goes = make_supplemented(stage.round, stage.unit)
    session.commit()

    with transaction(stage.ou):
        assert evaluation.begin(stage.round.id, stage.ou, NOW) == 1
    assert (again(waits).state, again(goes).state) == ("supplemented", "evaluating")


def test_without_reviewers_nothing_begins_and_it_says_why(stage: Stage, session: Any) -> None:
    session.get_one(m.Account, stage.rong.user_id).state = "disabled"
    session.get_one(m.User, stage.ren.user_id).active = False
    made = make_supplemented(stage.round, stage.unit)
    session.commit()

    with pytest.raises(Conflict, match="没有足够的评审人"), transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    assert again(made).state == "supplemented"


def test_t_w02_of_two_officers_who_begin_at_once_one_does(app: Flask, stage: Stage, session: Any) -> None:
    made = [make_supplemented(stage.round, stage.unit) for _ in range(4)]
    session.commit()
    round_id, ou, oda = stage.round.id, stage.ou, stage.oda
    session.rollback()

    def job(who: Actor) -> int:
        with transaction(who):
            return evaluation.begin(round_id, who, NOW)

    results = at_once(app, [lambda: job(ou), lambda: job(oda)])

    assert sorted(type(result) is int for result in results) == [False, True]
    assert session.scalar(select(func.count()).select_from(m.Evaluation)) == 2 * len(made)


@pytest.mark.parametrize("who", ["rui", "anna"])
def test_only_officers_begin_assign_and_propose(stage: Stage, session: Any, who: str) -> None:
    (made,) = begin(stage)
    actor, row = getattr(stage, who), of(made)[0]
    free = free_of(stage, made)
    for verb in (
        lambda: evaluation.begin(stage.round.id, actor, NOW),
        lambda: evaluation.remind(stage.round.id, [row.reviewer_id], actor, NOW),
        lambda: evaluation.propose(stage.round.id, Decision(Decimal(1)), actor, NOW),
        lambda: evaluation.assign(actor, made.id, free, NOW),
        lambda: evaluation.replace(actor, row.id, free, "请假", NOW),
    ):
        with pytest.raises((NotAllowed, NotFound)), transaction(actor):
            verb()


# ---------------------------------------------------------------- scoring


def test_the_last_reviewer_gives_the_product_its_score(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    first, second = of(made)

    score(stage, first, "0.5")
    assert again(made).score is None
    score(stage, again(second), "1")

    found = again(made)
    expert = full() * Decimal("0.75")
    assert (found.machine_score, found.expert_score, found.score) == (MACHINE, expert, MACHINE + expert)


def test_the_last_two_who_score_at_once_still_make_a_score(app: Flask, stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    jobs = [
        lambda row=(row.id, row.version, stage.reviewers[row.reviewer_id]): do(
            evaluation.score, row[2], row[0], points(), "", row[1]
        )
        for row in of(made)
    ]
    session.rollback()

    at_once(app, jobs)

    assert again(made).expert_score == full() / 2


def test_a_draft_may_be_incomplete_and_keeps_what_can_be_read(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    names = list(points())

    saved = do(
        evaluation.save, stage.reviewers[row.reviewer_id], row.id, {names[0]: "1", names[1]: "99"}, "看过",
        row.version,
    )  # fmt: skip

    assert [problem.field for problem in saved.problems] == [names[1]]
    found = again(row)
    assert (found.state, found.scores, found.comment) == ("assigned", {names[0]: "1.00"}, "看过")


def test_scores_must_be_complete(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    typed = points()
    missing = typed.popitem()[0]

    with pytest.raises(RuleError) as caught:
        do(evaluation.score, stage.reviewers[row.reviewer_id], row.id, typed, "", row.version)
    assert [problem.field for problem in caught.value.problems] == [missing]
    assert again(row).state == "assigned"


def test_t_m07_an_old_form_overwrites_nothing_and_shows_both_values(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    who, name, seen = stage.reviewers[row.reviewer_id], next(iter(points())), row.version
    do(evaluation.save, who, row.id, {name: "1"}, "甲", seen)

    for verb in (evaluation.save, evaluation.score):
        for version in (seen, None):
            with pytest.raises(Stale) as caught:
                do(verb, who, row.id, {name: "2"}, "乙", version)
            said = {problem.field: str(problem.message) for problem in caught.value.problems}
            assert "“2”" in said[name]
            assert "“1.00”" in said[name]
            assert "“甲”" in said["comment"]
    assert again(row).scores == {name: "1.00"}


def test_t_w02_scores_are_handed_in_once_and_for_good(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    score(stage, row)

    for verb in (evaluation.score, evaluation.save):
        with pytest.raises(Conflict):
            do(verb, stage.reviewers[row.reviewer_id], row.id, points("1"), "", again(row).version)
    assert again(row).total == full() / 2


def test_t_w04_nobody_scores_in_anothers_place(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    rows = of(made)
    mine, other = rows
    for actor in (stage.ou, stage.oda):
        with pytest.raises(NotAllowed):
            do(evaluation.score, actor, mine.id, points(), "", mine.version)
    with pytest.raises(NotFound):
        do(evaluation.score, stage.reviewers[other.reviewer_id], mine.id, points(), "", mine.version)


def test_t_w04_who_joins_the_unit_meanwhile_no_longer_scores(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    session.get_one(m.Account, row.reviewer_id).unit_id = stage.unit.id
    session.commit()
    who = make.actor_of(session.get_one(m.User, row.reviewer_id))

    with pytest.raises(NotAllowed, match="申请回避"):
        do(evaluation.score, who, row.id, points(), "", row.version)
