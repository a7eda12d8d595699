"""Real-name check 实名认证 of a unit, and the change of its name or code (mission A3, A4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import eligibility, uscc
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.machines import REALNAME
from app.domain.normal import InputError, is_blank, name_key
from app.domain.text import N_, Message
from app.registers import regions
from app.reports import search
from app.services import cases, fieldsets, records, snapshots
from app.services.cases import Submission
from app.services.fields import Field, line, missing, read
from app.services.steps import Step, Verdict
from app.services.workflow import fire

#: What may be edited: everything before the check, afterwards only how to reach the unit.
EDITABLE = ("unverified", "returned")
REACHABLE = ("verified", "change_returned")
_REACH = tuple(
    field for field in fieldsets.UNIT if field.name in {"contact", "mobile", "email", "industry_code"}
)
#: How many former names a unit may give; each is compared with the owners of its patents at every check.
FORMER_NAMES = 50
_FORMER_NAME = Field("former_names", N_("曾用名"), line(200))
#: What a change application may propose; everything staff verified.
CHANGE = fieldsets.UNIT_NAME + tuple(field for field in fieldsets.UNIT if field not in _REACH)


@dataclass(frozen=True)
class Saved:
    """The unit as it is stored now, and what could not be taken over, field by field."""

    unit: m.Unit
    problems: list[Problem]


def save(actor: Actor, unit_id: int, data: Mapping[str, Any], version: int | None, now: datetime) -> Saved:
    """Save what the unit says of itself, however incomplete; ``former_names`` and ``qualifications`` are lists.

    A verified unit edits only how to reach it; its name and the rest change by application (``submit_change``).
    """
    unit = records.load(m.Unit, unit_id, actor)
    if unit.state not in EDITABLE + REACHABLE:
        raise Conflict(N_("单位信息当前为“{state}”，只能查看，不能修改", state=REALNAME.states[unit.state]))
    records.expect(unit, version, data)
    if unit.state in REACHABLE:
        problems = _take_over(unit, data, _REACH, actor)
    else:
        problems = _take_over(unit, data, fieldsets.UNIT_NAME + fieldsets.UNIT, actor)
        if "former_names" in data:
            problems += _set_former_names(unit, data["former_names"] or [])
    if "qualifications" in data:
        unit.qualifications = [c for c in fieldsets.QUALIFICATIONS if c in (data["qualifications"] or [])]
    records.touch(unit, now)
    return Saved(unit, problems)


def submit(actor: Actor, unit_id: int, version: int | None, now: datetime) -> m.Case:
    """Submit the real-name check; refused with a problem beside each field that is missing, wrong or not eligible."""
    unit = records.load(m.Unit, unit_id, actor)
    _refuse_state(unit, "submit")
    records.expect(unit, version)
    if problems := _problems(unit):
        raise RuleError(problems)
    fire(REALNAME, unit, "submit", actor, now)
    return cases.open_case(_submission("realname", unit, unit.name, snapshots.of_unit(unit)), actor, now)


def withdraw(actor: Actor, unit_id: int, now: datetime) -> m.Unit:
    """Take the real-name check back while nobody has decided."""
    unit = records.load(m.Unit, unit_id, actor)
    _refuse_state(unit, "withdraw")
    cases.withdraw("realname", unit.id, actor, now)
    fire(REALNAME, unit, "withdraw", actor, now)
    return unit


def submit_change(
    actor: Actor, unit_id: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> m.Case:
    """Apply for a change of name, code or other verified data, with the new licence; the unit stays verified as it was."""
    unit = records.load(m.Unit, unit_id, actor)
    _refuse_state(unit, "submit_change")
    records.expect(unit, version)
    proposed, problems = read(data, CHANGE)
    problems += _normalise(unit, proposed) + records.check_files(
        actor, unit.id, proposed, snapshots.UNIT_FILES
    )
    problems += _change_problems(unit, proposed)
    if problems:
        raise RuleError(problems)
    draft = {name: snapshots.plain(value) for name, value in proposed.items() if value != getattr(unit, name)}
    fire(REALNAME, unit, "submit_change", actor, now, values={"change_draft": draft})
    snapshot = snapshots.of_change(unit, draft)
    return cases.open_case(_submission("change", unit, draft.get("name", unit.name), snapshot), actor, now)


def withdraw_change(actor: Actor, unit_id: int, now: datetime) -> m.Unit:
    """Give up a change that waits for a decision or was returned."""
    unit = records.load(m.Unit, unit_id, actor)
    _refuse_state(unit, "withdraw_change")
    if unit.state == "change_pending":
        cases.withdraw("change", unit.id, actor, now)
    fire(REALNAME, unit, "withdraw_change", actor, now, values={"change_draft": None})
    return unit


def code_problem(code: str, unit_id: int | None) -> Problem | None:
    """What is wrong with a unified social credit code for this unit: its form, or that another unit has it."""
    try:
        wanted = uscc.check(code)
    except InputError as error:
        return Problem("uscc", error.message, "R04")
    query = select(m.Unit.id).where(m.Unit.uscc == wanted, m.Unit.id != (unit_id or 0))
    if session.scalar(query.execution_options(unscoped=True)) is None:
        return None
    return Problem(
        "uscc", N_("该统一社会信用代码已被其他账号登记，请核对；如确属本单位，请联系平台工作人员"), "R04"
    )


def _take_over(
    unit: m.Unit, data: Mapping[str, Any], fields: tuple[Field, ...], actor: Actor
) -> list[Problem]:
    values, problems = read(data, fields)
    problems += _normalise(unit, values) + records.check_files(actor, unit.id, values, snapshots.UNIT_FILES)
    for name, value in values.items():
        setattr(unit, name, value)
    if "name" in values:
        unit.name_key = name_key(unit.name)
    return problems


def _normalise(unit: m.Unit, values: dict[str, Any]) -> list[Problem]:
    """Name and code cannot be stored empty or wrong: what breaks that stays as it was, and is a problem."""
    problems = []
    if "name" in values and is_blank(values["name"]):
        problems.append(Problem("name", N_("请填写单位名称"), "R06"))
        del values["name"]
    if "uscc" in values:
        problem = code_problem(values["uscc"], unit.id)
        if problem is None:
            values["uscc"] = uscc.check(values["uscc"])
        else:
            problems.append(problem)
            del values["uscc"]
    return problems


def _set_former_names(unit: m.Unit, names: Iterable[str]) -> list[Problem]:
    given = [typed for typed in names if typed]
    if len(given) > FORMER_NAMES:
        return [Problem("former_names", N_("最多填写 {limit} 个曾用名", limit=FORMER_NAMES))]
    wanted: dict[str, str] = {}
    for typed in given:
        values, problems = read({"former_names": typed}, [_FORMER_NAME])
        if problems:
            return problems
        if name := values["former_names"]:
            wanted[name_key(name)] = name
    wanted.pop(unit.name_key, None)
    for former in [f for f in unit.former_names if f.name_key not in wanted]:
        unit.former_names.remove(former)
    known = {former.name_key for former in unit.former_names}
    for key, name in wanted.items():
        if key not in known:
            unit.former_names.append(m.FormerName(unit_id=unit.id, name=name, name_key=key))
    return []


def _problems(unit: m.Unit) -> list[Problem]:
    problems = missing(unit, fieldsets.UNIT_NAME + fieldsets.UNIT)
    code = code_problem(unit.uscc, unit.id)
    problems += [code] if code else []
    if not regions.is_valid(unit.province, unit.city, unit.district):
        problems.append(_region_problem())
    return problems + eligibility.problems(unit.name, unit.uscc, unit.kind, unit.makes_or_sells)


def _change_problems(unit: m.Unit, proposed: Mapping[str, Any]) -> list[Problem]:
    if not any(
        value != getattr(unit, name) for name, value in proposed.items() if name not in snapshots.UNIT_FILES
    ):
        return [Problem(None, N_("没有要变更的内容"))]
    changed = {field.name: proposed.get(field.name, getattr(unit, field.name)) for field in CHANGE}
    problems = [
        Problem(field.name, N_("请填写{label}", label=field.label), "R06")
        for field in CHANGE
        if field.required and field.name in proposed and changed[field.name] in (None, "")
    ]
    if proposed.get("licence_file_id") in (None, unit.licence_file_id):
        problems.append(Problem("licence_file_id", N_("请上传变更后的营业执照"), "R04"))
    if not regions.is_valid(changed["province"], changed["city"], changed["district"]):
        problems.append(_region_problem())
    return problems + eligibility.problems(
        changed["name"], changed["uscc"], changed["kind"], bool(changed["makes_or_sells"])
    )


def _region_problem() -> Problem:
    return Problem("district", N_("请选择完整且相符的省、市、县（区）"), "R06")


def _refuse_state(unit: m.Unit, verb: str) -> None:
    if REALNAME.find(unit.state, verb) is None:
        raise Conflict(REALNAME.refusal(unit.state, verb))


def _submission(kind: str, unit: m.Unit, title: str, snapshot: dict[str, Any]) -> Submission:
    return Submission(kind, unit.id, unit.version, unit.id, title, snapshot, [])


def _subject(case: m.Case) -> m.Unit:
    return session.get_one(m.Unit, case.subject_id)


def _check(unit: m.Unit, _now: datetime) -> Verdict:
    return Verdict(_problems(unit))


def _approve(_case: m.Case, unit: m.Unit, actor: Actor, now: datetime) -> Mapping[str, object]:
    fire(REALNAME, unit, "approve", actor, now, values={"verified_at": now})
    return {"unit": unit.name}


def _send_back(unit: m.Unit, actor: Actor, now: datetime, reason: str) -> None:
    fire(REALNAME, unit, "return", actor, now, note=reason)


def _check_change(unit: m.Unit, _now: datetime) -> Verdict:
    code = (unit.change_draft or {}).get("uscc")
    problem = code_problem(code, unit.id) if code else None
    return Verdict([problem] if problem else [])


def _approve_change(_case: m.Case, unit: m.Unit, actor: Actor, now: datetime) -> Mapping[str, object]:
    values, _unreadable = read(unit.change_draft or {}, CHANGE)
    old_name, old_key = unit.name, unit.name_key
    if "name" in values:
        values["name_key"] = name_key(values["name"])
    fire(
        REALNAME,
        unit,
        "approve_change",
        actor,
        now,
        values={**values, "change_draft": None, "verified_at": now},
    )
    if unit.name_key != old_key:
        _keep_former_name(unit, old_name, old_key, now)
        _index_products(unit)
    return {"unit": unit.name}


def _keep_former_name(unit: m.Unit, name: str, key: str, now: datetime) -> None:
    session.expire(unit, ["former_names"])
    for former in [f for f in unit.former_names if f.name_key in (key, unit.name_key)]:
        unit.former_names.remove(former)
    session.flush()
    unit.former_names.append(m.FormerName(unit_id=unit.id, name=name, name_key=key, until=local_date(now)))
    session.flush()


def _index_products(unit: m.Unit) -> None:
    search.index_many(session.scalars(select(m.Product.id).where(m.Product.unit_id == unit.id)).all())


def _send_back_change(unit: m.Unit, actor: Actor, now: datetime, reason: str) -> None:
    fire(REALNAME, unit, "return_change", actor, now, note=reason)


def _fields(_case: m.Case) -> Mapping[str, Message]:
    labels = {field.name: field.label for field in fieldsets.UNIT_NAME + fieldsets.UNIT}
    return {**labels, "former_names": N_("曾用名"), "qualifications": N_("资质")}


STEP = Step(_subject, _check, _approve, _send_back, _fields)
CHANGE_STEP = Step(_subject, _check_change, _approve_change, _send_back_change, _fields)
