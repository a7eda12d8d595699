"""Evaluating products: who scores what, blind to each other, and how the list of the proposed is made (mission E5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import models as m
from app import policies
from app.db import acting, transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.domain.recognition import scheme as schemes
from app.reports.export import stream
from app.services.recognition import assignment, evaluation, proposal, scores
from app.services.records import Stale
from app.web import listing
from tests.services.test_races import at_once
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW
from tests.support.recognition import make_round, make_supplemented

BLANKS = ["", " ", "　　", "\u200b\u200b", "\u3164"]
MACHINE = Decimal("40.00")


@dataclass
class Stage:
    """A published round; the reviewers Rui, Rong and Ren; the officers Ou and Oda; two units."""

    round: m.RecognitionRound
    unit: m.Unit
    other_unit: m.Unit
    rui: Actor
    rong: Actor
    ren: Actor
    ou: Actor
    oda: Actor
    anna: Actor

    @property
    def reviewers(self) -> dict[int | None, Actor]:
        return {each.user_id: each for each in (self.rui, self.rong, self.ren)}


@pytest.fixture(autouse=True)
def machine_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """The points from data are the screening's business; here they are 40."""
    monkeypatch.setattr(scores.screening, "machine_score", lambda recognition: MACHINE)


@pytest.fixture
def stage(session: Any) -> Stage:
    unit, other = make.make_unit("长沙甲示例电池有限公司"), make.make_unit("长沙乙示例电池有限公司")
    made = Stage(
        make_round(), unit, other,
        *(make.make_reviewer(username=name) for name in ("rui", "rong", "ren")),
        *(make.actor_of(make.make_user(roles.RECOGNITION_OFFICER, username=name)) for name in ("ou", "oda")),
        make.make_owner(unit, username="anna"),
    )  # fmt: skip
    session.commit()
    return made


def begin(stage: Stage, session: Any, count: int = 1, **values: Any) -> list[m.Recognition]:
    """Supplemented products of unit A whose evaluation has begun."""
    made = [make_supplemented(stage.round, stage.unit, **values) for _ in range(count)]
    session.commit()
    with transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    return made


def of(session: Any, recognition: m.Recognition) -> list[m.Evaluation]:
    query = (
        select(m.Evaluation).where(m.Evaluation.recognition_id == recognition.id).order_by(m.Evaluation.id)
    )
    return list(session.scalars(query))


def points(share: str = "0.5") -> dict[str, str]:
    """A part of the full mark for every indicator that experts score."""
    scheme = schemes.read(schemes.EXAMPLE)
    return {i.id: str((i.weight * Decimal(share)).quantize(Decimal("0.01"))) for i in scheme.expert()}


def full() -> Decimal:
    return sum((i.weight for i in schemes.read(schemes.EXAMPLE).expert()), Decimal("0.00"))


def score(stage: Stage, row: m.Evaluation, share: str = "0.5", **values: Any) -> m.Evaluation:
    who = stage.reviewers[row.reviewer_id]
    return do(evaluation.score, who, row.id, points(share), "", row.version, **values)


def score_all(stage: Stage, session: Any, recognition: m.Recognition, *shares: str) -> None:
    for row, share in zip(of(session, recognition), shares or ("0.5", "0.5"), strict=True):
        score(stage, row, share)


def again(session: Any, record: Any) -> Any:
    session.rollback()
    session.expire_all()
    return session.get_one(type(record), record.id)


def propose(stage: Stage, cut: str, who: Actor | None = None, **values: Any) -> proposal.Outcome:
    who = who or stage.ou
    with transaction(who):
        return evaluation.propose(stage.round.id, Decimal(cut), who, NOW, **values)


# ---------------------------------------------------------------- begin


def test_each_product_comes_to_as_many_reviewers_as_the_round_says_and_work_is_even(
    stage: Stage, session: Any
) -> None:
    made = begin(stage, session, 6)

    rows = session.scalars(select(m.Evaluation)).all()
    assert {again(session, each).state for each in made} == {"evaluating"}
    assert all(len({row.reviewer_id for row in rows if row.recognition_id == each.id}) == 2 for each in made)
    assert set(Counter(row.reviewer_id for row in rows).values()) == {4}


def test_reviewers_are_told_once_how_many_products_are_theirs(stage: Stage, session: Any) -> None:
    begin(stage, session, 3)

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
    assert [again(session, each).state for each in made] == list(states)


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

    chosen = {row.reviewer_id for row in of(session, made)}
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
    assert {row.reviewer_id for row in of(session, made)} == {stage.rui.user_id, stage.rong.user_id}


def test_a_product_for_which_too_few_are_free_waits_and_the_others_begin(stage: Stage, session: Any) -> None:
    for actor in (stage.rong, stage.ren):
        session.get_one(m.Account, actor.user_id).unit_id = stage.other_unit.id
    waits = make_supplemented(stage.round, stage.other_unit)
    goes = make_supplemented(stage.round, stage.unit)
    session.commit()

    with transaction(stage.ou):
        assert evaluation.begin(stage.round.id, stage.ou, NOW) == 1
    assert (again(session, waits).state, again(session, goes).state) == ("supplemented", "evaluating")


def test_without_reviewers_nothing_begins_and_it_says_why(stage: Stage, session: Any) -> None:
    session.get_one(m.Account, stage.rong.user_id).state = "disabled"
    session.get_one(m.User, stage.ren.user_id).active = False
    made = make_supplemented(stage.round, stage.unit)
    session.commit()

    with pytest.raises(Conflict, match="没有足够的评审人"), transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    assert again(session, made).state == "supplemented"


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
    (made,) = begin(stage, session)
    actor, row = getattr(stage, who), of(session, made)[0]
    free = next(
        user for user in stage.reviewers if user not in {each.reviewer_id for each in of(session, made)}
    )
    for verb in (
        lambda: evaluation.begin(stage.round.id, actor, NOW),
        lambda: evaluation.remind(stage.round.id, [row.reviewer_id], actor, NOW),
        lambda: evaluation.propose(stage.round.id, Decimal(1), actor, NOW),
        lambda: evaluation.assign(actor, made.id, free, NOW),
        lambda: evaluation.replace(actor, row.id, free, "请假", NOW),
    ):
        with pytest.raises((NotAllowed, NotFound)), transaction(actor):
            verb()


# ---------------------------------------------------------------- scoring


def test_the_last_reviewer_gives_the_product_its_score(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    first, second = of(session, made)

    score(stage, first, "0.5")
    assert again(session, made).score is None
    score(stage, again(session, second), "1")

    found = again(session, made)
    expert = full() * Decimal("0.75")
    assert (found.machine_score, found.expert_score, found.score) == (MACHINE, expert, MACHINE + expert)


def test_the_last_two_who_score_at_once_still_make_a_score(app: Flask, stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    jobs = [
        lambda row=(row.id, row.version, stage.reviewers[row.reviewer_id]): do(
            evaluation.score, row[2], row[0], points(), "", row[1]
        )
        for row in of(session, made)
    ]
    session.rollback()

    at_once(app, jobs)

    assert again(session, made).expert_score == full() / 2


def test_a_draft_may_be_incomplete_and_keeps_what_can_be_read(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
    names = list(points())

    saved = do(
        evaluation.save, stage.reviewers[row.reviewer_id], row.id, {names[0]: "1", names[1]: "99"}, "看过",
        row.version,
    )  # fmt: skip

    assert [problem.field for problem in saved.problems] == [names[1]]
    found = again(session, row)
    assert (found.state, found.scores, found.comment) == ("assigned", {names[0]: "1.00"}, "看过")


def test_scores_must_be_complete(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
    typed = points()
    missing = typed.popitem()[0]

    with pytest.raises(RuleError) as caught:
        do(evaluation.score, stage.reviewers[row.reviewer_id], row.id, typed, "", row.version)
    assert [problem.field for problem in caught.value.problems] == [missing]
    assert again(session, row).state == "assigned"


def test_t_m07_an_old_form_overwrites_nothing_and_shows_both_values(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
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
    assert again(session, row).scores == {name: "1.00"}


def test_t_w02_scores_are_handed_in_once_and_for_good(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
    score(stage, row)

    for verb in (evaluation.score, evaluation.save):
        with pytest.raises(Conflict):
            do(verb, stage.reviewers[row.reviewer_id], row.id, points("1"), "", again(session, row).version)
    assert again(session, row).total == full() / 2


def test_t_w04_nobody_scores_in_anothers_place(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    rows = of(session, made)
    mine, other = rows
    for actor in (stage.ou, stage.oda):
        with pytest.raises(NotAllowed):
            do(evaluation.score, actor, mine.id, points(), "", mine.version)
    with pytest.raises(NotFound):
        do(evaluation.score, stage.reviewers[other.reviewer_id], mine.id, points(), "", mine.version)


def test_t_w04_who_joins_the_unit_meanwhile_no_longer_scores(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
    session.get_one(m.Account, row.reviewer_id).unit_id = stage.unit.id
    session.commit()
    who = make.actor_of(session.get_one(m.User, row.reviewer_id))

    with pytest.raises(NotAllowed, match="申请回避"):
        do(evaluation.score, who, row.id, points(), "", row.version)


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
    (made,) = begin(stage, session)
    first, second = (row.id for row in of(session, made))
    one, other = (stage.reviewers[row.reviewer_id] for row in of(session, made))

    assert seen_by(one, session) == {first}
    score(stage, session.get_one(m.Evaluation, first))
    assert seen_by(other, session) == {second}
    assert seen_by(one, session) == {first}
    with pytest.raises(NotFound):
        policies.find(session(), m.Evaluation, first, other)

    score(stage, session.get_one(m.Evaluation, second))
    assert seen_by(one, session) == seen_by(other, session) == {first, second}


def test_who_reviews_and_manages_is_blind_all_the_same(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    for role in (roles.ADMIN, roles.RECOGNITION_OFFICER, roles.AUDITOR):
        both = Actor(stage.rui.user_id, "both", frozenset({roles.REVIEWER, role}))
        own = {row.id for row in of(session, made) if row.reviewer_id == both.user_id}
        assert seen_by(both, session) == own


def test_units_and_ip_offices_see_no_evaluation_and_officers_see_all(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    rows = {row.id for row in of(session, made)}
    office = make.actor_of(make.make_user(roles.IP_OFFICE, region_code="430000"))
    session.commit()

    assert seen_by(stage.anna, session) == seen_by(office, session) == set()
    assert seen_by(stage.ou, session) == rows


def test_one_more_opinion_makes_all_blind_again(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    score_all(stage, session, made, "0", "1")
    third = next(
        user for user in stage.reviewers if user not in {row.reviewer_id for row in of(session, made)}
    )

    do(evaluation.assign, stage.ou, made.id, third)

    assert again(session, made).score is None
    assert len(seen_by(stage.reviewers[third], session)) == 1
    score(stage, of(session, made)[-1], "0.5")
    assert again(session, made).expert_score == full() / 2


# ---------------------------------------------------------------- conflicts of interest


def test_who_recuses_themselves_is_replaced_by_somebody_free(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    mine, other = of(session, made)
    third = next(user for user in stage.reviewers if user not in {mine.reviewer_id, other.reviewer_id})

    found = do(evaluation.recuse, stage.reviewers[mine.reviewer_id], mine.id, "与该单位有合作")

    assert found.reviewer_id == third
    assert (again(session, mine).state, again(session, mine).reason) == ("recused", "与该单位有合作")
    told = select(m.Outbox.user_id).where(
        m.Outbox.template == "evaluation_assigned", m.Outbox.dedupe_key.contains(":e")
    )
    assert set(session.scalars(told)) == {third}


def test_where_nobody_is_left_officers_are_told_and_the_product_waits(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    for _ in range(2):
        row = next(row for row in of(session, made) if row.state == "assigned")
        last = do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, "有利益关系")

    assert last is None
    told = select(m.Outbox.user_id).where(
        m.Outbox.template == "evaluation_short", m.Outbox.channel == "inapp"
    )
    assert set(session.scalars(told)) == {stage.ou.user_id, stage.oda.user_id}
    (left,) = [row for row in of(session, made) if row.state == "assigned"]
    score(stage, left)
    assert again(session, made).score is None
    assert [each.id for each in assignment.lacking(stage.round)] == [made.id]


@pytest.mark.parametrize("reason", BLANKS)
def test_t_w05_no_recusal_and_no_replacement_without_a_reason(
    stage: Stage, session: Any, reason: str
) -> None:
    (made,) = begin(stage, session)
    row = of(session, made)[0]
    free = next(
        user for user in stage.reviewers if user not in {each.reviewer_id for each in of(session, made)}
    )

    with pytest.raises(RuleError):
        do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, reason)
    with pytest.raises(RuleError):
        do(evaluation.replace, stage.ou, row.id, free, reason)
    assert again(session, row).state == "assigned"


def test_who_has_scored_cannot_recuse_themselves_but_can_be_replaced(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    score_all(stage, session, made)
    row = of(session, made)[0]
    free = next(
        user for user in stage.reviewers if user not in {each.reviewer_id for each in of(session, made)}
    )

    with pytest.raises(Conflict):
        do(evaluation.recuse, stage.reviewers[row.reviewer_id], row.id, "后来得知有利益关系")
    do(evaluation.replace, stage.ou, row.id, free, "后来得知有利益关系")

    assert again(session, made).score is None
    score(stage, of(session, made)[-1], "1")
    assert again(session, made).expert_score == full() * Decimal("0.75")


def test_t_w04_the_second_reviewer_is_never_the_first(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    first, second = of(session, made)
    for user in (first.reviewer_id, second.reviewer_id, stage.ou.user_id, stage.anna.user_id, 10**9):
        with pytest.raises(RuleError):
            do(evaluation.replace, stage.ou, first.id, user, "改派")
        with pytest.raises(RuleError):
            do(evaluation.assign, stage.ou, made.id, user)
    assert len(of(session, made)) == 2


def test_reminders_go_once_a_day_to_those_who_have_something_to_score(stage: Stage, session: Any) -> None:
    (made,) = begin(stage, session)
    first, second = of(session, made)
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
    made = begin(stage, session, 3)
    score_all(stage, session, made[0])
    both = Actor(stage.rui.user_id, "both", frozenset({roles.REVIEWER, roles.RECOGNITION_OFFICER}))
    with acting(both):
        rows = assignment.progress(stage.round)
    assert sum(row.scored for row in rows) == 2
    assert sum(row.waiting for row in rows) == 4


def test_a_wide_spread_is_flagged_by_the_parameter(stage: Stage, session: Any) -> None:
    near, far = begin(stage, session, 2)
    score_all(stage, session, near, "0.5", "0.6")
    score_all(stage, session, far, "0.5", "0.7")

    with acting(stage.ou):
        assert evaluation.spread(again(session, near)).wide is False
        assert evaluation.spread(again(session, far)).wide is True
        assert evaluation.spread(again(session, far)).apart == full() / 5


# ---------------------------------------------------------------- the list of the proposed


@pytest.fixture
def scored(stage: Stage, session: Any) -> list[m.Recognition]:
    """Three products: all, half and none of the experts' points."""
    made = begin(stage, session, 3)
    for each, share in zip(made, ("1", "0.5", "0"), strict=True):
        score_all(stage, session, each, share, share)
    return [again(session, each) for each in made]


def states(session: Any, made: list[m.Recognition]) -> list[str]:
    return [again(session, each).state for each in made]


def test_those_that_reach_the_line_are_proposed_and_the_others_told_why(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    line = scored[1].score

    assert propose(stage, str(line)) == proposal.Outcome(2, 1)

    assert states(session, scored) == ["proposed", "proposed", "not_passed"]
    assert str(line) in again(session, scored[2]).reason
    told = session.scalars(select(m.Outbox).where(m.Outbox.template == "evaluation_result")).all()
    assert {message.channel for message in told} >= {"inapp", "email"}
    assert "拟认定 2 个" in next(message.body for message in told if message.channel == "inapp")


def test_single_products_are_put_on_the_other_side_with_reasons_of_their_own(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    best, middle, last = scored

    done = propose(stage, "50", overrides={best.id: "专利权不稳定", last.id: "复核后改判"}, reason="得分不足")

    assert done == proposal.Outcome(2 if middle.score >= 50 else 1, 1 if middle.score >= 50 else 2)
    assert states(session, [best, last]) == ["not_passed", "proposed"]
    assert (again(session, best).reason, again(session, last).reason) == ("专利权不稳定", None)
    notes = select(m.Transition.note).where(
        m.Transition.verb == "propose", m.Transition.subject_id == last.id
    )
    assert session.scalars(notes).one() == "复核后改判"


@pytest.mark.parametrize("reason", BLANKS)
def test_t_w05_nothing_is_decided_without_a_reason(
    stage: Stage, session: Any, scored: list[m.Recognition], reason: str
) -> None:
    with pytest.raises(RuleError):
        propose(stage, "50", reason=reason)
    with pytest.raises(RuleError) as caught:
        propose(stage, "50", overrides={scored[0].id: reason, scored[1].id: "改判"})
    assert [problem.field for problem in caught.value.problems] == [f"override.{scored[0].id}"]
    assert states(session, scored) == ["evaluating"] * 3


def test_t_w01_what_is_not_scored_by_all_is_neither_proposed_nor_rejected(stage: Stage, session: Any) -> None:
    done, half, new = begin(stage, session, 3)
    score_all(stage, session, done)
    score(stage, of(session, half)[0])

    with pytest.raises(RuleError):
        propose(stage, "0", overrides={new.id: "直接列入"})
    assert propose(stage, "0") == proposal.Outcome(1, 0)
    assert states(session, [done, half, new]) == ["proposed", "evaluating", "evaluating"]


@pytest.mark.parametrize("cut", ["-1", "100.01", "50.123", "NaN", "Infinity"])
def test_the_line_is_a_number_of_points(
    stage: Stage, session: Any, scored: list[m.Recognition], cut: str
) -> None:
    with pytest.raises(RuleError):
        propose(stage, cut)
    assert states(session, scored) == ["evaluating"] * 3


def test_t_w02_a_list_that_has_changed_since_it_was_seen_is_not_decided(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    (late,) = begin(stage, session)
    seen = proposal.fingerprint(proposal.ready(stage.round.id))
    score_all(stage, session, late)

    with pytest.raises(Conflict):
        propose(stage, "50", seen=seen)
    assert states(session, scored) == ["evaluating"] * 3


def test_t_w02_of_two_officers_who_decide_at_once_one_does(
    app: Flask, stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    seen = proposal.fingerprint(proposal.ready(stage.round.id))
    round_id, ou, oda = stage.round.id, stage.ou, stage.oda
    session.rollback()

    def job(who: Actor, cut: str) -> proposal.Outcome:
        with transaction(who):
            return evaluation.propose(round_id, Decimal(cut), who, NOW, seen=seen)

    results = at_once(app, [lambda: job(ou, "0"), lambda: job(oda, "100")])

    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert len(set(states(session, scored))) in (1, 2)
    moves = select(func.count()).where(m.Transition.verb.in_(("propose", "reject")))
    assert session.scalar(moves) == 3


def test_t_w04_who_scored_a_product_does_not_decide_on_the_list(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    reviewer = of(session, scored[0])[0].reviewer_id
    both = Actor(reviewer, "both", frozenset({roles.REVIEWER, roles.RECOGNITION_OFFICER}))
    colleague = Actor(stage.oda.user_id, "oda", stage.oda.roles, unit_id=stage.unit.id)
    session.rollback()

    for who in (both, colleague):
        with pytest.raises(NotAllowed):
            propose(stage, "50", who)
    assert states(session, scored) == ["evaluating"] * 3


def test_what_is_decided_is_no_longer_scored_or_reassigned(
    stage: Stage, session: Any, scored: list[m.Recognition]
) -> None:
    propose(stage, "0")
    row = of(session, scored[0])[0]
    with pytest.raises(Conflict):
        do(evaluation.replace, stage.ou, row.id, stage.ren.user_id, "改派")
    with pytest.raises(Conflict):
        do(evaluation.assign, stage.ou, scored[0].id, stage.ren.user_id)
