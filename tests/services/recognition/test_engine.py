"""Points by columns are the points of the rules, product for product; nothing depends on order or on chance."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.recognition.formula import SCALARS, evaluate, parse
from app.domain.recognition.scheme import ANY_CLASS, Indicator
from app.domain.recognition.scoring import Standing, group_for, scale_threshold, scaled
from app.services.recognition import engine
from app.services.recognition.facts import Columns
from tests.domain.recognition.test_formula import FIELDS, figures, trees

PARENTS = {"A": None, "A1": "A", "A2": "A", "A21": "A2", "B": None, "B1": "B"}
CLASSES = ("A1", "A21", "B1")
METHODS = {
    "percentile": {}, "threshold": {"*": (Decimal(10),), "A": (Decimal(3),)}, "share": {"*": (Decimal("1.5"),), "B": (Decimal("0.5"),)},
    "linear": {"*": (Decimal(0), Decimal(20)), "A21": (Decimal("-3.5"), Decimal(7))},
}  # fmt: skip


def indicator(
    tree: Any, method: str = "percentile", direction: str = "up", weight: str = "33.33"
) -> Indicator:
    parsed, problems = parse(tree, FIELDS, "source")
    assert not problems
    thresholds = METHODS[method]
    if method == "linear" and direction == "down":
        thresholds = {code: pair[::-1] for code, pair in thresholds.items()}
    return Indicator(
        f"{method}_{direction}", "x", "x", Decimal(weight), direction, "machine", parsed, method, thresholds
    )


def columns(rows: list[tuple[int, dict[str, float]]]) -> Columns:
    """Products numbered from 1, with the place of their class among ``CLASSES`` and their figures."""
    ids = np.arange(1, len(rows) + 1)
    found = {name: np.array([row.get(name, math.nan) for _, row in rows], dtype=float) for name in FIELDS}
    return Columns(
        ids, ids, ids, CLASSES, np.array([place for place, _ in rows], dtype=np.int64), PARENTS, found
    )


products = st.lists(
    st.tuples(st.integers(-1, 2), st.fixed_dictionaries(dict.fromkeys(FIELDS, figures | st.integers(-3, 30).map(float)))),
    min_size=1, max_size=14,
)  # fmt: skip
indicators = st.builds(
    indicator, trees.filter(lambda tree: parse(tree, FIELDS, "")[0] is not None), st.sampled_from(sorted(METHODS)),
    st.sampled_from(["up", "down"]),
)  # fmt: skip


def by_the_rules(data: Columns, wanted: Indicator, place: int, min_class: int) -> Standing:
    """How product ``place`` stands, computed one by one."""
    assert wanted.source is not None
    found = [
        scaled(evaluate(wanted.source, {n: float(c[row]) for n, c in data.figures.items()}, SCALARS))
        for row in range(len(data))
    ]
    paths = [data.path(CLASSES[c]) if c >= 0 else [] for c in data.class_of.tolist()]
    sizes: dict[str, int] = {}
    for value, path in zip(found, paths, strict=True):
        for code in path if value is not None else []:
            sizes[code] = sizes.get(code, 0) + 1
    group = group_for(paths[place], sizes, min_class)
    others = sorted(
        value
        for row, (value, path) in enumerate(zip(found, paths, strict=True))
        if value is not None and row != place and (group == ANY_CLASS or group in path)
    )
    _, threshold = wanted.threshold_for(paths[place])
    return Standing(wanted, found[place], scale_threshold(threshold), others, group)


@settings(max_examples=80)
@given(products, indicators, st.integers(2, 5))
def test_columns_and_rules_agree(rows: Any, wanted: Indicator, min_class: int) -> None:
    data = columns(rows)
    judged = engine.score(data, [wanted], min_class).criteria[0]
    for place in range(len(data)):
        standing = by_the_rules(data, wanted, place, min_class)
        assert bool(judged.known[place]) == (standing.value is not None)
        assert judged.points[place] == standing.points
        if standing.value is not None:
            assert (judged.value[place], judged.mark[place]) == (standing.value, standing.mark)
        if wanted.compares:
            code = CLASSES[data.class_of[place]] if data.class_of[place] >= 0 else ANY_CLASS
            assert judged.group[code] == standing.group


@given(products, st.lists(indicators, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_products_changes_nothing_and_the_parts_make_the_total(
    rows: Any, wanted: list[Indicator], random: Any
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    one, other = (
        engine.score(columns(rows), wanted, 2),
        engine.score(columns([rows[i] for i in order]), wanted, 2),
    )
    assert one.total.tolist() == [sum(c.points[row].item() for c in one.criteria) for row in range(len(rows))]
    assert [one.total[i] for i in order] == other.total.tolist()
    assert one.total.tolist() == engine.score(columns(rows), wanted, 2).total.tolist()


@given(products, st.sampled_from(sorted(METHODS)), st.integers(0, 13), st.floats(0, 1e9))
def test_raising_a_value_of_which_more_is_better_never_lowers_the_score(
    rows: Any, method: str, place: int, rise: float
) -> None:
    place %= len(rows)
    wanted = [indicator("sales", method), indicator("profit", method)]
    before = engine.score(columns(rows), wanted, 2).total[place]
    kind, row = rows[place]
    raised = [*rows[:place], (kind, {**row, "sales": row["sales"] + rise}), *rows[place + 1 :]]
    assert engine.score(columns(raised), wanted, 2).total[place] >= before


def test_a_class_too_small_is_compared_with_its_parent() -> None:
    rows = [(0, {"sales": 5.0}), (0, {"sales": 6.0}), (1, {"sales": 1.0}), (2, {"sales": 100.0})]
    judged = engine.score(columns(rows), [indicator("sales", weight="30")], 3).criteria[0]
    assert judged.group == {"A1": "A", "A21": "A", "B1": "*", "*": "*"}
    assert judged.points.tolist() == [1500, 3000, 0, 3000]
    assert judged.benchmarks == {"*": (4, 10_000, 50_000, 60_000), "A": (3, 10_000, 50_000, 50_000)}


def test_the_snapshot_is_the_same_for_the_same_data_alone() -> None:
    rows = [(0, {"sales": 5.0}), (1, {"sales": 6.0})]
    assert columns(rows).digest() == columns(rows).digest()
    assert columns(rows).digest() != columns([rows[0], (1, {"sales": 6.01})]).digest()
    assert columns(rows).digest() != columns([rows[0], (2, {"sales": 6.0})]).digest()
