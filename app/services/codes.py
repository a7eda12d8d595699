"""One-time codes by SMS or e-mail: bound to purpose, address and request, few tries, short life, one use (abuse.md
T-A08, T-A09).

A refused try has to stay counted: whoever catches the refusal must commit all the same.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, func, insert, select, update

from app import audit
from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError, TooMany
from app.domain.text import N_, Message
from app.notify import outbox
from app.registers import parameters

PURPOSES = ("register", "reset")
CHANNELS = ("sms", "email")
#: between two codes to one address; the page counts down as long
AGAIN_AFTER = timedelta(seconds=60)
DAY = timedelta(days=1)


def send(purpose: str, channel: str, address: str, ip: str, now: datetime, *, language: str = "zh") -> str:
    """Send a code to ``address`` and return the request's id, which must come back with it.

    TooMany when the address, the network address or the whole platform has had its share.
    """
    _check_askers(ip, now)
    if refusal := _refusal(address, now):
        raise refusal
    return _send(purpose, channel, address, ip, now, True, language)


def send_discreetly(
    purpose: str, channel: str, address: str, ip: str, now: datetime, *, known: bool, language: str = "zh"
) -> str | None:
    """As ``send``, telling nothing about ``address``: ``known=False`` does the same but sends nothing, and where the
    address has had its share nothing is sent and None returned, for a refusal would tell which names one account has.
    """
    _check_askers(ip, now)
    if _refusal(address, now):
        _store(purpose, channel, "", ip, now)
        return None
    return _send(purpose, channel, address, ip, now, known, language)


def _send(
    purpose: str, channel: str, address: str, ip: str, now: datetime, known: bool, language: str
) -> str:
    _void_others(purpose, address)
    request_id, code = _store(purpose, channel, address, ip, now)
    if known:
        outbox.post(
            f"code_{purpose}", dedupe_key=f"code:{request_id}", mobile=address if channel == "sms" else None,
            email=address if channel == "email" else None, language=language, secret=True, now=now,
            params={"code": code, "minutes": parameters.integer("code_minutes")},
        )  # fmt: skip
    audit.record(session(), "code_sent", purpose=purpose, channel=channel)
    return request_id


def _store(purpose: str, channel: str, address: str, ip: str, now: datetime) -> tuple[str, str]:
    """Note a request; its id and its code, which is good for an address only."""
    code, request_id = f"{secrets.randbelow(10**6):06d}", secrets.token_urlsafe(32)
    session.execute(
        insert(m.OneTimeCode).values(
            request_id=request_id,
            purpose=purpose,
            channel=channel,
            address=address,
            ip=ip,
            code_hash=_digest(request_id, code),
            tries=0,
            created_at=now,
            expires_at=now + timedelta(minutes=parameters.integer("code_minutes")),
            void=not address,
        )
    )
    return request_id, code


def check(purpose: str, request_id: str, code: str, now: datetime, *, address: str | None = None) -> str:
    """The address the right code was sent to; RuleError beside ``code`` otherwise. Each call costs one of the tries,
    the right code too, so that it opens no endless questions about other addresses."""
    tries = parameters.integer("code_tries")
    row = session.execute(
        update(m.OneTimeCode)
        .where(_open(purpose, request_id, now), m.OneTimeCode.tries < tries, _sent_to(address))
        .values(tries=m.OneTimeCode.tries + 1)
        .returning(m.OneTimeCode.code_hash, m.OneTimeCode.tries, m.OneTimeCode.address)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        raise _refused(N_("验证码已失效，请重新获取"))
    if not secrets.compare_digest(row.code_hash, _digest(request_id, code.strip())):
        left = tries - row.tries
        raise _refused(
            N_("验证码不正确，还可以试 {left} 次", left=left) if left else N_("验证码已失效，请重新获取")
        )
    return str(row.address)


def use(purpose: str, request_id: str, now: datetime) -> None:
    """Spend the code, in the transaction of what it permits; a second one that is quicker wins."""
    spent = session.execute(
        update(m.OneTimeCode)
        .where(_open(purpose, request_id, now))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if spent.rowcount != 1:  # type: ignore[attr-defined]
        raise _refused(N_("验证码已失效，请重新获取"))


def _open(purpose: str, request_id: str, now: datetime) -> ColumnElement[bool]:
    return (
        (m.OneTimeCode.request_id == request_id)
        & (m.OneTimeCode.purpose == purpose)
        & m.OneTimeCode.void.is_(False)
        & m.OneTimeCode.used_at.is_(None)
        & (m.OneTimeCode.expires_at > now)
    )


def _sent_to(address: str | None) -> ColumnElement[bool]:
    return m.OneTimeCode.address.is_not(None) if address is None else m.OneTimeCode.address == address


def _void_others(purpose: str, address: str) -> None:
    session.execute(
        update(m.OneTimeCode)
        .where(
            m.OneTimeCode.address == address,
            m.OneTimeCode.purpose == purpose,
            m.OneTimeCode.used_at.is_(None),
        )
        .values(void=True)
        .execution_options(synchronize_session=False)
    )


def _refusal(address: str, now: datetime) -> TooMany | None:
    """Why no code is sent to an address now."""
    latest = session.scalar(
        select(func.max(m.OneTimeCode.created_at)).where(m.OneTimeCode.address == address)
    )
    if latest is not None and latest + AGAIN_AFTER > now:
        wait = (latest + AGAIN_AFTER - now).seconds + 1
        return TooMany(N_("验证码刚刚发送，请 {seconds} 秒后再获取", seconds=wait), wait)
    return _used_up(m.OneTimeCode.address == address, "codes_per_address_day", now)


def _check_askers(ip: str, now: datetime) -> None:
    """TooMany when the network address or the whole platform has had its share."""
    for condition, limit in (
        (m.OneTimeCode.ip == ip, "codes_per_ip_day"),
        (m.OneTimeCode.id.is_not(None), "codes_per_day"),
    ):
        if refusal := _used_up(condition, limit, now):
            raise refusal


def _used_up(condition: ColumnElement[bool], limit: str, now: datetime) -> TooMany | None:
    wait = _wait(condition, parameters.integer(limit), now)
    return TooMany(N_("获取验证码的次数已达上限，请明天再试，或联系技术支持"), wait) if wait else None


def _wait(condition: ColumnElement[bool], limit: int, now: datetime) -> int:
    """Seconds until one more is allowed: the ``limit``-th code back must be a day old."""
    query = (
        select(m.OneTimeCode.created_at)
        .where(condition, m.OneTimeCode.created_at > now - DAY)
        .order_by(m.OneTimeCode.created_at.desc())
        .offset(limit - 1)
        .limit(1)
    )
    at = session.scalar(query)
    return 0 if at is None else int((at + DAY - now).total_seconds()) + 1


def _digest(request_id: str, code: str) -> str:
    return sha256(f"{request_id}:{code}".encode()).hexdigest()


def _refused(message: Message) -> RuleError:
    return RuleError([Problem("code", message)])
