"""Which passwords are refused (abuse.md T-A06), and how people's addresses are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import contacts, passwords
from app.domain.normal import InputError

PERSONAL = ["长沙示例科技有限公司", "91350100M000100Y43", "13800138000", "lisi@example.com", "lisi8812"]


def refused(password: str) -> bool:
    try:
        passwords.check(password, PERSONAL)
    except InputError:
        return True
    return False


@pytest.mark.parametrize(
    "password",
    [
        "12345678", "87654321", "password", "Password1", "P@ssw0rd", "qwertyui", "1qaz2wsx", "qwer1234", "aaaaaaaa",
        "abcabcabc", "20250101", "woaini1314", "admin888", "iloveyou", "short", "", "a" * 129, "nul\x00inside it",
    ],
)  # fmt: skip
def test_T_A06_common_short_and_endless_ones_are_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "长沙示例科技有限公司2025",
        "长沙示例科技2025",
        "示例科技2025",
        "91350100m000100y43",
        "13800138000",
        "lisi8812!",
        "Lisi@2025",
    ],
)
def test_T_A06_the_units_name_with_a_year_and_other_known_facts_are_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Kq8#vT2!",
        "83920174",
        "我的单位很好很强大呀",
        "x7 " * 21 + "y",
        "zhuanpin-lamp-river",
    ],
)
def test_T_A06_passphrases_are_accepted_whatever_their_signs(password: str) -> None:
    assert not refused(password)


@given(st.text(min_size=0, max_size=140))
def test_every_text_is_judged_without_a_fault(password: str) -> None:
    refused(password)


@pytest.mark.parametrize(
    "typed", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"]
)
def test_mobile_numbers_are_read_in_one_way(typed: str) -> None:
    assert contacts.mobile(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["", "12800138000", "1380013800", "138001380001", "tel", "138\x000138000"])
def test_other_numbers_are_refused(typed: str) -> None:
    with pytest.raises(InputError):
        contacts.mobile(typed)


def test_mail_addresses_are_kept_in_small_letters() -> None:
    assert contacts.email(" Anna.Li@Example.COM ") == "anna.li@example.com"


@pytest.mark.parametrize(
    "typed",
    ["", "a", "a@b", "a@b@c.com", "a b@c.com", "a..b@c.com", "a@c.com\nBcc: x@y.com", "a" * 200 + "@c.com"],
)
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        contacts.email(typed)


def test_a_user_name_is_taken_for_nothing_else() -> None:
    assert contacts.user_name("Anna.Li") == "anna.li"
    assert contacts.user_name("91350100m000100y43", "91350100M000100Y43") == "91350100M000100Y43"
    for typed in (
        "13800138000",
        "a@b.com",
        "ab",
        "1anna",
        "an na",
        "91350100M000100Y43",
        "x" * 65,
        "a\x00bcd",
    ):
        with pytest.raises(InputError):
            contacts.user_name(typed)
