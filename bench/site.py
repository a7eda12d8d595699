"""The application as a browser meets it, inside this process, and how many statements it sends to the database."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import event, select

from app import create_app
from app.db import db, session
from bench.raw import Raw

NOT_COUNTED = ("BEGIN", "PRAGMA")


class Site:
    """The application on the database of the environment's settings, and the raw driver beside it."""

    def __init__(self) -> None:
        self.app: Flask = create_app()
        self.raw = Raw(self.app.config["SQLALCHEMY_DATABASE_URI"])
        self._visitors = count()
        self._statements = 0
        with self.app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._statements += not statement.startswith(NOT_COUNTED)

    def statements(self, work: Callable[[], object]) -> int:
        """How many SQL statements ``work`` runs."""
        self._statements = 0
        work()
        return self._statements

    def browser(self, username: str | None = None) -> FlaskClient:
        """A browser in which this user is signed in, or nobody."""
        client = self.app.test_client()
        if username:
            with self.app.app_context():
                user_id = session.scalars(select(User.id).where(User.username == username)).one()
                session.remove()
            with client.session_transaction() as cookie:
                cookie["_user_id"] = str(user_id)
                cookie["_fresh"] = True
        return client

    def page(self, path: str, username: str | None = None) -> Callable[[], object]:
        """Opens a page, each time as another visitor, for one alone would soon be told to wait."""
        client = self.browser(username)

        def opened() -> None:
            number = next(self._visitors)
            place = {"REMOTE_ADDR": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            answer = client.get(path, environ_base=place)
            if answer.status_code != 200 or not answer.data:
                raise RuntimeError(f"{path} answered {answer.status}")

        return opened
