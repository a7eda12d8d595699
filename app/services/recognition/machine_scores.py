"""The machine's part of the evaluation: points of all indicators that are scored from data and supplement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from app import models as m
from app.db import session
from app.domain.errors import Conflict
from app.domain.recognition import scheme as schemes
from app.domain.recognition import supplement_fields
from app.domain.recognition.facts import FACTS
from app.domain.recognition.scheme import EVALUATION
from app.domain.recognition.scoring import points_decimal
from app.domain.text import N_
from app.services.recognition import engine, facts
from app.services.recognition.facts import Columns


def machine_score(recognition: m.Recognition) -> Decimal:
    """The machine's points of one product, of 100 less what the experts give; ``machine_scores`` does all at once."""
    found = machine_scores(recognition.round)
    if recognition.id not in found:
        raise Conflict(N_("只有已补充信息的产品有机器评分"))
    return found[recognition.id]


def machine_scores(round_: m.RecognitionRound) -> Mapping[int, Decimal]:
    """The machine's points of every product of the round that has given its supplement, by recognition."""
    scheme = schemes.read(round_.frozen_scheme or {})
    indicators = scheme.machine(EVALUATION)
    names = facts.needed(indicators)
    columns = facts.load(
        session.connection(), facts.scope(round_), names, m.Recognition.id.in_(_supplemented())
    )
    columns = _with_answers(columns, round_.id, [name for name in names if FACTS[name].source != "data"])
    total = engine.score(columns, indicators, scheme.min_class).total
    return {
        key: points_decimal(points)
        for key, points in zip(columns.recognition.tolist(), total.tolist(), strict=True)
    }


def _with_answers(columns: Columns, round_id: int, names: list[str]) -> Columns:
    query = _supplemented().add_columns(m.Supplement.answers)
    query = query.join(m.Recognition, m.Recognition.id == m.Supplement.recognition_id)
    rows = session.execute(query.where(m.Recognition.round_id == round_id)).all()
    given = {row.recognition_id: row.answers for row in rows}
    made = {
        name: np.array(
            [supplement_fields.number(given.get(key, {}), name) for key in columns.recognition.tolist()],
            dtype=np.float64,
        )
        for name in names
    }
    return replace(columns, figures={**columns.figures, **made})


def _supplemented() -> Select[Any]:
    """The products that have given their supplement: they are compared with each other."""
    return select(m.Supplement.recognition_id).where(m.Supplement.submitted_at.is_not(None))
