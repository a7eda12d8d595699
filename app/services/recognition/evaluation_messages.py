"""What people are told of an evaluation: one small function for each message, named like its template."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.machines import OFFICERS
from app.notify import outbox

_QUIET = ("inapp", "email")


def assigned(round_: m.RecognitionRound, reviewer_id: int, count: int, occasion: str, now: datetime) -> None:
    """To a reviewer: so many products are theirs to score."""
    outbox.post(
        "evaluation_assigned", dedupe_key=f"evaluation_assigned:{round_.id}:{reviewer_id}:{occasion}",
        user_ids=[reviewer_id], params={"round": round_.title, "count": count}, channels=_QUIET, link="/evaluation/", now=now,
    )  # fmt: skip


def released(evaluation: m.Evaluation, reason: str, now: datetime) -> None:
    """To a reviewer: a product is no longer theirs to score, and why."""
    product = evaluation.recognition.product
    outbox.post(
        "evaluation_released", dedupe_key=f"evaluation_released:{evaluation.id}", user_ids=[evaluation.reviewer_id],
        params={"product": product.name, "reason": reason}, channels=_QUIET, link="/evaluation/", now=now,
    )  # fmt: skip


def reminder(round_: m.RecognitionRound, reviewer_id: int, count: int, now: datetime) -> None:
    """To a reviewer, at most once a day: so many products still wait for their scores."""
    outbox.post(
        "evaluation_reminder", dedupe_key=f"evaluation_reminder:{round_.id}:{reviewer_id}:{local_date(now)}",
        user_ids=[reviewer_id], params={"round": round_.title, "count": count}, channels=_QUIET, link="/evaluation/", now=now,
    )  # fmt: skip


def short(recognition: m.Recognition, occasion: int, now: datetime) -> None:
    """To the officers: a product lacks a reviewer, and nobody free of conflicts of interest is left."""
    outbox.post(
        "evaluation_short", dedupe_key=f"evaluation_short:{recognition.id}:{occasion}", user_ids=_officers(),
        params={"product": recognition.product.name, "round": recognition.round.title}, channels=_QUIET,
        link=f"/recognition/evaluations/{recognition.id}", now=now,
    )  # fmt: skip


def result(
    round_: m.RecognitionRound, unit_id: int, proposed: int, rejected: int, occasion: str, now: datetime
) -> None:
    """To a unit: the evaluation of its products is over, so many are proposed and so many are not."""
    outbox.post(
        "evaluation_result", dedupe_key=f"evaluation_result:{round_.id}:{unit_id}:{occasion}", unit_id=unit_id,
        params={"round": round_.title, "proposed": proposed, "rejected": rejected}, link="/my/recognition/", now=now,
    )  # fmt: skip


def _officers() -> list[int]:
    query = select(User.id).join(User.roles).where(User.active.is_(True), Role.name.in_(OFFICERS)).distinct()
    return list(session.scalars(query.execution_options(unscoped=True)))
