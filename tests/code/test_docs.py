"""The pages of ``docs/`` say what is there: generated ones are up to date, and no page names a file that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.db import metadata
from tests.code.sources import ROOT
from tools import docs

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
IN_CODE = re.compile(r"`((?:app|tests|tools|docs|translations|bench)/[\w./*-]+)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
#: made by following ``docs/extending.md``
EXAMPLES = {"translations/parts/training.json"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(("path", "text"), [pytest.param(*page, id=page[0].name) for page in docs.pages()])
def test_generated_pages_are_up_to_date(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run .venv/bin/python -m tools.docs"


def test_the_catalogue_names_every_id_that_a_test_bears() -> None:
    listed = set(
        re.findall(r"^\| (T-[A-Z]\d\d) ", (ROOT / "docs/abuse.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert docs.bearers().keys() - listed <= {"T-P04"}  # no such row: it stands within test_T_P01_to_P05


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_names_only_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [path for path in IN_CODE.findall(text) if path not in EXAMPLES and not list(ROOT.glob(path))]
    missing += [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_the_glossary_names_only_columns_that_exist() -> None:
    named = re.findall(r"`(\w+)\.(\w+)`", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"))
    assert named
    assert not [f"{table}.{column}" for table, column in named if column not in metadata.tables[table].c]
