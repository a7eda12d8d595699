"""A clean database for each test, quickly: it is set up once, kept as a template, and copied back."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

from tools.postgres import Postgres, start, temporary_folder

SERVER_NOTE = "postgres-folder"


class Database(Protocol):
    """A database under test; ``url`` stays the same while its contents come and go."""

    url: str

    def keep_as_template(self) -> None:
        """Remember the present contents. Nobody may be connected."""

    def restore(self) -> None:
        """Bring the remembered contents back."""


class SqliteDatabase:
    """A file and a copy of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "test.db"
        self.template = folder / "template.db"
        self.url = f"sqlite:///{self.file}"

    def keep_as_template(self) -> None:
        shutil.copyfile(self.file, self.template)

    def restore(self) -> None:
        for suffix in ("", "-wal", "-shm"):  # a new file: one that is still open somewhere keeps its own
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.file)


class PostgresDatabase:
    """A database of the shared server, and another one as its template."""

    def __init__(self, server: Postgres, worker: str) -> None:
        self.name, self.template = f"test_{worker}", f"template_{worker}"
        self.dsn = server.dsn()
        self.url = server.url(self.name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        self._run("CREATE DATABASE {}", self.name)

    def keep_as_template(self) -> None:
        self._run("DROP DATABASE IF EXISTS {}", self.template)
        self._copy(self.name, self.template)

    def restore(self) -> None:
        self._run("DROP DATABASE {} WITH (FORCE)", self.name)
        self._copy(self.template, self.name)

    def _copy(self, source: str, target: str) -> None:
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", target, source)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def shared_postgres(folder: Path) -> Postgres:
    """The one server of this test run: the first worker that asks starts it and notes its place in ``folder``."""
    note = folder / SERVER_NOTE
    with (folder / "postgres-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            server = start(temporary_folder(), durable=False)
            note.write_text(str(server.folder))
    return Postgres(Path(note.read_text()))


def stop_shared_postgres(folder: Path) -> None:
    """End the server of this test run, if any test asked for it, and remove its data."""
    note = folder / SERVER_NOTE
    if note.exists():
        server = Postgres(Path(note.read_text()))
        server.stop()
        shutil.rmtree(server.folder)
