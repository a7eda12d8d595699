"""The raw driver: sqlite3 or psycopg and the least SQL that gives the data a page shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

Rows = list[tuple[Any, ...]]


class Raw:
    """One connection. SQL is written with ``?``."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.connection: Any = sqlite3.connect(str(address.database))
            self.connection.execute("PRAGMA cache_size=-65536")
            self.connection.execute("PRAGMA mmap_size=268435456")
        else:
            # as the application connects, for the same plans
            self.connection = psycopg.connect(url.replace("+psycopg", ""), prepare_threshold=None)

    def rows(self, statement: str, *values: object) -> Rows:
        """All rows of a query."""
        found: Rows = self.connection.execute(self.written(statement), values).fetchall()
        return found

    def one(self, statement: str, *values: object) -> Any:
        """The first value of a query that has one."""
        return self.rows(statement, *values)[0][0]

    def end(self) -> None:
        """End the transaction and keep what it wrote."""
        self.connection.commit()

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows by the driver's quickest way."""
        names = ", ".join(columns)
        if self.is_sqlite:
            marks = ", ".join("?" * len(columns))
            self.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def pids(self) -> list[int]:
        """The server's processes that serve this database; none on SQLite, which works in ours."""
        if self.is_sqlite:
            return []
        found = [
            pid for (pid,) in self.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        ]
        self.end()
        return found

    def written(self, statement: str) -> str:
        """A statement in the driver's own marks."""
        return statement if self.is_sqlite else statement.replace("?", "%s")


LISTED = """p.id, p.filing_no, p.name, u.name, p.class_code, p.industry_code, p.takes_part, p.filing_year, p.updated_year,
    p.state, p.filed_on FROM product p JOIN unit u ON u.id = p.unit_id"""


def first_page(raw: Raw, before: int | None = None) -> None:
    """A page of the staff's list of products."""
    raw.rows("SELECT count(*) FROM (SELECT 1 FROM product LIMIT 10001) AS counted")
    where = "" if before is None else "WHERE p.id < ?"
    raw.rows(f"SELECT {LISTED} {where} ORDER BY p.id DESC LIMIT 26", *([] if before is None else [before]))
    raw.end()


def found_page(raw: Raw, tokens: Sequence[str], end: int = 0) -> None:
    """A page of the products that have all ``tokens`` in the index, before the place ``end``, and their number."""
    hits, match = _hits(raw, tokens)
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {hits} AND position < ? LIMIT 1001) AS counted"
    few = raw.one(counted, match, end) <= 1_000
    # PostgreSQL would read all of the table in its order to find the first of a few
    place = "(position + 0)" if few and not raw.is_sqlite else "position"
    raw.rows(
        f"""SELECT {LISTED} JOIN (SELECT {place} AS place, product_id FROM {hits} AND position < ?
            ORDER BY {place} LIMIT 26) AS h ON h.product_id = p.id ORDER BY h.place""",
        match,
        end,
    )
    raw.end()


def _hits(raw: Raw, tokens: Sequence[str]) -> tuple[str, str]:
    if not raw.is_sqlite:
        return "product_search WHERE tokens @@ ?::tsquery", " & ".join(f"'{token}'" for token in tokens)
    index = """(SELECT rowid AS position, -rowid & 1099511627775 AS product_id FROM product_search_fts
               WHERE product_search_fts MATCH ?) AS hits WHERE true"""
    return index, " AND ".join(f'"{token}"' for token in tokens)


def product(raw: Raw, column: str, value: object) -> None:
    """A product with its unit."""
    raw.rows(f"SELECT p.*, u.name FROM product p JOIN unit u ON u.id = p.unit_id WHERE p.{column} = ?", value)
    raw.end()


def product_and_patents(raw: Raw, filing_no: str) -> None:
    """A product with its unit, and the patents of its approved years."""
    product(raw, "filing_no", filing_no)
    raw.rows(
        """SELECT y.year, t.application_no, t.title, t.kind, t.legal_state, t.expiry FROM product p
           JOIN product_year y ON y.product_id = p.id JOIN patent_link l ON l.product_year_id = y.id
           JOIN patent t ON t.id = l.patent_id WHERE p.filing_no = ? AND y.state = 'updated' ORDER BY y.year, l.id""",
        filing_no,
    )
    raw.end()


def grouped_years(raw: Raw, column: str, year: int) -> None:
    """The products of a year counted and added up by a column, without any table kept for it."""
    raw.rows(
        f"""SELECT {column}, count(*), count(DISTINCT y.unit_id), sum(y.sales), sum(y.output_value), sum(y.export), sum(y.profit)
            FROM product_year y JOIN product p ON p.id = y.product_id JOIN unit u ON u.id = y.unit_id
            WHERE y.year = ? AND y.state = 'updated' AND p.state IN ('filed', 'revocation_pending') GROUP BY {column}""",
        year,
    )
    raw.end()
