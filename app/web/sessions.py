"""Sessions kept in the database: they end here at sign-out, password change and deactivation, whatever the cookie says.

The cookie holds 256 random bits; the table holds their SHA-256, so that a copy of the table opens no session.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Engine, delete, insert, select, update
from werkzeug.datastructures import CallbackDict

from app import models as m
from app.db import db, reading
from app.domain.clock import utc_now

TOUCH_EVERY = timedelta(seconds=60)
table = m.WebSession.__table__


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """A browser's session; ``renew()`` gives it a new token, to be called whenever rights change."""

    def __init__(self, data: dict[str, Any], token: str | None, seen_at: datetime | None) -> None:
        def changed(_self: Any) -> None:
            self.modified = True

        super().__init__(data, changed)
        self.token = token
        self.seen_at = seen_at
        self.modified = False
        self.new = token is None
        self.renewed = False

    def renew(self) -> None:
        """Continue under a new token (against session fixation)."""
        self.renewed = self.modified = True


class DatabaseSessions(SessionInterface):
    """Flask's session storage over the table ``web_session``, outside the request's own transaction."""

    def __init__(self, idle: timedelta, longest: timedelta, secure: bool) -> None:
        self.idle, self.longest, self.secure = idle, longest, secure

    def get_cookie_name(self, app: Flask) -> str:
        """``__Host-`` binds the cookie to this host over https."""
        return "__Host-session" if self.secure else "session"

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session the cookie names, if it is still good; otherwise an empty one."""
        token = request.cookies.get(self.get_cookie_name(app))
        if not token or request.path.startswith("/static/"):
            return ServerSession({}, None, None)
        now = utc_now()
        with reading() as connection:
            row = connection.execute(select(table).where(table.c.id == _digest(token))).one_or_none()
        if row is None or now - row.seen_at > self.idle or now - row.created_at > self.longest:
            return ServerSession({}, None, None)
        return ServerSession(json.loads(row.data), token, row.seen_at)

    def save_session(self, app: Flask, session: ServerSession, response: Response) -> None:  # type: ignore[override]
        """Store what changed; an empty session leaves no row and no cookie."""
        if session.modified or session.accessed:
            response.vary.add("Cookie")
        if not session and session.token:
            _delete(session.token)
            response.delete_cookie(
                self.get_cookie_name(app), secure=self.secure, httponly=True, samesite="Lax"
            )
        elif session.modified and session:
            self._store(app, session, response)
        elif session.token and session.seen_at and utc_now() - session.seen_at > TOUCH_EVERY:
            _touch(session.token)

    def _store(self, app: Flask, session: ServerSession, response: Response) -> None:
        now = utc_now()
        if session.token is None or session.renewed:
            _replace(session, now)
            response.set_cookie(
                self.get_cookie_name(app),
                str(session.token),
                httponly=True,
                secure=self.secure,
                samesite="Lax",
                path="/",
            )
            return
        with _writing() as connection:
            connection.execute(
                update(table)
                .where(table.c.id == _digest(session.token))
                .values(data=json.dumps(dict(session)), user_id=_user_id(session), seen_at=now)
            )


def current_digest() -> str | None:
    """What names the present browser's session in the table (for ``accounts.end_sessions``)."""
    token = session.token  # type: ignore[attr-defined]
    return _digest(token) if token else None


def _replace(session: ServerSession, now: datetime) -> None:
    old, session.token = session.token, secrets.token_urlsafe(32)
    with _writing() as connection:
        if old:
            connection.execute(delete(table).where(table.c.id == _digest(old)))
        connection.execute(
            insert(table).values(
                id=_digest(session.token),
                user_id=_user_id(session),
                data=json.dumps(dict(session)),
                created_at=now,
                seen_at=now,
            )
        )


def _touch(token: str) -> None:
    with _writing() as connection:
        connection.execute(update(table).where(table.c.id == _digest(token)).values(seen_at=utc_now()))


def _delete(token: str) -> None:
    with _writing() as connection:
        connection.execute(delete(table).where(table.c.id == _digest(token)))


def _user_id(session: ServerSession) -> int | None:
    value = session.get("_user_id")
    return int(value) if value else None


def _engine() -> Engine:
    return db.engine


def _writing() -> Any:
    return _engine().execution_options(writes=True).begin()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
