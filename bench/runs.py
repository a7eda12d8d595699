"""Starts the process that measures one database, and reads its results as they come."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence

from bench.databases import ROOT, Base
from bench.report import Result


def measured(base: Base, names: Sequence[str] | None, *, first: bool, seconds: float) -> Iterator[Result]:
    """Measure the rows named (all for None) on a database; ``first``: also those that are measured once."""
    command = [sys.executable, "-m", "bench.measure", base.database, str(base.products), str(seconds), str(int(first)),
               *(names or ())]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=base.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            yield Result(**json.loads(line))
    if process.wait():
        raise SystemExit(f"measuring {base.products:,} products on {base.database} failed")
