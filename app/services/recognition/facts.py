"""The figures a scheme looks at, as columns: one statement for a whole round, so that all of it is seen at one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from app import models as m
from app.domain.recognition.facts import FACTS
from app.domain.recognition.formula import fields_of
from app.domain.recognition.scheme import Indicator
from app.registers import classifications

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_CHUNK = 50_000
_OF_YEAR = ("sales", "output_value", "profit", "export", "volume", "domestic_share", "world_share")
_BEFORE = {"sales_before": "sales", "profit_before": "profit"}
_OF_UNIT = {"unit_revenue": "revenue", "unit_rnd_spending": "rnd_spending"}
_COUNTED = ("patents", "valid_patents", "valid_inventions", "valid_core_patents")


@dataclass(frozen=True)
class Columns:
    """Products in the order of their ids, and their figures by name; NaN where one is missing.

    ``classes`` are the codes that occur, ``class_of`` says which of them each product has (-1: none), ``parents``
    what stands above each code.
    """

    recognition: Integers
    product: Integers
    unit: Integers
    classes: Sequence[str]
    class_of: Integers
    parents: dict[str, str | None]
    figures: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.product)

    def digest(self) -> str:
        """SHA-256 over all of it, hex: the same data give the same, whatever the machine and the database."""
        found = sha256()
        for column in (self.product, self.class_of):
            found.update(column.astype("<i8").tobytes())
        for name in sorted(self.figures):
            found.update(name.encode() + self.figures[name].astype("<f8").tobytes())
        above = sorted(f"{code}<{parent}" for code, parent in self.parents.items())
        found.update("\n".join([*self.classes, *above]).encode())
        return found.hexdigest()

    def path(self, code: str) -> list[str]:
        """A class and what stands above it, upwards."""
        found: list[str] = []
        step: str | None = code
        while step is not None and step not in found:
            found.append(step)
            step = self.parents.get(step)
        return found


def needed(indicators: Iterable[Indicator]) -> frozenset[str]:
    """The names of the figures that the indicators read."""
    return frozenset().union(*(fields_of(i.source) for i in indicators if i.source is not None))


class Scope(NamedTuple):
    """Which products are looked at: those of a round, with their data of this year."""

    round_id: int
    data_year: int


def scope(round_: m.RecognitionRound) -> Scope:
    """The products of a round."""
    return Scope(round_.id, round_.data_year)


def load(
    connection: Connection, scope: Scope, names: Collection[str], only: ColumnElement[bool] | None = None
) -> Columns:
    """The figures ``names`` of all the round's products, or of those that fit ``only``; without those of the supplement,
    which are answers of single products."""
    data = sorted(name for name in names if FACTS[name].source == "data")
    query = _query(scope, data)
    if only is not None:
        query = query.where(only)
    result = connection.execute(query)
    # the driver's own tuples: a million row objects would take seconds
    cursor: Any = result.cursor
    known: dict[str | None, int] = {None: 0}
    integers: list[Integers] = []
    floats: list[Floats] = []
    while rows := cursor.fetchmany(_CHUNK):
        recognition, product, unit, codes, *figures = zip(*rows, strict=True)
        for code in dict.fromkeys(codes):
            known.setdefault(code, len(known))
        places = list(map(known.__getitem__, codes))
        integers.append(np.array([recognition, product, unit, places], dtype=np.int64))
        floats.append(np.array(figures, dtype=np.float64).reshape(len(figures), len(product)))
    result.close()
    return _columns(integers, floats, known, data, scope.data_year)


def _columns(
    integers: list[Integers], floats: list[Floats], known: dict[str | None, int], names: list[str], year: int
) -> Columns:
    whole = np.concatenate(integers, axis=1) if integers else np.empty((4, 0), dtype=np.int64)
    figures = np.concatenate(floats, axis=1) if floats else np.empty((len(names), 0), dtype=np.float64)
    classes = sorted(code for code in known if code is not None)
    # codes were numbered as they came: number them in their own order, and what has none -1
    place = {code: number for number, code in enumerate(classes)}
    renumbered = np.array([-1 if code is None else place[code] for code in known], dtype=np.int64)
    made = {name: _as_read(name, column, year) for name, column in zip(names, figures, strict=True)}
    return Columns(whole[0], whole[1], whole[2], classes, renumbered[whole[3]], _parents(classes), made)


def _as_read(name: str, column: Floats, year: int) -> Floats:
    """A figure as people read it: money and percentages are stored in hundredths, terms as the year of a date."""
    if name == "kept_years":
        return np.asarray(year - column)
    if name == "remaining_years":
        return np.asarray(column - year)
    if name in _COUNTED:
        return np.nan_to_num(column)
    if name == "valid_contribution":
        return np.nan_to_num(column) / 100.0
    return column / 100.0


def _parents(classes: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for code in classes:
        step: str | None = code
        while step is not None and step not in found:
            node = classifications.get("class", step)
            found[step] = node.parent if node else None
            step = found[step]
    return found


def _query(scope: Scope, names: Sequence[str]) -> Select[Any]:
    r, p, y = m.Recognition, m.Product, m.ProductYear
    before, assets, patents = aliased(m.ProductYear), aliased(m.AssetYear), _patents(scope.round_id, names)
    sources: dict[str, Any] = {name: getattr(y, name) for name in _OF_YEAR}
    sources |= {name: getattr(before, column) for name, column in _BEFORE.items()}
    sources |= {name: getattr(assets, column) for name, column in _OF_UNIT.items()}
    sources |= {column.name: column for column in patents.c if column.name in FACTS}
    # as they are stored: turning each number into a Decimal would take longer than all the rest
    figures = [type_coerce(sources[name], BigInteger) for name in names]
    query: Any = select(r.id, r.product_id, r.unit_id, p.class_code, *figures).where(
        r.round_id == scope.round_id
    )
    query = query.join(p, p.id == r.product_id).join(y, y.id == r.product_year_id)
    if not _BEFORE.keys().isdisjoint(names):
        last = and_(
            before.product_id == r.product_id, before.year == scope.data_year - 1, before.state == "updated"
        )
        query = query.outerjoin(before, last)
    if not _OF_UNIT.keys().isdisjoint(names):
        query = query.outerjoin(assets, and_(assets.unit_id == r.unit_id, assets.year == scope.data_year))
    if not {column.name for column in patents.c}.isdisjoint(names):
        query = query.outerjoin(patents, patents.c.id == r.product_year_id)
    ordered: Select[Any] = query.order_by(r.product_id)
    return ordered


def _patents(round_id: int, names: Collection[str]) -> Any:
    """What the linked patents of the data year come to, per product and year."""
    link, patent = m.PatentLink, m.Patent
    valid = patent.legal_state == "valid"
    core = and_(valid, link.core)

    def whole(value: Any) -> Any:
        return cast(value, BigInteger)

    def count(test: Any) -> Any:
        return whole(func.sum(case((test, 1), else_=0)))

    def year(limit: Any, day: Any) -> Any:
        return whole(func.extract("year", limit(case((valid, day)))))

    share = whole(func.sum(case((core, type_coerce(link.contribution, BigInteger)), else_=0)))
    facts = {
        "patents": func.count(),
        "valid_patents": count(valid),
        "valid_inventions": count(and_(valid, patent.kind == "invention")),
        "valid_core_patents": count(core),
        "valid_contribution": share,
        "kept_years": year(func.min, patent.filing_date),
        "remaining_years": year(func.max, patent.expiry),
    }
    wanted = [fact.label(name) for name, fact in facts.items() if name in names]
    query = select(link.product_year_id.label("id"), *wanted).select_from(m.Recognition)
    query = query.join(link, link.product_year_id == m.Recognition.product_year_id)
    query = query.join(patent, patent.id == link.patent_id).where(m.Recognition.round_id == round_id)
    query = query.group_by(link.product_year_id)
    return query.subquery("patent_facts")
