"""Writes many rows at once, on each database by its quickest way: COPY on PostgreSQL, prepared inserts on SQLite.

Rows go into a temporary table first; from there ordinary statements merge them, the same on both databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.types import TypeEngine


def stage(connection: Connection, name: str, columns: Mapping[str, TypeEngine[Any]]) -> Table:
    """An empty temporary table of the connection; made at the first use, emptied at the next ones."""
    table = Table(
        name, MetaData(), *(Column(key, kind) for key, kind in columns.items()), prefixes=["TEMPORARY"]
    )
    table.create(connection, checkfirst=True)
    connection.execute(table.delete())
    return table


def fill(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Append ``rows``, values in the order of the table's columns and as the driver takes them: texts, numbers,
    dates in ISO form, None."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        names = ", ".join(column.name for column in table.c)
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        statement = str(table.insert().compile(dialect=connection.dialect))
        connection.exec_driver_sql(statement, list(rows))
