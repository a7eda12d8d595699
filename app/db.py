"""The database session, how transactions begin on each database, and who acts in them.

Nothing here commits on its own: a page, a job and a command each commit once (``transaction``).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.actor import Actor

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
Model.metadata.naming_convention = NAMING
metadata: MetaData = Model.metadata

db = SQLA(metadata=metadata, engine_options={})
session = db.session

WRITER_WAIT_SECONDS = 30.0
BUSY_MILLISECONDS = 15_000

_writing: ContextVar[bool] = ContextVar("writing", default=False)


def set_writing(value: bool) -> None:
    """Say whether transactions begun from here on will write.

    SQLite lets one writer in at a time; a reader that turns writer half-way fails at once instead of waiting,
    so writers take the lock when they begin (BEGIN IMMEDIATE).
    """
    _writing.set(value)


def tune_engine(engine: Engine) -> None:
    """Make the engine's connections safe: see ``fab.md``/``abuse.md`` for the measurements behind each setting."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin on its own
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_MILLISECONDS}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=268435456",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", _writing.get()):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take SQLite's write lock, waiting up to WRITER_WAIT_SECONDS.

    SQLite's own waiting sleeps longer the longer it has waited, so under load the oldest waiter starves; here every
    waiter asks equally often.
    """
    raw: Any = connection.connection.driver_connection
    deadline = time.monotonic() + WRITER_WAIT_SECONDS
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(random.uniform(0.001, 0.005))  # noqa: S311 (only spreads the waiters)
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def reading() -> Connection:
    """A connection of its own that only reads, whatever the transaction around it does; close it."""
    return db.engine.execution_options(writes=False).connect()


@contextmanager
def acting(actor: Actor) -> Iterator[Session]:
    """Run a block in the name of ``actor``: reads are limited to its rows and writes are recorded as its own."""
    current = session()
    before = current.info.get("actor")
    current.info["actor"] = actor
    try:
        yield current
    finally:
        current.info["actor"] = before


@contextmanager
def transaction(actor: Actor) -> Iterator[Session]:
    """One writing transaction of a job or command: committed at the end, undone when anything fails."""
    session.rollback()
    token = _writing.set(True)
    try:
        with acting(actor) as current:
            yield current
            current.commit()
    finally:
        session.rollback()
        _writing.reset(token)
