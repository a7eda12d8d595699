"""One-time codes and what they open: registering and setting a password anew (abuse.md A)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.db import session as db_session
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import RuleError, TooMany
from app.services import accounts, codes, registration
from tests.support.accounts import IP, PASSWORD, account_of, audited, make_account, try_to_sign_in
from tests.support.factories import NOW, make_unit, make_uscc

pytestmark = pytest.mark.usefixtures("session")
PHONE, MINUTE = "13800138000", timedelta(minutes=1)
NEW = "three unrelated words"


def send(
    address: str = PHONE, *, now: datetime = NOW, ip: str = IP, purpose: str = "register", **values: Any
) -> str:
    with transaction(Actor.anonymous()):
        return codes.send(purpose, "sms", address, ip, now, **values)


def sent_code() -> str:
    """The code of the latest message."""
    body = db_session.scalars(select(m.Outbox.body).order_by(m.Outbox.id.desc()).limit(1)).one()
    match = re.search(r"[0-9]{6}", body)
    assert match
    return match.group()


def check(
    request_id: str, code: str, *, now: datetime = NOW, address: str | None = PHONE, purpose: str = "register"
) -> str:
    """'' when the code is right, else the refusal."""
    with transaction(Actor.anonymous()):
        try:
            codes.check(purpose, request_id, code, now, address=address)
        except RuleError as error:
            return str(error.message)
    return ""


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_T_A08_the_right_code_is_good_once() -> None:
    request_id = send()
    assert check(request_id, sent_code()) == ""
    with transaction(Actor.anonymous()):
        codes.use("register", request_id, NOW)
    with pytest.raises(RuleError), transaction(Actor.anonymous()):
        codes.use("register", request_id, NOW)
    assert check(request_id, sent_code())


def test_T_A08_five_tries_and_the_code_is_void() -> None:
    request_id = send()
    code = sent_code()
    refusals = [check(request_id, other_than(code)) for _ in range(5)]
    assert [re.findall(r"\d", text)[0] for text in refusals[:4]] == ["4", "3", "2", "1"]
    assert check(request_id, code)


def test_T_A08_a_new_code_voids_the_old_one() -> None:
    first = send()
    old = sent_code()
    second = send(now=NOW + 2 * MINUTE)
    assert check(first, old, now=NOW + 2 * MINUTE)
    assert check(second, sent_code(), now=NOW + 2 * MINUTE) == ""


def test_T_A08_a_code_is_bound_to_phone_request_and_purpose() -> None:
    request_id = send()
    code = sent_code()
    assert check(request_id, code, address="13900139000")
    assert check("another request", code)
    assert check(request_id, code, purpose="reset")
    assert check(request_id, code) == ""


def test_T_A08_a_code_lives_five_minutes() -> None:
    request_id = send()
    assert check(request_id, sent_code(), now=NOW + 5 * MINUTE)


def test_T_A08_the_code_is_stored_only_as_a_digest() -> None:
    send()
    row = db_session.scalars(select(m.OneTimeCode)).one()
    assert sent_code() not in row.code_hash


def test_T_A09_one_number_gets_ten_codes_a_day() -> None:
    for number in range(10):
        send(now=NOW + number * 2 * MINUTE, ip=f"192.0.2.{number}")
    with pytest.raises(TooMany) as refused:
        send(now=NOW + 30 * MINUTE)
    assert refused.value.retry_after == 24 * 3600 - 30 * 60 + 1
    send(now=NOW + timedelta(days=1, seconds=1))


def test_T_A09_a_minute_passes_between_two_codes() -> None:
    send()
    with pytest.raises(TooMany) as refused:
        send(now=NOW + timedelta(seconds=20))
    assert refused.value.retry_after == 41


@pytest.mark.parametrize("limit", ["codes_per_ip_day", "codes_per_day"])
def test_T_A09_a_network_address_and_the_platform_have_their_shares(limit: str, monkeypatch: Any) -> None:
    figures = {
        "codes_per_address_day": 10,
        "codes_per_ip_day": 100,
        "codes_per_day": 100,
        "code_minutes": 5,
        limit: 3,
    }
    monkeypatch.setattr(codes.parameters, "integer", figures.__getitem__)
    for number in range(3):
        send(f"1380013800{number}")
    with pytest.raises(TooMany):
        send("13800138009")


# ---------------------------------------------------------------- registering


def registration_of(**values: Any) -> registration.Registration:
    request_id = send()
    defaults = {
        "uscc": make_uscc(), "unit_name": "长沙丙示例机械有限公司", "username": "", "mobile": PHONE,
        "email": "bing@example.com", "password": PASSWORD, "channel": "sms", "request_id": request_id,
        "code": sent_code(),
    }  # fmt: skip
    return registration.Registration(**(defaults | values))


def register(data: registration.Registration) -> list[str | None]:
    """The fields that have problems; none when the unit is registered."""
    with transaction(Actor.anonymous()):
        try:
            registration.register(data, NOW)
        except RuleError as error:
            return [problem.field for problem in error.problems]
    return []


def test_a_unit_registers_and_its_code_is_its_user_name() -> None:
    make_account(username="another")
    data = registration_of(uscc=" " + make_uscc().lower())
    assert register(data) == []
    unit = db_session.scalars(select(m.Unit).where(m.Unit.name == data.unit_name)).one()
    assert unit.uscc == data.uscc.strip().upper()
    assert unit.state == "unverified"
    signed_in = try_to_sign_in(unit.uscc, PASSWORD)
    assert isinstance(signed_in, accounts.SignedIn)
    account = db_session.get_one(m.Account, signed_in.user_id)
    assert (account.unit_id, account.mobile) == (unit.id, PHONE)


def test_a_unit_that_registered_before_is_told_to_find_its_account() -> None:
    unit = make_unit()
    db_session.commit()
    with pytest.raises(RuleError) as refused:
        registration.check_uscc(unit.uscc.lower())
    assert refused.value.problems[0].rule == "registered"
    assert "找回账号" in str(refused.value.message)


def test_everything_that_is_wrong_is_named_at_once_and_costs_no_try() -> None:
    data = registration_of(
        uscc="91350100M000100Y44", unit_name=" ", mobile="123", email="x", username="1x", password="1"
    )
    assert register(data) == ["uscc", "unit_name", "username", "mobile", "email", "password"]
    assert db_session.scalars(select(m.OneTimeCode.tries)).one() == 0


def test_what_others_use_already_is_named_after_the_code_was_right() -> None:
    make_account(username="taken", mobile=PHONE)
    data = registration_of(username="taken", email="taken@example.com")
    assert register(registration.Registration(**(vars(data) | {"code": other_than(data.code)}))) == ["code"]
    assert register(data) == ["username", "mobile", "email"]


def test_a_code_sent_to_one_number_registers_no_other() -> None:
    assert register(registration_of(mobile="13900139000")) == ["code"]
    assert not db_session.scalars(select(m.Unit.id)).all()


def test_T_A06_registration_refuses_a_password_made_of_the_units_name() -> None:
    assert register(registration_of(password="长沙丙示例机械有限公司2025")) == ["password"]


# ---------------------------------------------------------------- forgotten passwords


def ask(name: str, *, now: datetime = NOW) -> str:
    """The request's id, empty where the account has had its share."""
    with transaction(Actor.anonymous()):
        return accounts.request_reset(name, IP, now) or ""


def reset(request_id: str, code: str, new: str = NEW) -> str:
    with transaction(Actor.anonymous()):
        return accounts.reset(request_id, code, new, NOW)


@pytest.mark.parametrize("name", ["anna", PHONE, "anna@example.com"])
def test_a_code_sets_a_forgotten_password_and_tells_the_user_name(name: str) -> None:
    user = make_account(mobile=PHONE)
    request_id = ask(name)
    message = db_session.scalars(select(m.Outbox)).one()
    assert message.address == ("anna@example.com" if "@" in name else PHONE)
    assert message.secret
    assert reset(request_id, sent_code()) == "anna"
    assert isinstance(try_to_sign_in("anna", NEW), accounts.SignedIn)
    assert audited("password_changed") == 1
    assert account_of(user).state == "active"


def test_T_A05_a_name_nobody_has_is_answered_and_limited_alike() -> None:
    make_account()
    known, unknown = ask("anna"), ask("nobody")
    assert len(known) == len(unknown)
    assert db_session.scalars(select(m.Outbox.address)).all() == ["anna@example.com"]
    for name in ("anna", "nobody"):
        assert ask(name, now=NOW + timedelta(seconds=30)) == ""
    assert len(db_session.scalars(select(m.Outbox.id)).all()) == 1
    assert reset(known, sent_code()) == "anna", "asking again in vain leaves the code good"


def test_T_A05_asking_by_another_name_of_an_account_tells_nothing() -> None:
    make_account(mobile=PHONE)
    db_session.commit()
    answers = [
        [bool(ask(name)) for name in names] for names in (("anna", PHONE, "+86" + PHONE), ("nobody",) * 3)
    ]
    assert answers == [[True, False, False]] * 2
    asked = db_session.scalars(select(m.OneTimeCode.ip)).all()
    assert asked == [IP] * 6, "each counts for the network address, whatever became of it"


def test_T_A05_nothing_is_sent_to_a_closed_account() -> None:
    user = make_account()
    user.active = False
    db_session.commit()
    ask("anna")
    assert not db_session.scalars(select(m.Outbox.id)).all()


def test_T_S02_a_reset_ends_all_sessions_and_lifts_a_lock() -> None:
    user = make_account(state="locked", locked_until=NOW + timedelta(hours=1), failed_signins=5)
    db_session.add(m.WebSession(id="a" * 64, user_id=user.id, data="{}", created_at=NOW, seen_at=NOW))
    db_session.commit()
    reset(ask("anna"), sent_code())
    assert not db_session.scalars(select(m.WebSession.id)).all()
    assert isinstance(try_to_sign_in("anna", NEW), accounts.SignedIn)


def test_T_A06_a_reset_refuses_a_bad_password_and_keeps_the_code() -> None:
    make_account()
    request_id = ask("anna")
    with pytest.raises(RuleError) as refused:
        reset(request_id, sent_code(), "anna2025")
    assert refused.value.problems[0].field == "new"
    reset(request_id, sent_code())
