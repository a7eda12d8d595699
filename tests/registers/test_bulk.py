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
    add_products(60, datetime(2026, 3, 1, tzinfo=UTC))
    products = session.scalars(select(m.Product)).all()
    assert len(products) == 60
    assert {len(product.years) for product in products} == {1}
    assert {len(product.years[0].links) for product in products} == {3}
    assert session.query(m.ProductSearch).count() == 60
