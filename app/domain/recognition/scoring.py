"""Points from values. Everything is a whole number, so that the parts make the total exactly and on every machine alike:
values in ten-thousandths (``SCALE``), points in hundredths.

More of what is good never gives fewer points: each method is monotone in the product's own value.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.recognition.scheme_model import ANY_CLASS, LINEAR, PERCENTILE, SHARE, THRESHOLD, Indicator

SCALE = 10_000
#: values beyond this count as this
CAP = 10**10 * SCALE
#: a percentile of all: better than every other
WHOLE = 10_000


def scaled(value: float) -> int | None:
    """A formula's value in ten-thousandths, rounded half to even; None where it is missing."""
    if math.isnan(value):
        return None
    return round(max(float(-CAP), min(float(CAP), value * SCALE)))


def unscaled(value: int) -> Decimal:
    """A value as people read it: at least two decimals, up to four where they say something."""
    exact = Decimal(value).scaleb(-4)
    return exact.quantize(Decimal("0.01")) if value % 100 == 0 else exact


def hundredths(points: Decimal) -> int:
    """Points or a weight as whole hundredths."""
    return int(points * 100)


def points_decimal(points: int) -> Decimal:
    """Hundredths as points with two decimals."""
    return Decimal(points).scaleb(-2)


def scale_threshold(threshold: Sequence[Decimal]) -> tuple[int, ...]:
    """A threshold of a scheme in ten-thousandths."""
    return tuple(int(number * SCALE) for number in threshold)


def lower_median(ordered: Sequence[int]) -> int:
    """The middle value, of two the lower; of values in order."""
    return ordered[(len(ordered) - 1) // 2]


def group_for(path: Sequence[str], sizes: Mapping[str, int], least: int) -> str:
    """The class a product is compared with: its own, or the nearest above it with at least ``least`` products; all
    candidates where even those are too few."""
    return next((code for code in path if sizes.get(code, 0) >= least), ANY_CLASS)


@dataclass(frozen=True)
class Standing:
    """How one product stands in one criterion: its value, the threshold of its class, and in order the values of the
    *other* products it is compared with."""

    indicator: Indicator
    value: int | None
    threshold: tuple[int, ...] = ()
    others: Sequence[int] = ()
    group: str = ANY_CLASS

    @property
    def weight(self) -> int:
        """The most points, in hundredths."""
        return hundredths(self.indicator.weight)

    @property
    def points(self) -> int:
        """The points, in hundredths; none where the value is missing."""
        return 0 if self.value is None else judge(self)[0]

    @property
    def mark(self) -> int | None:
        """What the value is held against: the percentile in hundredths, or the value that gives all points."""
        return None if self.value is None else judge(self)[1]

    def at(self, value: int | None) -> Standing:
        """The same product with another value."""
        return replace(self, value=value)


def judge(standing: Standing) -> tuple[int, int]:
    """The points of a known value, and its mark."""
    return _METHODS[standing.indicator.method or THRESHOLD](standing)


def _known(standing: Standing) -> int:
    if standing.value is None:
        raise ValueError("a missing value is not judged")
    return standing.value


def _percentile(standing: Standing) -> tuple[int, int]:
    value, others, weight = _known(standing), standing.others, standing.weight
    if not others:
        return weight, WHOLE
    if standing.indicator.rises:
        beaten = bisect_left(others, value)
    else:
        beaten = len(others) - bisect_right(others, value)
    return weight * beaten // len(others), WHOLE * beaten // len(others)


def _threshold(standing: Standing) -> tuple[int, int]:
    value, (line,) = _known(standing), standing.threshold
    reached = value >= line if standing.indicator.rises else value <= line
    return standing.weight if reached else 0, line


def _linear(standing: Standing) -> tuple[int, int]:
    (none, full), value = standing.threshold, _known(standing)
    between = max(min(none, full), min(max(none, full), value))
    return standing.weight * abs(between - none) // abs(full - none), full


def _share(standing: Standing) -> tuple[int, int]:
    value, (factor,) = _known(standing), standing.threshold
    median = lower_median(sorted([*standing.others, value]))
    return share_points(standing.weight, value, median, factor, standing.indicator.rises)


def share_points(weight: int, value: int, median: int, factor: int, rises: bool) -> tuple[int, int]:
    """Points for a value against ``factor`` times the median, and that target."""
    target = median * factor
    if value <= 0:
        points = 0 if rises else weight
    elif median <= 0:
        points = weight if rises else 0
    elif rises:
        points = min(weight, weight * value * SCALE // target)
    else:
        points = min(weight, weight * target // (value * SCALE))
    return points, target // SCALE


_METHODS: dict[str, Callable[[Standing], tuple[int, int]]] = {
    PERCENTILE: _percentile, THRESHOLD: _threshold, LINEAR: _linear, SHARE: _share,
}  # fmt: skip


def total(standings: Sequence[Standing]) -> int:
    """The sum of the parts, in hundredths."""
    return sum(standing.points for standing in standings)
