"""Weights that do not add up, brought to exactly 100 in proportion: the largest remainders get what is left over."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

_WHOLE = 10_000


def balanced(document: Mapping[str, Any], stage: str) -> dict[str, Any]:
    """A copy of a scheme's document in which the indicators of a stage make 100 and each dimension the sum of its own.

    Left as it is where a weight is no number or all are nothing: the reader of schemes says what is wrong.
    """
    made: dict[str, Any] = copy.deepcopy(dict(document))
    dimensions = [each for each in made["dimensions"] if each.get("stage") == stage]
    indicators = [each for dimension in dimensions for each in dimension["indicators"]]
    weights = [_hundredths(each.get("weight")) for each in indicators]
    if any(weight is None for weight in weights) or not sum(weight or 0 for weight in weights):
        return made
    shares = in_proportion([weight or 0 for weight in weights], _WHOLE)
    for indicator, share in zip(indicators, shares, strict=True):
        indicator["weight"] = _written(share)
    for dimension in dimensions:
        dimension["weight"] = _written(
            sum(_hundredths(each["weight"]) or 0 for each in dimension["indicators"])
        )
    return made


def in_proportion(weights: Sequence[int], whole: int) -> list[int]:
    """``whole`` divided like the weights, which are not negative and not all nothing; the parts make it exactly."""
    total = sum(weights)
    parts = [weight * whole // total for weight in weights]
    rest = sorted(range(len(weights)), key=lambda place: (-(weights[place] * whole % total), place))
    for place in rest[: whole - sum(parts)]:
        parts[place] += 1
    return parts


def _hundredths(value: object) -> int | None:
    try:
        number = Decimal(str(value)) * 100
    except InvalidOperation:
        return None
    known = number.is_finite() and 0 <= number <= _WHOLE and number == int(number)
    return int(number) if known else None


def _written(hundredths: int) -> int | float:
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100
