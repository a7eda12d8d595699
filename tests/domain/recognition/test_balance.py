"""Weights are brought to exactly 100 in proportion, and a scheme stays a scheme."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition import scheme
from app.domain.recognition.balance import balanced, in_proportion
from app.domain.recognition.figures import figures, with_figures
from app.domain.recognition.scheme import SCREENING

WEIGHTS = [
    figure.place
    for figure in figures(scheme.EXAMPLE)
    if figure.kind == "weight" and ".indicators." in figure.place and figure.place < "dimensions.2"
]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60).filter(any), st.integers(1, 10_000))
def test_parts_make_the_whole_and_keep_their_order(weights: list[int], whole: int) -> None:
    parts = in_proportion(weights, whole)
    assert sum(parts) == whole
    ranked = sorted(zip(weights, parts, strict=True))
    assert all(abs(part - weight * whole / sum(weights)) < 1 for weight, part in ranked)


def test_weights_that_make_100_stay_as_they_are() -> None:
    assert balanced(scheme.EXAMPLE, SCREENING) == scheme.EXAMPLE


@given(st.fixed_dictionaries({place: st.integers(0, 100).map(str) for place in WEIGHTS}).filter(lambda typed: any(v != "0" for v in typed.values())))  # fmt: skip
def test_whatever_weights_are_tried_out_the_result_is_a_scheme(typed: dict[str, str]) -> None:
    tried = scheme.read(balanced(with_figures(scheme.EXAMPLE, typed), SCREENING))
    assert sum(indicator.weight for indicator in tried.stage(SCREENING)) == 100


def test_what_is_no_weight_is_left_for_the_reader_of_schemes() -> None:
    spoilt = with_figures(scheme.EXAMPLE, {WEIGHTS[0]: "viel"})
    assert balanced(spoilt, SCREENING) == spoilt
