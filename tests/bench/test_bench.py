"""The benchmark runs and prints its rows; how long anything takes is nobody's business here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import databases
from bench.__main__ import main
from bench.rows import ROWS

NAMES = ("list", "deep", "search", "number", "show", "public", "public-4", "public-unit", "public-pinyin", "checker", "csv", "own-import",
         "certificate", "signed", "verify", "verify-offline", "screening", "what-if", "stats", "stats-ranking", "stats-asof",
         "stats-refresh")  # fmt: skip


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where the databases are made."""
    yield tmp_path
    shutil.rmtree(databases.server_folder(tmp_path), ignore_errors=True)


def test_every_row_is_measured_on_both_databases(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = out / "results.json"
    sizes = ["--products", "250", "--seconds", "0.01", "--out", str(out)]
    assert main([*sizes, "--rows", ",".join(NAMES), "--json", str(file)]) == 0
    printed = capfd.readouterr().out
    titles = [row.title for row in ROWS if row.name in NAMES]
    assert all(printed.count(f"{title} ") == 2 for title in titles)
    results = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert {(result["name"], result["database"]) for result in results} == {
        (name, database) for name in NAMES for database in databases.MAKERS
    }
    assert all(result["runs"] >= 1 and result["wall"] > 0 for result in results)
    assert all(
        result["statements"] <= 6
        for result in results
        if result["name"] in ("list", "deep", "search", "show")
    )


def test_unknown_rows_are_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "nothing"])


def test_the_kept_databases_are_named_after_the_code_that_fills_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = databases.fingerprint()
    assert before == databases.fingerprint()
    monkeypatch.setattr(databases, "SOURCES", (*databases.SOURCES, "config.py"))
    assert databases.fingerprint() != before
