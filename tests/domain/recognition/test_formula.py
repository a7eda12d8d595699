"""Formulas of schemes: a closed language, in which every tree that is accepted has a value for every product."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition import formula
from app.domain.recognition.facts import FACTS

FIELDS = ("sales", "sales_before", "profit")
figures = st.one_of(st.floats(-1e13, 1e13), st.just(math.nan), st.sampled_from([0.0, 1e-300, -1e13, 1e13]))
leaves = st.one_of(
    st.sampled_from(FIELDS),
    st.sampled_from(FIELDS).map(lambda name: {"field": name}),
    st.one_of(st.integers(-(10**10), 10**10), st.floats(-1e10, 1e10)).map(lambda n: {"number": n}),
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda op, args: {"op": op, "args": args[: formula.OPERATIONS[op][1]]},
        st.sampled_from(sorted(formula.OPERATIONS)),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=12,
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["op", "args", "field", "number", "x"]), inner, max_size=3),
    ),
    max_leaves=10,
)


def value_of(tree: Any, **values: float) -> float | None:
    parsed, problems = formula.parse(tree, FIELDS, "source")
    assert problems == []
    assert parsed is not None
    found = formula.evaluate(parsed, {name: values.get(name, math.nan) for name in FIELDS}, formula.SCALARS)
    return None if math.isnan(found) else found


@given(trees, figures, figures, figures)
def test_every_accepted_tree_has_a_finite_value_or_none_for_every_product(
    tree: Any, sales: float, before: float, profit: float
) -> None:
    parsed, problems = formula.parse(tree, FIELDS, "source")
    if parsed is None:
        assert problems
        return
    found = formula.evaluate(
        parsed, {"sales": sales, "sales_before": before, "profit": profit}, formula.SCALARS
    )
    assert math.isnan(found) or math.isfinite(found)
    assert str(formula.described(parsed))
    assert formula.fields_of(parsed) <= set(FIELDS)


@given(anything)
def test_whatever_is_given_is_either_a_formula_or_a_problem_with_its_place(tree: Any) -> None:
    parsed, problems = formula.parse(tree, FIELDS, "source")
    assert (parsed is None) == bool(problems)
    assert all(problem.field and problem.field.startswith("source") for problem in problems)


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ("sales", 120.0),
        ({"op": "growth", "args": ["sales", "sales_before"]}, 20.0),
        ({"op": "percent", "args": ["profit", "sales"]}, 25.0),
        ({"op": "divide", "args": ["profit", {"number": 0}]}, None),
        ({"op": "subtract", "args": ["sales", "sales_before"]}, 20.0),
        ({"op": "min", "args": ["sales", "sales_before", "profit"]}, 30.0),
        ({"op": "max", "args": ["sales", {"number": 500}]}, 500.0),
        ({"op": "first", "args": [{"op": "divide", "args": ["sales", {"number": 0}]}, "profit"]}, 30.0),
        ({"op": "add", "args": ["sales", {"op": "multiply", "args": ["profit", {"number": 2}]}]}, 180.0),
    ],
)
def test_operations_compute_what_they_say(tree: Any, value: float | None) -> None:
    assert value_of(tree, sales=120.0, sales_before=100.0, profit=30.0) == value


def test_growth_from_nothing_or_from_a_loss_is_missing() -> None:
    tree = {"op": "growth", "args": ["sales", "sales_before"]}
    assert value_of(tree, sales=5.0, sales_before=0.0) is None
    assert value_of(tree, sales=5.0, sales_before=-3.0) is None


def test_a_missing_figure_makes_the_result_missing() -> None:
    assert value_of({"op": "add", "args": ["sales", "profit"]}, sales=1.0) is None


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        ({"field": "password"}, "source.field"),
        ({"op": "eval", "args": ["sales", "sales"]}, "source.op"),
        ({"op": "divide", "args": ["sales"]}, "source.args"),
        ({"op": "add", "args": ["sales", {"field": "nothing"}]}, "source.args.1.field"),
        ({"number": True}, "source.number"),
        ({"number": float("nan")}, "source.number"),
        ("__import__('os')", "source"),
        (None, "source"),
        ({"op": "add", "args": ["sales", "sales"], "extra": 1}, "source"),
    ],
)
def test_anything_outside_the_language_is_refused_at_its_place(tree: Any, place: str) -> None:
    _, problems = formula.parse(tree, FIELDS, "source")
    assert [problem.field for problem in problems] == [place]


def test_trees_too_deep_or_too_long_are_refused() -> None:
    deep: Any = "sales"
    for _ in range(10_000):
        deep = {"op": "add", "args": ["sales", deep]}
    long = {"op": "add", "args": [{"op": "add", "args": ["sales"] * 10}] * 10}
    for tree in (deep, long):
        assert formula.parse(tree, FIELDS, "source")[1]


def test_a_formula_is_told_in_words() -> None:
    parsed, _ = formula.parse({"op": "percent", "args": ["profit", "sales"]}, tuple(FACTS), "source")
    assert parsed is not None
    assert str(formula.described(parsed)) == "利润总额 ÷ 销售收入 × 100%"
