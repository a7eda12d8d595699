"""Reviewers are blind to each other, and nobody judges where their interests conflict (abuse.md T-W04, T-W05)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app import policies
from app.db import acting, transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound, RuleError
from app.reports.export import stream
from app.services.recognition import assignment, evaluation
from app.web import listing
from tests.support import factories as make
from tests.support.acts import do
from tests.support.evaluations import BLANKS, Stage, again, begin, free_of, full, of, score, score_all
from tests.support.factories import NOW

# ---------------------------------------------------------------- blind to each other


def seen_by(actor: Actor, session: Any) -> set[int]:
    """Ids of the evaluations an actor reads: by the policy, in the session, in a list, in an export."""
    session.rollback()
    condition = policies.visible(m.Evaluation, actor)
    query = select(m.Evaluation.id).execution_options(unscoped=True)
    by_policy = set(session.scalars(query if condition is None else query.where(condition)))
    spec = listing.ListSpec(m.Evaluation, ("id", "total"), (), ("id", "asc"), {}, ())
    with acting(actor):
        assert set(session.scalars(select(m.Evaluation.id))) == by_policy
        assert {row.id for row in session.scalars(select(m.Evaluation))} == by_policy
        assert {row.id for row in listing.fetch(spec, listing.read_query(spec, {})).rows} == by_policy
        exported = b"".join(stream("csv", ["id"], listing.values(spec, listing.read_query(spec, {}))))
    assert {int(line.split(b",")[0]) for line in exported.splitlines()[1:]} == by_policy
    return by_policy


def test_reviewers_are_blind_to_each_other_until_all_of_the_product_have_scored(
    stage: Stage, session: Any
) -> None:
    (made,) = begin(stage)
    first, second = (row.id for row in of(made))
    one, other = (stage.reviewers[row.reviewer_id] for row in of(made))

    assert seen_by(one, session) == {first}
    score(stage, session.get_one(m.Evaluation, first))
    assert seen_by(other, session) == {second}
    assert seen_by(one, session) == {first}
    with pytest.raises(NotFound):
        policies.find(session(), m.Evaluation, first, other)

    score(stage, session.get_one(m.Evaluation, second))
    assert seen_by(one, session) == seen_by(other, session) == {first, second}


def test_who_reviews_and_manages_is_blind_all_the_same(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    for role in (roles.ADMIN, roles.RECOGNITION_OFFICER, roles.AUDITOR):
        both = Actor(stage.rui.user_id, "both", frozenset({roles.REVIEWER, role}))
        own = {row.id for row in of(made) if row.reviewer_id == both.user_id}
        assert seen_by(both, session) == own


def test_units_and_ip_offices_see_no_evaluation_and_officers_see_all(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    rows = {row.id for row in of(made)}
    office = make.actor_of(make.make_user(roles.IP_OFFICE, region_code="430000"))
    session.commit()

    assert seen_by(stage.anna, session) == seen_by(office, session) == set()
    assert seen_by(stage.ou, session) == rows


def test_one_more_opinion_makes_all_blind_again(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    score_all(stage, made, "0", "1")
    third = free_of(stage, made)

    do(evaluation.assign, stage.ou, made.id, third)

    assert again(made).score is None
    assert len(seen_by(stage.reviewers[third], session)) == 1
    score(stage, of(made)[-1], "0.5")
    assert again(made).expert_score == full() / 2


# ---------------------------------------------------------------- conflicts of interest


def test_who_recuses_themselves_is_replaced_by_somebody_free(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    mine, other = of(made)
    third = next(user for user in stage.reviewers if user not in {mine.reviewer_id, other.reviewer_id})

    found = do(evaluation.recuse, stage.reviewers[mine.reviewer_id], mine.id, "与该单位有合作")

    assert found.reviewer_id == third
    assert (again(mine).state, again(mine).reason) == ("recused", "与该单位有合作")
    told = select(m.Outbox.user_id).where(
        m.Outbox.template == "evaluation_assigned", m.Outbox.dedupe_key.contains(":e")
    )
    assert set(session.scalars(told)) == {third}


def test_where_nobody_is_left_officers_are_told_and_the_product_waits(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    for _ in range(2):
        row = next(row for row in of(made) if row.state == "assigned")
        last = do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, "有利益关系")

    assert last is None
    told = select(m.Outbox.user_id).where(
        m.Outbox.template == "evaluation_short", m.Outbox.channel == "inapp"
    )
    assert set(session.scalars(told)) == {stage.ou.user_id, stage.oda.user_id}
    (left,) = [row for row in of(made) if row.state == "assigned"]
    score(stage, left)
    assert again(made).score is None
    assert [each.id for each in assignment.lacking(stage.round)] == [made.id]


def test_t_w05_no_recusal_and_no_replacement_without_a_reason(stage: Stage) -> None:
    (made,) = begin(stage)
    row, free = of(made)[0], free_of(stage, made)
    for reason in BLANKS:
        with pytest.raises(RuleError):
            do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, reason)
        with pytest.raises(RuleError):
            do(evaluation.replace, stage.ou, row.id, free, reason)
    assert again(row).state == "assigned"


def test_who_has_scored_cannot_recuse_themselves_but_can_be_replaced(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    score_all(stage, made)
    row = of(made)[0]
    free = free_of(stage, made)

    with pytest.raises(Conflict):
        do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, "后来得知有利益关系")
    do(evaluation.replace, stage.ou, row.id, free, "后来得知有利益关系")

    assert again(made).score is None
    score(stage, of(made)[-1], "1")
    assert again(made).expert_score == full() * Decimal("0.75")


def test_t_w04_the_second_reviewer_is_never_the_first(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    first, second = of(made)
    for user in (first.reviewer_id, second.reviewer_id, stage.ou.user_id, stage.anna.user_id, 10**9):
        with pytest.raises(RuleError):
            do(evaluation.replace, stage.ou, first.id, user, "改派")
        with pytest.raises(RuleError):
            do(evaluation.assign, stage.ou, made.id, user)
    assert len(of(made)) == 2


def test_reminders_go_once_a_day_to_those_who_have_something_to_score(stage: Stage, session: Any) -> None:
    (made,) = begin(stage)
    first, second = of(made)
    score(stage, first)
    asked = [first.reviewer_id, second.reviewer_id]

    for later in (timedelta(0), timedelta(hours=1)):
        with transaction(stage.ou):
            assert evaluation.remind(stage.round.id, asked, stage.ou, NOW + later) == 1
    told = select(m.Outbox.user_id).where(
        m.Outbox.template == "evaluation_reminder", m.Outbox.channel == "inapp"
    )
    assert session.scalars(told).all() == [second.reviewer_id]


def test_progress_counts_without_showing_scores(stage: Stage, session: Any) -> None:
    made = begin(stage, 3)
    score_all(stage, made[0])
    both = Actor(stage.rui.user_id, "both", frozenset({roles.REVIEWER, roles.RECOGNITION_OFFICER}))
    with acting(both):
        rows = assignment.progress(stage.round)
    assert sum(row.scored for row in rows) == 2
    assert sum(row.waiting for row in rows) == 4


def test_a_wide_spread_is_flagged_by_the_parameter(stage: Stage, session: Any) -> None:
    near, far = begin(stage, 2)
    score_all(stage, near, "0.5", "0.6")
    score_all(stage, far, "0.5", "0.7")

    with acting(stage.ou):
        assert evaluation.spread(again(near)).wide is False
        assert evaluation.spread(again(far)).wide is True
        assert evaluation.spread(again(far)).apart == full() / 5
