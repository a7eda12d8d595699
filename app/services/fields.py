"""What people type, taken over into records: read field by field, so that one bad value keeps no other from being saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain import normal
from app.domain.errors import Problem
from app.domain.normal import InputError
from app.domain.text import N_, Message

Reader = Callable[[str], Any]
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TRUE = frozenset({"true", "1", "yes", "y", "on", "是"})
_FALSE = frozenset({"false", "0", "no", "n", "off", "否"})
_WHOLE_LIMIT = 10**9


@dataclass(frozen=True)
class Field:
    """A column people fill in: its label, how its text is read, what stands for "nothing", and whether a complete
    record needs it (drafts do not)."""

    name: str
    label: Message
    read: Reader
    required: bool = False
    empty: Any = None


def line(most: int) -> Reader:
    """One line of at most ``most`` characters."""
    return lambda text: _within(normal.clean(text), most)


def lines(most: int) -> Reader:
    """Text of several lines, at most ``most`` characters."""
    return lambda text: _within(normal.clean_lines(text), most)


def choice(*codes: str) -> Reader:
    """One of ``codes``."""

    def read(text: str) -> str:
        if text not in codes:
            raise InputError(N_("请从列表中选择"))
        return text

    return read


def digits(length: int) -> Reader:
    """A code of exactly ``length`` digits, kept as text."""

    def read(text: str) -> str:
        code = normal.clean(text)
        if not re.fullmatch(rf"[0-9]{{{length}}}", code):
            raise InputError(N_("应为 {length} 位数字", length=length))
        return code

    return read


def whole(text: str) -> int:
    """A whole number of people or things, not negative."""
    typed = normal.clean(text).replace(",", "")
    if not re.fullmatch(r"[0-9]{1,12}", typed) or int(typed) > _WHOLE_LIMIT:
        raise InputError(N_("请填写不小于 0 的整数"))
    return int(typed)


def percent(text: str) -> Decimal:
    """A share of a market: 0 to 100 with two decimals."""
    amount = normal.parse_money(normal.clean(text).removesuffix("%"))
    if not 0 <= amount <= 100:
        raise InputError(N_("应在 0 至 100 之间"))
    return amount


def day(text: str) -> date:
    """A day: ``2025-03-01``, ``2025/3/1`` or ``2025年3月1日``."""
    match = _DATE.fullmatch(normal.clean(text))
    try:
        return date(*(int(part) for part in match.groups())) if match else date.fromisoformat(text)
    except ValueError:
        raise InputError(N_("没有这一天，请按 2025-03-01 的形式填写")) from None


def flag(text: str) -> bool:
    """Yes or no."""
    folded = text.strip().lower()
    if folded not in _TRUE | _FALSE:
        raise InputError(N_("请选择是或否"))
    return folded in _TRUE


def identity(text: str) -> int:
    """The id of another record."""
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
        raise InputError(N_("请从列表中选择"))
    return int(text)


def read(data: Mapping[str, Any], fields: Iterable[Field]) -> tuple[dict[str, Any], list[Problem]]:
    """The values of those ``fields`` that ``data`` holds, and a problem for each that cannot be read.

    Values may be typed text or, from programs, numbers, dates and booleans. Keys that are no field are passed over.
    """
    values: dict[str, Any] = {}
    problems = []
    for field in fields:
        if field.name not in data:
            continue
        try:
            values[field.name] = read_one(field, data[field.name])
        except InputError as error:
            problems.append(Problem(field.name, error.message))
    return values, problems


def read_one(field: Field, value: Any) -> Any:
    """``value`` as ``field`` reads it; InputError where it cannot."""
    if value is None:
        return field.empty
    text = normal.refuse_control(value if isinstance(value, str) else str(value))
    return field.empty if normal.is_blank(text) else field.read(text)


def missing(record: Any, fields: Iterable[Field]) -> list[Problem]:
    """A problem for each required field that ``record`` leaves empty."""
    return [
        Problem(field.name, N_("请填写{label}", label=field.label), "R06")
        for field in fields
        if field.required and getattr(record, field.name) in (None, "", field.empty)
    ]


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise InputError(N_("最多 {most} 个字，现为 {count} 个", most=most, count=len(text)))
    return text
