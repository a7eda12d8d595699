"""What the statistics count, and how: facts of products in a year, and the cells of the cube they add up to.

A product counts in a year when its filing is in force and staff have approved its data of that year. Every cell is a
year, a region (country, province, city, district), a kind of unit and a node of a classification; each fact is added
to the cells of its region and of all regions above, for its nodes and all nodes above. Units are counted once a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypeVar

#: what a cell holds, in order; amounts in hundredths of 万元
MEASURES = ("products", "units", "new", "inventions", "utility_models", "designs", "intensive", "intensive_sales",
            "output", "sales", "export", "profit")  # fmt: skip
UNITS = MEASURES.index("units")
COUNTRY = "000000"
#: what stands above the country, and above the node of everything
ABOVE = "-"
ALL = ""
#: the first letters of nodes: industries, product classes, patent-intensive industries, years of filing, states of
#: filings, willingness to take part in recognition, states of recognition
INDUSTRY, CLASS, INTENSIVE, COHORT, STATE, PART, RECOGNITION = "i", "c", "p", "y", "s", "t", "r"

Vector = list[int]
K = TypeVar("K")


class Fact(NamedTuple):
    """A product in a year. ``counted``: it counts; others are there for the way from submission to filing alone."""

    year: int
    province: str | None
    city: str | None
    district: str | None
    kind: str
    industry_code: str | None
    class_code: str | None
    #: group of the patent-intensive industries, empty for none
    intensive: str
    filing_year: int
    state: str
    takes_part: bool
    #: state in the round that looks at this year's data, empty for none
    recognition: str
    counted: bool
    inventions: int
    utility_models: int
    designs: int
    output: int
    sales: int
    export: int
    profit: int

    @property
    def is_first(self) -> bool:
        """Whether this is the year the product was filed for."""
        return self.year == self.filing_year


@dataclass(frozen=True)
class Branches:
    """The classifications in use: for each code what stands above it and itself, from the top down."""

    industry: Mapping[str, Sequence[str]] = field(default_factory=dict)
    product_class: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Place(NamedTuple):
    """A node or region with the one above it."""

    code: str
    parent: str


class Key(NamedTuple):
    """What names a cell."""

    region: str
    region_parent: str
    node: str
    node_parent: str
    year: int
    kind: str


Cells = dict[Key, Vector]


def regions(fact: Fact) -> list[Place]:
    """The regions a fact belongs to, from the country down; levels that are not known are left out."""
    places = [Place(COUNTRY, ABOVE)]
    for code in (fact.province, fact.city, fact.district):
        if code:
            places.append(Place(code, places[-1].code))
    return places


def nodes(fact: Fact, branches: Branches) -> list[Place]:
    """The nodes a fact belongs to."""
    found: list[Place] = []
    if fact.is_first:
        found.append(Place(f"{STATE}:{fact.state}", STATE))
    if fact.recognition:
        found.append(Place(f"{RECOGNITION}:{fact.recognition}", RECOGNITION))
    if not fact.counted:
        return found
    found.append(Place(ALL, ABOVE))
    found.append(Place(f"{COHORT}:{fact.filing_year}", COHORT))
    found.append(Place(f"{PART}:{'yes' if fact.takes_part else 'no'}", PART))
    found += _branch(INDUSTRY, branches.industry.get(fact.industry_code or "", ()))
    found += _branch(CLASS, branches.product_class.get(fact.class_code or "", ()))
    if fact.intensive:
        found += [Place(INTENSIVE, ABOVE), Place(f"{INTENSIVE}:{fact.intensive}", INTENSIVE)]
    return found


def _branch(letter: str, codes: Sequence[str]) -> list[Place]:
    parents = (letter, *(f"{letter}:{code}" for code in codes))
    return [Place(f"{letter}:{code}", parent) for code, parent in zip(codes, parents, strict=False)]


def measures(fact: Fact) -> Vector:
    """What one fact adds to a cell; the unit is added once by ``add_unit``."""
    intensive = int(bool(fact.intensive))
    return [1, 0, int(fact.is_first), fact.inventions, fact.utility_models, fact.designs, intensive,
            intensive * fact.sales, fact.output, fact.sales, fact.export, fact.profit]  # fmt: skip


Base = tuple[tuple[Place, ...], Place, int, str]
Sums = dict[Base, Vector]


def add_unit(sums: Sums, facts: Iterable[Fact], branches: Branches, sign: int = 1) -> None:
    """Add (or, with -1, take away) all facts of one unit; ``expand`` makes cells of the sums of many units."""
    own: Sums = {}
    for fact in facts:
        places, vector = tuple(regions(fact)), measures(fact)
        for node in nodes(fact, branches):
            _add(own, (places, node, fact.year, fact.kind), vector)
    for key, vector in own.items():
        vector[UNITS] = 1
        _add(sums, key, vector if sign == 1 else [-value for value in vector])


def expand(sums: Sums) -> Cells:
    """The cells of every region above; those that come to nothing are left out."""
    cells: Cells = {}
    for (places, node, year, kind), vector in sums.items():
        for place in places:
            _add(cells, Key(place.code, place.parent, node.code, node.parent, year, kind), vector)
    return {key: vector for key, vector in cells.items() if any(vector)}


def _add(target: dict[K, Vector], key: K, vector: Vector) -> None:
    known = target.get(key)
    if known is None:
        target[key] = list(vector)
    else:
        for place, value in enumerate(vector):
            known[place] += value


def growth(now: int | Decimal, before: int | Decimal) -> Decimal | None:
    """By how many percent a figure has grown, with one decimal; None where there was nothing to grow from."""
    if before <= 0:
        return None
    return (Decimal(now - before) * 100 / Decimal(before)).quantize(Decimal("0.1"))


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A part in percent of the whole, with one decimal; None of nothing."""
    return None if not whole else (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"))


def told_together(units: Sequence[int], minimum: int) -> bool:
    """Whether an amount of rows added up may be told though none of the rows': two rows and ``minimum`` units."""
    return len(units) >= 2 and sum(units) >= minimum


def hidden(units: Mapping[str, int], minimum: int) -> set[str]:
    """Which rows of a public table may not show amounts, when the table's total is shown as well.

    Rows of fewer than ``minimum`` units, and then as many of the next smallest as it takes that what is hidden cannot
    be found by subtraction.
    """
    ranked = sorted((count, code) for code, count in units.items() if count > 0)
    chosen = [(count, code) for count, code in ranked if count < minimum]
    rest = ranked[len(chosen) :]
    while chosen and rest and not told_together([count for count, _ in chosen], minimum):
        chosen.append(rest.pop(0))
    return {code for _, code in chosen}
