"""The cast of the review desk's tests, and browsers in which they are signed in."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from app import models as m
from app.db import db, session
from app.domain.actor import ADMIN, AUDITOR, IP_OFFICE, RECOGNITION_OFFICER, Actor
from app.domain.clock import utc_now
from tests.support import factories as make
from tests.support.acts import submit
from tests.support.factories import NOW
from tests.support.kept import kept_cast

CLOCKS = ("queue", "case", "batch", "stats", "messages")


@dataclass
class Cast:
    """Anna of unit A, Bo of unit B, the reviewers Rui and Rong, an administrator, readers and others."""

    unit: m.Unit
    other_unit: m.Unit
    anna: Actor
    bo: Actor
    rui: Actor
    rong: Actor
    admin: Actor
    auditor: Actor
    officer: Actor
    office: Actor


class Browser:
    """A browser in which somebody is signed in; it sends the page's CSRF token with every form."""

    def __init__(self, app: Flask, actor: Actor | None, language: str = "zh") -> None:
        self.client = app.test_client()
        if actor is not None:
            self.client.set_cookie("session", _session_of(actor, language))

    def get(self, path: str, **values: Any) -> TestResponse:
        """Open a page."""
        return self._send("GET", path, **values)

    def _send(self, method: str, path: str, **values: Any) -> TestResponse:
        session.rollback()  # the test's own transaction must not stand in the way of the request's
        # an empty context: the request gets an application context, a session and a ``g`` of its own
        return Context().run(self.client.open, path, method=method, **values)

    def text(self, path: str) -> str:
        """What a page that opens says, blanks made one."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return plain(answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None, *, token: bool = True) -> TestResponse:
        """Send a form."""
        sent = {**(data or {}), **({"csrf_token": self.token()} if token else {})}
        return self._send("POST", path, data=sent)

    def token(self) -> str:
        """The token of this browser's session."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/password/change").text)
        return found.group(1) if found else ""


def plain(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def _session_of(actor: Actor, language: str) -> str:
    token = secrets.token_urlsafe(32)
    data = json.dumps({"_user_id": str(actor.user_id), "_fresh": True, "locale": language})
    row = {"id": sha256(token.encode()).hexdigest(), "user_id": actor.user_id, "data": data,
           "created_at": utc_now(), "seen_at": utc_now()}  # fmt: skip
    with db.engine.execution_options(writes=True).begin() as connection:
        connection.execute(m.WebSession.__table__.insert().values(row))
    return token


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the desk it is always the same morning."""
    for name in CLOCKS:
        monkeypatch.setattr(f"app.web.desk.{name}.utc_now", lambda: NOW)


def make_cast() -> Cast:
    """Everybody, stored; both units are verified and have last year's assets."""
    unit = make.make_unit("长沙甲示例电池有限公司")
    other = make.make_unit("广州乙示例电池有限公司", province="440000", city="440100", district="440103")
    for each in (unit, other):
        make.make_assets(each)
    return Cast(
        unit=unit,
        other_unit=other,
        anna=make.make_owner(unit, username="anna"),
        bo=make.make_owner(other, username="bo"),
        rui=make.make_reviewer(username="rui", first_name="瑞"),
        rong=make.make_reviewer(username="rong", first_name="荣"),
        admin=make.actor_of(make.make_user(ADMIN, username="root1")),
        auditor=make.actor_of(make.make_user(AUDITOR, username="audit1")),
        officer=make.actor_of(make.make_user(RECOGNITION_OFFICER, username="officer1")),
        office=make.actor_of(make.make_user(IP_OFFICE, username="office1", region_code="430000")),
    )


first_cast, cast = kept_cast(make_cast)


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """A browser for somebody, or for nobody; in Chinese unless said otherwise."""
    return lambda actor=None, language="zh": Browser(app, actor, language)


@pytest.fixture
def rui(cast: Cast, browser: Callable[..., Browser]) -> Browser:
    """The browser of a reviewer."""
    return browser(cast.rui)


@pytest.fixture
def case(cast: Cast, session: Any) -> m.Case:
    """A filing of unit A, submitted by Anna."""
    product = make.make_product(cast.unit)
    session.commit()
    return submit(cast.anna, product)


def filings(cast: Cast, session: Any, *names: str, **values: Any) -> list[m.Case]:
    """Filings of unit A under these names, submitted."""
    made = [
        make.make_product(cast.unit, name, patents=[make.make_patent(cast.unit)], **values) for name in names
    ]
    session.commit()
    return [submit(cast.anna, product) for product in made]


def again(session: Any, case: m.Case) -> m.Case:
    """The case as it is in the database now."""
    session.rollback()
    session.expire_all()
    return session.get_one(m.Case, case.id)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
