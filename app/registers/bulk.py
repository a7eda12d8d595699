"""Writes many rows at once, on each database by its quickest way: COPY on PostgreSQL, prepared inserts on SQLite.

Rows go into a temporary table first; from there ordinary statements merge them, the same on both databases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, text
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
