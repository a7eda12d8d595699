"""What if the scheme were another one: who would pass, who would drop. Nothing is written (mission N9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.recognition import figures
from app.domain.recognition import scheme as schemes
from app.domain.recognition.balance import balanced
from app.domain.recognition.scheme import SCREENING
from app.domain.recognition.scoring import hundredths, points_decimal
from app.domain.text import N_
from app.services.recognition import engine, facts, rounds
from app.services.recognition.engine import Flags, Scores

LIMIT = 200
#: what decides on the screening besides weights and thresholds
_LINES = ("pass_score", "min_class")


@dataclass(frozen=True)
class Shift:
    """A product whose verdict would be another one, with both scores."""

    product_id: int
    name: str
    now: Decimal
    then: Decimal


@dataclass(frozen=True)
class WhatIf:
    """How many pass by the round's scheme and would by the changed one, on the data as they are at this moment.

    ``joining`` and ``dropping``: the first ``LIMIT`` of them by score; their numbers are in ``joining_count`` and
    ``dropping_count``. ``document`` is the changed scheme's.
    """

    candidates: int
    passed_now: int
    passed_then: int
    joining_count: int
    dropping_count: int
    joining: Sequence[Shift]
    dropping: Sequence[Shift]
    document: Mapping[str, Any]


def what_if(round_: m.RecognitionRound, typed: Mapping[str, Any]) -> WhatIf:
    """The round judged with figures ``typed`` at their places in its scheme's document (``pass_score``,
    ``dimensions.0.indicators.2.weight``) and the screening's weights brought to 100.

    RuleError beside each place that is none of ``figures_offered``, or whose figure is none.
    """
    document = rounds.scheme_document(round_)
    known = figures_offered(document)
    unknown = [Problem(place, N_("方案中没有这个位置")) for place in typed if place not in known]
    if unknown:
        raise RuleError(unknown)
    written = {place: str(value) for place, value in typed.items()}
    other = balanced(figures.with_figures(document, written), SCREENING)
    try:
        return _judged(round_, document, other)
    except RuleError as error:  # of a spoilt weight the sums are wrong too, which needs no saying
        raise RuleError([each for each in error.problems if each.field in known] or error.problems) from error


def figures_offered(document: Mapping[str, Any]) -> dict[str, str]:
    """The figures of a scheme's document that the screening depends on: place → value as it is written."""
    found = figures.figures(document)
    return {each.place: each.value for each in found if _is_of_screening(each.place, document)}


def _is_of_screening(place: str, document: Mapping[str, Any]) -> bool:
    if place in _LINES:
        return True
    head, _sep, rest = place.partition(".")
    if head != "dimensions" or ".indicators." not in place:
        return False
    number = int(rest.split(".", 1)[0])
    return bool(document["dimensions"][number].get("stage") == SCREENING)


def _judged(round_: m.RecognitionRound, document: Mapping[str, Any], other: Mapping[str, Any]) -> WhatIf:
    now, then = schemes.read(document), schemes.read(other)
    wanted = facts.needed((*now.machine(SCREENING), *then.machine(SCREENING)))
    columns = facts.load(session.connection(), facts.scope(round_), wanted)
    before, after = (engine.score(columns, s.machine(SCREENING), s.min_class) for s in (now, then))
    passed, would = (scores.passed(hundredths(s.pass_score)) for scores, s in ((before, now), (after, then)))
    joining, dropping = would & ~passed, passed & ~would
    return WhatIf(
        len(columns), int(passed.sum()), int(would.sum()), int(joining.sum()), int(dropping.sum()),
        _shifts(joining, before, after), _shifts(dropping, before, after), other,
    )  # fmt: skip


def _shifts(which: Flags, before: Scores, after: Scores) -> list[Shift]:
    places = np.flatnonzero(which)
    # the highest first, of equal ones the oldest product
    places = places[np.lexsort((before.columns.product[places], -after.total[places]))][:LIMIT]
    ids = before.columns.product[places].tolist()
    query = select(m.Product.id, m.Product.name).where(m.Product.id.in_(ids))
    names = {row.id: row.name for row in session.execute(query)}
    return [
        Shift(id_, names.get(id_, ""), points_decimal(now), points_decimal(then))
        for id_, now, then in zip(
            ids, before.total[places].tolist(), after.total[places].tolist(), strict=True
        )
    ]
