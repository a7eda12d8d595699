"""Evaluation: points add up exactly, more points never make less, the line never parts equals, work is shared evenly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition.evaluation import (
    Item,
    Need,
    Ranked,
    final,
    is_above,
    is_wide,
    line_for,
    mean,
    ranked,
    read_points,
    share_out,
    spread,
    total,
)

points = st.decimals(0, 100, places=2)
totals = st.lists(points, min_size=1, max_size=7)
lists = st.lists(points, max_size=30).map(lambda scores: [Ranked(n, s) for n, s in enumerate(scores)])
ITEMS = [Item("claims", Decimal("20.00")), Item("premium", Decimal("12.50"))]


def problems(complete=True, **typed):
    return {
        problem.field: str(problem.message) for problem in read_points(ITEMS, typed, complete=complete)[1]
    }


# ---------------------------------------------------------------- points


@pytest.mark.parametrize(
    ("typed", "read"),
    [("7", "7.00"), ("7.5", "7.50"), (" 20 ", "20.00"), ("１２.３４", "12.34"), ("0", "0.00")],
)
def test_points_are_read_however_they_are_written(typed, read):
    assert read_points(ITEMS, {"claims": typed}, complete=False) == ({"claims": Decimal(read)}, [])


@pytest.mark.parametrize(
    "typed", ["-1", "1e1", "NaN", "十", "1,0", "20.01", "21", "7.123", "Infinity", "0x1", "7 8"]
)
def test_anything_else_is_refused_beside_its_indicator(typed):
    assert list(problems(claims=typed, premium="1")) == ["claims"]


def test_a_control_character_is_refused():
    assert "控制字符" in problems(claims="1\x00", premium="1")["claims"]


def test_a_draft_may_be_incomplete_but_scores_may_not():
    assert problems(complete=False, claims="3") == {}
    assert problems(claims="3", premium="　") == {"premium": "请评分，没有得分的填 0"}


def test_what_is_no_indicator_is_passed_over():
    read, wrong = read_points(ITEMS, {"claims": "1", "premium": "2", "bonus": "99"}, complete=True)
    assert (set(read), wrong) == ({"claims", "premium"}, [])


@given(st.lists(points), st.lists(points))
def test_a_total_is_exactly_the_sum_of_its_parts(first, second):
    assert total([*first, *second]) == total(first) + total(second)


@given(totals, st.data())
def test_one_reviewers_higher_total_never_lowers_the_final_score(scored, data):
    which = data.draw(st.integers(0, len(scored) - 1))
    raised = [each + (n == which) * data.draw(points) for n, each in enumerate(scored)]
    machine = data.draw(points)
    assert final(machine, mean(raised)) >= final(machine, mean(scored))
    assert final(machine + 1, mean(scored)) == final(machine, mean(scored)) + 1


@given(totals)
def test_the_mean_lies_between_the_totals_whatever_their_order(scored):
    assert min(scored) <= mean(scored) <= max(scored)
    assert mean(scored) == mean(scored[::-1])


def test_the_mean_is_rounded_half_up():
    assert mean([Decimal("1.00"), Decimal("1.01")]) == Decimal("1.01")


@given(totals)
def test_the_spread_is_the_widest_difference(scored):
    assert spread(scored) == max(abs(a - b) for a in scored for b in scored)


@pytest.mark.parametrize(
    ("apart", "full", "percent", "wide"),
    [("8", "40", 20, True), ("7.99", "40", 20, False), ("0", "40", 1, False), ("5", "0", 20, False)],
)
def test_a_wide_spread_is_measured_by_the_full_mark(apart, full, percent, wide):
    assert is_wide(Decimal(apart), Decimal(full), percent) is wide


# ---------------------------------------------------------------- the line


@given(lists, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_the_rows_come(rows, random):
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert ranked(shuffled) == ranked(rows)
    assert all(a.score >= b.score for a, b in zip(ranked(rows), ranked(rows)[1:], strict=False))


@given(lists, points)
def test_the_line_parts_the_list_in_two_and_never_equals(rows, line):
    above = [is_above(row.score, line) for row in ranked(rows)]
    assert above == sorted(above, reverse=True)
    assert all(
        is_above(a.score, line) == is_above(b.score, line) for a in rows for b in rows if a.score == b.score
    )


@given(lists, points, points)
def test_a_lower_line_keeps_all_that_a_higher_one_does(rows, one, other):
    low, high = sorted((one, other))
    assert {r.id for r in rows if is_above(r.score, high)} <= {r.id for r in rows if is_above(r.score, low)}


@given(lists, st.integers(0, 40))
def test_the_line_for_at_most_n_products_keeps_at_most_n_and_no_lower_line_does(rows, most):
    line = line_for(rows, most)
    kept = [row for row in rows if line is not None and is_above(row.score, line)]
    assert len(kept) <= most
    next_best = max((row.score for row in rows if row not in kept), default=None)
    if next_best is not None:
        assert sum(is_above(row.score, next_best) for row in rows) > most


# ---------------------------------------------------------------- who scores what

reviewers = st.lists(st.integers(1, 40), unique=True, max_size=12)


@st.composite
def work(draw):
    people = draw(reviewers)
    wanted = draw(st.integers(1, 4))
    barred = st.frozensets(st.sampled_from(people), max_size=3) if people else st.just(frozenset())
    return [Need(n, wanted, draw(barred)) for n in range(draw(st.integers(0, 30)))], dict.fromkeys(people, 0)


@given(work())
def test_every_product_gets_as_many_free_reviewers_as_it_needs_or_is_left_out(given_work):
    needs, loads = given_work
    shares = share_out(needs, loads)
    for need in needs:
        free = set(loads) - need.barred
        if len(free) < need.wanted:
            assert need.product not in shares
        else:
            assert len(set(shares[need.product])) == need.wanted
            assert set(shares[need.product]) <= free


@given(reviewers, st.integers(1, 4), st.integers(0, 40))
def test_without_conflicts_nobody_has_two_products_more_than_another(people, wanted, products):
    shares = share_out([Need(n, wanted) for n in range(products)], dict.fromkeys(people, 0))
    counts = [sum(person in chosen for chosen in shares.values()) for person in people]
    assert not counts or max(counts) - min(counts) <= 1


@given(work())
def test_the_shares_are_the_same_whenever_they_are_made(given_work):
    needs, loads = given_work
    assert share_out(needs, loads) == share_out(needs[::-1], dict(reversed(loads.items())))


def test_who_has_less_to_do_is_asked_first():
    assert share_out([Need(1, 1)], {7: 3, 8: 1, 9: 2}) == {1: (8,)}


def test_the_pairs_change_from_product_to_product():
    shares = share_out([Need(n, 2) for n in range(30)], dict.fromkeys(range(4), 0))
    assert len({frozenset(chosen) for chosen in shares.values()}) > 2
