"""Points for all products of a round at once, by columns of whole numbers.

``domain.recognition.scoring`` says what the points are; here the same is computed for a million products in a second or
two, and a test holds both against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.recognition.formula import Algebra, evaluate
from app.domain.recognition.scheme import ANY_CLASS, LINEAR, PERCENTILE, Indicator
from app.domain.recognition.scoring import CAP, SCALE, WHOLE, group_for, hundredths, scale_threshold
from app.services.recognition.facts import Columns, Floats, Integers

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """One criterion for all products: value and mark (ten-thousandths, hundredths of a percent), points (hundredths);
    ``group`` names for each class the class it is compared with, or whose threshold counts."""

    indicator: Indicator
    value: Integers
    known: Flags
    points: Integers
    mark: Integers
    group: Mapping[str, str]
    #: class compared with → how many products, then lower quartile, median, upper quartile
    benchmarks: Mapping[str, tuple[int, int, int, int]]


@dataclass(frozen=True)
class Scores:
    """All criteria, and their sum."""

    columns: Columns
    criteria: Sequence[Judged]
    total: Integers

    def passed(self, pass_points: int) -> Flags:
        """Which products have at least so many points."""
        return np.asarray(self.total >= pass_points)


def score(columns: Columns, indicators: Sequence[Indicator], min_class: int) -> Scores:
    """The points of all products by the indicators, which must all be scored from data."""
    classes = _Classes(columns)
    criteria = [_judged(columns, classes, indicator, min_class) for indicator in indicators]
    total = np.zeros(len(columns), dtype=np.int64)
    for each in criteria:
        total = total + each.points
    return Scores(columns, criteria, total)


def values(columns: Columns, indicator: Indicator) -> tuple[Integers, Flags]:
    """A criterion's values in ten-thousandths, and which of them are known; 0 where they are not."""
    if indicator.source is None:
        raise ValueError(f"{indicator.id} is not scored from data")
    with np.errstate(all="ignore"):
        found = np.broadcast_to(evaluate(indicator.source, columns.figures, _ARRAYS), (len(columns),))
        known = ~np.isnan(found)
        whole = np.rint(np.where(known, found, 0.0) * SCALE)
    return np.clip(whole, -float(CAP), float(CAP)).astype(np.int64), known


def _judged(columns: Columns, classes: _Classes, indicator: Indicator, min_class: int) -> Judged:
    value, known = values(columns, indicator)
    if indicator.compares:
        points, mark, group, benchmarks = _compared(classes, indicator, value, known, min_class)
    else:
        points, mark, group = _against_thresholds(columns, classes, indicator, value)
        benchmarks = {}
    return Judged(indicator, value, known, np.where(known, points, 0), mark, group, benchmarks)


# ---------------------------------------------------------------- classes


class _Classes:
    """The products sorted by class so that those of any class of the tree, with all classes below it, are a slice."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        below: dict[str | None, list[str]] = {}
        for code, parent in sorted(columns.parents.items()):
            below.setdefault(parent, []).append(code)
        self._order: dict[str, tuple[int, int]] = {}
        for top in below.get(None, []):
            self._walk(top, below)
        places = [self._order[code][0] for code in columns.classes]
        # products without a class come last, outside every slice but that of all
        self._place = np.array([*places, len(self._order)], dtype=np.int64)[columns.class_of]
        self.sorted = np.argsort(self._place, kind="stable")
        self.paths = {code: columns.path(code) for code in columns.classes}

    def _walk(self, code: str, below: Mapping[str | None, list[str]]) -> None:
        start = len(self._order)
        self._order[code] = (start, start)
        for child in below.get(code, []):
            self._walk(child, below)
        self._order[code] = (start, len(self._order))

    def slices(self, known: Flags) -> dict[str, tuple[int, int]]:
        """Of the sorted products of which something is known: from where to where those of a class are."""
        counts = np.bincount(self._place[known], minlength=len(self._order) + 1)
        ends = [0, *np.cumsum(counts).tolist()]
        found = {code: (ends[first], ends[last]) for code, (first, last) in self._order.items()}
        return found | {ANY_CLASS: (0, ends[-1])}

    def own(self, known: Flags) -> Iterator[tuple[str, int, int]]:
        """As ``slices``, but of each class alone; ``*`` for products without a class."""
        counts = np.bincount(self._place[known], minlength=len(self._order) + 1)
        ends = [0, *np.cumsum(counts).tolist()]
        names = {self._order[code][0]: code for code in self.columns.classes}
        for place, (start, end) in enumerate(pairwise(ends)):
            if end > start:
                yield names.get(place, ANY_CLASS), start, end


# ---------------------------------------------------------------- compared with others

_Compared = tuple[Integers, Integers, dict[str, str], dict[str, tuple[int, int, int, int]]]


def _compared(
    classes: _Classes, indicator: Indicator, value: Integers, known: Flags, min_class: int
) -> _Compared:
    rows = classes.sorted[known[classes.sorted]]
    ordered, slices = value[rows], classes.slices(known)
    sizes = {code: end - start for code, (start, end) in slices.items()}
    group = {code: group_for(path, sizes, min_class) for code, path in classes.paths.items()}
    group[ANY_CLASS] = ANY_CLASS
    points, mark = np.zeros(len(value), dtype=np.int64), np.zeros(len(value), dtype=np.int64)
    peers: dict[str, Integers] = {}
    for code, start, end in classes.own(known):
        with_ = group[code]
        if with_ not in peers:
            first, last = slices[with_]
            peers[with_] = np.sort(ordered[first:last])
        judge = _percentiles if indicator.method == PERCENTILE else _shares
        points[rows[start:end]], mark[rows[start:end]] = judge(
            indicator, classes.paths.get(code, []), ordered[start:end], peers[with_]
        )
    return points, mark, group, {code: _benchmark(found) for code, found in sorted(peers.items())}


def _benchmark(ordered: Integers) -> tuple[int, int, int, int]:
    last = len(ordered) - 1
    quartiles = (int(ordered[last * quarter // 4]) for quarter in (1, 2, 3))
    return (len(ordered), *quartiles)  # type: ignore[return-value]


def _percentiles(
    indicator: Indicator, _path: Sequence[str], own: Integers, peers: Integers
) -> tuple[Any, Any]:
    weight, others = hundredths(indicator.weight), len(peers) - 1
    if others == 0:
        return weight, WHOLE
    if indicator.rises:
        beaten = np.searchsorted(peers, own, side="left")
    else:
        beaten = len(peers) - np.searchsorted(peers, own, side="right")
    beaten = beaten.astype(np.int64)
    return weight * beaten // others, WHOLE * beaten // others


def _shares(indicator: Indicator, path: Sequence[str], own: Integers, peers: Integers) -> tuple[Any, Any]:
    weight, median = hundredths(indicator.weight), int(peers[(len(peers) - 1) // 2])
    (factor,) = scale_threshold(indicator.threshold_for(path)[1])
    target = median * factor
    if median <= 0:
        full, none = (own > 0, own <= 0) if indicator.rises else (own <= 0, own > 0)
        return np.where(full & ~none, weight, 0), target // SCALE
    exact = own.astype(object)  # beyond 64 bits
    if indicator.rises:
        points = np.where(own <= 0, 0, np.minimum(weight, weight * exact * SCALE // target))
    else:
        safe = np.where(own <= 0, 1, exact)
        points = np.where(own <= 0, weight, np.minimum(weight, weight * target // (safe * SCALE)))
    return points.astype(np.int64), target // SCALE


# ---------------------------------------------------------------- held against a threshold


def _against_thresholds(
    columns: Columns, classes: _Classes, indicator: Indicator, value: Integers
) -> tuple[Integers, Integers, dict[str, str]]:
    found = {
        code: indicator.threshold_for(classes.paths.get(code, ())) for code in (*columns.classes, ANY_CLASS)
    }
    group = {code: where for code, (where, _) in found.items()}
    lines = [scale_threshold(found[code][1]) for code in (*columns.classes, ANY_CLASS)]
    of_product = np.array(lines, dtype=np.int64)[columns.class_of]
    weight, last = hundredths(indicator.weight), of_product[:, -1]
    if indicator.method == LINEAR:
        return _linear(weight, value, of_product[:, 0], last), last, group
    reached = value >= last if indicator.rises else value <= last
    return np.where(reached, weight, 0), last, group


def _linear(weight: int, value: Integers, none: Integers, full: Integers) -> Integers:
    between = np.clip(value, np.minimum(none, full), np.maximum(none, full))
    # at most 10,000 × 2 × 10^14: within 64 bits
    return np.asarray(weight * np.abs(between - none) // np.abs(full - none))


# ---------------------------------------------------------------- columns of values


def _finite(found: Floats) -> Floats:
    return np.where(np.isfinite(found), found, np.nan)


def _divided(a: Floats, b: Floats) -> Floats:
    return np.where(np.asarray(b) == 0, np.nan, _finite(np.divide(a, b)))


_ARRAYS: Algebra[Floats] = Algebra(
    number=np.asarray,
    add=lambda a, b: _finite(np.add(a, b)),
    subtract=lambda a, b: _finite(np.subtract(a, b)),
    multiply=lambda a, b: _finite(np.multiply(a, b)),
    divide=_divided,
    minimum=lambda a, b: np.minimum(a, b),
    maximum=lambda a, b: np.maximum(a, b),
    first=lambda a, b: np.where(np.isnan(a), b, a),
    where_positive=lambda a, b: np.where(a > 0, b, np.nan),
)
