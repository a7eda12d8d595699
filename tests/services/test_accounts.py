"""Signing in, locking, passwords (abuse.md A)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.security import check_password_hash

from app import models as m
from app.db import session as db_session
from app.db import transaction
from app.domain.actor import ADMIN, REVIEWER, Actor
from app.domain.errors import NotAllowed, RuleError, TooMany
from app.services import accounts, users
from tests.support.accounts import IP, PASSWORD, WRONG, account_of, audited, make_account, try_to_sign_in
from tests.support.factories import NOW, actor_of, make_unit

pytestmark = pytest.mark.usefixtures("session")
LATER = NOW + timedelta(minutes=15, seconds=1)


def fail(times: int, name: str = "anna", **values: Any) -> list[Any]:
    return [try_to_sign_in(name, WRONG, **values) for _ in range(times)]


def test_one_signs_in_with_user_name_mobile_or_mail() -> None:
    user = make_account(mobile="13800138000")
    for name in ("anna", " ANNA ", "138 0013 8000", "Anna@Example.com"):
        signed_in = try_to_sign_in(name, PASSWORD)
        assert isinstance(signed_in, accounts.SignedIn)
        assert signed_in.user_id == user.id
    assert audited("signin") == 4


def test_a_code_as_user_name_is_read_in_small_letters_too() -> None:
    unit = make_unit()
    make_account(username=unit.uscc, unit=unit)
    assert isinstance(try_to_sign_in(unit.uscc.lower(), PASSWORD), accounts.SignedIn)


def test_T_A01_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour() -> None:
    user = make_account()
    refusals = {*fail(6), try_to_sign_in("anna", PASSWORD)}
    assert len(refusals) == 1, "the same sentence, whether wrong or locked"
    assert account_of(user).state == "locked"
    assert audited("signin_failed") == 7
    assert audited("locked") == 1
    assert isinstance(try_to_sign_in("anna", PASSWORD, now=LATER), accounts.SignedIn)
    assert account_of(user).state == "active"


def test_T_A01_an_administrator_unlocks() -> None:
    user = make_account()
    admin = actor_of(make_account(ADMIN, "root1"))
    fail(5)
    with transaction(admin):
        users.unlock(admin, user.id)
    assert isinstance(try_to_sign_in("anna", PASSWORD), accounts.SignedIn)


def test_T_A01_a_right_password_sets_the_count_back() -> None:
    make_account()
    for _ in range(2):
        fail(4)
        assert isinstance(try_to_sign_in("anna", PASSWORD), accounts.SignedIn)


def test_T_A01_after_the_time_is_over_counting_begins_anew() -> None:
    user = make_account()
    fail(5)
    fail(1, now=LATER)
    assert account_of(user).failed_signins == 1
    assert isinstance(try_to_sign_in("anna", PASSWORD, now=LATER), accounts.SignedIn)


def test_T_A01_tries_at_the_same_time_are_counted_one_by_one(app: Flask) -> None:
    user = make_account()

    def guess(_number: int) -> None:
        with app.app_context():
            fail(1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(guess, range(6)))
    assert account_of(user).state == "locked"
    assert account_of(user).failed_signins == 5
    assert isinstance(try_to_sign_in("anna", PASSWORD), str)


def test_T_A02_one_password_on_many_accounts_is_slowed_down_by_network_address() -> None:
    limits = accounts.Limits(per_address=6)
    make_account()
    for number in range(6):
        try_to_sign_in(f"nobody{number}", WRONG, limits=limits, now=NOW + timedelta(seconds=number))
    with pytest.raises(TooMany) as refused:
        try_to_sign_in("anna", PASSWORD, limits=limits, now=NOW + timedelta(seconds=10))
    assert refused.value.retry_after == 15 * 60 - 10 + 1
    assert isinstance(try_to_sign_in("anna", PASSWORD, ip="192.0.2.2", limits=limits), accounts.SignedIn)
    assert isinstance(try_to_sign_in("anna", PASSWORD, limits=limits, now=LATER), accounts.SignedIn)


def test_T_A02_after_some_failures_a_captcha_is_due() -> None:
    assert not accounts.needs_captcha(IP, NOW)
    fail(3, "nobody")
    assert accounts.needs_captcha(IP, NOW)
    assert not accounts.needs_captcha(IP, LATER)


def test_T_A04_an_unknown_user_costs_as_much_time_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes nearly all of the time: it is done once for either, in the same way."""
    make_account()
    methods: list[str] = []

    def check(hashed: str, password: str) -> bool:
        methods.append(hashed.split("$")[0])
        return check_password_hash(hashed, password)

    monkeypatch.setattr(accounts, "check_password_hash", check)
    for name in ("anna", "nobody"):
        try_to_sign_in(name, WRONG)
    known, unknown = methods
    assert known == unknown
    assert known.startswith("scrypt:")


@pytest.mark.parametrize("name", ["", "\x00", "anna\x00", "' OR 1=1 --", "%", "长" * 300])
def test_odd_names_are_refused_like_unknown_ones(name: str) -> None:
    make_account()
    assert try_to_sign_in(name, WRONG) == try_to_sign_in("nobody", WRONG)


def test_T_A12_demonstration_accounts_are_closed_in_production() -> None:
    demo, other = make_account(username="demo1", is_demo=True), make_account()
    with transaction(Actor.system("setup")):
        assert accounts.disable_demo_accounts() == 1
    assert isinstance(try_to_sign_in("demo1", PASSWORD), str)
    assert isinstance(try_to_sign_in("anna", PASSWORD), accounts.SignedIn)
    assert (account_of(demo).state, account_of(other).state) == ("disabled", "active")


def make_web_session(user_id: int, digest: str) -> None:
    db_session.add(m.WebSession(id=digest, user_id=user_id, data="{}", created_at=NOW, seen_at=NOW))
    db_session.commit()


def open_sessions() -> int:
    return db_session.scalar(select(func.count()).select_from(m.WebSession)) or 0


def test_T_A13_deactivating_ends_sessions_and_refuses_sign_in() -> None:
    user, admin = make_account(), actor_of(make_account(ADMIN, "root1"))
    make_web_session(user.id, "a" * 64)
    with transaction(admin):
        users.deactivate(admin, user.id)
    assert open_sessions() == 0
    assert isinstance(try_to_sign_in("anna", PASSWORD), str)
    with transaction(admin):
        users.activate(admin, user.id)
    assert isinstance(try_to_sign_in("anna", PASSWORD), accounts.SignedIn)


def test_nobody_but_an_administrator_manages_accounts() -> None:
    user, reviewer = make_account(), actor_of(make_account(REVIEWER, "rui"))
    for verb in (users.unlock, users.deactivate, users.activate, users.end_sessions):
        with pytest.raises(NotAllowed), transaction(reviewer):
            verb(reviewer, user.id)


def test_an_administrator_does_not_close_the_own_account() -> None:
    admin = actor_of(make_account(ADMIN, "root1"))
    with pytest.raises(RuleError), transaction(admin):
        users.deactivate(admin, admin.user_id or 0)


def test_T_S02_a_changed_password_ends_the_other_sessions() -> None:
    user = make_account()
    anna = actor_of(user)
    make_web_session(user.id, "a" * 64)
    make_web_session(user.id, "b" * 64)
    with transaction(anna):
        accounts.change_password(anna, PASSWORD, "an other good secret", IP, NOW, keep_digest="b" * 64)
    assert db_session.scalars(select(m.WebSession.id)).all() == ["b" * 64]
    assert isinstance(try_to_sign_in("anna", PASSWORD), str)
    assert isinstance(try_to_sign_in("anna", "an other good secret"), accounts.SignedIn)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [(WRONG, "an other good secret", "old"), (PASSWORD, PASSWORD, "new"), (PASSWORD, "12345678", "new")],
)
def test_a_password_is_changed_only_to_a_good_one_by_who_knows_the_old(
    old: str, new: str, field: str
) -> None:
    anna = actor_of(make_account())
    with pytest.raises(RuleError) as refused, transaction(anna):
        accounts.change_password(anna, old, new, IP, NOW)
    assert [problem.field for problem in refused.value.problems] == [field]
