"""Products in a round that are asked for further information, and what a whole supplement holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from app import models as m
from app.db import session
from app.domain.actor import RECOGNITION_OFFICER, Actor
from tests.support import factories as make
from tests.support import recognition as rounds
from tests.support.factories import NOW

#: every required answer
WHOLE = {
    "claims": "12", "family_countries": "3", "challenges_survived": "0", "protection_note": "覆盖电芯结构",
    "licence_income": "120.00", "pledge_amount": "0.00", "awards": "1", "value_note": "占销售收入大半",
    "patented_features": "60.00", "substitution": "hard", "dependence_note": "没有专利则续航减半",
}  # fmt: skip
#: the last day for further information of the rounds made here
LAST_DAY = date(2025, 9, 20)


def make_officer(**values: Any) -> Actor:
    """A recognition officer."""
    return make.actor_of(make.make_user(RECOGNITION_OFFICER, **values))


def make_round(state: str = "published", **values: Any) -> m.RecognitionRound:
    """The round of 2025, which asks for further information until ``LAST_DAY``."""
    return rounds.make_round(state=state, **({"supplement_deadline": LAST_DAY} | values))


def make_recognition(
    product: m.Product, round_: m.RecognitionRound, state: str = "supplement_due", **values: Any
) -> m.Recognition:
    """A product in a round, in any state."""
    return rounds.make_recognition(round_, product, state=state, **values)


def make_supplement(recognition: m.Recognition, **values: Any) -> m.Supplement:
    """The supplement of a product that was asked for one."""
    made = m.Supplement(
        recognition_id=recognition.id, unit_id=recognition.unit_id,
        **({"answers": {}, "created_at": NOW, "changed_at": NOW} | values),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
