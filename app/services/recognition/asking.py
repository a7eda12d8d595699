"""Asking for further information 通知补充信息 (mission E4): all that passed the screening are asked, each unit once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select

from app import audit, policies
from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict
from app.domain.machines import RECOGNITION
from app.domain.text import N_
from app.services.recognition import supplement_notices as notices
from app.services.workflow import fire_many


def ask(round_id: int, actor: Actor, now: datetime, *, units: int | None = None) -> int:
    """Ask the products of a round that passed the screening for further information, and tell their units; how many.

    ``units`` asks only so many units: the others are asked by doing it again, as are products that pass later.
    """
    _ready(round_id, actor, now)
    which = m.Recognition.round_id == round_id
    if units is not None:
        which = and_(which, m.Recognition.unit_id.in_(_next_units(round_id, units)))
    count = fire_many(RECOGNITION, "ask_supplement", which, actor, now)
    asked = list(session.execute(_asked_without_supplement(which)))
    rows = [
        {"recognition_id": row.id, "unit_id": row.unit_id, "answers": {}, "version": 1,
         "created_at": now, "changed_at": now} for row in asked
    ]  # fmt: skip
    if rows:
        session.execute(insert(m.Supplement), rows)
    audit.record(session(), "create", m.Supplement.__tablename__, "", round=round_id, count=len(rows))
    notices.asked(asked, now)
    return count


def check(round_id: int, actor: Actor, now: datetime) -> int:
    """How many products ``ask`` would ask now; Conflict where it would not, and where there is none."""
    _ready(round_id, actor, now)
    if not (count := waiting(round_id)):
        raise Conflict(N_("没有初筛通过、尚未通知的产品"))
    return count


def waiting(round_id: int) -> int:
    """How many products have passed the screening and have not been asked."""
    return session.execute(select(func.count(m.Recognition.id)).where(*_passed(round_id))).scalar_one()


@dataclass(frozen=True)
class Preview:
    """What ``ask`` would do now: how many products of how many units, and the first unit's message as an example."""

    products: int
    units: int
    example: notices.Occasion | None


def preview(round_id: int) -> Preview:
    """Who would be asked for further information now; nothing is done."""
    passed = _passed(round_id)
    counted = select(func.count(m.Recognition.id), func.count(m.Recognition.unit_id.distinct())).where(
        *passed
    )
    products, units = session.execute(counted).one()
    first = select(func.min(m.Recognition.unit_id)).where(*passed).scalar_subquery()
    example = notices.occasions(
        session.execute(notices.rows().where(*passed, m.Recognition.unit_id == first))
    )
    return Preview(products, units, example[0] if example else None)


def _ready(round_id: int, actor: Actor, now: datetime) -> None:
    round_ = policies.find(session(), m.RecognitionRound, round_id, actor)
    if round_.state != "published":
        raise Conflict(N_("只有已发布的批次可以通知补充信息"))
    if round_.supplement_deadline < local_date(now):
        raise Conflict(N_("补充信息的截止日 {day} 已过，不能再通知", day=round_.supplement_deadline))


def _passed(round_id: int) -> tuple[ColumnElement[bool], ...]:
    return m.Recognition.round_id == round_id, m.Recognition.state == "passed"


def _next_units(round_id: int, units: int) -> list[int]:
    query = select(m.Recognition.unit_id).where(*_passed(round_id)).distinct()
    return list(session.scalars(query.order_by(m.Recognition.unit_id).limit(units)))


def _asked_without_supplement(which: ColumnElement[bool]) -> Any:
    query = notices.rows().outerjoin(m.Supplement, m.Supplement.recognition_id == m.Recognition.id)
    return query.where(which, m.Recognition.state == "supplement_due", m.Supplement.id.is_(None))
