"""The migrations make exactly the tables of the models, and can be taken back."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

import app as package
from app.db import db, metadata
from app.migrations.options import include_object
from app.reports import search
from app.reports.search import SearchFilters
from tests.support import factories

MIGRATIONS = str(Path(package.__file__).parent / "migrations")


def _differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": include_object}
        )
        return list(compare_metadata(context, metadata))


def test_the_migrations_match_the_models(app: Flask) -> None:
    assert _differences() == []


def test_the_schema_can_be_taken_back_and_made_again(app: Flask) -> None:
    downgrade(directory=MIGRATIONS, revision="base")
    left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade(directory=MIGRATIONS)
    assert _differences() == []


def test_the_order_of_the_search_index_is_turned_round(session: Any) -> None:
    unit = factories.make_unit()
    for day, name in enumerate(("动力电池", "储能电池"), start=1):
        product = factories.make_product(unit, name, state="filed", filed_on=date(2025, 6, day))
        search.index_product(product.id)
    session.commit()

    def places() -> list[int]:
        with db.engine.connect() as connection:
            return list(connection.scalars(text("SELECT position FROM product_search ORDER BY product_id")))

    before = places()
    downgrade(directory=MIGRATIONS, revision="0013")
    assert places() == [-place for place in before]
    upgrade(directory=MIGRATIONS)
    assert places() == before
    assert [hit.name for hit in search.find("电池").rows] == ["储能电池", "动力电池"]


def test_the_year_of_filing_comes_into_the_search_index(session: Any) -> None:
    product = factories.make_product(
        factories.make_unit(), "动力电池", state="filed", filed_on=date(2025, 6, 1)
    )
    draft = factories.make_product(factories.make_unit("湘潭示例光电有限公司"), "储能电池")
    search.index_many([product.id, draft.id])
    session.commit()

    def years() -> list[bool]:
        with db.engine.connect() as connection:
            query = "SELECT CAST(tokens AS TEXT) FROM product_search ORDER BY product_id"
            return ["@y2025" in tokens for tokens in connection.scalars(text(query))]

    assert years() == [True, False]
    downgrade(directory=MIGRATIONS, revision="0014")
    assert years() == [False, False]
    upgrade(directory=MIGRATIONS)
    assert years() == [True, False]
    found = search.find("电池", SearchFilters(year=2025))
    assert [hit.name for hit in found.rows] == ["动力电池"]
    assert not search.find("电池", SearchFilters(year=2024)).rows
