"""JSON that scripts and programs send, to the sign-in for programs as well, which needs no account."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.visitor import Visitor

LOGIN = "/api/v1/security/login"


def send(app: Flask, text: str) -> TestResponse:
    return Visitor(app).send("POST", LOGIN, data=text, content_type="application/json")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, '{"username": "\\ud800", "password": "x"}',
        '{"\\udfff": 1}', "{", "null", "5", "NaN", '{"username": 1' + "0" * 5000 + "}", "\ud800",
    ],
)  # fmt: skip
def test_T_Q02_json_that_is_no_usable_object_is_a_bad_request(app: Flask, text: str) -> None:
    assert send(app, text.encode("utf-8", "surrogatepass").decode("latin-1")).status_code == 400


def test_T_U02_json_beyond_the_limit_is_refused_before_it_is_read(app: Flask) -> None:
    large = '{"username": [' + ",".join(["[]"] * 800_000) + "]}"
    assert send(app, large).status_code == 413
