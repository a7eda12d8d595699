"""Personal access tokens 访问令牌: made, shown once, ended; and found again when a program presents one."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app import models as m
from app.db import reading, session
from app.domain import scopes
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError
from app.domain.normal import InputError
from app.domain.text import N_
from app.services.fields import Field, line, read_one

PREFIX = "zp_"
#: how long a token may live, in days
LIVES = (7, 30, 90, 180, 365)
MOST = 20
#: how exactly the last use is noted: a token used all the time writes once in this time
_USE_NOTED = timedelta(minutes=1)
_NAME = Field("name", N_("名称"), line(100), required=True, empty="")


@dataclass(frozen=True)
class Known:
    """A token in force that a program presented."""

    id: int
    user_id: int
    scopes: tuple[str, ...]
    #: whether its use has been noted within the last minute
    noted: bool


def create(
    actor: Actor, name: str, wanted: Sequence[str], days: int, now: datetime
) -> tuple[m.ApiToken, str]:
    """A new token of the actor's own, and its text, which nobody can see again."""
    if actor.user_id is None:
        raise NotAllowed(N_("请先登录。"))
    called = _checked(actor, name, wanted, days, now)
    text = PREFIX + secrets.token_urlsafe(32)
    token = m.ApiToken(
        user_id=actor.user_id, name=called, digest=_digest(text), hint=text[-4:],
        scopes=[scope for scope in scopes.SCOPES if scope in wanted], created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token, text


def _checked(actor: Actor, name: str, wanted: Sequence[str], days: int, now: datetime) -> str:
    """The name as it is kept; RuleError with everything that is wrong."""
    problems, called = [], ""
    try:
        called = read_one(_NAME, name)
    except InputError as error:
        problems.append(Problem("name", error.message))
    else:
        problems += _name_problems(actor, called, now)
    if not wanted:
        problems.append(Problem("scopes", N_("请选择至少一项权限")))
    elif set(wanted) - set(scopes.offered(actor.roles)):
        problems.append(Problem("scopes", N_("请从列表中选择")))
    if days not in LIVES:
        problems.append(Problem("days", N_("请从列表中选择")))
    if problems:
        raise RuleError(problems)
    return called


def _name_problems(actor: Actor, called: str, now: datetime) -> list[Problem]:
    known = listed(actor)
    if not called:
        return [Problem("name", N_("请填写名称"))]
    if any(token.name == called for token in known):
        return [Problem("name", N_("您已有同名的令牌，请换一个名称"))]
    if sum(state(token, now) == "active" for token in known) >= MOST:
        return [Problem("name", N_("最多 {n} 个有效令牌，请先吊销不用的", n=MOST))]
    return []


def listed(actor: Actor) -> list[m.ApiToken]:
    """The actor's own, newest first."""
    query = select(m.ApiToken).where(m.ApiToken.user_id == actor.user_id).order_by(m.ApiToken.id.desc())
    return list(session.scalars(query))


def state(token: m.ApiToken, now: datetime) -> str:
    """Whether a token is ``active``, ``expired``, ``revoked`` by its owner or ended with the ``account``'s sessions."""
    return token.ended or ("expired" if token.expires_at <= now else "active")


def revoke(actor: Actor, token_id: int, now: datetime) -> m.ApiToken:
    """End one of the actor's own tokens; NotFound for any other."""
    query = select(m.ApiToken).where(m.ApiToken.id == token_id, m.ApiToken.user_id == actor.user_id)
    token = session.scalars(query).one_or_none()
    if token is None or actor.user_id is None:
        raise NotFound
    if state(token, now) != "active":
        raise Conflict(N_("该令牌已失效"))
    token.ended = "revoked"
    session.flush()
    return token


def remove(actor: Actor, token_id: int, now: datetime) -> None:
    """Take a token that is no longer in force off the list; NotFound for another's."""
    query = select(m.ApiToken).where(m.ApiToken.id == token_id, m.ApiToken.user_id == actor.user_id)
    token = session.scalars(query).one_or_none()
    if token is None or actor.user_id is None:
        raise NotFound
    if state(token, now) == "active":
        raise Conflict(N_("令牌仍有效，请先吊销"))
    session.delete(token)
    session.flush()


def find(text: str, now: datetime) -> Known | None:
    """The token in force with this text, None for any other."""
    table = m.ApiToken.__table__.c
    query = select(table.id, table.user_id, table.scopes, table.last_used_at).where(
        table.digest == _digest(text), table.ended.is_(None), table.expires_at > now
    )
    with reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    noted = row.last_used_at is not None and row.last_used_at > now - _USE_NOTED
    return Known(row.id, row.user_id, tuple(row.scopes), noted)


def note_use(own: Session, token_id: int, ip: str, now: datetime) -> None:
    """Note when and from where a token is used."""
    unused = or_(m.ApiToken.last_used_at.is_(None), m.ApiToken.last_used_at <= now - _USE_NOTED)
    change = update(m.ApiToken).where(m.ApiToken.id == token_id, unused)
    own.execute(change.values(last_used_at=now, last_ip=ip[:45]))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
