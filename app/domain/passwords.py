"""Which passwords are refused: too short, among those everybody tries first, or made of what others know of the account.

No composition rules and no expiry (NIST SP 800-63B, 3.1.1.2): they make passwords worse. 8 to 128 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from app.domain.normal import InputError, data_lines, has_control, name_key
from app.domain.text import N_

SHORTEST, LONGEST = 8, 128
#: rows of keys and alphabets along which fingers run
_RUNS = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()",
    "147258369",
    "a1b2c3d4e5f6g7h8",
)
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_COMPANY = re.compile(r"(?:股份|责任)*有限(?:责任)?公司$|公司$|集团$|大学$|学院$|研究院$|研究所$")
#: what may remain beside a known word and still be no secret: a year, a few signs
_LITTLE = 4


def check(password: str, personal: Iterable[str] = ()) -> None:
    """Refuse a password (InputError) that would be guessed; ``personal`` are names and numbers of the account."""
    if len(password) < SHORTEST:
        raise InputError(N_("密码至少 {least} 位，现为 {count} 位", least=SHORTEST, count=len(password)))
    if len(password) > LONGEST:
        raise InputError(N_("密码最多 {most} 位", most=LONGEST))
    if has_control(password):
        raise InputError(N_("含有不可见的控制字符，请删除后重新填写"))
    if _is_common(password.casefold()):
        raise InputError(N_("这是常见或有规律的密码，容易被猜中，请换一个，例如几个不相干的词连在一起"))
    if _is_personal(password, personal):
        raise InputError(N_("密码不能主要由单位名称、用户名、手机号码、邮箱或年份组成，请换一个"))


def _is_common(password: str) -> bool:
    if _is_repeated(password) or _is_run(password) or _DATE.fullmatch(password):
        return True
    core = password.strip("0123456789!@#$%^&*()._-+=?~ ")
    rest = password.replace(core, "", 1) if core else password
    words = _words()
    if password in words or (core in words and (len(rest) <= _LITTLE or _is_run(rest) or _is_repeated(rest))):
        return True
    return (
        password.translate(_LOOKALIKES).strip("0123456789!@#$%^&*()._-+=?~ ") in words
        and len(rest) <= _LITTLE
    )


def _is_repeated(text: str) -> bool:
    """A unit of at most four signs over and over: 11111111, abcabcabc, 12341234."""
    return len(text) > 1 and any(
        (text[:n] * len(text))[: len(text)] == text for n in range(1, min(5, len(text)))
    )


def _is_run(text: str) -> bool:
    """A stretch of keys or letters in order, forwards or backwards, or two such stretches: 12345678, qwer1234."""
    if len(text) < 3:
        return False
    return any(_along(text[:n]) and (_along(text[n:])) for n in range(3, len(text) + 1))


def _along(text: str) -> bool:
    return not text or (len(text) > 2 and any(text in run or text in run[::-1] for run in _RUNS))


def _is_personal(password: str, personal: Iterable[str]) -> bool:
    key = name_key(password)
    known = sorted({part for text in personal for part in _parts(text)}, key=len, reverse=True)
    words = re.sub(r"[0-9]", "", key)
    if len(words) >= (_LITTLE if words.isascii() else 2) and any(words in part for part in known):
        return True
    rest = key
    for part in known:
        rest = rest.replace(part, "")
    return rest != key and len(re.sub(r"(?:19|20)\d\d|123\d*", "", rest)) < _LITTLE


def _parts(text: str) -> Iterable[str]:
    """A name as a whole, without 有限公司 and the like, and the pieces of an e-mail address."""
    for part in (text, _COMPANY.sub("", text), *text.split("@")):
        key = name_key(part)
        if len(key) >= (_LITTLE if key.isascii() else 2):
            yield key


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    return frozenset(word for line in data_lines("common_passwords.txt") for word in line.split())
