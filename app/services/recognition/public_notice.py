"""The public notice 公示 (mission E6): all proposed products of a round, shown to everybody for so many working days,
and recognised when it is over. Until then, and with an objection open, nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, update

from app import audit, policies
from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError
from app.domain.machines import OFFICERS, RECOGNITION
from app.domain.recognition import public_notice as rules
from app.domain.recognition.objections import OPEN
from app.domain.recognition.public_notice import Term
from app.domain.text import N_
from app.registers import calendars
from app.reports import search
from app.services import cases, happenings
from app.services.fields import Field, lines, read
from app.services.recognition import certificates, told
from app.services.workflow import batched, fire_many

#: states in which a product's notice has not led to a decision yet
UNDECIDED = ("in_notice", "objected")
_TITLE = Field("title", N_("标题"), lines(200), required=True, empty="")
_BODY = Field("body", N_("正文"), lines(10_000), empty="")
_REASON = Field("reason", N_("取消原因"), lines(2000), required=True, empty="")
_FURTHEST_DAYS = 90
_NOBODY = N_("该批次没有拟认定的产品，不能公示")


def publish(
    round_id: int, title: str, body: str, starts_on: date, actor: Actor, now: datetime
) -> m.PublicNotice:
    """Put every proposed product of a round into a notice that begins on ``starts_on``; units are told.

    Where the calendar of a year it reaches is not out, its end is provisional and nobody is recognised at it.
    """
    round_, values = _announced(round_id, title, body, starts_on, actor, now)
    term = term_of(round_, starts_on)
    notice = m.PublicNotice(
        round_id=round_.id, **values, starts_on=starts_on, ends_on=term.ends_on, days=term.days,
        provisional=term.provisional, created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    moved = fire_many(
        RECOGNITION,
        "publicise",
        m.Recognition.round_id == round_.id,
        actor,
        now,
        values={"notice_id": notice.id},
    )
    if not moved:
        raise Conflict(_NOBODY)
    # an objection taken up in a notice that was cancelled goes on in this one
    being_handled = _with_objection(("handling",))
    fire_many(RECOGNITION, "object", and_(m.Recognition.notice_id == notice.id, being_handled), actor, now)
    told.notice_published(notice, now)
    happenings.notice("notice.published", notice.id, now)
    return notice


def check_publish(round_id: int, title: str, body: str, starts_on: date, actor: Actor, now: datetime) -> int:
    """How many products ``publish`` would put into the notice now; refuses what it would refuse."""
    _announced(round_id, title, body, starts_on, actor, now)
    which = and_(m.Recognition.round_id == round_id, m.Recognition.state == "proposed")
    if not (count := _count(which)):
        raise Conflict(_NOBODY)
    return count


def term_of(round_: m.RecognitionRound, starts_on: date) -> Term:
    """The term of a notice of the round that begins on ``starts_on``."""
    return rules.term(starts_on, round_.notice_days, calendars.calendar())


def term(notice: m.PublicNotice) -> Term:
    """A notice's term as it was computed last."""
    return Term(notice.starts_on, notice.ends_on, notice.days, notice.provisional)


def settle(now: datetime) -> int:
    """Compute provisional ends again; returns how many are settled. Done when a calendar is loaded, and daily."""
    query = select(m.PublicNotice).where(m.PublicNotice.state == "open", m.PublicNotice.provisional.is_(True))
    return sum([_settle(notice, now) for notice in session.scalars(query).all()])


def recognise(
    notice_id: int, actor: Actor, now: datetime, *, day: date | None = None, units: int | None = None
) -> int:
    """Recognise every product of a notice that is over, but those with an open objection; returns how many.

    Each gets its certificate, and its unit is told. ``day`` is the day of the decision where that is not today. ``units``
    does so many units' products: the others follow by doing it again, as do those whose objections are decided later.
    The notice ends once all its products are decided on.
    """
    ready = _to_recognise(notice_id, actor, now)
    which = m.Recognition.notice_id == notice_id
    if units is not None:
        which = and_(which, m.Recognition.unit_id.in_(_first_units(ready, units)))
    ids = _ids(and_(which, ready))
    day = day or local_date(now)
    values = {"recognised_on": day, "valid_until": rules.valid_until(day)}
    for some in batched(ids):
        fire_many(RECOGNITION, "recognise", m.Recognition.id.in_(some), actor, now, values=values)
    done = and_(which, m.Recognition.state == "recognised", m.Recognition.changed_at == now)
    certificates.issue_all(done, actor, now)
    search.index_many(session.scalars(select(m.Recognition.product_id).where(done)).all())
    told.recognised(done, f"{notice_id}:{day}:{ids[0]}", values["valid_until"], now)
    finish(notice_id, now)
    return len(ids)


def waiting(notice_id: int) -> int:
    """How many products of a notice have no open objection and are not decided on."""
    return _count(_ready(notice_id))


def check_recognise(notice_id: int, actor: Actor, now: datetime) -> int:
    """How many products ``recognise`` would recognise now; refuses what it would refuse."""
    return _count(_to_recognise(notice_id, actor, now))


def _to_recognise(notice_id: int, actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Which products can be recognised; Conflict where there is none. The notice is nobody else's from here on."""
    notice = _open(notice_id, actor)
    _settle(notice, now)
    if refused := rules.refusal(term(notice), local_date(now), calendars.calendar()):
        raise Conflict(refused)
    if not waiting(notice.id):
        raise Conflict(_nothing_to_recognise(notice))
    return _ready(notice.id)


def _ready(notice_id: int) -> ColumnElement[bool]:
    undecided = and_(m.Recognition.notice_id == notice_id, m.Recognition.state == "in_notice")
    return and_(undecided, ~_with_objection(OPEN))


def cancel(notice_id: int, reason: str, actor: Actor, now: datetime) -> m.PublicNotice:
    """Cancel a notice before anybody in it is recognised: its products are proposed again, objections stay open."""
    notice, why = _to_cancel(notice_id, reason, actor)
    told.notice_cancelled(notice, why, now)
    happenings.notice("notice.cancelled", notice.id, now, reason=why)
    _close(notice, "cancelled", now, reason=why)
    fire_many(
        RECOGNITION, "recall", m.Recognition.notice_id == notice_id, actor, now, note=why,
        values={"notice_id": None},
    )  # fmt: skip
    return session.get_one(m.PublicNotice, notice_id)


def check_cancel(notice_id: int, reason: str, actor: Actor) -> int:
    """How many products ``cancel`` would take out of the notice now; refuses what it would refuse."""
    _to_cancel(notice_id, reason, actor)
    return _count(and_(m.Recognition.notice_id == notice_id, m.Recognition.state.in_(UNDECIDED)))


def _to_cancel(notice_id: int, reason: str, actor: Actor) -> tuple[m.PublicNotice, str]:
    """The notice and the reason as it is stored."""
    notice = _open(notice_id, actor)
    cases.require_text(reason, "reason", N_("请填写取消公示的原因"))
    said, problems = read({"reason": reason}, [_REASON])
    if problems:
        raise RuleError(problems)
    if _count(and_(m.Recognition.notice_id == notice.id, m.Recognition.state == "recognised")):
        raise Conflict(N_("已有产品认定，不能取消公示；如有错误，请逐个撤销认定"))
    return notice, str(said["reason"])


def finish(notice_id: int, now: datetime) -> bool:
    """End a notice that is over and whose products are all decided on; whether it was one."""
    notice = session.get_one(m.PublicNotice, notice_id)
    undecided = and_(m.Recognition.notice_id == notice_id, m.Recognition.state.in_(UNDECIDED))
    if notice.state != "open" or not term(notice).is_over(local_date(now)) or _count(undecided):
        return False
    _close(notice, "ended", now)
    return True


def running(product_id: int, today: date) -> m.Recognition | None:
    """The recognition of a product that is in a notice which runs today. Until the transaction ends, the notice
    neither leads to a recognition nor is cancelled, so that an objection written meanwhile is not passed over."""
    query = (
        select(m.Recognition)
        .join(m.PublicNotice, m.PublicNotice.id == m.Recognition.notice_id)
        .where(
            m.Recognition.product_id == product_id, m.Recognition.state.in_(UNDECIDED),
            m.PublicNotice.state == "open", m.PublicNotice.starts_on <= today,
        )
    )  # fmt: skip
    query = query.with_for_update(read=True, of=m.PublicNotice).execution_options(unscoped=True)
    found = session.scalars(query).first()
    if found is None or not term(session.get_one(m.PublicNotice, found.notice_id)).is_running(today):
        return None
    return found


def _announced(
    round_id: int, title: str, body: str, starts_on: date, actor: Actor, now: datetime
) -> tuple[m.RecognitionRound, dict[str, str]]:
    """The round, and a notice's texts as they are stored."""
    round_ = policies.find(session(), m.RecognitionRound, round_id, actor)
    _officers_only(actor)
    if round_.state != "published":
        raise Conflict(N_("只有已发布的批次可以公示"))
    return round_, _read_texts(title, body, starts_on, local_date(now))


def _officers_only(actor: Actor) -> None:
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("您的角色不能执行该操作"))


def _read_texts(title: str, body: str, starts_on: date, today: date) -> dict[str, str]:
    values, problems = read({"title": title, "body": body}, [_TITLE, _BODY])
    if not problems and not values["title"]:
        problems.append(Problem("title", N_("请填写公示标题")))
    if starts_on < today:
        problems.append(Problem("starts_on", N_("起始日不能早于今天")))
    elif (starts_on - today).days > _FURTHEST_DAYS:
        problems.append(Problem("starts_on", N_("起始日不能晚于 {days} 天之后", days=_FURTHEST_DAYS)))
    if problems:
        raise RuleError(problems)
    return values


def _open(notice_id: int, actor: Actor) -> m.PublicNotice:
    """The notice, still open, and nobody else's until the transaction ends."""
    _officers_only(actor)
    query = select(m.PublicNotice).where(m.PublicNotice.id == notice_id).with_for_update()
    notice = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if notice is None:
        raise NotFound
    if notice.state != "open":
        raise Conflict(N_("该公示已结束或已取消"))
    return notice


def _settle(notice: m.PublicNotice, now: datetime) -> bool:
    if not notice.provisional:
        return False
    fresh = rules.term(notice.starts_on, notice.days, calendars.calendar())
    moved = fresh.ends_on != notice.ends_on
    notice.ends_on, notice.provisional, notice.changed_at = fresh.ends_on, fresh.provisional, now
    session.flush()
    if moved or not fresh.provisional:
        told.notice_moved(notice, now)
    return not fresh.provisional


def _close(notice: m.PublicNotice, state: str, now: datetime, **values: Any) -> None:
    session.flush()
    row = update(m.PublicNotice).where(m.PublicNotice.id == notice.id, m.PublicNotice.state == "open")
    changes = {**values, "state": state, "version": m.PublicNotice.version + 1, "changed_at": now}
    result: Any = session.execute(row.values(changes).execution_options(synchronize_session=False))
    if result.rowcount != 1:
        raise Conflict(N_("该公示已结束或已取消"))
    audit.record(session(), "change", "public_notice", notice.id, state=["open", state], **values)
    session.expire(notice)


def _with_objection(states: Sequence[str]) -> ColumnElement[bool]:
    return exists().where(m.Objection.recognition_id == m.Recognition.id, m.Objection.state.in_(states))


def _ids(condition: ColumnElement[bool]) -> list[int]:
    query = select(m.Recognition.id).where(condition).order_by(m.Recognition.id).with_for_update()
    return list(session.scalars(query))


def _first_units(condition: ColumnElement[bool], units: int) -> list[int]:
    query = select(m.Recognition.unit_id).where(condition).distinct().order_by(m.Recognition.unit_id)
    return list(session.scalars(query.limit(units)))


def _count(condition: ColumnElement[bool]) -> int:
    return session.execute(select(func.count(m.Recognition.id)).where(condition)).scalar_one()


def _nothing_to_recognise(notice: m.PublicNotice) -> Any:
    if _count(and_(m.Recognition.notice_id == notice.id, m.Recognition.state.in_(UNDECIDED))):
        return N_("公示中的产品都有未办结的异议，不能认定；请先办理异议")
    return N_("该公示没有可认定的产品")
