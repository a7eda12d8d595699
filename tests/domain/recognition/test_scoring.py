"""Points: whole hundredths, the parts make the total, more of what is good never gives fewer."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition.scheme import Indicator
from app.domain.recognition.scoring import (
    CAP,
    SCALE,
    Standing,
    group_for,
    lower_median,
    scaled,
    total,
    unscaled,
)

numbers = st.integers(-50, 50).map(lambda n: n * SCALE) | st.integers(-CAP, CAP)
crowds = st.lists(numbers, max_size=8).map(sorted)
METHODS = ("percentile", "threshold", "linear", "share")


def indicator(method: str, direction: str = "up", weight: str = "25") -> Indicator:
    return Indicator("x", "销售收入", "Sales", Decimal(weight), direction, "machine", None, method)


@st.composite
def standings(draw: Any) -> Standing:
    method, direction = draw(st.sampled_from(METHODS)), draw(st.sampled_from(["up", "down"]))
    weight = str(Decimal(draw(st.integers(0, 10_000))) / 100)
    threshold: tuple[int, ...] = ()
    if method == "threshold":
        threshold = (draw(numbers),)
    elif method == "share":
        threshold = (draw(st.integers(1, 1000 * SCALE)),)
    elif method == "linear":
        low, high = sorted(draw(st.lists(numbers, min_size=2, max_size=2, unique=True)))
        threshold = (low, high) if direction == "up" else (high, low)
    value = draw(st.none() | numbers)
    return Standing(indicator(method, direction, weight), value, threshold, draw(crowds))


@given(standings())
def test_points_are_whole_hundredths_between_nothing_and_the_weight(standing: Standing) -> None:
    assert isinstance(standing.points, int)
    assert 0 <= standing.points <= standing.weight


@given(standings(), numbers, numbers)
def test_a_better_value_never_gives_fewer_points(standing: Standing, one: int, other: int) -> None:
    worse, better = sorted((one, other), reverse=not standing.indicator.rises)
    assert standing.at(worse).points <= standing.at(better).points
    assert standing.at(None).points == 0


@given(st.lists(standings(), max_size=6))
def test_the_total_is_the_sum_of_its_parts(parts: list[Standing]) -> None:
    assert total(parts) == sum(part.points for part in parts)
    assert total(parts[::-1]) == total(parts)


@given(st.floats(allow_nan=True, allow_infinity=False, width=64))
def test_every_value_has_a_scaled_form_within_bounds(value: float) -> None:
    found = scaled(value)
    assert (found is None) == math.isnan(value)
    assert found is None or -CAP <= found <= CAP


def test_percentile_is_the_share_of_the_others_that_are_beaten() -> None:
    others = [10, 20, 20, 30]
    found = [Standing(indicator("percentile"), value, (), others) for value in (5, 10, 20, 25, 31)]
    assert [s.mark for s in found] == [0, 0, 2500, 7500, 10_000]
    assert [s.points for s in found] == [0, 0, 625, 1875, 2500]


def test_where_less_is_better_those_with_more_are_beaten() -> None:
    assert Standing(indicator("percentile", "down"), 10, (), [10, 20, 30, 40]).points == 1875


def test_who_has_no_peers_at_all_gets_all_points() -> None:
    assert Standing(indicator("percentile"), -5, (), []).points == 2500


def test_a_threshold_is_reached_or_not() -> None:
    assert [Standing(indicator("threshold"), v, (10,)).points for v in (9, 10)] == [0, 2500]
    assert [Standing(indicator("threshold", "down"), v, (10,)).points for v in (10, 11)] == [2500, 0]


def test_between_two_values_points_rise_in_proportion_rounded_down() -> None:
    assert [Standing(indicator("linear"), v, (0, 3)).points for v in (-1, 0, 1, 2, 3, 4)] == [
        0, 0, 833, 1666, 2500, 2500
    ]  # fmt: skip
    assert [Standing(indicator("linear", "down"), v, (3, 0)).points for v in (4, 2, 0)] == [0, 833, 2500]


def test_share_gives_all_points_at_the_multiple_of_the_median() -> None:
    one_and_a_half = (SCALE * 3 // 2,)
    others = [100 * SCALE] * 5
    found = [Standing(indicator("share"), v * SCALE, one_and_a_half, others) for v in (0, 75, 150, 900)]
    assert [s.points for s in found] == [0, 1250, 2500, 2500]
    assert found[1].mark == 150 * SCALE


def test_where_half_the_class_has_nothing_anything_is_all() -> None:
    assert [Standing(indicator("share"), v, (SCALE,), [0, 0, 0, 9]).points for v in (0, 1)] == [0, 2500]


@pytest.mark.parametrize(
    ("sizes", "group"), [({"P3841": 20}, "P3841"), ({"P3841": 19, "P384": 25}, "P384"), ({}, "*")]
)
def test_a_class_too_small_is_compared_with_the_one_above(sizes: dict[str, int], group: str) -> None:
    assert group_for(["P3841", "P384"], sizes, 20) == group


def test_the_median_of_two_is_the_lower() -> None:
    assert [lower_median(v) for v in ([1], [1, 2], [1, 2, 3])] == [1, 1, 2]


def test_values_are_told_with_two_decimals_and_more_where_they_say_something() -> None:
    assert [str(unscaled(v)) for v in (10_000, 12_345, 100)] == ["1.00", "1.2345", "0.01"]
