"""Unified social credit codes (统一社会信用代码, GB 32100-2015); a refusal names the rule it follows."""

from __future__ import annotations

import re

from stdnum.cn import uscc as _stdnum

from app.domain.normal import InputError, clean, has_control
from app.domain.text import N_, Message

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LEFT_OUT = frozenset("IOSVZ")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

ENTERPRISE = "91"
SELF_EMPLOYED = "92"
COLLECTIVE = "N"
# What the first signs stand for [A]; all but the self-employed are legal persons.
KINDS: dict[str, Message] = {
    "11": N_("机关"),
    "12": N_("事业单位"),
    "51": N_("社会团体"),
    "52": N_("民办非企业单位"),
    "53": N_("基金会"),
    ENTERPRISE: N_("企业"),
    SELF_EMPLOYED: N_("个体工商户"),
    "93": N_("农民专业合作社"),
    COLLECTIVE: N_("农村集体经济组织"),
}


class CodeError(InputError):
    """The text is not a unified social credit code; the message names the rule it breaks."""


def check(text: str) -> str:
    """The code as it is stored (18 signs, capitals, no blanks); :class:`CodeError` names the broken rule.

    python-stdnum works out the last sign; what it does not know (codes that begin with N, the organisation
    code in 9 to 17) is checked here.
    """
    code = "" if has_control(text) else re.sub(r"[\s\-—·]", "", clean(text)).upper()
    _refuse_shape(code)
    for place, sign in enumerate(code, start=1):
        if sign in _LEFT_OUT:
            raise CodeError(
                N_(
                    "第 {place} 位“{sign}”有误：代码不用字母 I、O、S、V、Z，请看清是否为数字 1、0、5、2",
                    place=place,
                    sign=sign,
                )
            )
        if sign not in ALPHABET:
            raise CodeError(N_("第 {place} 位“{sign}”不是数字或大写字母", place=place, sign=sign))
    if not re.fullmatch(r"(?:[0-9]{2}|N[0-9])[0-9]{6}", code[:8]):
        raise CodeError(N_("前 8 位有误：前两位是登记类别，第 3 至 8 位是行政区划的数字"))
    if _stdnum.calc_check_digit(code[:17]) != code[17]:
        raise CodeError(N_("第 18 位校验码不符，请对照证照逐位核对"))
    if organisation_check(code[8:16]) != code[16]:
        raise CodeError(N_("第 17 位（组织机构代码校验码）不符，请对照证照逐位核对"))
    return code


def is_valid(text: str) -> bool:
    """Whether :func:`check` accepts ``text``."""
    try:
        check(text)
    except CodeError:
        return False
    return True


def kind_of(code: str) -> str:
    """The key of :data:`KINDS` for a code, or its first two signs where they are not in it."""
    return COLLECTIVE if code.startswith(COLLECTIVE) else code[:2]


def organisation_check(eight: str) -> str:
    """The check sign of an organisation code of eight signs (GB 11714-1997): 11 − Σ value × weight mod 11."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(eight, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def _refuse_shape(code: str) -> None:
    if not code:
        raise CodeError(N_("请填写 18 位统一社会信用代码"))
    if re.fullmatch(r"[0-9]{15}", code):
        raise CodeError(N_("这是旧的 15 位营业执照注册号，请填写 18 位统一社会信用代码"))
    if re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code):
        raise CodeError(N_("这是组织机构代码，请填写 18 位统一社会信用代码"))
    if len(code) != 18:
        raise CodeError(N_("统一社会信用代码应为 18 位，现为 {count} 位", count=len(code)))
