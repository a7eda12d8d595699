"""Tokens for programs (abuse.md T-A11, T-A13)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from app.db import session as db_session
from tests.support.accounts import PASSWORD, WRONG, audited, make_account
from tests.support.factories import make_unit
from tests.support.visitor import Visitor

LOGIN = "/api/v1/security/login"


def token(client: Visitor, **values: Any) -> Any:
    return client.send("POST", LOGIN, json={"username": "anna", "password": PASSWORD, **values}).get_json()


def opens(client: Visitor, access_token: str) -> int:
    return client.get("/api/v1/products/", headers={"Authorization": f"Bearer {access_token}"}).status_code


@pytest.fixture
def client(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def anna(app: Flask) -> Any:
    return make_account(unit=make_unit())


def test_a_token_opens_the_api(client: Visitor, anna: Any) -> None:
    answer = token(client)
    assert set(answer) == {"access_token"}
    assert opens(client, answer["access_token"]) == 200


def test_T_A01_the_api_counts_and_locks_as_the_page_does(client: Visitor, anna: Any) -> None:
    for _ in range(5):
        answer = client.send("POST", LOGIN, json={"username": "anna", "password": WRONG})
        assert answer.status_code == 401
    assert client.send("POST", LOGIN, json={"username": "anna", "password": PASSWORD}).status_code == 401
    assert audited("locked") == 1
    codes = [
        client.send("POST", LOGIN, json={"username": "x", "password": WRONG}).status_code for _ in range(26)
    ]
    assert codes[-1] == 429


def forged(app: Flask, user: Any, **changes: Any) -> dict[str, str]:
    key = app.config["SECRET_KEY"]
    now = datetime.now(UTC)
    good = {"sub": str(user.id), "iss": app.config["JWT_ENCODE_ISSUER"], "iat": now, "nbf": now, "jti": "1",
            "type": "access", "fresh": False, "exp": now + timedelta(minutes=5)}  # fmt: skip
    unsigned = {**good, "iat": 0, "nbf": 0, "exp": 2**31}
    none = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none", "typ": "JWT"}, unsigned)
    )
    return {
        "alg none": none + ".",
        "expired": jwt.encode({**good, "exp": now - timedelta(minutes=1)}, key),
        "other key": jwt.encode(good, "another key that is long enough to be one"),
        "other issuer": jwt.encode({**good, "iss": "https://evil.example"}, key),
        "no stamp": jwt.encode(good, key),
        "nonsense": "abc",
    }


@pytest.mark.parametrize("kind", ["alg none", "expired", "other key", "other issuer", "no stamp", "nonsense"])
def test_T_A11_a_forged_or_old_token_is_refused(app: Flask, client: Visitor, anna: Any, kind: str) -> None:
    assert opens(client, forged(app, anna)[kind]) == 401


def test_T_A13_tokens_die_with_the_account_and_with_its_password(client: Visitor, anna: Any) -> None:
    answer = token(client, refresh=True)
    bearer = {"Authorization": f"Bearer {answer['refresh_token']}"}
    renewed = client.send("POST", "/api/v1/security/refresh", headers=bearer).get_json()["access_token"]
    assert opens(client, renewed) == 200
    anna.password = "scrypt:another"
    db_session.commit()
    assert opens(client, renewed) == 401
    assert client.send("POST", "/api/v1/security/refresh", headers=bearer).status_code == 401
    anna.active = False
    db_session.commit()
    assert opens(client, answer["access_token"]) == 401


@pytest.mark.parametrize("body", [None, [], "x"])
def test_a_sign_in_that_is_no_object_is_a_bad_request(client: Visitor, body: Any) -> None:
    assert client.send("POST", LOGIN, json=body).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "username"), ({"username": "anna"}, "password"), ({"username": 1, "password": "x"}, "username")],
)
def test_a_sign_in_that_lacks_something_is_told_what(client: Visitor, body: Any, field: str) -> None:
    answer = client.send("POST", LOGIN, json=body)
    assert answer.status_code == 422
    assert answer.get_json()["problems"][0]["field"] == field


def test_a_refresh_token_is_no_access_token(client: Visitor, anna: Any) -> None:
    assert opens(client, token(client, refresh=True)["refresh_token"]) == 401
