"""Programs that call the API with a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import User
from flask_jwt_extended import create_access_token
from werkzeug.test import TestResponse

from app.db import session
from app.services import accounts


@dataclass(frozen=True)
class Program:
    """A program that acts for a user, in a language."""

    app: Flask
    header: dict[str, str]
    language: str = "zh-CN"

    @classmethod
    def of(cls, app: Flask, user: User | int | None, language: str = "zh-CN") -> Program:
        """The program of a user (or the user with an id)."""
        found = user if isinstance(user, User) else session.get_one(User, user)
        token = create_access_token(str(found.id), additional_claims={"stamp": accounts.token_stamp(found)})
        return cls(app, {"Authorization": f"Bearer {token}"}, language)

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> TestResponse:
        """What ``/api/v1/<path>`` answers."""
        headers = {**self.header, "Accept-Language": self.language}
        client = self.app.test_client()
        return client.open(f"/api/v1/{path}", method=method, json=json, headers=headers, **options)

    def do(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """The ``result`` of what has to succeed."""
        answer = self.call(method, path, json, **options)
        assert answer.status_code in (200, 201), (method, path, answer.status_code, answer.get_json())
        return answer.get_json()["result"]


def refused(answer: TestResponse) -> set[str | None]:
    """The fields that a refused request is told of."""
    assert answer.status_code == 422, answer.get_json()
    return {each["field"] for each in answer.get_json()["problems"]}
