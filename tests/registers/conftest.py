"""A database with the schema and nothing in it, on SQLite and on PostgreSQL, and the session of the services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import run_folder
from tests.support.databases import PostgresDatabase, shared_postgres


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def bare_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Flask with the tables; none of the application's pages or reference data."""
    from app import models  # noqa: F401 (fills the metadata)
    from app.db import db, metadata, tune_engine

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('registers')}/test.db"
    else:
        url = PostgresDatabase(shared_postgres(run_folder(request.config)), "registers").url
    app = Flask("registers")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="test")
    db.init_app(app)
    with app.app_context():
        tune_engine(db.engine)
        metadata.create_all(db.engine)
    return app


@pytest.fixture
def registers(bare_app: Flask) -> Iterator[Any]:
    """The session, on empty tables."""
    from app.db import db, metadata, session

    with bare_app.app_context():
        yield session
        session.rollback()
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
        session.commit()
        session.remove()
        db.engine.dispose()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a file of this test and give its path."""

    def _write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write
