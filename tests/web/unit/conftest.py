"""The cast of the workspace's tests, and browsers in which they are signed in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import models as m
from app.db import session
from app.domain.actor import Actor
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.kept import kept_cast
from tests.support.world import signed_in


class Browser:
    """A browser in which somebody is signed in; forms and scripts carry the page's CSRF token."""

    def __init__(self, app: Flask, actor: Actor | None) -> None:
        self.client = signed_in(app, actor.user_id if actor else None)
        self._token = ""

    @property
    def token(self) -> str:
        """The token of this browser's session."""
        if not self._token:
            found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/my/messages/").text)
            self._token = found.group(1) if found else ""
        return self._token

    def get(self, path: str, **values: Any) -> TestResponse:
        """Open a page."""
        session.rollback()  # the test's own transaction must not stand in the way of the request's
        return self.client.get(path, **values)

    def text(self, path: str) -> str:
        """What a page that opens says, blanks made one."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return plain(answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None, **values: Any) -> TestResponse:
        """Send a form."""
        token = self.token
        session.rollback()
        return self.client.post(path, data={"csrf_token": token, **(data or {})}, **values)

    def ask(self, path: str, body: object) -> TestResponse:
        """Send JSON as a script does."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        session.rollback()
        return self.client.post(path, json=body, headers=headers)

    def upload(self, content: bytes, name: str = "证明.pdf", purpose: str = "evidence") -> TestResponse:
        """Send a file as the upload script does."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        session.rollback()
        data = {"file": (io.BytesIO(content), name), "purpose": purpose}
        return self.client.post("/my/uploads/", data=data, headers=headers)


def plain(html: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@dataclass
class Cast:
    """Anna of unit A with a verified unit and last year's assets, Bo of unit B, Nina of a unit that is new."""

    unit: m.Unit
    other_unit: m.Unit
    new_unit: m.Unit
    anna: Actor
    bo: Actor
    nina: Actor
    rui: Actor


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the workspace it is always the same morning."""
    monkeypatch.setattr("app.web.unit.base.utc_now", lambda: NOW)


def make_cast() -> Cast:
    """Everybody, stored."""
    unit = make.make_unit("长沙甲示例电池有限公司")
    other = make.make_unit("广州乙示例电池有限公司", province="440000", city="440100", district="440103")
    new = make.make_unit(
        "长沙丙示例机械有限公司", state="unverified", files=False, makes_or_sells=False, address=None
    )
    for each in (unit, other):
        make.make_assets(each)
    return Cast(
        unit, other, new, make.make_owner(unit, username="anna"), make.make_owner(other, username="bo"),
        make.make_owner(new, username="nina"), make.make_reviewer(username="rui"),
    )  # fmt: skip


first_cast, cast = kept_cast(make_cast)


@pytest.fixture
def browser(app: Flask) -> Callable[[Actor | None], Browser]:
    """A browser for somebody, or for nobody."""
    return lambda actor: Browser(app, actor)


@pytest.fixture
def anna(cast: Cast, browser: Callable[..., Browser]) -> Browser:
    """Anna's browser."""
    return browser(cast.anna)


@pytest.fixture
def bo(cast: Cast, browser: Callable[..., Browser]) -> Browser:
    """Bo's browser."""
    return browser(cast.bo)


@pytest.fixture
def nina(cast: Cast, browser: Callable[..., Browser]) -> Browser:
    """Nina's browser."""
    return browser(cast.nina)


@pytest.fixture
def draft(cast: Cast, session: Any) -> m.Product:
    """A draft of Anna's unit that is fit to be submitted."""
    product = make.make_product(cast.unit)
    session.commit()
    return product
