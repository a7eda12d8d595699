"""Dataclasses read from parsed JSON: lenient in how a value is written, strict about what it is."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from app.domain.contributions import parse_share
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError, clean, clean_lines, is_blank, parse_money, refuse_control
from app.domain.text import N_

T = TypeVar("T")

LIST_LIMIT = 2000
TEXT_LIMIT = 2000
LINES_LIMIT = 20_000
_YES = {"true": True, "yes": True, "1": True, "是": True, "y": True}
_NO = {"false": False, "no": False, "0": False, "否": False, "n": False}
_SHARES = frozenset({"contribution", "domestic_share", "world_share"})
_LINES = frozenset({"introduction", "models_reason", "abstract"})


def read(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of the dataclass ``cls``; RuleError with one Problem per value that cannot be read."""
    problems: list[Problem] = []
    value = _read_object(cls, data, "", problems)
    if problems:
        raise RuleError(problems)
    return value


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _read_object(cls: type[T], data: Any, path: str, problems: list[Problem]) -> T:
    if not isinstance(data, Mapping):
        problems.append(Problem(path or None, N_("应为一个对象（键值对）")))
        data = {}
    known = {item.name: item for item in fields(cls) if item.metadata.get("given", True)}  # type: ignore[arg-type]
    unknown = [str(key)[:60] for key in data if key not in known]
    problems.extend(Problem(f"{path}{key}", N_("没有名为“{field}”的字段", field=key)) for key in unknown)
    values: dict[str, Any] = {}
    hints = _hints(cls)  # type: ignore[arg-type]
    for name, item in known.items():
        if data.get(name) is None:
            if item.default is MISSING:
                problems.append(Problem(f"{path}{name}", N_("缺少字段“{field}”", field=name)))
            continue
        values[name] = _read_value(item, hints[name], data[name], f"{path}{name}", problems)
    missing = {name: None for name, item in known.items() if item.default is MISSING and name not in values}
    return cls(**values, **missing)


def _read_value(item: Field[Any], hint: Any, value: Any, path: str, problems: list[Problem]) -> Any:
    kind = _plain(hint)
    if get_origin(kind) is tuple:
        return _read_list(item, get_args(kind)[0], value, path, problems)
    if is_dataclass(kind):
        return _read_object(kind, value, f"{path}.", problems)  # type: ignore[arg-type]
    try:
        return _SCALARS[kind](value, item)
    except InputError as wrong:
        problems.append(Problem(path, wrong.message))
        return item.default


def _read_list(
    item: Field[Any], kind: Any, value: Any, path: str, problems: list[Problem]
) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        problems.append(Problem(path, N_("应为一个列表")))
        return ()
    if len(value) > LIST_LIMIT:
        problems.append(Problem(path, N_("最多 {limit} 项", limit=LIST_LIMIT)))
        return ()
    return tuple(
        _read_value(item, kind, element, f"{path}.{place}", problems)
        for place, element in enumerate(value)
        if element is not None
    )


def _plain(hint: Any) -> Any:
    """The type itself where ``hint`` is ``type | None``."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(part for part in get_args(hint) if part is not type(None))
    return hint


def _text(value: Any, item: Field[Any]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InputError(N_("应为文字"))
    typed, most = str(value), LINES_LIMIT if item.name in _LINES else TEXT_LIMIT
    # a single sign can stand for eighteen (U+FDFA): they count as what they are compared as
    count = len(typed) if len(typed) > most else len(clean(typed))
    if count > most:
        raise InputError(N_("最多 {most} 个字，现为 {count} 个", most=most, count=count))
    refuse_control(typed)
    words = item.metadata.get("words")
    if words is None:
        return clean_lines(typed) if item.name in _LINES else typed.strip()
    code = clean(typed)
    if code and code not in words and code not in words.values():
        raise InputError(N_("“{text}”不在可选范围：{options}", text=code[:30], options="、".join(words)))
    return str(words.get(code, code))


def _truth(value: Any, item: Field[Any]) -> bool | None:
    typed = clean(str(value)).lower()
    if not typed:
        return None if item.default is None else bool(item.default)
    if typed in _YES or typed in _NO:
        return typed in _YES
    raise InputError(N_("应为“是”或“否”"))


def _whole(value: Any, item: Field[Any]) -> int | None:
    typed = clean(str(value))
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
        raise InputError(N_("应为整数"))
    return int(typed)


def _amount(value: Any, item: Field[Any]) -> Decimal | None:
    typed = _decimal_text(value)
    if is_blank(typed):
        return None
    return parse_share(typed) if item.name in _SHARES else parse_money(typed)


def _decimal_text(value: Any) -> str:
    """A number as it would be typed; a float by its shortest form, never in powers of ten."""
    if isinstance(value, bool):
        raise InputError(N_("应为数字"))
    if isinstance(value, float | Decimal | int):
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite() or abs(exact.adjusted()) > 40:
            raise InputError(N_("应为数字"))
        return f"{exact:f}"
    if isinstance(value, str):
        return value
    raise InputError(N_("应为数字"))


def _day(value: Any, item: Field[Any]) -> date | None:
    if isinstance(value, date):
        return value
    typed = clean(str(value)).replace("/", "-").replace(".", "-")
    if not typed:
        return None
    year, _, rest = typed.partition("-")
    month, _, day = rest.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in (year, month, day)):
        raise InputError(N_("应为日期，如 2025-03-01"))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise InputError(N_("没有 {text} 这一天", text=typed)) from None


_SCALARS: dict[Any, Callable[[Any, Field[Any]], Any]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    Decimal: _amount,
    date: _day,
}
