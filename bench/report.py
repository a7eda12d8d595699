"""The table: a line for each row as soon as it is measured, and how the pages grow with the products."""

from __future__ import annotations

import json
import os
import platform
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bench.databases import Base
from bench.rows import GROWING, GROWTH

OK, BUSY, OVER, NONE = "ok", "ok by cpu", "OVER", ""
TITLE = 46


@dataclass(frozen=True)
class Result:
    """Medians in milliseconds, ours and the raw driver's; ``target`` is the figure to reach."""

    database: str
    products: int
    name: str
    title: str
    wall: float
    cpu: float
    runs: int
    raw_wall: float | None
    raw_cpu: float | None
    statements: int | None
    target: float | None

    @property
    def verdict(self) -> str:
        """Whether the figure was reached; by the processor's time alone where others kept the machine busy."""
        if self.target is None:
            return NONE
        if self.wall <= self.target:
            return OK
        return BUSY if self.cpu <= self.target else OVER

    @property
    def ratio(self) -> float | None:
        """How many times the raw driver's time ours is."""
        return self.wall / self.raw_wall if self.raw_wall else None


def heading(base: Base) -> None:
    """Say what is measured, and above which columns."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"\n{base.products:,} products, {base.database}, Python {platform.python_version()}{load}; milliseconds"
    )
    print(f"{'':{TITLE}} {'ours':>9} {'cpu':>9} {'raw':>9} {'ratio':>7} {'SQL':>4} {'limit':>7}", flush=True)


def line(result: Result) -> None:
    """Print a row."""
    sql = "" if result.statements is None else str(result.statements)
    limit = "" if result.target is None else f"{result.target:,.0f}"
    print(f"{_padded(result.title)} {_shown(result.wall)} {_shown(result.cpu)} {_shown(result.raw_wall)} "
          f"{_shown(result.ratio, 7)} {sql:>4} {limit:>7} {result.verdict}", flush=True)  # fmt: skip


def growth(results: Sequence[Result]) -> None:
    """How many times longer pages take at the largest size than at the smallest; not of work done for each product."""
    sizes = sorted({result.products for result in results})
    if len(sizes) < 2:
        return
    print(f"\n{sizes[-1]:,} products against {sizes[0]:,}; limit {GROWTH}")
    print(f"{'':{TITLE}} {'times':>9} {'cpu':>9}")
    found = {(r.name, r.database, r.products): r for r in results}
    for (name, database, products), small in found.items():
        large = found.get((name, database, sizes[-1]))
        if products == sizes[0] and large is not None and name not in GROWING:
            wall, cpu = large.wall / small.wall, large.cpu / small.cpu
            verdict = OK if wall <= GROWTH else BUSY if cpu <= GROWTH else OVER
            print(f"{_padded(f'{small.title} ({database})')} {_shown(wall)} {_shown(cpu)} {verdict}")


def as_json(results: Sequence[Result]) -> str:
    """The results with the machine they were measured on."""
    machine = {"python": platform.python_version(), "machine": platform.machine(), "processors": os.cpu_count(),
               "at": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
    rows = [{**asdict(result), "ratio": result.ratio, "verdict": result.verdict} for result in results]
    return json.dumps({"machine": machine, "rows": rows}, ensure_ascii=False, indent=1) + "\n"


def _padded(title: str) -> str:
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in title)
    return f"{title:{TITLE - wide}}"


def _shown(value: float | None, width: int = 9) -> str:
    if value is None:
        return " " * width
    return f"{value:{width},.1f}" if value < 100 else f"{value:{width},.0f}"
