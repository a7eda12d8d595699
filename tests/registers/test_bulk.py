"""Filling tables by the quickest way leaves them as they were: with their indexes and constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import inspect, select

from app import models as m
from app.registers import bulk
from app.services.demo.bulk import add_products

TABLES = ("unit", "asset_year", "product", "product_year", "patent", "patent_link")


def structure(session: Any) -> dict[str, Any]:
    inspector = inspect(session.connection())
    kinds = (inspector.get_indexes, inspector.get_foreign_keys, inspector.get_unique_constraints)
    return {
        f"{table} {kind.__name__}": sorted(map(repr, kind(table))) for table in TABLES for kind in kinds
    }  # fmt: skip


def test_indexes_and_constraints_are_back_after_a_table_was_filled(session: Any) -> None:
    before = structure(session)
    tables = [m.Model.metadata.tables[name] for name in TABLES]
    with bulk.indexed_later(session.connection(), tables):
        assert structure(session) != before
    assert structure(session) == before


def test_made_up_products_are_whole_and_found(session: Any) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    add_products(60, now)
    products = session.scalars(select(m.Product)).all()
    assert len(products) == 60
    for product in products:
        last = product.updated_year or product.filing_year
        assert sorted(year.year for year in product.years) == list(range(product.filing_year, last + 1))
        assert {len(year.links) for year in product.years} == {3}
    assert {len(product.years) for product in products if product.state == "filed"} == {1, 2, 3}
    assert max(product.filed_on for product in products if product.filed_on) <= now.date()
    assert session.query(m.ProductSearch).count() == 60
