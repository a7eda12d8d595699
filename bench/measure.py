"""``python -m bench.measure DATABASE PRODUCTS SECONDS FIRST [ROW ...]``: measure the environment's database.

One process on one processor; a line of JSON for each row.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from bench import loads, pages
from bench.clock import Clock, pin
from bench.report import Result
from bench.rows import ROWS, Row
from bench.site import Site


def main(database: str, products: int, seconds: float, first: bool, names: Sequence[str]) -> None:
    """Measure row after row; those that need only the database first."""
    pin()
    site = Site()
    clock = Clock(site.raw.pids, seconds)
    for row in ROWS:
        if (row.name in names if names else True) and (first or not row.once):
            result = _measured(site, clock, row, database, products)
            print(json.dumps(asdict(result)), flush=True)


def _measured(site: Site, clock: Clock, row: Row, database: str, products: int) -> Result:
    statements: int | None = None
    if row.name in pages.PAGES:
        ours, driver = pages.PAGES[row.name](site)
        ours()  # what is kept in memory is read once
        statements = site.statements(ours)
        undo = None
    else:
        ours, driver, undo = loads.LOADS[row.name](site)
    mine = clock.time(ours, runs=row.runs, between=undo)
    theirs = clock.time(driver, runs=row.runs, between=undo) if driver else None
    return Result(
        database=database, products=products, name=row.name, title=row.title, wall=mine.wall, cpu=mine.cpu,
        runs=mine.runs, raw_wall=theirs.wall if theirs else None, raw_cpu=theirs.cpu if theirs else None,
        statements=statements, target=row.target(database, products),
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "1", sys.argv[5:])
