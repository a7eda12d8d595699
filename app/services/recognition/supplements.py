"""Further information 补充信息 (mission E4): asked for (``asking``) and given by the units in time.

Late is late: after the last day nothing is saved, submitted or taken back, whether or not the daily job has been there;
an officer extends the deadline, with a reason the unit reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain.actor import UNIT, Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError
from app.domain.machines import OFFICERS, RECOGNITION
from app.domain.normal import InputError, clean_lines
from app.domain.recognition import supplement_fields
from app.domain.recognition.supplement_fields import DIMENSIONS
from app.domain.text import N_
from app.registers import parameters
from app.services import cases, checks, records
from app.services.fields import Field, read, read_one
from app.services.recognition import deadlines
from app.services.recognition import supplement_notices as notices
from app.services.workflow import fire, fire_many

FILES_LIMIT = 20
#: What a deadline may be extended by at most: a mistyped year is found out.
LONGEST = timedelta(days=366)
_SYSTEM = Actor.system("supplements")


#: The fields as forms and services read them.
FIELDS = tuple(
    Field(asked.name, asked.label, asked.read, required=asked.required) for asked in supplement_fields.FIELDS
)


@dataclass(frozen=True)
class Saved:
    """The supplement as it is stored now, and what could not be taken over, field by field."""

    supplement: m.Supplement
    problems: list[Problem]


# ---------------------------------------------------------------- the officer


def extend(actor: Actor, recognition_id: int, until: date, reason: str, now: datetime) -> m.Recognition:
    """Give a product more time, until the end of ``until``; the unit is told why. Also before its time is up."""
    recognition = records.load(m.Recognition, recognition_id, actor)
    if not actor.has(*OFFICERS):
        raise NotAllowed(N_("只有认定专员可以延期"))
    _refuse_state(recognition, "extend")
    cases.require_text(reason, "reason", N_("请填写延期理由"))
    today, present = local_date(now), deadlines.of(recognition)
    if not max(today, present + timedelta(days=1)) <= until <= today + LONGEST:
        message = N_("延期后的截止日应晚于 {present}，不早于今天，也不晚于一年后", present=present)
        raise RuleError([Problem("until", message)])
    why = _read_reason(reason)
    values = {"supplement_due": until, "reason": why}
    fire(RECOGNITION, recognition, "extend", actor, now, note=why, values=values)
    notices.extended(recognition, now)
    return recognition


def extend_many(actor: Actor, recognition_ids: Iterable[int], until: date, reason: str, now: datetime) -> int:
    """Extend several deadlines alike, all or none; returns how many."""
    chosen = list(dict.fromkeys(recognition_ids))
    limit = parameters.integer("batch_limit")
    if not 0 < len(chosen) <= limit:
        raise RuleError([Problem(None, N_("请勾选 1 至 {limit} 个产品", limit=limit))])
    for recognition_id in chosen:
        extend(actor, recognition_id, until, reason, now)
    return len(chosen)


def _read_reason(reason: str) -> str:
    said, unreadable = read({"reason": reason}, [_REASON])
    if unreadable:
        raise RuleError(unreadable)
    return str(said["reason"])


def _reason(text: str) -> str:
    if len(written := clean_lines(text)) > 500:
        raise InputError(N_("最多 {most} 个字，现为 {count} 个", most=500, count=len(written)))
    return written


_REASON = Field("reason", N_("延期理由"), _reason)


# ---------------------------------------------------------------- time


def close_overdue(now: datetime) -> int:
    """Make every supplement whose last day has passed overdue, and tell the units; how many. Daily, by the system."""
    today = local_date(now)
    over = m.Recognition.id.in_(
        select(m.Recognition.id).join(m.Recognition.round).where(deadlines.column() < today)
    )
    count = fire_many(RECOGNITION, "miss_deadline", over, _SYSTEM, now)
    if count:
        late = notices.rows().where(m.Recognition.state == "overdue", m.Recognition.changed_at == now)
        notices.overdue(session.execute(late), now)
    return count


def remind(now: datetime) -> int:
    """Remind the units that have not submitted: once a week ahead, then on each of the last days; how many products."""
    today = local_date(now)
    last = parameters.integer("supplement_reminder_days")
    days = {
        today + timedelta(days=left)
        for left in (*range(last), parameters.integer("supplement_first_reminder"))
    }
    waiting = notices.rows().where(m.Recognition.state == "supplement_due", deadlines.column().in_(days))
    found = list(session.execute(waiting))
    notices.remind(found, now)
    return len(found)


# ---------------------------------------------------------------- the unit


def of(actor: Actor, recognition_id: int) -> m.Supplement:
    """The supplement of a product the actor may see; NotFound where none was asked for."""
    recognition = records.load(m.Recognition, recognition_id, actor)
    query = select(m.Supplement).where(m.Supplement.recognition_id == recognition.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def may_edit(recognition: m.Recognition, now: datetime) -> bool:
    """Whether the unit can still change what it gives."""
    return recognition.state == "supplement_due" and not deadlines.passed(recognition, now)


def save(
    actor: Actor, recognition_id: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> Saved:
    """Save answers, however incomplete; a problem for each that cannot be read, which stays as it was."""
    supplement = _open(actor, recognition_id, version, now, data)
    values, problems = read(data, FIELDS)
    answers = {**supplement.answers, **values}
    supplement.answers = {name: text for name, text in answers.items() if text}
    records.touch(supplement, now)
    return Saved(supplement, problems)


def add_file(
    actor: Actor, recognition_id: int, file_id: int, dimension: str, version: int | None, now: datetime
) -> m.SupplementFile:
    """Add an uploaded file as evidence of a dimension; adding it again moves it there."""
    supplement = _open(actor, recognition_id, version, now)
    if dimension not in DIMENSIONS:
        raise RuleError([Problem("dimension", N_("请从列表中选择"))])
    records.own_file(actor, supplement.unit_id, file_id, "evidence")
    file = next((each for each in supplement.files if each.file_id == file_id), None)
    if file is None:
        if sum(each.dimension == dimension for each in supplement.files) >= FILES_LIMIT:
            full = N_("每个方面最多 {limit} 份材料，多页请合并为一个 PDF", limit=FILES_LIMIT)
            raise RuleError([Problem(supplement_fields.files_field(dimension), full)])
        file = m.SupplementFile(unit_id=supplement.unit_id, file_id=file_id)
        supplement.files.append(file)
    file.dimension = dimension
    records.touch(supplement, now)
    return file


def remove_file(actor: Actor, recognition_id: int, key: int, version: int | None, now: datetime) -> None:
    """Take a file (its ``SupplementFile.id``) away."""
    supplement = _open(actor, recognition_id, version, now)
    file = next((each for each in supplement.files if each.id == key), None)
    if file is None:
        raise NotFound
    supplement.files.remove(file)
    records.touch(supplement, now)


def missing(supplement: m.Supplement) -> list[Problem]:
    """What still lacks before it can be submitted: answers and evidence."""
    wanted = parameters.integer("supplement_files_min")
    given = (file.dimension for file in supplement.files)
    return supplement_fields.problems(supplement.answers, given, wanted)


def submit(
    actor: Actor, recognition_id: int, version: int | None, commitment: bool, now: datetime
) -> m.Recognition:
    """Hand the supplement in; refused beside its fields where something lacks, and while last year's assets are not
    complete (mission B1, abuse.md T-W10)."""
    recognition = _own(actor, recognition_id)
    _refuse_state(recognition, "supplement")
    _refuse_late(recognition, now)
    supplement = of(actor, recognition_id)
    _expect(supplement, version, {})
    _refuse_repeats(recognition, now)
    gates = checks.gate_problems(recognition.unit, commitment, local_date(now))
    if problems := gates + missing(supplement):
        raise RuleError(problems)
    supplement.submitted_at, supplement.submitted_by = now, actor.user_id
    records.touch(supplement, now)
    fire(RECOGNITION, recognition, "supplement", actor, now)
    notices.submitted(recognition, now)
    return recognition


def take_back(actor: Actor, recognition_id: int, now: datetime) -> m.Recognition:
    """Take a submitted supplement back, while there is time and the evaluation has not begun."""
    recognition = _own(actor, recognition_id)
    _refuse_state(recognition, "take_back")
    if deadlines.passed(recognition, now):
        raise Conflict(N_("截止日 {day} 已过，补充信息不能再撤回", day=deadlines.of(recognition)))
    supplement = of(actor, recognition_id)
    supplement.submitted_at = supplement.submitted_by = None
    records.touch(supplement, now)
    fire(RECOGNITION, recognition, "take_back", actor, now)
    return recognition


def _own(actor: Actor, recognition_id: int) -> m.Recognition:
    recognition = records.load(m.Recognition, recognition_id, actor)
    if not actor.has(UNIT) or actor.unit_id != recognition.unit_id:
        raise NotAllowed(N_("只有产品的备案单位可以填写补充信息"))
    return recognition


def _open(
    actor: Actor,
    recognition_id: int,
    version: int | None,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> m.Supplement:
    """The supplement to change; Conflict once it is submitted or late, ``Stale`` for an old form (abuse.md T-M07)."""
    recognition = _own(actor, recognition_id)
    if recognition.state != "supplement_due":
        state = RECOGNITION.states[recognition.state]
        raise Conflict(N_("该产品当前为“{state}”，补充信息只能查看，不能修改", state=state))
    _refuse_late(recognition, now)
    supplement = of(actor, recognition_id)
    _expect(supplement, version, data or {})
    return supplement


def _refuse_state(recognition: m.Recognition, verb: str) -> None:
    if RECOGNITION.find(recognition.state, verb) is None:
        raise Conflict(RECOGNITION.refusal(recognition.state, verb))


def _refuse_late(recognition: m.Recognition, now: datetime) -> None:
    if deadlines.passed(recognition, now):
        raise Conflict(
            N_(
                "补充信息已于 {day} 截止；确有原因的，请联系认定工作人员申请延期",
                day=deadlines.of(recognition),
            )
        )


def _refuse_repeats(recognition: m.Recognition, now: datetime) -> None:
    """Handing in and taking back without end has one: each time sends messages."""
    limit = parameters.integer("submissions_per_day")
    recent = select(func.count()).where(
        m.Transition.machine == RECOGNITION.name, m.Transition.subject_id == recognition.id,
        m.Transition.verb == "supplement", m.Transition.at > now - timedelta(days=1),
    )  # fmt: skip
    if (session.scalar(recent) or 0) >= limit:
        raise Conflict(N_("该事项一天内已提交 {limit} 次，请明天再提交", limit=limit))


def _expect(supplement: m.Supplement, version: int | None, data: Mapping[str, Any]) -> None:
    if supplement.version == version:
        return
    pairs = {
        f.name: (_kept(f, data[f.name]), supplement.answers.get(f.name, "")) for f in FIELDS if f.name in data
    }
    raise records.Stale([
        Problem(name, N_("您填写的是“{typed}”，现在的内容是“{current}”", typed=typed or "—", current=current or "—"))
        for name, (typed, current) in pairs.items() if typed != current
    ])  # fmt: skip


def _kept(field: Field, typed: Any) -> str:
    try:
        return str(read_one(field, typed) or "")
    except InputError:
        return str(typed)
