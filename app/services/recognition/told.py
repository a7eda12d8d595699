"""What people are told about public notices, objections and the end of a recognition: a function for each message.

Units never learn who objected or what was written, only that there is an objection and how it was decided.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, select

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.machines import OFFICERS
from app.notify import outbox

_MINE = "/my/recognition/"
#: names of products in one message
_NAMED = 5


def notice_published(notice: m.PublicNotice, now: datetime) -> None:
    """To each unit: these products of yours are in public notice from this day to that."""
    facts = {
        "title": notice.title,
        "starts_on": notice.starts_on,
        "ends_on": notice.ends_on,
        "days": notice.days,
    }
    _to_units(
        m.Recognition.notice_id == notice.id,
        "notice_published",
        f"notice_published:{notice.id}",
        now,
        **facts,
    )


def notice_moved(notice: m.PublicNotice, now: datetime) -> None:
    """To each unit: the calendar is out, the last day of the notice is this one."""
    _to_units(
        m.Recognition.notice_id == notice.id, "notice_moved", f"notice_moved:{notice.id}:{notice.ends_on}", now,
        title=notice.title, ends_on=notice.ends_on,
    )  # fmt: skip


def notice_cancelled(notice: m.PublicNotice, reason: str, now: datetime) -> None:
    """To each unit whose products are in the notice, before they are taken out of it."""
    _to_units(
        m.Recognition.notice_id == notice.id, "notice_cancelled", f"notice_cancelled:{notice.id}", now,
        title=notice.title, reason=reason,
    )  # fmt: skip


def recognised(condition: ColumnElement[bool], occasion: str, valid_until: date, now: datetime) -> None:
    """To each unit: these products of yours are recognised until this day; certificates can be downloaded."""
    _to_units(condition, "recognition_recognised", f"recognised:{occasion}", now, valid_until=valid_until)


def expiring(condition: ColumnElement[bool], valid_until: date, now: datetime) -> int:
    """To each unit, once: the recognition of these products ends on this day. Returns how many units."""
    return _to_units(
        condition, "recognition_expiring", f"expiring:{valid_until}", now, valid_until=valid_until
    )


def expired(condition: ColumnElement[bool], valid_until: date, now: datetime) -> None:
    """To each unit: the recognition of these products has ended with this day."""
    _to_units(condition, "recognition_expired", f"expired:{valid_until}", now, valid_until=valid_until)


def objection_received(objection: m.Objection, product: str, now: datetime) -> None:
    """To the officers: an objection or a tip has come in."""
    outbox.post(
        f"{objection.kind}_received", dedupe_key=f"objection_received:{objection.id}", user_ids=officers(),
        params={"receipt_no": objection.receipt_no, "product": product}, channels=("inapp", "email"),
        link=f"/recognition/objections/{objection.id}", now=now,
    )  # fmt: skip


def objection_handling(recognition: m.Recognition, objection: m.Objection, now: datetime) -> None:
    """To the unit: somebody objected, staff look into it."""
    _to_unit(recognition, "objection_handling", f"objection_handling:{objection.id}", now)


def objection_upheld(recognition: m.Recognition, objection: m.Objection, now: datetime) -> None:
    """To the unit: the product is not recognised, and why."""
    _to_unit(
        recognition, "objection_upheld", f"objection_decided:{objection.id}", now, reason=objection.decision
    )


def objection_rejected(recognition: m.Recognition, objection: m.Objection, now: datetime) -> None:
    """To the unit: the objection was not upheld."""
    _to_unit(recognition, "objection_rejected", f"objection_decided:{objection.id}", now)


def objection_digest(now: datetime, due: int, overdue: int) -> None:
    """To the officers, once a day: so many objections and tips are due."""
    outbox.post(
        "objection_digest", dedupe_key=f"objection_digest:{local_date(now)}", user_ids=officers(),
        params={"due": due, "overdue": overdue}, channels=("inapp", "email"), link="/recognition/objections/", now=now,
    )  # fmt: skip


def notice_over(notice: m.PublicNotice, open_objections: int, now: datetime) -> None:
    """To the officers, once: the notice is over, its products can be recognised."""
    outbox.post(
        "notice_over", dedupe_key=f"notice_over:{notice.id}", user_ids=officers(), channels=("inapp", "email"),
        params={"title": notice.title, "count": open_objections}, link=f"/recognition/notices/{notice.id}", now=now,
    )  # fmt: skip


def calendar_missing(year: int, now: datetime) -> None:
    """To the officers, once a week: the working-day calendar of this year is not there."""
    week = local_date(now).strftime("%G-W%V")
    outbox.post(
        "calendar_missing", dedupe_key=f"calendar_missing:{year}:{week}", user_ids=officers(), params={"year": year},
        channels=("inapp", "email"), now=now,
    )  # fmt: skip


def officers() -> list[int]:
    """The ids of all recognition officers and administrators."""
    query = select(User.id).join(User.roles).where(User.active.is_(True), Role.name.in_(OFFICERS)).distinct()
    return list(session.scalars(query.execution_options(unscoped=True)))


def _to_unit(
    recognition: m.Recognition, template: str, occasion: str, now: datetime, **facts: object
) -> None:
    outbox.post(
        template, dedupe_key=occasion, unit_id=recognition.unit_id, link=_MINE, now=now,
        params={"product": recognition.product.name, **facts},
    )  # fmt: skip


def _to_units(
    condition: ColumnElement[bool], template: str, occasion: str, now: datetime, **facts: object
) -> int:
    """One message to each unit that has recognitions fitting ``condition``: how many products, and the first names."""
    query = (
        select(m.Recognition.unit_id, m.Product.name)
        .join(m.Recognition.product)
        .where(condition)
        .order_by(m.Recognition.id)
        .execution_options(unscoped=True)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for unit_id, name in session.execute(query):
        names[unit_id].append(name)
    for unit_id, own in names.items():
        shown = "、".join(own[:_NAMED]) + ("……" if len(own) > _NAMED else "")
        outbox.post(
            template, dedupe_key=f"{occasion}:{unit_id}", unit_id=unit_id, link=_MINE, now=now,
            params={"products": shown, "count": len(own), **facts},
        )  # fmt: skip
    return len(names)
