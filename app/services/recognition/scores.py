"""What reviewers have given a product, and what becomes of it once all have scored.

Every change of an evaluation is one conditional update that names the state and version seen: of two that come at
the same time, the second changes no row and is told so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app import audit
from app import models as m
from app.db import session
from app.domain.errors import Conflict
from app.domain.machines import RECOGNITION
from app.domain.recognition import evaluation as rules
from app.domain.text import N_
from app.registers import parameters
from app.services import records
from app.services.recognition import screening

TAKEN = N_("该评审任务刚刚被修改或改派，请刷新后再操作")


@dataclass(frozen=True)
class Spread:
    """How far the reviewers' totals of a product lie apart; ``wide``: so far that somebody should look again."""

    apart: Decimal
    wide: bool


def lock(recognition_id: int) -> m.Recognition:
    """The recognition as it is now, kept from others until the transaction ends; Conflict unless it is being evaluated.

    Whoever changes an evaluation takes it first: of the last two reviewers the second sees that the first has scored.
    """
    session.execute(select(m.Recognition.id).where(m.Recognition.id == recognition_id).with_for_update())
    recognition = session.get_one(m.Recognition, recognition_id)
    session.refresh(recognition)
    if recognition.state != "evaluating":
        state = RECOGNITION.states[recognition.state]
        raise Conflict(N_("该产品当前为“{state}”，不在评价中", state=state))
    return recognition


def keep_machine_scores(round_: m.RecognitionRound, recognition_ids: Iterable[int]) -> None:
    """Store the points from data of products whose evaluation begins: from then on they stay, whoever comes later."""
    found = screening.machine_scores(round_)
    table = m.Recognition.__table__
    statement = update(table).where(table.c.id == bindparam("key")).values(machine_score=bindparam("points"))
    rows = [{"key": key, "points": found[key]} for key in recognition_ids if found.get(key) is not None]
    if rows:
        session.execute(statement, rows)
    audit.record(session(), "change", "recognition", "", round=round_.id, machine_scores=len(rows))


def change(evaluation: m.Evaluation, values: Mapping[str, Any], now: datetime) -> None:
    """Change an evaluation as it was seen."""
    session.flush()
    changes = {**values, "version": evaluation.version + 1, "changed_at": now}
    seen = (
        m.Evaluation.id == evaluation.id,
        m.Evaluation.state == evaluation.state,
        m.Evaluation.version == evaluation.version,
    )
    statement = update(m.Evaluation).where(*seen).values(changes)
    if session.execute(statement.execution_options(synchronize_session=False)).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(TAKEN)
    changed = {name: [getattr(evaluation, name), value] for name, value in values.items()}
    audit.record(session(), "change", "evaluation", evaluation.id, unit_id=None, **changed)
    for name, value in changes.items():
        set_committed_value(evaluation, name, value)


def settle(recognition: m.Recognition, now: datetime) -> bool:
    """Give the product its scores if all its reviewers have scored, else take them away; whether it has them.

    The experts' score says that the product's evaluations may be seen by all its reviewers (``policies``).
    """
    query = select(m.Evaluation.state, m.Evaluation.total).where(
        m.Evaluation.recognition_id == recognition.id, m.Evaluation.state != "recused"
    )
    rows = session.execute(query.execution_options(unscoped=True)).all()
    complete = len(rows) >= recognition.round.evaluators and all(row.state == "scored" for row in rows)
    if complete:
        if recognition.machine_score is None:
            recognition.machine_score = screening.machine_score(recognition)
        recognition.expert_score = rules.mean([row.total or Decimal(0) for row in rows])
        recognition.score = rules.final(recognition.machine_score, recognition.expert_score)
    else:
        recognition.expert_score = recognition.score = None
    records.touch(recognition, now)
    return complete


def spreads(recognition_ids: Iterable[int], full: Decimal) -> dict[int, Spread]:
    """The spread of each product that all its reviewers have scored; ``full`` is the experts' full mark."""
    query = (
        select(m.Evaluation.recognition_id, m.Evaluation.total)
        .join(m.Evaluation.recognition)
        .where(
            m.Evaluation.recognition_id.in_(list(recognition_ids)),
            m.Evaluation.state == "scored",
            m.Recognition.expert_score.is_not(None),
        )
    )
    totals: defaultdict[int, list[Decimal]] = defaultdict(list)
    for recognition, total in session.execute(query):
        totals[recognition].append(total or Decimal(0))
    percent = parameters.integer("evaluation_spread")
    apart = {recognition: rules.spread(given) for recognition, given in totals.items()}
    return {key: Spread(value, rules.is_wide(value, full, percent)) for key, value in apart.items()}
