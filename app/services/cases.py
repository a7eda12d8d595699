"""Cases: what is submitted to staff, who has it in hand, and how long it may take.

Every change of a case is one conditional update that names the state and version seen: of two people who act at the
same time, the second changes no row and is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app import audit, policies
from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.machines import DECIDERS
from app.domain.normal import clean_lines, is_blank
from app.domain.text import N_, Message
from app.domain.workdays import add_working_days
from app.registers import calendars, parameters
from app.services import notices
from app.services.numbers import next_number

TAKEN = N_("该件刚刚被他人处理或撤回，请刷新后再操作")
DUE_DAYS = {kind: f"{kind}_due_days" for kind in m.CASE_KINDS}


@dataclass(frozen=True)
class Submission:
    """What a unit hands in: the subject's kind and id, its title for the queue, all its data, and the findings."""

    kind: str
    subject_id: int
    subject_version: int
    unit_id: int
    title: str
    snapshot: dict[str, Any]
    findings: list[dict[str, Any]]


def open_case(what: Submission, actor: Actor, now: datetime) -> m.Case:
    """Put a submission into the queue: receipt number, round, and the day by which it must be decided.

    A corrected submission goes back to the reviewer who returned it. The caller has moved the subject's state.
    """
    _refuse_repeats(what, now)
    last = _last_case(what.kind, what.subject_id)
    reviewer = _returned_by(last)
    day = local_date(now)
    due = calendars.due(now, parameters.integer(DUE_DAYS[what.kind]))
    case = m.Case(
        receipt_no=next_number(
            parameters.text("receipt_number_pattern"), date=day.strftime("%Y%m%d"), year=day.year
        ),
        kind=what.kind, subject_id=what.subject_id, subject_version=what.subject_version, unit_id=what.unit_id,
        title=what.title, snapshot=what.snapshot, findings=what.findings,
        round=last.round + 1 if last and last.state != "approved" else 1,
        submitted_at=now, submitted_by=actor.user_id, due_on=due.day, due_provisional=due.provisional,
    )  # fmt: skip
    session.add(case)
    session.flush()
    if reviewer is not None:
        _change(case, actor, {"claimed_by": reviewer, "claimed_at": now})
    notices.submitted(case, now)
    return case


def claim(actor: Actor, case_id: int, now: datetime) -> m.Case:
    """Take a case in hand. One that another reviewer has kept longer than the parameter ``claim_hours`` may be taken over."""
    case = for_reviewer(actor, case_id)
    if case.claimed_by == actor.user_id:
        return case
    _change(case, actor, {"claimed_by": actor.user_id, "claimed_at": now}, free(actor, now))
    return case


def release(actor: Actor, case_id: int) -> m.Case:
    """Give a case back to the queue: its holder or an administrator."""
    case = for_reviewer(actor, case_id)
    if case.claimed_by != actor.user_id and not actor.has(roles.ADMIN):
        raise NotAllowed(N_("只有领取人或管理员可以放回该件"))
    _change(case, actor, {"claimed_by": None, "claimed_at": None})
    return case


def reassign(actor: Actor, case_id: int, reviewer_id: int, reason: str, now: datetime) -> m.Case:
    """Hand a case to another reviewer, who is told why; only its holder or an administrator may, unless nobody has it."""
    case = for_reviewer(actor, case_id)
    if case.claimed_by not in (None, actor.user_id) and not actor.has(roles.ADMIN):
        raise NotAllowed(N_("该件已由他人领取，只有领取人或管理员可以转交"))
    require_text(reason, "reason", N_("请填写转交原因"))
    _check_reviewer(case, reviewer_id)
    _change(case, actor, {"claimed_by": reviewer_id, "claimed_at": now}, reason=clean_lines(reason))
    notices.case_assigned(case, clean_lines(reason), now)
    return case


def urge(actor: Actor, case_id: int, now: datetime) -> m.Case:
    """催办: the unit reminds staff of a case whose term has passed, at most once per ``urge_again_hours``."""
    case = policies.find(session(), m.Case, case_id, actor)
    if actor.unit_id != case.unit_id:
        raise NotAllowed(N_("只有提交单位可以催办"))
    if case.state != "open":
        raise Conflict(N_("该件已办结，无需催办"))
    first = add_working_days(case.due_on, parameters.integer("urge_after_days"), calendars.calendar()).day
    if local_date(now) < first:
        raise Conflict(N_("办理期限为 {due}，{first} 起可以催办", due=case.due_on, first=first))
    again = timedelta(hours=parameters.integer("urge_again_hours"))
    if case.urged_at is not None and now - case.urged_at < again:
        raise Conflict(N_("您已催办过，请稍后再试"))
    _change(case, actor, {"urged_at": now})
    notices.case_urged(case, now)
    return case


def withdraw(kind: str, subject_id: int, actor: Actor, now: datetime) -> m.Case:
    """Take the open case of a subject out of the queue; Conflict where it has been decided. The caller moves the subject."""
    case = open_case_of(kind, subject_id)
    if case is None:
        raise Conflict(N_("该件已有审核决定，不能撤回"))
    close(case, actor, "withdrawn", now)
    return case


def settle(now: datetime) -> int:
    """Compute provisional due dates of open cases again, once the calendar is out; returns how many are settled."""
    query = select(m.Case).where(m.Case.state == "open", m.Case.due_provisional.is_(True))
    settled = 0
    for case in session.scalars(query.order_by(m.Case.id)).all():
        due = calendars.due(case.submitted_at, parameters.integer(DUE_DAYS[case.kind]))
        if (due.day, due.provisional) != (case.due_on, True):
            _change(case, Actor.system("clock"), {"due_on": due.day, "due_provisional": due.provisional})
            settled += not due.provisional
    return settled


def close(case: m.Case, actor: Actor, state: str, now: datetime, **values: Any) -> None:
    """End a case as approved, returned or withdrawn, if it is still open and as the actor saw it."""
    _change(case, actor, {**values, "state": state, "closed_at": now})


def open_case_of(kind: str, subject_id: int) -> m.Case | None:
    """The case of a subject that waits for a decision."""
    return session.scalars(
        select(m.Case).where(m.Case.kind == kind, m.Case.subject_id == subject_id, m.Case.state == "open")
    ).one_or_none()


def free(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The condition of cases that no other reviewer has in hand, or only for longer than ``claim_hours``."""
    oldest = now - timedelta(hours=parameters.integer("claim_hours"))
    return or_(m.Case.claimed_by.is_(None), m.Case.claimed_by == actor.user_id, m.Case.claimed_at <= oldest)


def held_by_other(case: m.Case, actor: Actor, now: datetime) -> bool:
    """Whether another reviewer has the case in hand, and not for longer than ``claim_hours``."""
    if case.claimed_by in (None, actor.user_id) or case.claimed_at is None:
        return False
    return now - case.claimed_at < timedelta(hours=parameters.integer("claim_hours"))


def involved(case: m.Case, actor: Actor) -> bool:
    """Whether the actor belongs to the unit of the case or submitted it, and so may not decide it (abuse.md T-W04)."""
    return actor.unit_id == case.unit_id or (actor.user_id is not None and actor.user_id == case.submitted_by)


def require_text(text: str | None, field: str, message: Message) -> None:
    """Refuse a reason of blanks of any width or of invisible signs (abuse.md T-W05)."""
    if is_blank(text):
        raise RuleError([Problem(field, message)])


def for_reviewer(actor: Actor, case_id: int) -> m.Case:
    """The open case, for somebody who may decide such cases and has no part in it."""
    case = policies.find(session(), m.Case, case_id, actor)
    if not actor.has(*DECIDERS):
        raise NotAllowed(N_("只有审核员可以办理该件"))
    if involved(case, actor):
        raise NotAllowed(N_("不能审核本单位或本人提交的事项"))
    if case.state != "open":
        raise Conflict(TAKEN)
    return case


def _check_reviewer(case: m.Case, reviewer_id: int) -> None:
    reviewer = session.scalars(
        select(User).join(User.roles).outerjoin(m.Account, m.Account.user_id == User.id).where(
            User.id == reviewer_id, User.active.is_(True), Role.name.in_(DECIDERS),
            or_(m.Account.unit_id.is_(None), m.Account.unit_id != case.unit_id),
        )
    ).first()  # fmt: skip
    if reviewer is None or reviewer_id == case.submitted_by:
        raise RuleError([Problem("reviewer_id", N_("请选择一名可以审核该件的审核员"))])


def _change(
    case: m.Case, actor: Actor, values: dict[str, Any], *conditions: Any, reason: str | None = None
) -> None:
    session.flush()
    statement = (
        update(m.Case)
        .where(m.Case.id == case.id, m.Case.state == "open", m.Case.version == case.version, *conditions)
        .values({**values, "version": case.version + 1})
        .execution_options(synchronize_session=False)
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(TAKEN)
    changes = {name: [getattr(case, name), value] for name, value in values.items()}
    audit.record(
        session(),
        "change",
        "review_case",
        case.id,
        unit_id=case.unit_id,
        **changes,
        **({"why": reason} if reason else {}),
    )
    for name, value in {**values, "version": case.version + 1}.items():
        set_committed_value(case, name, value)


def _refuse_repeats(what: Submission, now: datetime) -> None:
    """Handing in and taking back, over and over, has an end: each time uses up a number and sends messages."""
    limit = parameters.integer("submissions_per_day")
    recent = select(func.count()).where(
        m.Case.kind == what.kind, m.Case.subject_id == what.subject_id, m.Case.submitted_at > now - timedelta(days=1)
    )  # fmt: skip
    if (session.scalar(recent) or 0) >= limit:
        raise Conflict(N_("该事项一天内已提交 {limit} 次，请明天再提交", limit=limit))


def _last_case(kind: str, subject_id: int) -> m.Case | None:
    query = select(m.Case).where(m.Case.kind == kind, m.Case.subject_id == subject_id)
    return session.scalars(query.order_by(m.Case.id.desc()).limit(1)).first()


def _returned_by(last: m.Case | None) -> int | None:
    """Who returned the previous round, if that person still reviews."""
    if last is None or last.state == "approved":
        return None
    query = select(m.Case.decided_by).where(
        m.Case.kind == last.kind, m.Case.subject_id == last.subject_id, m.Case.state == "returned"
    )
    decider = session.execute(query.order_by(m.Case.id.desc()).limit(1)).scalar()
    if decider is None:
        return None
    active = (
        select(User.id)
        .join(User.roles)
        .where(User.id == decider, User.active.is_(True), Role.name.in_(DECIDERS))
    )
    return session.execute(active.limit(1).execution_options(unscoped=True)).scalar()
