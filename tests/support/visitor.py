"""A visitor of the pages: sends the CSRF token of the last page with each form, and signs in by the form."""

from __future__ import annotations

import html
import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.db import session
from tests.support.accounts import PASSWORD

_TOKEN = re.compile(r'name="csrf[-_]token"[^>]* (?:content|value)="([^"]*)"')
OWN_PAGE = {"Origin": "http://localhost"}


class Visitor:
    """``Visitor(app)`` is one browser; ``token`` is what its last page carried.

    What the test itself has not committed is undone before each request; it would lock the database or hide what is new.
    """

    def __init__(self, app: Flask, ip: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self.ip = ip
        self.token = ""

    def send(self, method: str, path: str, **values: Any) -> TestResponse:
        """A request as it is, without a token."""
        session.rollback()
        response = self.client.open(path, method=method, environ_base={"REMOTE_ADDR": self.ip}, **values)
        if response.mimetype == "text/html" and (match := _TOKEN.search(response.text)):
            self.token = html.unescape(match.group(1))
        return response

    def get(self, path: str, **values: Any) -> TestResponse:
        """Open a page."""
        return self.send("GET", path, **values)

    def post(self, path: str, data: dict[str, Any] | None = None, **values: Any) -> TestResponse:
        """Send a form of the last page; of the sign-in page when none was opened."""
        if not self.token:
            self.get("/login/")
        values.setdefault("headers", OWN_PAGE)
        return self.send("POST", path, data={"csrf_token": self.token, **(data or {})}, **values)

    def sign_in(self, name: str, password: str = PASSWORD, **data: Any) -> TestResponse:
        """Sign in by the form, and forget the page: its token has gone with the old session."""
        response = self.post("/login/", {"username": name, "password": password, **data})
        if response.status_code == 302:
            self.token = ""
            self.get("/password/change")
        return response

    def is_signed_in(self) -> bool:
        """Whether a page for signed-in people opens."""
        return self.get("/password/change").status_code == 200

    @property
    def cookie(self) -> str:
        """The value of the session's cookie."""
        cookie = self.client.get_cookie("session")
        return cookie.value if cookie else ""
