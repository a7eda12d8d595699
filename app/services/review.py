"""The review desk: approve, return, approve many, go on to the next case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, DomainError, NotAllowed, Problem, RuleError
from app.domain.machines import DECIDERS
from app.domain.normal import clean_lines, is_blank
from app.domain.text import N_, Message
from app.registers import parameters
from app.services import cases, filings, notices, realname, revocations, updates
from app.services.fields import Field, lines, read
from app.services.steps import Step, Verdict

STEPS: dict[str, Step] = {
    "realname": realname.STEP,
    "change": realname.CHANGE_STEP,
    "filing": filings.STEP,
    "update": updates.STEP,
    "revocation": revocations.STEP,
}
_REMARK_LENGTH = 2000


@dataclass(frozen=True)
class RowResult:
    """What became of one case of a batch; ``message`` says why it was not approved."""

    case_id: int
    approved: bool
    message: Message | None = None


def approve(
    actor: Actor,
    case_id: int,
    seen_version: int,
    now: datetime,
    *,
    override_note: str | None = None,
    acknowledged: bool = False,
    confirmed: bool = False,
) -> m.Case:
    """Approve a case as it was seen: ``seen_version`` is the case's ``subject_version`` on the reviewer's page.

    Blocking findings, checked anew, refuse it. Warnings have to be set aside, with a note or by acknowledging them.
    What else the approval would end has to be ``confirmed`` (T-W09).
    Raises Conflict where somebody decided meanwhile or the data are no longer those submitted.
    """
    case = _to_decide(actor, case_id, seen_version, now)
    step = STEPS[case.kind]
    subject = step.subject(case)
    if subject.version != case.subject_version:
        raise Conflict(N_("提交后数据有变动，不能通过；请退回，由单位核对后重新提交"))
    note = None if is_blank(override_note) else clean_lines(override_note or "")
    # judged as on the day it was handed in: a case left over New Year needs no data of the year that just ended
    verdict = step.check(subject, case.submitted_at)
    _refuse(verdict, acknowledged or note is not None)
    if verdict.effects and not confirmed:
        raise RuleError(verdict.effects)
    cases.close(case, actor, "approved", now, decided_by=actor.user_id, override_note=note)
    notices.approved(case, now, **step.approve(case, subject, actor, now))
    return case


def return_(
    actor: Actor, case_id: int, seen_version: int, reason: str, remarks: Mapping[str, str], now: datetime
) -> m.Case:
    """Return a case with a reason and remarks on single fields ({field: text}; empty texts are passed over)."""
    case = _to_decide(actor, case_id, seen_version, now)
    step = STEPS[case.kind]
    cases.require_text(reason, "reason", N_("请填写退回原因"))
    known = step.fields(case)
    problems = [
        Problem(field, N_("没有可批注的字段“{field}”", field=field))
        for field in remarks
        if field not in known
    ]
    said, unreadable = read({**remarks, "reason": reason}, [_remark(field) for field in ("reason", *remarks)])
    if problems or unreadable:
        raise RuleError(problems + unreadable)
    why = said.pop("reason")
    cases.close(case, actor, "returned", now, decided_by=actor.user_id, reason=why)
    session.add_all(m.Remark(case=case, unit_id=case.unit_id, field=f, text=t) for f, t in said.items() if t)
    step.send_back(step.subject(case), actor, now, why)
    notices.returned(case, now)
    return case


def batch_approve(
    actor: Actor,
    seen: Mapping[int, int],
    policy: Literal["all", "valid"],
    now: datetime,
    *,
    acknowledged: bool = False,
) -> list[RowResult]:
    """Approve many cases ({case id: version seen}); a result for each, in the order given.

    Policy ``valid`` approves those that can be; ``all`` approves none unless every one can be (abuse.md T-W14).
    """
    limit = parameters.integer("batch_limit")
    if len(seen) > limit:
        raise RuleError([Problem(None, N_("一次最多批量处理 {limit} 件", limit=limit))])
    results: dict[int, RowResult] = {}
    with session.begin_nested() as whole:
        for case_id in _in_locking_order(seen):
            results[case_id] = _approve_row(actor, case_id, seen[case_id], now, acknowledged)
        if policy == "all" and not all(row.approved for row in results.values()):
            whole.rollback()
            session.expire_all()
            undone = N_("同批其他件不能通过，本件未办理")
            results = {key: RowResult(key, False, row.message or undone) for key, row in results.items()}
    return [results[case_id] for case_id in seen]


def next_case(actor: Actor, now: datetime, after: int | None = None) -> m.Case | None:
    """The case to decide next: by due date, from ``after`` on and then from the start, that nobody else has in hand."""
    query = select(m.Case).where(
        m.Case.state == "open",
        cases.free(actor, now),
        m.Case.unit_id != (actor.unit_id or 0),
        or_(m.Case.submitted_by.is_(None), m.Case.submitted_by != actor.user_id),
    )
    query = query.order_by(m.Case.due_on, m.Case.id).limit(1)
    passed = session.get(m.Case, after) if after is not None else None
    later: ColumnElement[bool] = true()
    if passed is not None:
        later = or_(
            m.Case.due_on > passed.due_on, and_(m.Case.due_on == passed.due_on, m.Case.id > passed.id)
        )
    return (
        session.scalars(query.where(later)).first()
        or session.scalars(query.where(m.Case.id != (after or 0))).first()
    )


def remark_fields(case: m.Case) -> Mapping[str, Message]:
    """The fields of a case that a remark may be on, with their labels."""
    return STEPS[case.kind].fields(case)


def _to_decide(actor: Actor, case_id: int, seen_version: int, now: datetime) -> m.Case:
    case = policies.find(session(), m.Case, case_id, actor)
    if not actor.has(*DECIDERS):
        raise NotAllowed(N_("只有审核员可以办理该件"))
    if cases.involved(case, actor):
        raise NotAllowed(N_("不能审核本单位或本人提交的事项"))
    if case.state != "open":
        raise Conflict(cases.TAKEN)
    if cases.held_by_other(case, actor, now):
        raise Conflict(N_("该件已由其他审核员领取"))
    if seen_version != case.subject_version:
        raise Conflict(N_("您看到的不是最新提交的内容，请刷新后再决定"))
    return case


def _refuse(verdict: Verdict, set_aside: bool) -> None:
    if verdict.blocks:
        raise RuleError(verdict.blocks)
    if verdict.warnings and not set_aside:
        why = Problem("override_note", N_("有提示未处理：请确认已核对，或填写不采纳提示的理由"))
        raise RuleError([why, *verdict.warnings])


def _remark(field: str) -> Field:
    return Field(field, N_("审核意见"), lines(_REMARK_LENGTH))


def _in_locking_order(seen: Mapping[int, int]) -> list[int]:
    """By province, then id: two batches at once lock the number series in the same order and cannot wait for each other."""
    query = (
        select(m.Case.id).join(m.Case.unit).where(m.Case.id.in_(seen)).order_by(m.Unit.province, m.Case.id)
    )
    known = list(session.scalars(query))
    return known + [case_id for case_id in seen if case_id not in known]


def _approve_row(
    actor: Actor, case_id: int, seen_version: int, now: datetime, acknowledged: bool
) -> RowResult:
    try:
        with session.begin_nested():
            approve(actor, case_id, seen_version, now, acknowledged=acknowledged)
    except DomainError as error:
        result = RowResult(case_id, False, error.message)
    except (StaleDataError, IntegrityError):
        result = RowResult(case_id, False, cases.TAKEN)
    else:
        return RowResult(case_id, True)
    session.expire_all()  # what the undone savepoint had set is still in memory
    return result
