"""The least change that would pass really passes, and a step less would not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.recognition.least_change import Change, least_change, step_of
from app.domain.recognition.scoring import CAP, SCALE, Standing, total
from tests.domain.recognition.test_scoring import indicator, standings


def with_changes(parts: list[Standing], changes: list[Change]) -> list[Standing]:
    wanted = {id(change.indicator): change.needed for change in changes}
    return [part.at(wanted.get(id(part.indicator), part.value)) for part in parts]


@settings(max_examples=50)
@given(st.lists(standings(), min_size=1, max_size=5), st.integers(0, 10_000))
def test_each_change_alone_passes_and_a_step_less_does_not(parts: list[Standing], line: int) -> None:
    found = least_change(parts, line)
    assert (found.missing == 0) == (total(parts) >= line)
    for change in found.alone:
        assert total(with_changes(parts, [change])) >= line
        less = change.needed - step_of(change.indicator) * (1 if change.indicator.rises else -1)
        short = [part.at(less) if part.indicator is change.indicator else part for part in parts]
        # a product without the figure may need no more than to have one, however low
        assert total(short) < line or (change.current is None and abs(less) > CAP)
    assert [c.relative for c in found.alone] == sorted(c.relative for c in found.alone)


@settings(max_examples=50)
@given(st.lists(standings(), min_size=1, max_size=5), st.integers(0, 10_000))
def test_changes_together_pass_and_are_told_only_where_none_alone_would_do(
    parts: list[Standing], line: int
) -> None:
    found = least_change(parts, line)
    if found.together:
        assert not found.alone
        assert total(with_changes(parts, list(found.together))) >= line
        assert 1 <= found.percent <= 100
    elif found.missing and not found.alone:
        best = sum(part.weight for part in parts)
        assert best < line or any(part.indicator.method in ("linear", "threshold", "share") for part in parts)


def test_a_product_that_passes_needs_nothing() -> None:
    part = Standing(indicator("threshold"), 10, (10,))
    assert least_change([part], 2500).missing == 0
    assert least_change([part], 2500).alone == ()


def test_the_smallest_change_in_proportion_comes_first() -> None:
    far = Standing(indicator("threshold", weight="50"), 10 * SCALE, (30 * SCALE,))
    near = Standing(indicator("threshold", weight="50"), 100 * SCALE, (120 * SCALE,))
    found = least_change([far, near], 5000)
    assert [(c.current, c.needed) for c in found.alone] == [
        (100 * SCALE, 120 * SCALE), (10 * SCALE, 30 * SCALE)
    ]  # fmt: skip


def test_where_no_single_criterion_suffices_all_gain_alike() -> None:
    parts = [Standing(indicator("linear", weight="50"), 0, (0, 100 * SCALE)) for _ in range(2)]
    found = least_change(parts, 6000)
    assert found.alone == ()
    assert found.percent == 60
    assert [c.needed for c in found.together] == [60 * SCALE, 60 * SCALE]
