"""A clean database for each test, quickly: it is set up once, kept as a template, and copied back."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event

from tools.postgres import Postgres, start, temporary_folder

SERVER_NOTE = "postgres-folder"
#: contents with reference data and nothing else
PLAIN = "plain"


class Database(Protocol):
    """A database under test; ``url`` stays the same while its contents come and go."""

    url: str

    def keep_as_template(self, name: str = PLAIN) -> None:
        """Remember the present contents, the plain ones first. Nobody may be connected."""

    def restore(self, name: str = PLAIN) -> None:
        """Bring remembered contents back."""


def hurry(engine: Engine) -> None:
    """Do not wait until SQLite's changes are on the disk: no test cuts the power of this process."""
    if engine.dialect.name == "sqlite":
        event.listen(
            engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF")
        )


class SqliteDatabase:
    """A file and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "test.db"
        self.url = f"sqlite:///{self.file}"

    def keep_as_template(self, name: str = PLAIN) -> None:
        shutil.copyfile(self.file, self.folder / f"{name}.db")

    def restore(self, name: str = PLAIN) -> None:
        for suffix in ("", "-wal", "-shm"):  # a new file: one that is still open somewhere keeps its own
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.folder / f"{name}.db", self.file)


class PostgresDatabase:
    """A database of the shared server, another one as its template, and a copy of each table beside it.

    Making the database anew takes a quarter of a second, much longer than most tests. So triggers note which tables a test
    wrote to, and only those are filled anew; after a change of the schema itself the database is made anew. Of contents
    beside the plain ones, those tables are kept that differ.
    """

    def __init__(self, server: Postgres, worker: str) -> None:
        self.name, self.template = f"test_{worker}", f"template_{worker}"
        self.dsn, self.own_dsn = server.dsn(), server.dsn(self.name)
        self.url = server.url(self.name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        self._run("CREATE DATABASE {}", self.name)

    def keep_as_template(self, name: str = PLAIN) -> None:
        with psycopg.connect(self.own_dsn, autocommit=True) as connection:
            if name == PLAIN:
                connection.execute(WATCH)
            with connection.transaction():
                connection.execute(UNWATCHED)
                connection.execute("SELECT kept.keep(%s)", [name])
        self._run("DROP DATABASE IF EXISTS {}", self.template)
        self._copy(self.name, self.template)

    def restore(self, name: str = PLAIN) -> None:
        if not self._refilled(name):
            self._run("DROP DATABASE {} WITH (FORCE)", self.name)
            self._copy(self.template, self.name)
            self._refilled(name)

    def _refilled(self, name: str) -> bool:
        """Whether filling the tables that were written to was enough."""
        with psycopg.connect(self.own_dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            with connection.transaction():
                connection.execute(UNWATCHED)
                row = connection.execute("SELECT kept.refill(%s)", [name]).fetchone()
        return row is not None and bool(row[0])

    def _copy(self, source: str, target: str) -> None:
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", target, source)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


UNWATCHED = "SET LOCAL session_replication_role = replica"
#: Notes what is written to; without a key, so that two transactions that write to the same table do not wait for each
#: other because of it. ``kept.keep`` copies the tables written to since into a schema, of the plain contents every table;
#: ``kept.refill`` brings contents back.
WATCH = """
CREATE SCHEMA kept;
CREATE UNLOGGED TABLE kept.written (name text);
CREATE TABLE kept.present (contents text);
CREATE TABLE kept.tables (contents text, name text, place text);
CREATE TABLE kept.sequences (contents text, name text, last bigint, called boolean);
INSERT INTO kept.present VALUES ('plain');
CREATE FUNCTION kept.note() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN INSERT INTO kept.written VALUES (TG_TABLE_NAME); RETURN NULL; END';
CREATE FUNCTION kept.note_schema() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_EVENT = 'sql_drop' THEN
    IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary) THEN
      INSERT INTO kept.written VALUES ('');
    END IF;
  ELSIF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp') THEN
    INSERT INTO kept.written VALUES ('');
  END IF;
END $$;
CREATE FUNCTION kept.keep(contents_ text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one record;
BEGIN
  EXECUTE format('CREATE SCHEMA %I', 'kept_' || contents_);
  FOR one IN SELECT DISTINCT name FROM kept.written LOOP
    EXECUTE format('CREATE TABLE %1$I.%2$I AS TABLE public.%2$I', 'kept_' || contents_, one.name);
    INSERT INTO kept.tables VALUES (contents_, one.name, 'kept_' || contents_);
  END LOOP;
  INSERT INTO kept.sequences
    SELECT contents_, sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences WHERE schemaname = 'public';
  DELETE FROM kept.written;
  UPDATE kept.present SET contents = contents_;
END $$;
CREATE FUNCTION kept.refill(contents_ text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  one record;
BEGIN
  IF EXISTS (SELECT FROM kept.written WHERE name = '') THEN
    RETURN false;
  END IF;
  FOR one IN
    SELECT w.name, coalesce(own.place, plain.place) AS place
    FROM (SELECT name FROM kept.written
          UNION SELECT t.name FROM kept.tables t, kept.present p
          WHERE p.contents <> contents_ AND t.contents <> 'plain' AND t.contents IN (p.contents, contents_)) w
    JOIN kept.tables plain ON plain.name = w.name AND plain.contents = 'plain'
    LEFT JOIN kept.tables own ON own.name = w.name AND own.contents = contents_
  LOOP
    EXECUTE format('DELETE FROM public.%I', one.name);
    EXECUTE format('INSERT INTO public.%1$I SELECT * FROM %2$I.%1$I', one.name, one.place);
  END LOOP;
  PERFORM setval(format('public.%I', name)::regclass, last, called) FROM kept.sequences WHERE contents = contents_;
  DELETE FROM kept.written;
  UPDATE kept.present SET contents = contents_;
  RETURN true;
END $$;
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    INSERT INTO kept.written VALUES (one.name);
    EXECUTE format('CREATE TRIGGER kept_note AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%1$I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION kept.note()', one.name);
  END LOOP;
END $$;
CREATE EVENT TRIGGER kept_schema ON ddl_command_end EXECUTE FUNCTION kept.note_schema();
CREATE EVENT TRIGGER kept_drop ON sql_drop EXECUTE FUNCTION kept.note_schema();
"""


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
