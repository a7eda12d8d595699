"""The migrations make exactly the tables of the models, and can be taken back."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

import app as package
from app.db import db, metadata
from app.migrations.options import include_object

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
