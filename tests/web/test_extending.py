"""``docs/extending.md`` is carried out word for word: its blocks are put into a copy of the platform, which is then used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import extended

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
PARTS = ("app", "config.py", "run.py", "translations", "tools", "babel.cfg")
BLOCK = re.compile(
    r"\*\*`(?P<file>[^`]+)`\*\*, (?:at the end|a new file|below the line with `(?P<line>[^`]+)`):\n\n"
    r"```\w*\n(?P<code>.*?)```",
    re.DOTALL,
)


def apply(folder: Path) -> int:
    """Put every block of the page where its bold line says; the number of lines of Python added."""
    added = 0
    for block in BLOCK.finditer(PAGE):
        path, code = folder / block["file"], block["code"]
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if block["line"]:
            assert before.count(block["line"]) == 1, f"{block['file']} has not one line with {block['line']}"
            place = before.index("\n", before.index(block["line"])) + 1
            after = before[:place] + code + before[place:]
        else:
            after = f"{before}\n\n{code}" if before else code
        path.write_text(after, encoding="utf-8")
        added += len(code.splitlines()) if path.suffix == ".py" else 0
    return added


def run(folder: Path, *arguments: str, **settings: str) -> None:
    """Run Python in the copy; what it says shows if it fails."""
    keys = {name: value for name, value in os.environ.items() if not name.startswith("ZP_")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=keys | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The platform without what set-up downloads."""
    folder = tmp_path / "platform"
    folder.mkdir()
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("vendor", "__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    return folder


def test_a_new_kind_of_record_takes_about_thirty_lines_and_works(copy: Path, database_url: str) -> None:
    assert apply(copy) <= 32
    assert " ".join(extended.MIGRATE[:4]) in PAGE
    run(copy, "-m", "tools.translations", "write")
    for language in ("en", "zh"):
        catalog = f"translations/{language}/LC_MESSAGES/messages"
        run(copy, "-m", "babel.messages.frontend", "compile", "-i", f"{catalog}.po", "-o", f"{catalog}.mo")
    data = {
        "ZP_DATA_DIR": str(copy / "data"),
        "ZP_DATABASE_URL": database_url,
        "ZP_SECRET_KEY": "0123456789abcdef" * 4,
    }
    run(copy, "-m", "tests.support.extended", **data)
