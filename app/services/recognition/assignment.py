"""Who scores what: products come to their reviewers, and go to others where interests conflict (mission E5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import case, func, insert, select

from app import audit, policies
from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError
from app.domain.machines import OFFICERS, RECOGNITION
from app.domain.recognition import evaluation as rules
from app.domain.text import N_, Message
from app.services import cases, records
from app.services.fields import Field, lines, read
from app.services.recognition import evaluation_messages as messages
from app.services.recognition import evaluators, scores
from app.services.workflow import batched, fire_many

_REASON = Field("reason", N_("理由"), lines(500))


@dataclass(frozen=True)
class Plan:
    """Who would score what: reviewers per product, products that lack reviewers, what each reviewer has already."""

    shares: Mapping[int, tuple[int, ...]]
    short: Sequence[int]
    loads: Mapping[int, int]

    @property
    def given(self) -> Mapping[int, int]:
        """How many more products each reviewer would get."""
        counts = Counter(reviewer for chosen in self.shares.values() for reviewer in chosen)
        return {reviewer: counts[reviewer] for reviewer in self.loads}


@dataclass(frozen=True)
class Progress:
    """A reviewer's products in a round: given, scored, still to be scored, declined."""

    reviewer: User
    scored: int
    waiting: int
    recused: int


def plan(round_: m.RecognitionRound, *, lock: bool = False) -> Plan:
    """Who would score the supplemented products of a round if the evaluation began now; ``lock`` keeps them as they are."""
    which = (m.Recognition.round_id == round_.id) & (m.Recognition.state == "supplemented")
    query = select(m.Recognition.id).where(which).order_by(m.Recognition.id)
    products = list(session.scalars(query.with_for_update() if lock else query))
    pool = evaluators.pool()
    barred = evaluators.barred(which, pool)
    loads = evaluators.loads(round_.id, pool)
    needs = [rules.Need(key, round_.evaluators, barred.get(key, frozenset())) for key in products]
    shares = rules.share_out(needs, loads)
    return Plan(shares, [key for key in products if key not in shares], loads)


def begin(round_id: int, actor: Actor, now: datetime) -> int:
    """Let the evaluation of all supplemented products begin, each with its reviewers; returns how many.

    A product for which too few reviewers are free of conflicts of interest stays as it is until there are enough.
    """
    round_ = load_round(round_id, actor)
    planned = _possible(plan(round_, lock=True), round_)
    scores.keep_machine_scores(round_, planned.shares)
    for some in batched(list(planned.shares)):
        fire_many(RECOGNITION, "evaluate", m.Recognition.id.in_(some), actor, now)
    rows = [
        {"recognition_id": key, "reviewer_id": reviewer, "state": "assigned", "scores": {}, "version": 1,
         "created_at": now, "changed_at": now}
        for key, chosen in planned.shares.items() for reviewer in chosen
    ]  # fmt: skip
    session.execute(insert(m.Evaluation), rows)
    audit.record(session(), "create", "evaluation", "", round=round_.id, count=len(rows))
    for reviewer, count in planned.given.items():
        if count:
            messages.assigned(round_, reviewer, count, now.isoformat(), now)
    return len(planned.shares)


def check(round_id: int, actor: Actor) -> int:
    """How many products ``begin`` would let into the evaluation now; Conflict where it would refuse."""
    round_ = load_round(round_id, actor)
    return len(_possible(plan(round_), round_).shares)


def _possible(planned: Plan, round_: m.RecognitionRound) -> Plan:
    if not planned.shares and planned.short:
        raise Conflict(
            N_("没有足够的评审人：每个产品需要 {wanted} 名与其无利益关系的审核员", wanted=round_.evaluators)
        )
    if not planned.shares:
        raise Conflict(N_("没有已补充信息、等待评价的产品"))
    return planned


def assign(actor: Actor, recognition_id: int, reviewer_id: int, now: datetime) -> m.Evaluation:
    """Give a product one more reviewer: where one is lacking, or a wide spread asks for another opinion."""
    recognition = _to_arrange(actor, recognition_id)
    evaluation = _give(recognition, _chosen(recognition, reviewer_id), now)
    scores.settle(recognition, now)
    return evaluation


def replace(actor: Actor, evaluation_id: int, reviewer_id: int, reason: str, now: datetime) -> m.Evaluation:
    """Take a product from a reviewer, whose scores no longer count, and give it to another; both are told."""
    officers_only(actor)
    # an officer who reviews too arranges what they may not read
    query = select(m.Evaluation).where(m.Evaluation.id == evaluation_id).execution_options(unscoped=True)
    evaluation = session.scalars(query).one_or_none()
    if evaluation is None:
        raise NotFound
    recognition = scores.lock(evaluation.recognition_id)
    if evaluation.state == "recused":
        raise Conflict(scores.TAKEN)
    why = _reason(reason, N_("请填写改派原因"))
    chosen = _chosen(recognition, reviewer_id)
    scores.change(evaluation, {"state": "recused", "reason": why, "submitted_at": None, "total": None}, now)
    messages.released(evaluation, why, now)
    made = _give(recognition, chosen, now)
    scores.settle(recognition, now)
    return made


def recuse(actor: Actor, evaluation_id: int, reason: str, now: datetime) -> m.Evaluation | None:
    """Decline a product for a conflict of interest. Another reviewer is found; None, and officers told, where there is none."""
    evaluation = load_own(actor, evaluation_id)
    recognition = scores.lock(evaluation.recognition_id)
    if evaluation.state != "assigned":
        raise Conflict(N_("只有尚未提交评分的产品可以申请回避；已提交的，请联系认定专员改派"))
    why = _reason(reason, N_("请写明回避的理由"))
    scores.change(evaluation, {"state": "recused", "reason": why}, now)
    pool = evaluators.pool()
    barred = evaluators.barred(m.Recognition.id == recognition.id, pool).get(recognition.id, frozenset())
    need = rules.Need(recognition.id, 1, barred)
    found = rules.share_out([need], evaluators.loads(recognition.round_id, pool)).get(recognition.id)
    made = _give(recognition, found[0], now) if found else None
    if not scores.settle(recognition, now) and made is None:
        messages.short(recognition, evaluation.id, now)
    return made


def remind(round_id: int, reviewer_ids: Iterable[int], actor: Actor, now: datetime) -> int:
    """Remind those of these reviewers who have products to score, each once a day; returns how many there are."""
    round_ = load_round(round_id, actor)
    wanted = set(reviewer_ids)
    waiting = [row for row in progress(round_) if row.waiting and row.reviewer.id in wanted]
    for row in waiting:
        messages.reminder(round_, row.reviewer.id, row.waiting, now)
    return len(waiting)


def progress(round_: m.RecognitionRound) -> list[Progress]:
    """How far each reviewer of a round is, those with most to do first. Counts alone: no score shows."""
    scored, waiting, recused = (
        func.sum(case((m.Evaluation.state == state, 1), else_=0))
        for state in ("scored", "assigned", "recused")
    )
    query = (
        select(User, scored, waiting, recused)
        .join(m.Evaluation, m.Evaluation.reviewer_id == User.id)
        .join(m.Recognition, m.Recognition.id == m.Evaluation.recognition_id)
        .where(m.Recognition.round_id == round_.id)
        .group_by(User.id)
        .order_by(waiting.desc(), User.id)
    )
    rows = session.execute(query.execution_options(unscoped=True)).unique()
    return [Progress(user, int(done), int(left), int(declined)) for user, done, left, declined in rows]


def lacking(round_: m.RecognitionRound) -> list[m.Recognition]:
    """The products being evaluated that have fewer reviewers than the round asks for."""
    counted = (
        select(func.count())
        .where(m.Evaluation.recognition_id == m.Recognition.id, m.Evaluation.state != "recused")
        .correlate(m.Recognition)
        .scalar_subquery()
    )
    query = select(m.Recognition).where(
        m.Recognition.round_id == round_.id, m.Recognition.state == "evaluating", counted < round_.evaluators
    )
    return list(session.scalars(query.order_by(m.Recognition.id).execution_options(unscoped=True)))


def available(recognition: m.Recognition) -> dict[int, int]:
    """The reviewers who could still score a product, with what they have in the round already."""
    pool = evaluators.pool()
    barred = evaluators.barred(m.Recognition.id == recognition.id, pool).get(recognition.id, frozenset())
    return evaluators.loads(recognition.round_id, [reviewer for reviewer in pool if reviewer not in barred])


def load_round(round_id: int, actor: Actor) -> m.RecognitionRound:
    """The round, for an officer who arranges its evaluation; Conflict unless it is published."""
    round_ = policies.find(session(), m.RecognitionRound, round_id, actor)
    officers_only(actor)
    if round_.state != "published":
        raise Conflict(N_("只有已发布的批次可以办理评价"))
    return round_


def load_own(actor: Actor, evaluation_id: int) -> m.Evaluation:
    """A reviewer's own evaluation; others' are not theirs to change, even where they may read them."""
    evaluation = records.load(m.Evaluation, evaluation_id, actor)
    if evaluation.reviewer_id != actor.user_id:
        raise NotAllowed(N_("只能办理分配给本人的评审任务"))
    return evaluation


def officers_only(actor: Actor) -> None:
    """Refuse everybody but officers and administrators."""
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("只有认定专员可以安排评价和决定拟认定名单"))


def _to_arrange(actor: Actor, recognition_id: int) -> m.Recognition:
    policies.find(session(), m.Recognition, recognition_id, actor)
    officers_only(actor)
    return scores.lock(recognition_id)


def _chosen(recognition: m.Recognition, reviewer_id: int) -> int:
    if reviewer_id not in available(recognition):
        why = N_("请选择一名与该产品无利益关系、且未评审过该产品的审核员")
        raise RuleError([Problem("reviewer_id", why)])
    return reviewer_id


def _give(recognition: m.Recognition, reviewer_id: int, now: datetime) -> m.Evaluation:
    evaluation = m.Evaluation(
        recognition_id=recognition.id, reviewer_id=reviewer_id, created_at=now, changed_at=now
    )
    session.add(evaluation)
    session.flush()
    messages.assigned(recognition.round, reviewer_id, 1, f"e{evaluation.id}", now)
    return evaluation


def _reason(text: str, message: Message) -> str:
    cases.require_text(text, "reason", message)
    values, problems = read({"reason": text}, [_REASON])
    if problems:
        raise RuleError(problems)
    return str(values["reason"])
