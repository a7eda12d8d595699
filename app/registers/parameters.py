"""Values an administrator may change, typed; kept per process for a few seconds."""

from __future__ import annotations

import logging
from datetime import time
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError
from app.domain.parameters import PARAMETERS, Value
from app.domain.text import N_
from app.registers.cache import Kept

LIFE_SECONDS = 5.0
T = TypeVar("T", int, str, bool, Decimal, time)
log = logging.getLogger(__name__)


def get(name: str) -> Value:
    """The value of parameter ``name`` (a key of ``domain.parameters.PARAMETERS``), as the administrator set it or
    its default; of the default's type. KeyError for an unknown name."""
    return _values.get().get(name, PARAMETERS[name].default)


def integer(name: str) -> int:
    """A whole number (days, counts, MiB)."""
    return _typed(name, int)


def decimal(name: str) -> Decimal:
    """A share or similarity."""
    return _typed(name, Decimal)


def text(name: str) -> str:
    """A pattern."""
    return _typed(name, str)


def flag(name: str) -> bool:
    """Yes or no."""
    return _typed(name, bool)


def check(name: str, written: str) -> None:
    """Refuse a value that ``name`` cannot take (RuleError beside field ``value``)."""
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise RuleError([Problem("name", N_("没有名为 {name} 的参数", name=name))])
    try:
        parameter.read(written)
    except InputError as refused:
        raise RuleError([Problem("value", refused.message)]) from refused


def forget() -> None:
    """Read anew at the next use; called after a change in this process."""
    _values.forget()


def _typed(name: str, kind: type[T]) -> T:
    value = get(name)
    if not isinstance(value, kind):
        raise TypeError(f"parameter {name} is not of type {kind.__name__}")
    return value


def _load() -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, written in session.execute(select(m.Parameter.name, m.Parameter.value)):
        try:
            values[name] = PARAMETERS[name].read(written)
        except (KeyError, InputError):
            log.exception("parameter %s = %r is not used; its default is", name, written)
    return values


_values = Kept(_load, LIFE_SECONDS)
