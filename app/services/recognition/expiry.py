"""What time brings about in recognition: ends of notices and of recognitions, missed deadlines, due dates, reminders.

Done once a day and by ``flask advance``; done twice it changes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, func, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.machines import RECOGNITION
from app.domain.recognition import public_notice as rules
from app.domain.recognition.objections import OPEN
from app.domain.workdays import add_working_days
from app.registers import calendars, parameters
from app.reports import search
from app.services import cases
from app.services.recognition import public_notice, supplements, told
from app.services.workflow import fire_many

_CLOCK = Actor.system("clock")


@dataclass(frozen=True)
class Advanced:
    """How many of each were brought forward."""

    expired: int
    supplements_overdue: int
    supplements_reminded: int
    notices_settled: int
    cases_settled: int
    notices_over: int
    notices_ended: int
    calendars_missing: int


def advance(now: datetime) -> Advanced:
    """Bring everything to where it stands on the day of ``now``, and remind whoever has to act."""
    today, (notices_settled, cases_settled) = local_date(now), settle(now)
    _remind_of_expiry(today, now)
    _remind_of_objections(today, now)
    over = _over(today)
    return Advanced(
        expired=_expire(today, now),
        supplements_overdue=supplements.close_overdue(now),
        supplements_reminded=supplements.remind(now),
        notices_settled=notices_settled,
        cases_settled=cases_settled,
        notices_over=sum([_announce(notice, now) for notice in over]),
        notices_ended=sum([public_notice.finish(notice.id, now) for notice in over]),
        calendars_missing=_alert(today, now),
    )


def settle(now: datetime) -> tuple[int, int]:
    """Compute provisional ends of notices and due dates of cases again; done as soon as a calendar is loaded."""
    return public_notice.settle(now), cases.settle(now)


def objection_due(received_at: datetime) -> date:
    """The day by which an objection or a tip is to be decided."""
    return calendars.due(received_at, parameters.integer("objection_due_days")).day


def _expire(today: date, now: datetime) -> int:
    """A recognition ends with its last day; units are told. Days that were missed are made up for."""
    past = m.Recognition.valid_until < today
    query = select(m.Recognition.valid_until).where(m.Recognition.state == "recognised", past).distinct()
    count = 0
    for day in filter(None, session.scalars(query.order_by(m.Recognition.valid_until)).all()):
        ended = and_(m.Recognition.state == "recognised", m.Recognition.valid_until == day)
        told.expired(ended, day, now)
        products = session.scalars(select(m.Recognition.product_id).where(ended)).all()
        count += fire_many(RECOGNITION, "expire", ended, _CLOCK, now)
        search.index_many(products)
    return count


def _remind_of_expiry(today: date, now: datetime) -> None:
    """Each unit once for each last day, from so many days before it on."""
    until = today + timedelta(days=parameters.integer("expiry_reminder_days"))
    query = select(m.Recognition.valid_until).where(
        m.Recognition.state == "recognised", m.Recognition.valid_until.between(today, until)
    )
    for day in filter(None, session.scalars(query.distinct()).all()):
        told.expiring(and_(m.Recognition.state == "recognised", m.Recognition.valid_until == day), day, now)


def _remind_of_objections(today: date, now: datetime) -> None:
    """On working days the officers are told what is due by the next one."""
    calendar = calendars.calendar()
    if not calendar.is_working(today):
        return
    soon = add_working_days(today, 1, calendar).day
    query = select(m.Objection.created_at).where(m.Objection.state.in_(OPEN))
    days = [objection_due(received) for received in session.scalars(query)]
    if due := [day for day in days if day <= soon]:
        told.objection_digest(now, due=len(due), overdue=sum(day < today for day in due))


def _over(today: date) -> list[m.PublicNotice]:
    query = select(m.PublicNotice).where(
        m.PublicNotice.state == "open", m.PublicNotice.provisional.is_(False), m.PublicNotice.ends_on < today
    )
    return list(session.scalars(query.order_by(m.PublicNotice.id)))


def _announce(notice: m.PublicNotice, now: datetime) -> bool:
    """The officers are told, once, that the notice is over; whether its products still wait for them."""
    undecided = and_(m.Recognition.notice_id == notice.id, m.Recognition.state.in_(public_notice.UNDECIDED))
    waiting = session.execute(select(func.count(m.Recognition.id)).where(undecided)).scalar_one()
    if waiting:
        with_objection = exists().where(
            m.Objection.recognition_id == m.Recognition.id, m.Objection.state.in_(OPEN)
        )
        query = select(func.count(m.Recognition.id)).where(undecided, with_objection)
        told.notice_over(notice, session.execute(query).scalar_one(), now)
    return bool(waiting)


def _alert(today: date, now: datetime) -> int:
    """From 1 November the officers are told weekly that the next year's calendar is missing (abuse.md T-T01)."""
    missing = rules.calendars_missing(today, calendars.calendar())
    for year in missing:
        told.calendar_missing(year, now)
    return len(missing)
