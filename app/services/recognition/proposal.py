"""The list of the proposed 拟认定名单 (mission E5): who reaches the line is proposed, the others are not, all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.machines import RECOGNITION
from app.domain.normal import clean, is_blank
from app.domain.recognition import evaluation as rules
from app.domain.recognition.scheme import Scheme
from app.domain.text import N_
from app.services.fields import Field, lines, read
from app.services.recognition import assignment, evaluators
from app.services.recognition import evaluation_messages as messages
from app.services.workflow import batched, fire, fire_many

REASON_LENGTH = 1000
CHANGED = N_("名单在您打开之后有变动（有产品刚评完或已被他人决定），没有办理。请核对最新名单后再确认")


@dataclass(frozen=True)
class Row:
    """A product of the list: evaluated whole, not yet decided."""

    id: int
    unit_id: int
    version: int
    score: Decimal


@dataclass(frozen=True)
class Outcome:
    """How many products were proposed, and how many were not."""

    proposed: int
    rejected: int


def ready(round_id: int, *, lock: bool = False) -> list[Row]:
    """The products that wait for the decision, the best first; ``lock`` keeps them until the transaction ends."""
    query = select(m.Recognition.id, m.Recognition.unit_id, m.Recognition.version, m.Recognition.score).where(
        m.Recognition.round_id == round_id,
        m.Recognition.state == "evaluating",
        m.Recognition.score.is_not(None),
    )
    query = query.order_by(m.Recognition.id)
    rows = session.execute(query.with_for_update() if lock else query)
    found = [Row(key, unit, version, score or Decimal(0)) for key, unit, version, score in rows]
    return sorted(found, key=lambda row: (row.score, row.id), reverse=True)


def unfinished(round_id: int) -> int:
    """How many products are still being scored: they stay for a later decision."""
    query = select(func.count(m.Recognition.id)).where(
        m.Recognition.round_id == round_id, m.Recognition.state == "evaluating", m.Recognition.score.is_(None)
    )
    return session.scalar(query) or 0


def fingerprint(rows: Iterable[Row]) -> str:
    """What an officer saw: any other list, version or score has another fingerprint."""
    seen = "\n".join(f"{row.id} {row.version} {row.score}" for row in rows)
    return sha256(seen.encode()).hexdigest()


def read_line(typed: Any) -> Decimal:
    """A line as it is typed: 0 to 100 points with two decimals; RuleError beside ``cut`` where it is none."""
    try:
        line = Decimal(clean(str(typed)))
        known = line.is_finite() and 0 <= line <= 100 and line == line.quantize(rules.CENT)
    except InvalidOperation:
        known = False
    if not known:
        raise RuleError([Problem("cut", N_("请填写 0 至 100 之间的分数，最多两位小数"))])
    return line.quantize(rules.CENT)


def line_of(scheme: Scheme, rows: Sequence[Row], cut: str = "", most: int | None = None) -> Decimal:
    """The line by points, or the lowest that at most ``most`` products reach; the scheme's own where neither is asked
    for. RuleError beside ``cut`` or ``most``."""
    if most is None:
        return read_line(cut) if cut else scheme.cut.quantize(rules.CENT)
    found = rules.line_for([rules.Ranked(row.id, row.score) for row in rows], most)
    if found is None:
        raise RuleError([Problem("most", N_("没有能使产品不超过该数量的分数线"))])
    return found


def usual_reason(line: Decimal) -> str:
    """What units are told whose product does not reach the line, unless an officer writes something else."""
    return f"综合得分未达到拟认定分数线 {line} 分"


@dataclass(frozen=True)
class Decision:
    """What an officer decides: the line, why products under it are not proposed, and single products that are put on its
    other side, each for a reason of its own. ``seen`` is the ``fingerprint`` of the list the officer looked at."""

    cut: Decimal
    reason: str | None = None
    overrides: Mapping[int, str] = field(default_factory=dict)
    seen: str | None = None


def check(round_id: int, decision: Decision, actor: Actor) -> int:
    """How many products ``propose`` would decide on now; refuses what it would refuse."""
    _round, rows, _line = _list(round_id, decision, actor)
    _reasons(decision, rows)
    return len(rows)


def propose(round_id: int, decision: Decision, actor: Actor, now: datetime) -> Outcome:
    """Propose the products that reach the line, reject the others; all of it or nothing.

    Conflict where the list is no longer the one that was seen (abuse.md T-W02).
    """
    round_, rows, line = _list(round_id, decision, actor, lock=True)
    reasons = _reasons(decision, rows)
    moved = {row.id: row for row in rows if row.id in decision.overrides}
    _decide([r for r in rows if r.id not in moved], line, reasons[None], actor, now)
    for row in moved.values():
        verb = "reject" if rules.is_above(row.score, line) else "propose"
        values = {"reason": reasons[row.id]} if verb == "reject" else {}
        record = session.get_one(m.Recognition, row.id)
        fire(RECOGNITION, record, verb, actor, now, note=reasons[row.id], version=row.version, values=values)
    return _tell(round_, rows, line, moved, now)


def _list(
    round_id: int, decision: Decision, actor: Actor, *, lock: bool = False
) -> tuple[m.RecognitionRound, list[Row], Decimal]:
    """The round, the products that are decided on, and the line."""
    round_ = assignment.load_round(round_id, actor)
    line = read_line(decision.cut)
    rows = ready(round_.id, lock=lock)
    if decision.seen is not None and decision.seen != fingerprint(rows):
        raise Conflict(CHANGED)
    if not rows:
        raise Conflict(N_("没有已评完、等待决定的产品"))
    _refuse_interested(rows, actor)
    return round_, rows, line


def _decide(rows: Sequence[Row], line: Decimal, reason: str, actor: Actor, now: datetime) -> None:
    above = [row.id for row in rows if rules.is_above(row.score, line)]
    below = [row.id for row in rows if not rules.is_above(row.score, line)]
    for verb, ids, values in (("propose", above, {}), ("reject", below, {"reason": reason})):
        note = reason if verb == "reject" else None
        for some in batched(ids):
            which = m.Recognition.id.in_(some)
            done = fire_many(RECOGNITION, verb, which, actor, now, note=note, values=values)
            if done != len(some):
                raise Conflict(CHANGED)


def _reasons(decision: Decision, rows: Sequence[Row]) -> dict[int | None, str]:
    """The reasons as they are stored, by product, the common one under None; RuleError beside each that is missing."""
    overrides, known = decision.overrides, {row.id for row in rows}
    common = usual_reason(read_line(decision.cut)) if decision.reason is None else decision.reason
    typed = {"reason": common, **{f"override.{key}": text for key, text in overrides.items()}}
    problems = [
        Problem(name, N_("请填写原因") if name == "reason" else N_("请填写单独决定的理由"))
        for name, text in typed.items()
        if is_blank(text)
    ]
    problems += [
        Problem(f"override.{key}", N_("该产品不在等待决定的名单中")) for key in overrides if key not in known
    ]
    values, unreadable = read(typed, [Field(name, N_("原因"), lines(REASON_LENGTH)) for name in typed])
    if problems or unreadable:
        raise RuleError(problems + unreadable)
    return {None: values["reason"], **{key: values[f"override.{key}"] for key in overrides}}


def _refuse_interested(rows: Sequence[Row], actor: Actor) -> None:
    """Nobody decides on products of their own unit, or that they handed in or scored themselves (abuse.md T-W04)."""
    if actor.user_id is None:
        return
    for some in batched([row.id for row in rows]):
        which = m.Recognition.id.in_(some)
        if any(evaluators.barred(which, {actor.user_id: actor.unit_id}).values()):
            raise NotAllowed(N_("名单中有您本单位、您提交或您评审过的产品，拟认定名单须由其他认定专员决定"))


def _tell(
    round_: m.RecognitionRound, rows: Sequence[Row], line: Decimal, moved: Mapping[int, Row], now: datetime
) -> Outcome:
    """Tell each unit what became of its products."""
    good, bad = Counter[int](), Counter[int]()
    for row in rows:
        side = good if rules.is_above(row.score, line) != (row.id in moved) else bad
        side[row.unit_id] += 1
    for unit_id in sorted({*good, *bad}):
        messages.result(round_, unit_id, good[unit_id], bad[unit_id], now.isoformat(), now)
    return Outcome(good.total(), bad.total())
