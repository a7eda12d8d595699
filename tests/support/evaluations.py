"""The cast of an evaluation and what its people do, for the tests of services and pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.recognition import scheme as schemes
from app.services.recognition import evaluation, proposal
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW
from tests.support.recognition import make_round, make_supplemented

BLANKS = ["", " ", "　　", "\u200b\u200b", "\u3164"]
#: what the scheme's machine indicators give every product here
MACHINE = Decimal("40.00")


@dataclass
class Stage:
    """A published round; the reviewers Rui, Rong and Ren; the officers Ou and Oda; two units, Anna of the first."""

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
        """The reviewers by their ids."""
        return {each.user_id: each for each in (self.rui, self.rong, self.ren)}


def make_stage() -> Stage:
    """Everybody, stored."""
    unit, other = make.make_unit("长沙甲示例电池有限公司"), make.make_unit("长沙乙示例电池有限公司")
    made = Stage(
        make_round(), unit, other,
        *(make.make_reviewer(username=name, first_name=name.title()) for name in ("rui", "rong", "ren")),
        *(make.actor_of(make.make_user(roles.RECOGNITION_OFFICER, username=name)) for name in ("ou", "oda")),
        make.make_owner(unit, username="anna"),
    )  # fmt: skip
    session.commit()
    return made


def machine_scores(_round: m.RecognitionRound) -> dict[int, Decimal]:
    """The points from data are the screening's business; here they are the same for all."""
    return dict.fromkeys(session.scalars(select(m.Recognition.id)), MACHINE)


def begin(stage: Stage, count: int = 1, **values: Any) -> list[m.Recognition]:
    """Supplemented products of unit A whose evaluation has begun."""
    made = [make_supplemented(stage.round, stage.unit, **values) for _ in range(count)]
    session.commit()
    with transaction(stage.ou):
        evaluation.begin(stage.round.id, stage.ou, NOW)
    return made


def of(recognition: m.Recognition) -> list[m.Evaluation]:
    """A product's evaluations, the first assigned first."""
    query = (
        select(m.Evaluation).where(m.Evaluation.recognition_id == recognition.id).order_by(m.Evaluation.id)
    )
    return list(session.scalars(query))


def free_of(stage: Stage, recognition: m.Recognition) -> int | None:
    """A reviewer who has nothing to do with the product."""
    taken = {row.reviewer_id for row in of(recognition)}
    return next(user for user in stage.reviewers if user not in taken)


def points(share: str = "0.5") -> dict[str, str]:
    """A part of the full mark for every indicator that experts score."""
    scheme = schemes.read(schemes.EXAMPLE)
    return {i.id: str((i.weight * Decimal(share)).quantize(Decimal("0.01"))) for i in scheme.expert()}


def full() -> Decimal:
    """The full mark of one reviewer."""
    return sum((i.weight for i in schemes.read(schemes.EXAMPLE).expert()), Decimal("0.00"))


def score(stage: Stage, row: m.Evaluation, share: str = "0.5") -> m.Evaluation:
    """Its reviewer hands in this share of all points."""
    return do(evaluation.score, stage.reviewers[row.reviewer_id], row.id, points(share), "", row.version)


def score_all(stage: Stage, recognition: m.Recognition, *shares: str) -> None:
    """All reviewers of a product score."""
    for row, share in zip(of(recognition), shares or ("0.5", "0.5"), strict=True):
        score(stage, row, share)


def again(record: Any) -> Any:
    """The record as it is in the database now."""
    session.rollback()
    session.expire_all()
    return session.get_one(type(record), record.id)


def states(made: list[m.Recognition]) -> list[str]:
    """The products' states now."""
    return [again(each).state for each in made]


def propose(stage: Stage, cut: str, who: Actor | None = None, **values: Any) -> proposal.Outcome:
    """Ou, or somebody else, decides on the list."""
    who = who or stage.ou
    with transaction(who):
        return evaluation.propose(stage.round.id, proposal.Decision(Decimal(cut), **values), who, NOW)
