"""Chinese patent and application numbers: read in every written form, checked by their check character.

Two forms: since 2003-10 ``YYYY T NNNNNNN . C`` (domain.md §4), before that ``YY T NNNNN . C``. T is the kind.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from operator import mul

from app.domain.normal import InputError, clean, has_control
from app.domain.text import N_, Message

INVENTION = "invention"
UTILITY_MODEL = "utility_model"
DESIGN = "design"
KINDS: dict[str, Message] = {INVENTION: N_("发明"), UTILITY_MODEL: N_("实用新型"), DESIGN: N_("外观设计")}
_KIND_OF_DIGIT = {"1": INVENTION, "2": UTILITY_MODEL, "3": DESIGN, "8": INVENTION, "9": UTILITY_MODEL}

PENDING = "pending"
VALID = "valid"
LAPSED = "lapsed"
LEGAL_STATES: dict[str, Message] = {PENDING: N_("审中"), VALID: N_("有权"), LAPSED: N_("失效")}
LAPSE_REASONS: dict[str, Message] = {
    "fee": N_("未缴年费"),
    "expired": N_("期限届满"),
    "abandoned": N_("放弃"),
    "invalidated": N_("无效"),
    "withdrawn": N_("撤回"),
    "rejected": N_("驳回"),
}

OWN = "own"
OBTAINED: dict[str, Message] = {
    OWN: N_("自主申请"),
    "assigned": N_("受让"),
    "licensed": N_("许可"),
    "contributed": N_("作价入股"),
}

TERM_YEARS = {INVENTION: 20, UTILITY_MODEL: 10, DESIGN: 15}
DESIGN_TERM_CHANGED = date(2021, 6, 1)
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_SIGNS = re.compile(r"[\s·\-_‐‑–—−]")


class NumberError(InputError):
    """The text is not a Chinese application number; the message says what it is instead, or what is wrong."""


@dataclass(frozen=True, order=True)
class PatentNumber:
    """A checked number. ``compact`` is its identity: digits and check character without the dot."""

    compact: str

    @property
    def dotted(self) -> str:
        """``201510222662.8``"""
        return f"{self.compact[:-1]}.{self.compact[-1]}"

    @property
    def display(self) -> str:
        """``ZL 2015 1 0222662.8``"""
        cut = self._year_length
        return f"ZL {self.compact[:cut]} {self.compact[cut]} {self.compact[cut + 1 : -1]}.{self.compact[-1]}"

    @property
    def check(self) -> str:
        """The check character."""
        return self.compact[-1]

    @property
    def year(self) -> int:
        """The year of filing in four digits."""
        written = int(self.compact[: self._year_length])
        return written if self._year_length == 4 else 1900 + written if written >= 85 else 2000 + written

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""
        return _KIND_OF_DIGIT[self.compact[self._year_length]]

    @property
    def is_pct(self) -> bool:
        """Whether it entered the national phase from an international application (8 and 9)."""
        return self.compact[self._year_length] in "89"

    @property
    def _year_length(self) -> int:
        return 4 if len(self.compact) == 13 else 2

    def __str__(self) -> str:
        return self.display


def check_character(digits: str) -> str:
    """The check character of the 12 (or 8) digits before the dot: Σ digit × weight mod 11, 10 written X."""
    return "0123456789X"[sum(map(mul, digits.encode().translate(_VALUES), _WEIGHTS)) % 11]


def parse(text: str) -> PatentNumber:
    """The number meant by ``text``, in any of the usual written forms.

    Raises :class:`NumberError` with a hint for publication and PCT numbers, a wrong length, an unknown kind,
    a year that cannot be and a wrong check character.
    """
    typed = "" if has_control(text) else _SIGNS.sub("", clean(text)).upper().replace("。", ".")
    if not typed:
        raise NumberError(N_("请填写专利号，如 ZL 2015 1 0222662.8"))
    _refuse_other_numbers(typed)
    body = re.sub(r"^(?:ZL|CN)+[.:：]?", "", typed)
    match = re.fullmatch(r"([0-9]{12}|[0-9]{8})\.?([0-9X])", body)
    if match is None:
        raise _shape_error(body)
    digits, check = match.groups()
    _refuse_impossible(digits)
    expected = check_character(digits)
    if check != expected:
        raise NumberError(
            N_(
                "专利号 {number} 校验位不符：按前面的数字，校验位应为 {check}，请核对各位数字",
                number=f"{digits}.{check}",
                check=expected,
            )
        )
    return PatentNumber(digits + check)


def is_valid(text: str) -> bool:
    """Whether :func:`parse` accepts ``text``."""
    try:
        parse(text)
    except NumberError:
        return False
    return True


def term_end(kind: str, filing_date: date) -> date:
    """The last day of a patent's term, counted from the day of filing [A]: invention 20 years, utility
    model 10, design 15 (10 where filed before 2021-06-01)."""
    years = TERM_YEARS[kind]
    if kind == DESIGN and filing_date < DESIGN_TERM_CHANGED:
        years = 10
    if (filing_date.month, filing_date.day) == (2, 29):
        filing_date -= timedelta(days=1)
    return filing_date.replace(year=filing_date.year + years)


def kind_code(text: str) -> str | None:
    """The code of a kind written in Chinese or as a code (``发明专利``, ``invention``), else None."""
    typed = unicodedata.normalize("NFKC", text).strip().lower().removesuffix("专利")
    return next((code for code, label in KINDS.items() if typed in (code, label.msgid)), None)


def _refuse_other_numbers(typed: str) -> None:
    if typed.startswith("PCT") or re.match(r"WO[0-9]{4}/?[0-9]", typed):
        raise NumberError(N_("这是国际申请（PCT）号，请填写进入中国后的专利号，如 ZL 2015 8 0022266.8"))
    if re.fullmatch(r"(?:ZL|CN)?[0-9]{7,9}[ABCUSY][0-9]?", typed):
        raise NumberError(N_("这是公开（公告）号，请填写申请号或专利号，如 ZL 2015 1 0222662.8"))
    if re.fullmatch(r"(?:US|EP|JP|KR|DE|FR|GB)[0-9A-Z/.,]+", typed):
        raise NumberError(N_("这是外国专利号，只能关联中国专利"))


def _shape_error(body: str) -> NumberError:
    count = len(re.sub(r"[^0-9X]", "", body))
    if not re.fullmatch(r"[0-9X.]+", body):
        return NumberError(N_("专利号只含数字和校验位，如 ZL 2015 1 0222662.8；请去掉其他文字"))
    if count in (8, 12) and "." not in body:
        return NumberError(N_("缺少小数点后的校验位，请填写完整的专利号，如 201510222662.8"))
    return NumberError(N_("专利号含校验位应为 13 位（2003 年 10 月以前 9 位），现为 {count} 位", count=count))


def _refuse_impossible(digits: str) -> None:
    year_length = 4 if len(digits) == 12 else 2
    year = int(digits[:year_length])
    fits = 2003 <= year <= 2099 if year_length == 4 else year >= 85 or year <= 3
    if not fits:
        raise NumberError(N_("专利号开头的年份 {year} 不对，请核对", year=digits[:year_length]))
    if digits[year_length] not in _KIND_OF_DIGIT:
        raise NumberError(
            N_(
                "年份后的一位“{digit}”不是专利类型（1 发明，2 实用新型，3 外观设计，8、9 国际申请）",
                digit=digits[year_length],
            )
        )
