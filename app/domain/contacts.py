"""How people are reached and called: mobile numbers, e-mail addresses and user names, each kept in one spelling."""

from __future__ import annotations

import re

from app.domain import uscc
from app.domain.normal import InputError, clean, refuse_control
from app.domain.text import N_

_MOBILE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})")
_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_USER_NAME = re.compile(r"[a-z][a-z0-9._-]{2,63}")
EMAIL_LENGTH = 200


def mobile(text: str) -> str:
    """A mobile number of the mainland as 11 digits; +86, blanks and hyphens are left out. InputError otherwise."""
    match = _MOBILE.fullmatch(re.sub(r"[\s-]", "", clean(refuse_control(text))))
    if match is None:
        raise InputError(N_("请填写 11 位手机号码"))
    return match.group(1)


def email(text: str) -> str:
    """An e-mail address in small letters; InputError otherwise."""
    address = clean(refuse_control(text)).lower()
    if len(address) > EMAIL_LENGTH or ".." in address or not _EMAIL.fullmatch(address):
        raise InputError(N_("请填写有效的电子邮箱，如 name@example.com"))
    return address


def user_name(text: str, own_code: str | None = None) -> str:
    """A user name: small letters, digits and . _ - from a letter on, or the unit's own code. InputError otherwise.

    It can therefore be taken neither for a mobile number, nor for an e-mail address, nor for another unit's code.
    """
    name = sign_in_name(refuse_control(text))
    if uscc.is_valid(name):
        if name != own_code:
            raise InputError(N_("用户名不能是其他单位的统一社会信用代码"))
    elif not _USER_NAME.fullmatch(name):
        raise InputError(N_("用户名为 3 至 64 位，以字母开头，可用字母、数字和 . _ -"))
    return name


def sign_in_name(text: str) -> str:
    """The spelling under which a typed user name is kept: codes in capitals, everything else in small letters."""
    name = clean(text)
    return uscc.check(name) if uscc.is_valid(name) else name.lower()
