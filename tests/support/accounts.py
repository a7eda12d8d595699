"""Accounts whose password is known, and sign-ins as a page makes them: what is refused is committed too."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import models as m
from app.db import session, transaction
from app.domain.actor import UNIT, Actor
from app.domain.errors import RuleError
from app.services import accounts
from tests.support.factories import NOW, make_user

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
IP = "192.0.2.1"


@lru_cache(maxsize=1)
def _hashed() -> str:
    return generate_password_hash(PASSWORD)


def make_account(role: str = UNIT, username: str = "anna", **values: Any) -> User:
    """A user with ``PASSWORD``, committed."""
    user = make_user(role, username=username, **values)
    user.password = _hashed()
    session.commit()
    return user


def try_to_sign_in(
    name: str, password: str, *, ip: str = IP, now: datetime = NOW, **values: Any
) -> accounts.SignedIn | str:
    """Who signed in, or the sentence of the refusal."""
    with transaction(Actor.anonymous()):
        try:
            return accounts.sign_in(name, password, ip, now, **values)
        except RuleError as error:
            return str(error.message)


def account_of(user: User) -> m.Account:
    """The account as it is in the database now."""
    query = select(m.Account).where(m.Account.user_id == user.id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def audited(action: str) -> int:
    """How many events of this kind the audit trail has."""
    return len(session.scalars(select(m.AuditEvent.id).where(m.AuditEvent.action == action)).all())
