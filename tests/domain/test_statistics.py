"""Cells are sums of facts: whatever comes, goes and changes, the cells kept by differences are those made anew."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain import statistics as cube
from app.domain.statistics import ALL, Branches, Cells, Fact, Key, Place

BRANCHES = Branches(
    {"C": ("C",), "38": ("C", "38"), "3841": ("C", "38", "3841"), "3842": ("C", "38", "3842")},
    {"P1": ("P1",), "P11": ("P1", "P11")},
)
FACT = Fact(2024, "430000", "430100", "430102", "enterprise", "3841", "P11", "3", 2024, "filed", True, "", True, 2, 1, 0,
            120_000, 100_000, 5_000, 15_000)  # fmt: skip

FACTS = st.builds(
    FACT._replace,
    year=st.sampled_from([2023, 2024]),
    city=st.sampled_from(["430100", None]),
    industry_code=st.sampled_from(["3841", "3842", None, "9999"]),
    intensive=st.sampled_from(["", "3"]),
    state=st.sampled_from(["filed", "pending"]),
    recognition=st.sampled_from(["", "candidate"]),
    counted=st.booleans(),
    sales=st.integers(0, 10),
    profit=st.integers(-10, 10),
)
UNITS = st.dictionaries(st.integers(1, 4), st.lists(FACTS, max_size=4), max_size=4)


def made(units: dict[int, list[Fact]]) -> Cells:
    """The cells of all units, made anew."""
    sums: cube.Sums = {}
    for facts in units.values():
        cube.add_unit(sums, facts, BRANCHES)
    return cube.expand(sums)


def cell(cells: Cells, region: str = cube.COUNTRY, node: str = ALL, year: int = 2024) -> dict[str, int]:
    """One cell's measures by name, zeros where there is none."""
    sums: dict[str, int] = defaultdict(int)
    for key, vector in cells.items():
        if (key.region, key.node, key.year) == (region, node, year):
            for name, value in zip(cube.MEASURES, vector, strict=True):
                sums[name] += value
    return sums


def test_a_fact_is_added_to_its_region_and_all_above() -> None:
    cells = made({1: [FACT]})
    for region in (cube.COUNTRY, "430000", "430100", "430102"):
        assert cell(cells, region)["sales"] == 100_000
    assert cell(cells, "430200")["sales"] == 0


def test_a_fact_is_added_to_its_industry_and_all_above() -> None:
    found = cube.nodes(FACT, BRANCHES)
    assert Place("i:3841", "i:38") in found
    assert Place("i:38", "i:C") in found
    assert Place("i:C", "i") in found
    assert Place("p:3", "p") in found


def test_what_does_not_count_is_only_on_the_way_to_filing() -> None:
    found = cube.nodes(FACT._replace(counted=False, state="pending"), BRANCHES)
    assert found == [Place("s:pending", "s")]


def test_a_unit_counts_once_in_a_cell_however_many_products_it_has() -> None:
    two = FACT._replace(industry_code="3842")
    cells = made({1: [FACT, FACT, two], 2: [FACT]})
    assert cell(cells)["units"] == 2
    assert cell(cells)["products"] == 4
    assert cell(cells, node="i:38")["units"] == 2
    assert cell(cells, node="i:3842")["units"] == 1


@given(UNITS, UNITS)
def test_cells_kept_by_differences_are_those_made_anew(
    before: dict[int, list[Fact]], after: dict[int, list[Fact]]
) -> None:
    sums: cube.Sums = {}
    for unit in {*before, *after}:
        cube.add_unit(sums, before.get(unit, []), BRANCHES, -1)
        cube.add_unit(sums, after.get(unit, []), BRANCHES)
    kept: dict[Key, list[int]] = made(before)
    for key, vector in cube.expand(sums).items():
        kept[key] = [a + b for a, b in zip(kept.get(key, [0] * len(vector)), vector, strict=True)]
    assert {key: vector for key, vector in kept.items() if any(vector)} == made(after)


def test_growth_and_shares_have_no_figure_without_a_base() -> None:
    assert cube.growth(110, 100) == Decimal("10.0")
    assert cube.growth(5, 0) is None
    assert cube.growth(5, -5) is None
    assert cube.share(1, 3) == Decimal("33.3")
    assert cube.share(0, 0) is None


ROWS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 9), max_size=6)


@given(ROWS, st.integers(1, 5))
def test_T_V04_no_small_cell_is_told_nor_found_by_subtraction(units: dict[str, int], minimum: int) -> None:
    hidden = cube.hidden(units, minimum)
    assert all(code in hidden for code, count in units.items() if 0 < count < minimum)
    counts = [units[code] for code in hidden]
    everything: Any = {code for code, count in units.items() if count}
    assert not hidden or cube.told_together(counts, minimum) or hidden == everything


def test_T_V04_nothing_is_hidden_where_all_are_large() -> None:
    assert cube.hidden({"a": 3, "b": 10}, 3) == set()


def test_T_V04_a_single_small_row_takes_the_next_smallest_with_it() -> None:
    assert cube.hidden({"a": 1, "b": 50, "c": 7}, 3) == {"a", "c"}
