"""The sign-in page, sessions and what ends them (abuse.md A, B)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import models as m
from app.db import db
from app.db import session as db_session
from app.domain.actor import ADMIN, AUDITOR, IP_OFFICE, RECOGNITION_OFFICER, REVIEWER, UNIT
from app.services import accounts
from app.web.access import internal
from app.web.accounts import AuthView
from app.web.sessions import DatabaseSessions
from config import SettingError, Settings
from tests.support.accounts import PASSWORD, WRONG, audited, make_account
from tests.support.captcha import solve
from tests.support.factories import make_unit
from tests.support.visitor import OWN_PAGE, Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


def age_sessions(**values: timedelta) -> None:
    """Move the sessions' times back."""
    columns = {name: getattr(m.WebSession, name) for name in values}
    for row in db_session.execute(select(m.WebSession.id, *columns.values())).all():
        aged = {name: getattr(row, name) - by for name, by in values.items()}
        db_session.execute(update(m.WebSession).where(m.WebSession.id == row.id).values(aged))
    db_session.commit()


def test_a_user_signs_in_and_comes_back_to_the_page_asked_for(visitor: Visitor) -> None:
    make_account(unit=make_unit())
    to_sign_in = visitor.get("/password/change")
    assert to_sign_in.location == "/login/?next=/password/change"
    page = visitor.get(to_sign_in.location)
    assert 'autocomplete="current-password"' in page.text
    assert 'value="/password/change"' in page.text
    answer = visitor.sign_in("anna", next="/password/change")
    assert (answer.status_code, answer.location) == (302, "/password/change")
    assert visitor.is_signed_in()


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (UNIT, ("/my/",)),
        (REVIEWER, ("/desk/",)),
        (RECOGNITION_OFFICER, ("/recognition/",)),
        (IP_OFFICE, ("/stats/", "/productview/list/")),
        (AUDITOR, ("/auditeventview/list/",)),
        (ADMIN, ("/desk/",)),
    ],
)
def test_signing_in_leads_everybody_to_their_work(
    visitor: Visitor, role: str, pages: tuple[str, ...]
) -> None:
    make_account(
        role, unit=make_unit() if role == UNIT else None, region_code="430000" if role == IP_OFFICE else None
    )
    begins = visitor.sign_in("anna").location
    assert begins in pages
    assert visitor.get(begins).status_code == 200
    assert visitor.get("/login/").location == begins
    home = visitor.get("/").text
    assert home.index(f'class="btn btn-primary" href="{begins}"') < home.index('role="search"')


def test_whoever_asked_for_a_page_is_led_there_and_not_to_work(visitor: Visitor) -> None:
    make_account(REVIEWER)
    assert visitor.sign_in("anna", next="/products").location == "/products"


def test_the_home_page_of_strangers_leads_nowhere_else_first(visitor: Visitor) -> None:
    assert "welcome" not in visitor.get("/").text


def test_a_refused_sign_in_keeps_the_name_and_never_the_password(visitor: Visitor) -> None:
    make_account()
    page = visitor.sign_in("anna", WRONG)
    assert page.status_code == 422
    assert 'value="anna"' in page.text
    assert WRONG not in page.text
    assert "用户名或密码不正确" in page.text
    assert audited("signin_failed") == 1


def test_while_a_password_is_hashed_others_can_write(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account()
    written = []

    def hash_slowly(_hashed: str, _password: str) -> bool:
        with db.engine.execution_options(writes=True).begin() as other:
            other.execute(update(m.Account).values(language="en"))
        written.append(True)
        return True

    monkeypatch.setattr(accounts, "check_password_hash", hash_slowly)
    assert visitor.sign_in("anna").status_code == 302
    assert written


def test_empty_fields_are_named_beside_them(visitor: Visitor) -> None:
    page = visitor.sign_in("", "")
    assert page.status_code == 422
    assert 'href="#username"' in page.text
    assert 'aria-describedby="password-error"' in page.text


def test_T_A01_the_page_locks_after_five_wrong_passwords(app: Flask) -> None:
    make_account()
    for number in range(5):
        Visitor(app, f"192.0.2.{number}").sign_in("anna", WRONG)
    assert Visitor(app, "192.0.2.9").sign_in("anna").status_code == 422
    assert audited("locked") == 1


def test_T_A02_spraying_is_answered_429_with_the_time_to_wait(visitor: Visitor) -> None:
    codes = [
        visitor.post("/login/", {"username": f"user{n}", "password": "Frühling2025"}).status_code
        for n in range(31)
    ]
    assert set(codes[:30]) == {422}
    assert codes[30] == 429
    answer = visitor.post("/login/", {"username": "user", "password": WRONG})
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60


def test_T_A02_after_failures_the_captcha_has_to_be_right(visitor: Visitor) -> None:
    make_account()
    for _ in range(3):
        page = visitor.sign_in("nobody", WRONG)
    assert 'name="captcha"' in page.text
    assert visitor.sign_in("anna").status_code == 422
    visitor.get("/captcha/image")
    assert visitor.sign_in("anna", captcha="....").status_code == 422
    assert visitor.get("/captcha/image").mimetype == "image/png"
    assert visitor.get("/captcha/sound").mimetype == "audio/wav"
    assert visitor.sign_in("anna", captcha=solve(visitor).lower()).status_code == 302


def test_T_A04_unknown_and_known_users_get_the_same_page(app: Flask) -> None:
    make_account()
    pages = []
    for name in ("anna", "nobody"):
        visitor = Visitor(app)
        page = visitor.sign_in(name, WRONG)
        pages.append((page.status_code, page.text.replace(visitor.token, "").replace(name, "")))
    assert [part.replace("nonce", "") for part in pages[0][1].splitlines()] == pages[1][1].splitlines()
    assert pages[0][0] == pages[1][0]


def test_T_A13_a_closed_account_is_out_at_the_next_request(app: Flask, visitor: Visitor) -> None:
    anna = make_account()
    make_account(ADMIN, "root1")
    visitor.sign_in("anna")
    admin = Visitor(app)
    admin.sign_in("root1")
    admin.get("/userview/list/")
    assert admin.post(f"/userview/action/deactivate/{anna.id}").status_code == 302
    assert not visitor.is_signed_in()


def test_T_S01_a_copied_cookie_is_worthless_after_signing_out(app: Flask, visitor: Visitor) -> None:
    make_account()
    visitor.sign_in("anna")
    thief = Visitor(app)
    thief.client.set_cookie("session", visitor.cookie)
    assert thief.is_signed_in()
    assert visitor.post("/logout").location == "/"
    assert not thief.is_signed_in()
    assert not visitor.is_signed_in()
    assert audited("signout") == 1


def test_T_S01_a_request_under_way_while_somebody_signs_out_brings_nothing_back(
    app: Flask, visitor: Visitor
) -> None:
    make_account()
    visitor.sign_in("anna")
    thief = Visitor(app)
    thief.client.set_cookie("session", visitor.cookie)
    with app.test_request_context("/language", headers={"Cookie": f"session={visitor.cookie}"}) as under_way:
        under_way.session["locale"] = "en"
        visitor.post("/logout")
        app.session_interface.save_session(app, under_way.session, app.response_class())
    assert not thief.is_signed_in()


def test_signing_in_gives_the_session_a_new_token(visitor: Visitor) -> None:
    make_account()
    visitor.get("/login/")
    before = visitor.cookie
    visitor.sign_in("anna")
    assert visitor.cookie != before


def test_T_S02_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    app: Flask, visitor: Visitor
) -> None:
    make_account()
    other = Visitor(app)
    other.sign_in("anna")
    visitor.sign_in("anna")
    before = visitor.cookie
    new = "three unrelated words"
    answer = visitor.post("/password/change", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 302
    assert visitor.is_signed_in()
    assert visitor.cookie != before
    assert not other.is_signed_in()


@pytest.mark.parametrize(
    ("aged", "goes_on"),
    [({"seen_at": timedelta(minutes=29)}, True), ({"seen_at": timedelta(minutes=31)}, False),
     ({"created_at": timedelta(hours=11, minutes=59)}, True), ({"created_at": timedelta(hours=12, minutes=1)}, False)],
)  # fmt: skip
def test_T_S04_a_session_ends_when_idle_and_after_half_a_day(
    visitor: Visitor, aged: Any, goes_on: bool
) -> None:
    make_account()
    visitor.sign_in("anna")
    age_sessions(**aged)
    assert visitor.is_signed_in() is goes_on


def test_T_S04_a_form_sent_after_the_session_ended_is_taken_up_again_after_signing_in(
    visitor: Visitor,
) -> None:
    make_account()
    visitor.sign_in("anna")
    age_sessions(seen_at=timedelta(minutes=31))
    page = "http://localhost/password/change"
    answer = visitor.post("/password/change", {"old": "x"}, headers={**OWN_PAGE, "Referer": page})
    assert (answer.status_code, answer.location) == (303, "/password/change?resume=1")
    to_sign_in = visitor.get(answer.location)
    assert to_sign_in.location == "/login/?next=/password/change?resume%3D1"
    assert "您填写的内容会自动恢复" in visitor.get(to_sign_in.location).text
    assert visitor.sign_in("anna", next="/password/change?resume=1").location == "/password/change?resume=1"


def test_T_S05_over_https_the_cookie_is_bound_to_host_and_secure(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        app, "session_interface", DatabaseSessions(timedelta(minutes=30), timedelta(hours=12), True)
    )
    cookie = visitor.get("/login/", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("secret", ["", "short", "a" * 64, "0123456" * 9])
def test_T_S10_production_does_not_start_with_a_poor_secret(secret: str) -> None:
    environment = {
        "ZP_MODE": "production",
        "ZP_BASE_URL": "https://example.com",
        "ZP_SMTP_HOST": "mail.example.com",
    }
    Settings.from_env({**environment, "ZP_SECRET_KEY": "0123456789abcdef" * 4})
    with pytest.raises(SettingError, match="ZP_SECRET_KEY"):
        Settings.from_env({**environment, "ZP_SECRET_KEY": secret})


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "%2f%2fevil.example",
     "/%2f%2fevil.example", "\tjavascript:alert(1)", "javascript:alert(1)", "http://localhost@evil.example/",
     "http://localhost:80@evil.example", "///evil.example", "/\t/evil.example", "http://localhost//evil.example",
     "http://[", "", "evil", "\\\\evil.example", "/\r\nSet-Cookie: a=b"],
)  # fmt: skip
def test_T_S07_after_signing_in_nobody_is_sent_off_the_site(visitor: Visitor, target: str) -> None:
    make_account()
    assert visitor.sign_in("anna", next=target).location == "/my/"
    assert visitor.get("/login/", query_string={"next": target}).location == "/my/"


def test_T_S07_pages_of_this_site_are_kept(app: Flask) -> None:
    with app.test_request_context():
        assert internal("/products?q=a%20b#x") == "/products?q=a%20b#x"
        assert internal("http://localhost/help") == "/help"


def test_T_S08_pages_of_signed_in_people_are_kept_by_no_cache(visitor: Visitor) -> None:
    make_account()
    visitor.sign_in("anna")
    assert visitor.get("/password/change").headers["Cache-Control"] == "no-store"


def test_T_S06_the_account_pages_carry_the_safety_headers(visitor: Visitor) -> None:
    for path in ("/login/", "/register", "/password/forgot", "/password/reset", "/box", "/captcha/image"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_T_V05_strangers_cannot_fill_the_table_of_sessions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AuthView, "often", "3 per minute")
    answers = [Visitor(app, ip="198.51.100.7").get("/login/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert len(db_session.scalars(select(m.WebSession.id)).all()) == 3


def test_a_session_cookie_is_for_this_site_and_for_no_script(visitor: Visitor) -> None:
    cookie = visitor.get("/login/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_language_and_large_type_are_remembered_with_the_account(app: Flask, visitor: Visitor) -> None:
    make_account()
    visitor.sign_in("anna")
    assert (
        visitor.post("/language", {"language": "en", "next": "/password/change"}).location
        == "/password/change"
    )
    assert 'lang="en"' in visitor.get("/password/change").text
    visitor.post("/large-type", {"next": "/"})
    again = Visitor(app)
    again.sign_in("anna")
    page = again.get("/password/change").text
    assert 'lang="en"' in page
    assert "large-type" in page
    again.post("/large-type")
    assert 'class="large-type"' not in again.get("/password/change").text
