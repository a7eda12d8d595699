"""The facts the statistics are made of, as the data of the process have them now, and the classifications they go by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, func, or_, select, type_coerce, union

from app import models as m
from app.db import session
from app.domain.statistics import Branches, Fact
from app.policies import PUBLISHED
from app.registers import classifications
from app.registers.classification_tree import INDUSTRY, PRODUCT_CLASS, TREES


class Owner(NamedTuple):
    """Whose data of which product a fact is."""

    product_year_id: int
    product_id: int
    unit_id: int


Facts = dict[int, dict[Owner, Fact]]


def branches() -> Branches:
    """The classifications in use."""
    return Branches(_lines(INDUSTRY), _lines(PRODUCT_CLASS))


def _lines(scheme: str) -> dict[str, tuple[str, ...]]:
    lines: dict[str, tuple[str, ...]] = {}
    for code, node in TREES[scheme].get().nodes.items():  # parents stand before children
        lines[code] = (*lines.get(node.parent or "", ()), code)
    return lines


def fingerprint(found: Branches) -> str:
    """Stands for the classifications: cells are made anew when it changes."""
    intensive = {code: _group(code) for code in found.industry}
    said = (sorted(found.industry.items()), sorted(found.product_class.items()), sorted(intensive.items()))
    return sha256(repr(said).encode()).hexdigest()


def _group(industry_code: str | None) -> str:
    match = classifications.is_intensive(industry_code)
    return match.group_code if match else ""


def changed_units(since: datetime) -> list[int]:
    """The units of which something changed since then that a fact may depend on."""
    tables = (m.Product, m.ProductYear, m.Recognition)
    queries = [select(t.__table__.c.unit_id).where(t.__table__.c.changed_at >= since) for t in tables]
    units = m.Unit.__table__.c
    return sorted(session.scalars(union(*queries, select(units.id).where(units.changed_at >= since))))


def next_units(after: int, count: int) -> list[int]:
    """The next units by id that have products or had facts."""
    products, records = m.Product.__table__.c.unit_id, m.StatRecord.__table__.c.unit_id
    queries = [
        select(column).where(column > after).distinct().order_by(column).limit(count)
        for column in (products, records)
    ]
    found = {key for query in queries for key in session.scalars(query)}
    return sorted(found)[:count]


def of_units(unit_ids: Collection[int]) -> Facts:
    """All facts of these units."""
    patents, recognitions = _patents(unit_ids), _recognitions(unit_ids)
    facts: Facts = {}
    for row in session.execute(_years(unit_ids)):
        owner = Owner(row.year_id, row.product_id, row.unit_id)
        counts = patents.get(row.year_id, {})
        first = row.year == row.filing_year
        facts.setdefault(row.unit_id, {})[owner] = Fact(
            row.year, row.province, row.city, row.district, row.kind, row.industry_code, row.class_code,
            _group(row.industry_code), row.filing_year, row.state if first else row.year_state, bool(row.takes_part),
            recognitions.get(row.year_id, ""), row.year_state == "updated" and row.state in PUBLISHED,
            counts.get("invention", 0), counts.get("utility_model", 0), counts.get("design", 0),
            row.output_value or 0, row.sales or 0, row.export or 0, row.profit or 0,
        )  # fmt: skip
    return facts


def _years(unit_ids: Collection[int]) -> Any:
    p, y, u = (model.__table__.c for model in (m.Product, m.ProductYear, m.Unit))
    amounts = [
        type_coerce(column, BigInteger).label(column.name)
        for column in (y.output_value, y.sales, y.export, y.profit)
    ]
    return (
        select(p.unit_id, p.id.label("product_id"), y.id.label("year_id"), y.year, u.province, u.city, u.district, u.kind,
               p.industry_code, p.class_code, p.filing_year, p.state, p.takes_part, y.state.label("year_state"), *amounts)
        .join_from(m.Product.__table__, m.ProductYear.__table__, y.product_id == p.id)
        .join(m.Unit.__table__, u.id == p.unit_id)
        .where(p.unit_id.in_(unit_ids), p.state != "draft", or_(y.state == "updated", y.year == p.filing_year))
    )  # fmt: skip


def _patents(unit_ids: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    links, patents = m.PatentLink.__table__.c, m.Patent.__table__.c
    query = (
        select(links.product_year_id, patents.kind, func.count())
        .join_from(m.PatentLink.__table__, m.Patent.__table__, patents.id == links.patent_id)
        .where(links.unit_id.in_(unit_ids))
        .group_by(links.product_year_id, patents.kind)
    )
    found: dict[int, dict[str, int]] = {}
    for year_id, kind, count in session.execute(query):
        found.setdefault(year_id, {})[kind] = count
    return found


def _recognitions(unit_ids: Collection[int]) -> Mapping[int, str]:
    table = m.Recognition.__table__.c
    query = select(table.product_year_id, table.state).where(table.unit_id.in_(unit_ids))
    return {row[0]: row[1] for row in session.execute(query)}


#: the columns of a record that hold its fact, in the order of the fact
FACT_COLUMNS = tuple(m.StatRecord.__table__.c[name] for name in Fact._fields)
OWNER_COLUMNS = tuple(m.StatRecord.__table__.c[name] for name in Owner._fields)


def known(unit_ids: Collection[int]) -> Facts:
    """The facts of these units that the statistics have now."""
    table = m.StatRecord.__table__.c
    query = select(*OWNER_COLUMNS, *FACT_COLUMNS).where(table.unit_id.in_(unit_ids), table.closed.is_(None))
    facts: Facts = {}
    for row in session.execute(query):
        owner = Owner(*row[:3])
        facts.setdefault(owner.unit_id, {})[owner] = Fact(*row[3:])
    return facts
