"""Registering and finding an account again, as people do it (mission A1, A2; abuse.md A)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import models as m
from app.db import session as db_session
from tests.support.accounts import PASSWORD, make_account
from tests.support.captcha import solve
from tests.support.factories import make_unit, make_uscc
from tests.support.visitor import OWN_PAGE, Visitor

PHONE, MAIL = "13800138000", "bing@example.com"
JSON = {**OWN_PAGE, "Accept": "application/json"}


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def latest_code() -> str:
    body = db_session.scalars(select(m.Outbox.body).order_by(m.Outbox.id.desc()).limit(1)).one()
    match = re.search(r"[0-9]{6}", body)
    assert match
    return match.group()


def ask_for_code(visitor: Visitor, **data: str) -> Any:
    visitor.get("/register")
    typed = {"channel": "sms", "mobile": PHONE, "captcha": solve(visitor), **data}
    return visitor.post("/register/code", typed, headers=JSON)


def form(**values: str) -> dict[str, str]:
    return {
        "uscc": make_uscc(), "unit_name": "长沙丙示例机械有限公司", "mobile": PHONE, "email": MAIL, "channel": "sms",
        "code": latest_code(), "password": PASSWORD, "again": PASSWORD, "agree": "y", **values,
    }  # fmt: skip


def test_a_unit_registers_and_is_signed_in(visitor: Visitor) -> None:
    answer = ask_for_code(visitor)
    assert answer.status_code == 200
    assert answer.get_json()["seconds"] == 60
    registered = visitor.post("/register", form())
    assert (registered.status_code, registered.location) == (302, "/my/")
    assert visitor.is_signed_in()
    assert db_session.scalars(select(m.Unit.state)).all() == ["unverified"]


def test_the_code_may_come_by_mail_instead(visitor: Visitor) -> None:
    ask_for_code(visitor, channel="email", email=MAIL)
    assert db_session.scalars(select(m.Outbox.address)).all() == [MAIL]
    assert visitor.post("/register", form(channel="email")).status_code == 302


def test_a_form_with_mistakes_comes_back_whole_but_for_the_passwords(visitor: Visitor) -> None:
    ask_for_code(visitor)
    page = visitor.post("/register", form(uscc="91350100M000100Y44", password="12345678", again="12345678"))
    assert page.status_code == 422
    for typed in ("91350100M000100Y44", "长沙丙示例机械有限公司", PHONE, MAIL):
        assert f'value="{typed}"' in page.text
    assert 'value="12345678"' not in page.text
    assert 'href="#uscc"' in page.text
    assert "第 18 位校验码不符" in page.text
    assert "常见或有规律的密码" in page.text


def test_a_registered_unit_is_led_to_its_account(visitor: Visitor) -> None:
    unit = make_unit()
    db_session.commit()
    answer = visitor.get("/register/uscc", query_string={"code": unit.uscc.lower()}).get_json()
    assert (answer["ok"], answer["registered"]) == (False, True)
    ask_for_code(visitor)
    page = visitor.post("/register", form(uscc=unit.uscc))
    assert "已注册，请直接登录或找回账号" in page.text
    assert re.search(r"data-uscc-registered><a", page.text)


@pytest.mark.parametrize(
    ("code", "ok"),
    [("91350100M000100Y43", True), ("91350100m000100y43", True), ("91350100M000100Y44", False), ("", False)],
)
def test_T_T09_the_code_is_checked_while_it_is_typed(visitor: Visitor, code: str, ok: bool) -> None:
    answer = visitor.get("/register/uscc", query_string={"code": code}).get_json()
    assert answer["ok"] is ok
    assert answer["message"]


def test_a_wrong_captcha_sends_nothing_and_is_spent(visitor: Visitor) -> None:
    right = solve(visitor)
    for captcha in ("....", right):
        answer = visitor.post(
            "/register/code", {"channel": "sms", "mobile": PHONE, "captcha": captcha}, headers=JSON
        )
        assert answer.status_code == 422
        assert answer.get_json()["problems"][0]["field"] == "captcha"
    assert not db_session.scalars(select(m.Outbox.id)).all()


def test_T_A09_a_second_code_within_a_minute_is_refused_with_the_time_to_wait(visitor: Visitor) -> None:
    ask_for_code(visitor)
    answer = ask_for_code(visitor)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_a_bad_number_is_named_beside_its_field(visitor: Visitor) -> None:
    answer = ask_for_code(visitor, mobile="123")
    assert [problem["field"] for problem in answer.get_json()["problems"]] == ["mobile"]


def test_T_A08_five_wrong_codes_spend_the_code_for_the_page_too(visitor: Visitor) -> None:
    ask_for_code(visitor)
    right = latest_code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        assert visitor.post("/register", form(code=wrong)).status_code == 422
    page = visitor.post("/register", form(code=right))
    assert page.status_code == 422
    assert "验证码已失效" in page.text


def test_a_visitor_who_forgot_sets_a_new_password(visitor: Visitor) -> None:
    make_account(mobile=PHONE)
    visitor.get("/password/forgot")
    assert visitor.post("/password/forgot", {"name": PHONE}).location == "/password/reset"
    visitor.get("/password/reset")
    new = "three unrelated words"
    answer = visitor.post("/password/reset", {"code": latest_code(), "new": new, "again": new})
    assert answer.location == "/login/"
    assert "用户名是 anna" in visitor.get("/login/").text
    assert visitor.sign_in("anna", new).status_code == 302


def test_T_A05_a_forgotten_password_is_answered_alike_for_everybody(app: Flask) -> None:
    make_account()
    pages = []
    for name in ("anna@example.com", "nobody@example.com"):
        visitor = Visitor(app)
        visitor.get("/password/forgot")
        answer = visitor.post("/password/forgot", {"name": name})
        page = visitor.get("/password/reset")
        pages.append((answer.status_code, answer.location, page.text.replace(visitor.token, "")))
    assert pages[0] == pages[1]


def test_the_message_box_shows_codes_to_everybody_where_nothing_is_sent(visitor: Visitor) -> None:
    ask_for_code(visitor)
    page = visitor.get("/box").text
    assert "演示环境" in page
    assert latest_code() in page


@pytest.mark.parametrize("path", ["/register", "/password/forgot", "/password/reset", "/login/"])
def test_the_pages_exist_in_english(visitor: Visitor, path: str) -> None:
    visitor.get("/login/")
    visitor.post("/language", {"language": "en"})
    main = visitor.get(path).text.split("<main")[1].split("</main>")[0]
    assert not re.search(r"[\u4e00-\u9fff]", main)
