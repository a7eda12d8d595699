"""Nothing changes by a link or from a foreign page (abuse.md E), for the account pages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.accounts import PASSWORD, audited, make_account
from tests.support.visitor import Visitor

CHANGES = ("/login/", "/logout", "/language", "/large-type", "/register", "/register/code", "/password/forgot",
           "/password/reset", "/password/change")  # fmt: skip
FOREIGN = {"Origin": "https://evil.example", "Referer": "https://evil.example/page"}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    make_account()
    visitor = Visitor(app)
    visitor.sign_in("anna")
    return visitor


@pytest.mark.parametrize("path", ["/logout", "/language", "/large-type", "/register/code"])
def test_T_C01_a_change_is_not_made_by_opening_a_link(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 405


@pytest.mark.parametrize("path", CHANGES)
def test_T_C02_a_cookie_alone_changes_nothing(visitor: Visitor, path: str) -> None:
    answer = visitor.send(
        "POST", path, data={"language": "en", "username": "anna", "password": PASSWORD}, headers=FOREIGN
    )
    assert answer.status_code == 400


def test_T_C02_a_refusal_leaves_a_trace_and_strangers_cannot_fill_the_trail(
    app: Flask, visitor: Visitor
) -> None:
    visitor.send("POST", "/desk/pick", headers=FOREIGN)
    assert audited("refused") == 1
    stranger = Visitor(app)
    for path in ("/desk/pick", "/password/change"):
        assert stranger.send("POST", path, headers=FOREIGN).status_code == 400
    assert audited("refused") == 1


def test_T_C04_a_foreign_page_can_neither_sign_out_nor_switch_the_language(visitor: Visitor) -> None:
    for path in ("/logout", "/language", "/large-type"):
        visitor.send("POST", path, data={"language": "en"}, headers=FOREIGN)
    page = visitor.get("/password/change")
    assert page.status_code == 200
    assert 'lang="zh-CN"' in page.text
    assert 'class="large-type"' not in page.text
