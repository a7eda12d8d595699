"""Formulas as data: trees of a closed set of operations over the figures of a product. Nothing is ever evaluated as code.

A tree is ``{"field": "sales"}``, ``{"number": 12.5}`` or ``{"op": "divide", "args": [tree, tree]}``; a bare text is a field.
Every tree that ``parse`` accepts has a value for every product: what cannot be computed (a figure that is missing, a
division by nothing, a number too large) is *missing*, written NaN, and never an error.

The operations are given as an ``Algebra``, so that one product and a column of a million are computed alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from app.domain.errors import Problem
from app.domain.recognition.facts import FACTS
from app.domain.text import N_, Message

MAX_DEPTH = 8
MAX_NODES = 50
LIMIT = 1e10
T = TypeVar("T")


@dataclass(frozen=True)
class Field:
    """A figure of the product."""

    name: str


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Apply:
    """An operation on the values of other formulas."""

    op: str
    args: tuple[Formula, ...]


Formula = Field | Number | Apply


@dataclass(frozen=True)
class Algebra(Generic[T]):
    """How two values are put together; each answers NaN where one of them is NaN, but ``first``."""

    number: Callable[[float], T]
    add: Callable[[T, T], T]
    subtract: Callable[[T, T], T]
    multiply: Callable[[T, T], T]
    divide: Callable[[T, T], T]
    minimum: Callable[[T, T], T]
    maximum: Callable[[T, T], T]
    first: Callable[[T, T], T]
    #: the second value where the first is above zero, else missing
    where_positive: Callable[[T, T], T]


#: operation → how many values it takes, at least and at most
OPERATIONS: dict[str, tuple[int, int]] = {
    "add": (2, 10), "subtract": (2, 2), "multiply": (2, 10), "divide": (2, 2), "percent": (2, 2), "growth": (2, 2),
    "min": (2, 10), "max": (2, 10), "first": (2, 10),
}  # fmt: skip


def evaluate(formula: Formula, figures: Mapping[str, T], algebra: Algebra[T]) -> T:
    """The formula's value; ``figures`` has every field it names."""
    if isinstance(formula, Field):
        return figures[formula.name]
    if isinstance(formula, Number):
        return algebra.number(formula.value)
    values = [evaluate(arg, figures, algebra) for arg in formula.args]
    return _apply(formula.op, values, algebra)


def _apply(op: str, values: list[T], algebra: Algebra[T]) -> T:
    if op == "percent":
        return algebra.multiply(algebra.divide(*values), algebra.number(100.0))
    if op == "growth":
        now, before = values
        rate = algebra.divide(algebra.subtract(now, before), before)
        return algebra.where_positive(before, algebra.multiply(rate, algebra.number(100.0)))
    folded = {
        "add": algebra.add, "subtract": algebra.subtract, "multiply": algebra.multiply, "divide": algebra.divide,
        "min": algebra.minimum, "max": algebra.maximum, "first": algebra.first,
    }  # fmt: skip
    return reduce(folded[op], values)


def fields_of(formula: Formula) -> frozenset[str]:
    """The names of the figures a formula reads."""
    if isinstance(formula, Field):
        return frozenset({formula.name})
    if isinstance(formula, Number):
        return frozenset()
    return frozenset().union(*map(fields_of, formula.args))


# ---------------------------------------------------------------- reading


def parse(tree: object, allowed: Collection[str], place: str) -> tuple[Formula | None, list[Problem]]:
    """The formula a JSON tree describes, or what is wrong with it, each problem at its place in the document."""
    reader = _Reader(allowed)
    found = reader.read(tree, place, MAX_DEPTH)
    if reader.nodes > MAX_NODES:
        reader.problems = [Problem(place, N_("公式过长，最多 {limit} 项", limit=MAX_NODES))]
    return (None, reader.problems) if reader.problems else (found, [])


class _Reader:
    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = allowed
        self.problems: list[Problem] = []
        self.nodes = 0

    def read(self, tree: object, place: str, depth: int) -> Formula | None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            return None
        if depth == 0:
            return self._wrong(place, N_("公式嵌套过深，最多 {limit} 层", limit=MAX_DEPTH))
        if isinstance(tree, str):
            return self._field(tree, place)
        if isinstance(tree, Mapping):
            if set(tree) == {"field"}:
                return self._field(tree["field"], f"{place}.field")
            if set(tree) == {"number"}:
                return self._number(tree["number"], f"{place}.number")
            if set(tree) == {"op", "args"}:
                return self._apply(tree["op"], tree["args"], place, depth)
        return self._wrong(place, N_("公式应为字段、数字或运算：{forms}", forms=_FORMS))

    def _field(self, name: object, place: str) -> Formula | None:
        if isinstance(name, str) and name in self.allowed:
            return Field(name)
        return self._wrong(place, N_("没有可用的字段“{name}”", name=str(name)[:40]))

    def _number(self, value: object, place: str) -> Formula | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LIMIT:
            return Number(float(value))
        return self._wrong(place, N_("请填写数字，绝对值不超过 {limit}", limit=int(LIMIT)))

    def _apply(self, op: object, args: object, place: str, depth: int) -> Formula | None:
        if not isinstance(op, str) or op not in OPERATIONS:
            return self._wrong(
                f"{place}.op", N_("没有名为“{name}”的运算；可用：{known}", name=str(op)[:40], known="、".join(OPERATIONS))
            )  # fmt: skip
        least, most = OPERATIONS[op]
        if not isinstance(args, list | tuple) or not least <= len(args) <= most:
            return self._wrong(
                f"{place}.args", N_("运算 {op} 需要 {least} 至 {most} 个参数", op=op, least=least, most=most)
            )
        read = [self.read(arg, f"{place}.args.{number}", depth - 1) for number, arg in enumerate(args)]
        return Apply(op, tuple(arg for arg in read if arg is not None))

    def _wrong(self, place: str, message: Message) -> Formula | None:
        self.problems.append(Problem(place, message))
        return None


_FORMS = '{"field": …}、{"number": …}、{"op": …, "args": […]}'


# ---------------------------------------------------------------- one product


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _divide(a: float, b: float) -> float:
    return math.nan if b == 0 else _finite(a / b)


def _either_missing(a: float, b: float) -> bool:
    return math.isnan(a) or math.isnan(b)


#: values of one product
SCALARS: Algebra[float] = Algebra(
    number=float,
    add=lambda a, b: _finite(a + b),
    subtract=lambda a, b: _finite(a - b),
    multiply=lambda a, b: _finite(a * b),
    divide=_divide,
    minimum=lambda a, b: math.nan if _either_missing(a, b) else min(a, b),
    maximum=lambda a, b: math.nan if _either_missing(a, b) else max(a, b),
    first=lambda a, b: b if math.isnan(a) else a,
    where_positive=lambda a, b: b if a > 0 else math.nan,
)


# ---------------------------------------------------------------- in words

_SIGNS = {"add": " + ", "subtract": " − ", "multiply": " × ", "divide": " ÷ "}


def described(formula: Formula) -> Message:
    """The formula as people read it."""
    if isinstance(formula, Field):
        return FACTS[formula.name].label
    if isinstance(formula, Number):
        return Message("{number}", {"number": f"{formula.value:g}"})
    parts = [described(arg) for arg in formula.args]
    if formula.op == "percent":
        a, b = map(_bracketed, formula.args)
        return Message("{a} ÷ {b} × 100%", {"a": a, "b": b})
    if formula.op == "growth":
        return N_("{a}比{b}的增长率（%）", a=parts[0], b=parts[1])
    if formula.op in _SIGNS:
        sign = _SIGNS[formula.op]
        return reduce(
            lambda a, b: Message("{a}{sign}{b}", {"a": a, "sign": sign, "b": b}),
            [_bracketed(a) for a in formula.args],
        )
    listed = reduce(lambda a, b: N_("{listed}、{next}", listed=a, next=b), parts)
    return Message(_LISTS[formula.op].msgid, {"listed": listed})


_LISTS = {
    "min": N_("{listed}中的最小值", listed=""),
    "max": N_("{listed}中的最大值", listed=""),
    "first": N_("{listed}中第一个有数据的", listed=""),
}


def _bracketed(formula: Formula) -> Message:
    return N_("（{a}）", a=described(formula)) if isinstance(formula, Apply) else described(formula)
