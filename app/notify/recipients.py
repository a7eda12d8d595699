"""Who receives a message, and where: users' own addresses, a unit's contact, or a bare address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, select

from app.db import session
from app.models import Account, Unit


@dataclass(frozen=True)
class Recipient:
    """One address on one channel; ``inapp`` addresses are ``user:7`` or, without a user, ``unit:3``."""

    channel: str
    address: str
    language: str
    user_id: int | None = None


def of(
    unit_id: int | None, user_ids: Iterable[int], email: str | None, mobile: str | None, language: str
) -> list[Recipient]:
    """The addresses of ``user_ids``, or else of the unit's users, and the bare ones; each address once.

    A unit's contact address stands in on a channel on which none of its users can be reached.
    """
    found = list(_bare(email, mobile, language))
    ids = set(user_ids)
    if ids:
        found += _of_users(User.id.in_(ids))
    elif unit_id is not None:
        found += _of_users(Account.unit_id == unit_id)
        found += _contact(unit_id, language, {each.channel for each in found})
    unique: dict[tuple[str, str], Recipient] = {}
    for each in found:
        unique.setdefault((each.channel, each.address), each)
    return list(unique.values())


def _bare(email: str | None, mobile: str | None, language: str) -> Iterator[Recipient]:
    if email:
        yield Recipient("email", email, language)
    if mobile:
        yield Recipient("sms", mobile, language)


def _of_users(condition: ColumnElement[bool]) -> Iterator[Recipient]:
    query = (
        select(User.id, User.email, Account.mobile, Account.language)
        .outerjoin(Account, Account.user_id == User.id)
        .where(User.active.is_(True), condition)
        .order_by(User.id)
        .execution_options(unscoped=True)
    )
    for user_id, email, mobile, language in session.execute(query):
        yield Recipient("inapp", f"user:{user_id}", language or "zh", user_id)
        for each in _bare(email, mobile, language or "zh"):
            yield replace(each, user_id=user_id)


def _contact(unit_id: int, language: str, reached: set[str]) -> Iterator[Recipient]:
    query = select(Unit.email, Unit.mobile).where(Unit.id == unit_id).execution_options(unscoped=True)
    email, mobile = session.execute(query).one()
    for each in (Recipient("inapp", f"unit:{unit_id}", language), *_bare(email, mobile, language)):
        if each.channel not in reached:
            yield each
