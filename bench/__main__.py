"""``python -m bench``: make the databases, measure each, print the table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import databases, report, runs
from bench.rows import ROWS

SIZES = (100_000, 1_000_000)
QUICK_SIZES = (20_000,)
OUT = Path(__file__).parent / "out"


def main(arguments: list[str]) -> int:
    """Measure what the arguments ask for; the exit code says whether every figure was reached."""
    options = _options(arguments)
    results: list[report.Result] = []
    with databases.opened(options.out, options.database) as makers:
        for products in options.products:
            for maker in makers:
                base = maker.prepared(products)
                report.heading(base)
                first = products == min(options.products)
                for result in runs.measured(base, options.rows, first=first, seconds=options.seconds):
                    report.line(result)
                    results.append(result)
    report.growth(results)
    if options.json:
        options.json.write_text(report.as_json(results), encoding="utf-8")
    return int(any(result.verdict == report.OVER for result in results) and options.strict)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--products", type=_numbers, help="sizes, such as 100000,1000000")
    parser.add_argument("--database", type=_words, help="sqlite, postgresql or both")
    parser.add_argument("--rows", type=_words, help=f"only these of: {', '.join(row.name for row in ROWS)}")
    parser.add_argument("--quick", action="store_true", help="20,000 products on SQLite in under a minute")
    parser.add_argument("--seconds", type=float, help="longest time for one row's runs")
    parser.add_argument("--json", type=Path, help="write the results to this file, too")
    parser.add_argument("--out", type=Path, default=OUT, help="where databases are kept between runs")
    parser.add_argument("--strict", action="store_true", help="fail where a figure is over its limit")
    options = parser.parse_args(arguments)
    options.products = options.products or (QUICK_SIZES if options.quick else SIZES)
    options.database = options.database or (("sqlite",) if options.quick else ("sqlite", "postgresql"))
    options.seconds = options.seconds or (1.0 if options.quick else 6.0)
    unknown = {*(options.rows or ())} - {row.name for row in ROWS}
    if unknown or not {*options.database} <= {*databases.MAKERS}:
        parser.error(f"unknown row or database: {', '.join(sorted(unknown) or options.database)}")
    return options


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(word.replace("_", "")) for word in _words(text)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
