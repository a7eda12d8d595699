"""A database with the schema alone, a folder for files, and the fonts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.conftest import run_folder
from tests.support.databases import PostgresDatabase, shared_postgres


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def bare_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Flask with the tables; none of the application's pages or reference data."""
    from app import guard, models  # noqa: F401 (fills the metadata)
    from app.db import db, metadata, session, tune_engine

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('bare')}/test.db"
    else:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        url = PostgresDatabase(shared_postgres(run_folder(request.config)), f"bare_{worker}").url
    app = Flask("bare")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="test")
    db.init_app(app)
    with app.app_context():
        tune_engine(db.engine)
        metadata.create_all(db.engine)
    guard.install_once(session)
    return app


@pytest.fixture
def rows(bare_app: Flask) -> Iterator[Any]:
    """The session, on empty tables, with nobody acting."""
    from app.db import db, metadata, session
    from app.registers import parameters

    parameters.forget()
    with bare_app.app_context():
        yield session
        session.rollback()
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
        session.commit()
        session.remove()
        db.engine.dispose()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A storage folder of this test; called with an address of clamd it scans there."""
    from app.documents import storage

    folder = tmp_path / "files"
    monkeypatch.setattr(storage, "_storage", storage._storage)  # what follows lasts as long as the test

    def configure(clamd_address: str = "") -> Path:
        settings: Any = SimpleNamespace(storage_url=folder.as_uri(), clamd_address=clamd_address)
        storage.configure(settings)
        return folder

    configure()
    return configure


@pytest.fixture(scope="session")
def fonts() -> None:
    """The fonts that set-up fetches."""
    from app.documents import pdf
    from config import Settings

    pdf.configure(Settings().fonts_dir)


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The English of this part, as a catalog of its own."""
    import json

    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    from app.documents import pdf

    part = Path(__file__).parents[2] / "translations" / "parts" / "documents.json"
    catalog = Catalog("en")
    for text, translated in json.loads(part.read_text(encoding="utf-8")).items():
        catalog.add(text, translated)
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(pdf, "CATALOGS", tmp_path)
    pdf.environment.cache_clear()
    yield
    pdf.environment.cache_clear()
