"""Accounts: signing in and out, passwords, sessions. One verb function per use case.

A refused sign-in and a wrong code have to stay counted: whoever catches the refusal must commit all the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from app import audit
from app import models as m
from app.db import reading, session
from app.domain import contacts, normal, passwords
from app.domain.actor import Actor
from app.domain.errors import NotFound, Problem, RuleError, TooMany
from app.domain.normal import InputError
from app.domain.text import N_
from app.services import codes

ANYBODY = {"unscoped": True}
#: longer than any password that may be set; keeps what is hashed short
LONGEST_TYPED = 1024


@dataclass(frozen=True)
class Limits:
    """How often a sign-in may fail: per account before it is locked, per network address within a window."""

    lock_after: int = 5
    lock_minutes: int = 15
    per_address: int = 30
    window_minutes: int = 15
    captcha_after: int = 3

    @property
    def window(self) -> timedelta:
        """The time over which failures of one network address are counted."""
        return timedelta(minutes=self.window_minutes)


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and how this account likes its pages."""

    user_id: int
    language: str
    large_type: bool


# ---------------------------------------------------------------- signing in and out


def sign_in(name: str, password: str, ip: str, now: datetime, limits: Limits = Limits()) -> SignedIn:
    """Check user name (or mobile number, or e-mail address) and password.

    RuleError, the same in every case, when they do not match, or the account is locked or disabled; TooMany when too
    many sign-ins failed from this network address. Takes the same time whether or not the account exists (T-A04).
    """
    user_id, hashed = _look_up(name, ip, now, limits) or (0, _no_password())
    # before the first statement of the request's transaction: nobody waits to write while a password is hashed
    matches = check_password_hash(hashed, password[:LONGEST_TYPED])
    account = _lock_account(user_id)
    is_open = account is not None and account.state != "disabled" and not _is_locked(account, now)
    if account is not None and is_open and matches:
        return _signed_in(account, now)
    _count_failure(account if is_open else None, ip, now, limits)
    refusal = N_(
        "用户名或密码不正确。连续输错 {times} 次，账号将锁定 {minutes} 分钟；忘记密码可以找回",
        times=limits.lock_after, minutes=limits.lock_minutes,
    )  # fmt: skip
    raise RuleError([Problem(None, refusal)])


def sign_out(actor: Actor) -> None:
    """Note that the user left; the session itself is the pages' to end."""
    if actor.user_id is not None:
        audit.record(session(), "signout", "ab_user", actor.user_id, unit_id=actor.unit_id)


def note_failure(ip: str, now: datetime, limits: Limits = Limits()) -> None:
    """Count a refusal before the password of an account was looked at (a wrong captcha, a wrong present password).

    TooMany when this network address has had its share.
    """
    _refuse_flood(session.scalars(_failures(ip, now, limits.per_address, limits)).all(), now, limits)
    session.execute(insert(m.SigninFailure).values(ip=ip, at=now))


def needs_captcha(ip: str, now: datetime, limits: Limits = Limits()) -> bool:
    """Whether so many sign-ins failed from this network address that a captcha is due."""
    query = _failures(ip, now, limits.captcha_after, limits)
    if session().in_transaction():
        return len(session.scalars(query).all()) >= limits.captcha_after
    with reading() as connection:  # begins no writing transaction: see sign_in
        return len(connection.scalars(query).all()) >= limits.captcha_after


def _look_up(name: str, ip: str, now: datetime, limits: Limits) -> tuple[int, str] | None:
    """Id and password's hash of the account ``name`` stands for, read in a transaction of its own that ends at once."""
    with reading() as connection:
        failures = connection.scalars(_failures(ip, now, limits.per_address, limits)).all()
        _refuse_flood(failures, now, limits)
        row = connection.execute(
            select(User.id, User.password)
            .join(m.Account, m.Account.user_id == User.id)
            .where(known_as(name), User.active.is_(True), User.password.is_not(None))
        ).one_or_none()
    return None if row is None else (row.id, str(row.password))


def _refuse_flood(failures: Sequence[datetime], now: datetime, limits: Limits) -> None:
    """``failures`` are the latest of a network address, newest first."""
    if len(failures) >= limits.per_address:
        wait = int((failures[-1] + limits.window - now).total_seconds()) + 1
        raise TooMany(N_("失败次数太多，请 {minutes} 分钟后再试", minutes=-(-wait // 60)), wait)


def known_as(name: str) -> ColumnElement[bool]:
    """The condition on User and Account that a typed name stands for: mobile number, e-mail address or user name."""
    text = "" if normal.has_control(name) else name
    if "@" in text:
        return User.email == normal.clean(text).lower()
    try:
        return m.Account.mobile == contacts.mobile(text)
    except InputError:
        return User.username == contacts.sign_in_name(text)


def _failures(ip: str, now: datetime, most: int, limits: Limits) -> Any:
    return (
        select(m.SigninFailure.at)
        .where(m.SigninFailure.ip == ip, m.SigninFailure.at > now - limits.window)
        .order_by(m.SigninFailure.at.desc())
        .limit(most)
    )


@lru_cache(maxsize=1)
def _no_password() -> str:
    return generate_password_hash(secrets.token_urlsafe(32))


def _lock_account(user_id: int) -> m.Account | None:
    """The account, held until the transaction ends so that tries at the same time are counted one by one."""
    query = select(m.Account).where(m.Account.user_id == user_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True, **ANYBODY)).one_or_none()


def _is_locked(account: m.Account, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def _signed_in(account: m.Account, now: datetime) -> SignedIn:
    write(account.user_id, state="active", failed_signins=0, locked_until=None)
    session.execute(
        update(User)
        .where(User.id == account.user_id)
        .values(
            last_login=now.astimezone(UTC).replace(tzinfo=None),
            login_count=func.coalesce(User.login_count, 0) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    audit.record(session(), "signin", "ab_user", account.user_id, unit_id=account.unit_id)
    return SignedIn(account.user_id, account.language, account.large_type)


def _count_failure(account: m.Account | None, ip: str, now: datetime, limits: Limits) -> None:
    note_failure(ip, now, limits)
    user_id, unit_id = (account.user_id, account.unit_id) if account else ("", None)
    audit.record(session(), "signin_failed", "ab_user", user_id, unit_id=unit_id)
    if account is None:
        return
    failures = 1 if account.locked_until else account.failed_signins + 1
    if failures < limits.lock_after:
        write(account.user_id, state="active", failed_signins=failures, locked_until=None)
        return
    until = now + timedelta(minutes=limits.lock_minutes)
    write(account.user_id, state="locked", failed_signins=failures, locked_until=until)
    audit.record(
        session(), "locked", "ab_user", account.user_id, unit_id=account.unit_id, until=until.isoformat()
    )


def write(user_id: int, **values: Any) -> None:
    """Change columns of an account that it may not write itself; the caller records why."""
    row = update(m.Account).where(m.Account.user_id == user_id).values(values)
    session.execute(row.execution_options(synchronize_session=False))


# ---------------------------------------------------------------- passwords and sessions


def change_password(
    actor: Actor,
    old: str,
    new: str,
    ip: str,
    now: datetime,
    *,
    keep_digest: str | None = None,
    limits: Limits = Limits(),
) -> None:
    """Change one's own password and end one's other sessions; ``keep_digest`` names the one that goes on."""
    user = _own_user(actor)
    _refuse_flood(session.scalars(_failures(ip, now, limits.per_address, limits)).all(), now, limits)
    if not check_password_hash(user.password or _no_password(), old[:LONGEST_TYPED]):
        note_failure(ip, now, limits)
        raise RuleError([Problem("old", N_("当前密码不正确"))])
    problems = password_problems("new", new, _personal(user))
    if new == old:
        problems.append(Problem("new", N_("新密码不能与当前密码相同")))
    if problems:
        raise RuleError(problems)
    set_password(user.id, new, keep_digest=keep_digest)


def request_reset(name: str, ip: str, now: datetime) -> str | None:
    """Send a code for a new password to the account ``name`` stands for; returns the request's id, None where the
    account has had its share and an earlier request may still be open.

    For a name nobody has, everything but the message happens, limits included (T-A05).
    """
    row = session.execute(
        select(User.email, m.Account.mobile, m.Account.language)
        .join(m.Account, m.Account.user_id == User.id)
        .where(known_as(name), User.active.is_(True), m.Account.state != "disabled")
        .execution_options(**ANYBODY)
    ).one_or_none()
    if row is None:
        return codes.send_discreetly("reset", "email", _spelling(name), ip, now, known=False)
    channel, address = ("email", row.email) if "@" in name or not row.mobile else ("sms", row.mobile)
    return codes.send_discreetly("reset", channel, address, ip, now, known=True, language=row.language)


def reset(request_id: str, code: str, new: str, now: datetime) -> str:
    """Set a new password with the code that was sent, end all sessions and lift a lock; returns the user name."""
    address = codes.check("reset", request_id, code, now)
    user = session.scalars(
        select(User)
        .join(m.Account, m.Account.user_id == User.id)
        .where(known_as(address), User.active.is_(True))
        .execution_options(**ANYBODY)
    ).one_or_none()
    if user is None:
        raise RuleError([Problem("code", N_("验证码已失效，请重新获取"))])
    problems = password_problems("new", new, _personal(user))
    if problems:
        raise RuleError(problems)
    codes.use("reset", request_id, now)
    set_password(user.id, new)
    write(user.id, state="active", failed_signins=0, locked_until=None)
    return str(user.username)


def set_password(user_id: int, new: str, *, keep_digest: str | None = None) -> None:
    """Store a password that was checked, and end the sessions made with the old one."""
    session.execute(
        update(User).where(User.id == user_id).values(password=generate_password_hash(new))
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    end_sessions(user_id, keep_digest=keep_digest)
    audit.record(session(), "password_changed", "ab_user", user_id)


def end_sessions(user_id: int, *, keep_digest: str | None = None) -> None:
    """End all sessions of a user, but for the one whose token has this digest, and all personal access tokens (T-A13)."""
    session.execute(
        update(m.ApiToken).where(m.ApiToken.user_id == user_id, m.ApiToken.ended.is_(None)).values(ended="account")
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    statement = delete(m.WebSession).where(m.WebSession.user_id == user_id)
    if keep_digest:
        statement = statement.where(m.WebSession.id != keep_digest)
    session.execute(statement)


def token_stamp(user: User) -> str:
    """What an API token carries so that it dies with the password it was given for."""
    return sha256((user.password or "").encode()).hexdigest()[:16]


def disable_demo_accounts() -> int:
    """Close the accounts of the demonstration data, whose passwords everybody knows (T-A12); returns how many."""
    query = select(m.Account.user_id).where(m.Account.is_demo.is_(True), m.Account.state != "disabled")
    users = session.scalars(query).all()
    for user_id in users:
        set_access(user_id, False)
    return len(users)


def set_access(user_id: int, active: bool) -> None:
    """Open or close an account; closed, its sessions end now and its tokens are refused from the next request on."""
    write(user_id, state="active" if active else "disabled", failed_signins=0, locked_until=None)
    session.execute(
        update(User).where(User.id == user_id).values(active=active)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if not active:
        end_sessions(user_id)
    audit.record(session(), "change", "ab_user", user_id, active=[not active, active])


def prefer(actor: Actor, **values: Any) -> None:
    """Remember a user's ``language`` or ``large_type``; for visitors who are not signed in there is nothing to do."""
    if actor.user_id is not None:
        write(actor.user_id, **values)


def _own_user(actor: Actor) -> User:
    user = session.scalars(select(User).where(User.id == actor.user_id)).one_or_none()
    if user is None:
        raise NotFound
    return user


def _personal(user: User) -> list[str]:
    account = session.execute(
        select(m.Account.mobile, m.Unit.name, m.Unit.uscc)
        .outerjoin(m.Unit, m.Unit.id == m.Account.unit_id)
        .where(m.Account.user_id == user.id)
        .execution_options(**ANYBODY)
    ).one_or_none()
    return [str(text) for text in (user.username, user.email, *(account or ())) if text]


def password_problems(field: str, password: str, personal: Iterable[str]) -> list[Problem]:
    """What is wrong with a new password (``domain.passwords``); ``personal`` are texts it must not be made of."""
    try:
        passwords.check(password, personal)
    except InputError as error:
        return [Problem(field, error.message)]
    return []


def _spelling(name: str) -> str:
    return "" if normal.has_control(name) else contacts.sign_in_name(name)[:120]
