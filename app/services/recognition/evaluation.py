"""Evaluation 评价 (mission E5): reviewers score, each blind to the others until all of a product have scored.

This is the step's front: who scores what is arranged in ``assignment``, the list of the proposed in ``proposal``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.actor import REVIEWER, Actor
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.normal import InputError
from app.domain.recognition import evaluation as rules
from app.domain.text import N_
from app.services.fields import Field, lines, read_one
from app.services.recognition import evaluators, rounds, scores
from app.services.recognition.assignment import assign, begin, load_own, recuse, remind, replace
from app.services.recognition.proposal import propose
from app.services.recognition.scores import Spread
from app.services.records import Stale

__all__ = ["Saved", "assign", "begin", "propose", "recuse", "remind", "replace", "save", "score", "spread"]

COMMENT = Field("comment", N_("评审意见"), lines(2000))


@dataclass(frozen=True)
class Saved:
    """An evaluation as it is stored now, and what could not be taken over, indicator by indicator."""

    evaluation: m.Evaluation
    problems: list[Problem]


def save(
    actor: Actor,
    evaluation_id: int,
    typed: Mapping[str, Any],
    comment: str,
    version: int | None,
    now: datetime,
) -> Saved:
    """Save points and comment as a draft, however incomplete."""
    evaluation = _open(actor, evaluation_id, typed, comment, version)
    values, problems = _read(evaluation, typed, comment, complete=False)
    scores.change(evaluation, values, now)
    return Saved(evaluation, problems)


def score(
    actor: Actor,
    evaluation_id: int,
    typed: Mapping[str, Any],
    comment: str,
    version: int | None,
    now: datetime,
) -> m.Evaluation:
    """Hand in points for every indicator, for good. The last of a product's reviewers gives it its final score."""
    evaluation = _open(actor, evaluation_id, typed, comment, version)
    recognition = scores.lock(evaluation.recognition_id)
    values, problems = _read(evaluation, typed, comment, complete=True)
    if problems:
        raise RuleError(problems)
    scores.change(evaluation, {**values, "state": "scored", "submitted_at": now}, now)
    scores.settle(recognition, now)
    return evaluation


def spread(recognition: m.Recognition) -> Spread | None:
    """How far the reviewers of a product lie apart; None until all have scored."""
    full = rules.full(rules.items(rounds.scheme_of(recognition.round)))
    return scores.spreads([recognition.id], full).get(recognition.id)


def own(actor: Actor, round_id: int | None = None) -> list[m.Evaluation]:
    """A reviewer's products, those to be scored first; of rounds that go on, or of one round."""
    query = (
        select(m.Evaluation)
        .join(m.Evaluation.recognition)
        .join(m.Recognition.round)
        .where(m.Evaluation.reviewer_id == actor.user_id)
    )
    which = (
        m.RecognitionRound.state == "published" if round_id is None else m.Recognition.round_id == round_id
    )
    return list(session.scalars(query.where(which).order_by(m.Evaluation.state, m.Evaluation.id)))


def _open(
    actor: Actor, evaluation_id: int, typed: Mapping[str, Any], comment: str, version: int | None
) -> m.Evaluation:
    """A reviewer's own evaluation, not yet handed in, as the form saw it; nobody scores their own unit's product."""
    evaluation = load_own(actor, evaluation_id)
    recognition = evaluation.recognition
    if not actor.has(REVIEWER):
        raise NotAllowed(N_("只有审核员可以评分"))
    if evaluators.has_conflict(recognition, actor.user_id, actor.unit_id):
        raise NotAllowed(N_("不能评审本单位或本人提交的产品，请申请回避"))
    if evaluation.state != "assigned":
        raise Conflict(N_("该评审任务已提交评分或已回避，不能再修改"))
    if recognition.state != "evaluating":
        raise Conflict(N_("该产品的评价已经结束，不能再评分"))
    if evaluation.version != version:
        raise Stale(_differences(evaluation, typed, comment))
    return evaluation


def _read(
    evaluation: m.Evaluation, typed: Mapping[str, Any], comment: str, *, complete: bool
) -> tuple[dict[str, Any], list[Problem]]:
    """The columns as they are to be stored, and what is wrong; what cannot be read stays as it was."""
    items = rules.items(rounds.scheme_of(evaluation.recognition.round))
    points, problems = rules.read_points(items, typed, complete=complete)
    unread = {problem.field for problem in problems}
    kept = {
        item.id: evaluation.scores[item.id] for item in items if item.id in unread & evaluation.scores.keys()
    }
    values: dict[str, Any] = {
        "scores": kept | {name: str(value) for name, value in points.items()},
        "total": rules.total(points.values()) if complete else None,
    }
    try:
        values["comment"] = read_one(COMMENT, comment)
    except InputError as error:
        problems.append(Problem(COMMENT.name, error.message))
    return values, problems


def _differences(evaluation: m.Evaluation, typed: Mapping[str, Any], comment: str) -> list[Problem]:
    """For each field that differs: what the form holds and what is stored (abuse.md T-M07)."""
    stored = {**evaluation.scores, COMMENT.name: evaluation.comment or ""}
    given = {name: str(typed.get(name) or "").strip() for name in stored | dict(typed)} | {
        COMMENT.name: comment.strip()
    }
    return [
        Problem(
            name,
            N_(
                "您填写的是“{typed}”，现在的内容是“{current}”",
                typed=text or "—",
                current=stored.get(name) or "—",
            ),
        )
        for name, text in given.items()
        if text != stored.get(name, "")
    ]
