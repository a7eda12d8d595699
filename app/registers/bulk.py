"""Writes many rows at once, on each database by its quickest way: COPY on PostgreSQL, prepared inserts on SQLite.

Rows go into a temporary table first; from there ordinary statements merge them, the same on both databases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, bindparam, text
from sqlalchemy.types import TypeEngine


def stage(
    connection: Connection, name: str, columns: Mapping[str, TypeEngine[Any]], rows: Collection[Sequence[Any]]
) -> Table:
    """A temporary table with just these rows; values in the order of the columns and as the driver takes them: texts,
    numbers, dates in ISO form, None. The connection keeps the table and its next use empties it."""
    keys = [Column(key, kind) for key, kind in columns.items()]
    table = Table(name, MetaData(), *keys, prefixes=["TEMPORARY"])
    table.create(connection, checkfirst=True)
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"TRUNCATE {table.name}"))
        fill(connection, table, rows)
        # without its size the planner would read all of the register for each batch
        connection.execute(text(f"ANALYZE {table.name}"))
    else:
        connection.execute(table.delete())
        fill(connection, table, rows)
    return table


def fill(connection: Connection, table: Table, rows: Collection[Sequence[Any]]) -> None:
    """Append rows to a table, values in the order of its columns and as the driver takes them."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(str(table.insert().compile(dialect=connection.dialect)), list(rows))
        return
    driver: Any = connection.connection.driver_connection
    names = ", ".join(column.name for column in table.c)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def indexed_later(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Fill whole tables in a block: their indexes are left out meanwhile and made in one go at its end, on PostgreSQL
    foreign keys and unique constraints, too. Nobody else can use the tables until the transaction ends; one that fails
    must be rolled back, which brings the indexes back as well."""
    is_sqlite = connection.dialect.name == "sqlite"
    query = text(_SQLITE_INDEXES if is_sqlite else _POSTGRESQL_INDEXES).bindparams(
        bindparam("names", expanding=True)
    )
    found = connection.execute(query, {"names": [table.name for table in tables]}).all()
    for drop, _ in found:
        connection.exec_driver_sql(drop)
    yield
    if not is_sqlite:
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
    for _, make in reversed(found):
        connection.exec_driver_sql(make)
    if not is_sqlite:  # SQLite plans well without; it would read everything once more
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


_SQLITE_INDEXES = """
    SELECT 'DROP INDEX "' || name || '"', sql FROM sqlite_master
    WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN :names"""
#: foreign keys first, then what they may rest on
_POSTGRESQL_INDEXES = """
    SELECT drop, make FROM (
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS drop,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
               AS make, c.contype <> 'f' AS later
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.contype IN ('f', 'u') AND t.relname IN :names AND pg_table_is_visible(t.oid)
        UNION ALL
        SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), true
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relname IN :names AND pg_table_is_visible(t.oid)
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    ) AS found ORDER BY later"""
