"""The figures of the statistics, read from the cells: a few rows an answer, however many products there are.

Whoever asks says which region: ``scope`` limits it to the actor's own. ``asof`` adds up the facts that held at a number
of the data, for figures of the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain import statistics as cube
from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.domain.statistics import ALL, COUNTRY, MEASURES
from app.policies import SEE_ALL
from app.registers import classifications, regions

_CELL = m.StatCell.__table__.c
_RECORD = m.StatRecord.__table__.c
_UNIT = m.StatUnit.__table__.c
_REVIEW = m.StatReview.__table__.c
_CENT = Decimal("0.01")
#: what rankings go by
ORDERS = ("sales", "products", "patents")


class Figures(NamedTuple):
    """The measures of some cells together; amounts in hundredths of 万元."""

    products: int = 0
    units: int = 0
    new: int = 0
    inventions: int = 0
    utility_models: int = 0
    designs: int = 0
    intensive: int = 0
    intensive_sales: int = 0
    output: int = 0
    sales: int = 0
    export: int = 0
    profit: int = 0

    @property
    def patents(self) -> int:
        """Patents linked; one linked to two products counts twice."""
        return self.inventions + self.utility_models + self.designs


NOTHING = Figures()
Rows = dict[str, Figures]


def money(hundredths: int) -> Decimal:
    """An amount in 万元."""
    return (Decimal(hundredths) / 100).quantize(_CENT)


@dataclass(frozen=True)
class Asked:
    """What is looked at: a region, a node of a classification, a kind of unit (None: all), a year."""

    region: str
    year: int
    node: str = ALL
    kind: str | None = None


@dataclass(frozen=True)
class State:
    """How the data stand."""

    number: int
    generation: int
    branches: str
    at: Any


def state() -> State | None:
    """How the data stand; None before they were ever made."""
    row = session.execute(
        select(m.StatState.number, m.StatState.generation, m.StatState.branches, m.StatState.at)
    ).first()
    return None if row is None or row.generation == 0 else State(*row)


def scope(actor: Actor, region: str | None = None) -> str:
    """The region asked for, or all the actor may see; NotFound for any other (abuse.md T-I05)."""
    if actor.is_system or actor.has(*SEE_ALL):
        own = COUNTRY
    elif actor.has(roles.IP_OFFICE) and actor.region_code:
        own = actor.region_code
    else:
        raise NotFound
    wanted = region or own
    if own not in regions.line(wanted):
        raise NotFound
    return wanted


class Cells:
    """Reads the cells of one generation."""

    def __init__(self, generation: int) -> None:
        self._generation = generation

    def by_year(self, asked: Asked) -> dict[int, Figures]:
        """All years."""
        here = (_CELL.region == asked.region, _CELL.node == asked.node)
        return {key[0]: found for key, found in self._sums((_CELL.year,), asked.kind, *here)}

    def by_region(self, asked: Asked, years: Sequence[int]) -> dict[int, Rows]:
        """The regions directly below."""
        here = (_CELL.region_parent == asked.region, _CELL.node == asked.node)
        return self._of_years(_CELL.region, asked.kind, years, *here)

    def by_node(self, asked: Asked, parent: str, years: Sequence[int]) -> dict[int, Rows]:
        """The nodes directly below ``parent``."""
        here = (_CELL.region == asked.region, _CELL.node_parent == parent)
        return self._of_years(_CELL.node, asked.kind, years, *here)

    def by_kind(self, asked: Asked, years: Sequence[int]) -> dict[int, Rows]:
        """Kinds of units."""
        here = (_CELL.region == asked.region, _CELL.node == asked.node)
        return self._of_years(_CELL.kind, asked.kind, years, *here)

    def cohorts(self, asked: Asked) -> dict[tuple[int, int], Figures]:
        """By year of filing and year of the data."""
        here = (_CELL.region == asked.region, _CELL.node_parent == cube.COHORT)
        rows = self._sums((_CELL.node, _CELL.year), asked.kind, *here)
        return {(int(node.split(":")[1]), year): found for (node, year), found in rows}

    def flow(self, asked: Asked) -> dict[str, int]:
        """How many products of the year stand where, from submission to recognition."""
        parents = (cube.STATE, cube.PART, cube.RECOGNITION, cube.COHORT)
        here = (_CELL.region == asked.region, _CELL.node_parent.in_(parents), _CELL.year == asked.year)
        return {key[0]: found.products for key, found in self._sums((_CELL.node,), asked.kind, *here)}

    def _of_years(
        self, column: Any, kind: str | None, years: Sequence[int], *here: ColumnElement[bool]
    ) -> dict[int, Rows]:
        rows = self._sums((column, _CELL.year), kind, *here, _CELL.year.in_(years))
        found: dict[int, Rows] = {year: {} for year in years}
        for (code, year), figures in rows:
            found[year][code] = figures
        return found

    def _sums(
        self, by: tuple[Any, ...], kind: str | None, *here: ColumnElement[bool]
    ) -> list[tuple[Any, Figures]]:
        sums = [func.sum(_CELL[name]) for name in MEASURES]
        query = select(*by, *sums).where(_CELL.generation == self._generation, *here)
        if kind is not None:
            query = query.where(_CELL.kind == kind)
        rows = session.execute(query.group_by(*by).having(func.sum(_CELL.products) > 0).order_by(*by))
        return [(row[: len(by)], Figures(*map(int, row[len(by) :]))) for row in rows]


def top_units(asked: Asked, order: str, limit: int) -> list[Any]:
    """The units with the most sales, products or patents of a year, whatever their industries."""
    names = ("unit_id", "kind", "province", "products", "patents", "output", "sales", "export", "profit")
    units = m.Unit.__table__.c
    best = select(*(_UNIT[name] for name in names)).where(
        _UNIT.year == asked.year, *_placed(_UNIT, asked.region)
    )
    if asked.kind is not None:
        best = best.where(_UNIT.kind == asked.kind)
    top = best.order_by(_UNIT[order].desc(), _UNIT.unit_id.desc()).limit(limit).subquery()
    query = select(top, units.name).join_from(top, m.Unit.__table__, units.id == top.c.unit_id)
    return list(session.execute(query.order_by(top.c[order].desc(), top.c.unit_id.desc())))


def review_by_month(region: str, first: str, last: str) -> list[Any]:
    """Decisions by month and kind, from month to month (YYYY-MM), oldest first."""
    columns = (_REVIEW.month, _REVIEW.kind, _REVIEW.decided, _REVIEW.returned, _REVIEW.late, _REVIEW.hours)
    query = select(*columns).where(
        _REVIEW.region == region, _REVIEW.month.between(first, last), _REVIEW.field == ""
    )
    return list(session.execute(query.order_by(_REVIEW.month, _REVIEW.kind)))


def returned_fields(region: str, first: str, last: str, limit: int) -> list[Any]:
    """What cases were returned for most often: kind, field, times."""
    times = func.sum(_REVIEW.returned)
    query = select(_REVIEW.kind, _REVIEW.field, times.label("times")).where(
        _REVIEW.region == region, _REVIEW.month.between(first, last), _REVIEW.field != ""
    )
    grouped = query.group_by(_REVIEW.kind, _REVIEW.field)
    return list(session.execute(grouped.order_by(times.desc(), _REVIEW.kind, _REVIEW.field).limit(limit)))


def asof(asked: Asked, number: int) -> Figures:
    """The figures of what is asked as of a number of the data, added up from the facts that held then."""
    count, total = func.count, func.sum
    intensive = _RECORD.intensive != ""
    sums = [
        count(), count(_RECORD.unit_id.distinct()), count().filter(_RECORD.year == _RECORD.filing_year),
        *(total(_RECORD[name]) for name in ("inventions", "utility_models", "designs")), count().filter(intensive),
        total(_RECORD.sales).filter(intensive),
        *(total(_RECORD[name]) for name in ("output", "sales", "export", "profit")),
    ]  # fmt: skip
    held = (_RECORD.opened <= number, or_(_RECORD.closed.is_(None), _RECORD.closed > number))
    row = session.execute(facts_asked(select(*sums), asked).where(*held)).one()
    return Figures(*(int(value or 0) for value in row))


def facts_asked(query: Select[Any], asked: Asked) -> Select[Any]:
    """``query`` over facts limited to those that count for what is asked."""
    query = query.where(_RECORD.counted, _RECORD.year == asked.year, *_placed(_RECORD, asked.region))
    if asked.kind is not None:
        query = query.where(_RECORD.kind == asked.kind)
    condition = _in_node(asked.node)
    return query if condition is None else query.where(condition)


def _placed(columns: Any, region: str) -> tuple[ColumnElement[bool], ...]:
    levels = (columns.province, columns.city, columns.district)
    line = regions.line(region)[1:]
    return tuple(level == code for level, code in zip(_levels(levels, line), line, strict=True))


def _levels(levels: Sequence[Any], line: Sequence[str]) -> Iterable[Any]:
    """The columns that hold the codes of a line: a district may stand directly below a province."""
    if len(line) == 2 and not line[1].endswith("00"):
        return (levels[0], levels[2])
    return levels[: len(line)]


def _in_node(node: str) -> ColumnElement[bool] | None:
    letter, _, code = node.partition(":")
    if letter == ALL:
        return None
    if letter == cube.INTENSIVE:
        chosen: ColumnElement[bool] = _RECORD.intensive == code if code else _RECORD.intensive != ""
        return chosen
    scheme, column = {
        cube.INDUSTRY: ("industry", _RECORD.industry_code),
        cube.CLASS: ("class", _RECORD.class_code),
    }[letter]
    below: ColumnElement[bool] = column.in_(_codes_below(scheme, code))
    return below


def _codes_below(scheme: str, code: str) -> list[str]:
    found, waiting = [], [code]
    while waiting:
        found.append(waiting.pop())
        waiting += [node.code for node in classifications.children(scheme, found[-1])]
    return found


def combined(rows: Mapping[Any, Figures]) -> Figures:
    """Rows added up."""
    return Figures(*(sum(values) for values in zip(*rows.values(), strict=True))) if rows else NOTHING
