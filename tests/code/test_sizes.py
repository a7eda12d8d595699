"""Files and functions stay short enough to be read at one sitting."""

from __future__ import annotations

import ast

from tests.code.sources import FUNCTIONS, ROOT, application_files, lines_of, parse, source_files

FILE_LINES = 500
FUNCTION_LINES = 50
LONGER_FILES = {"app/models.py": 1200}


def test_files_are_short() -> None:
    sizes = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in source_files()}
    assert not {name: n for name, n in sizes.items() if n > LONGER_FILES.get(name, FILE_LINES)}


def test_functions_are_short() -> None:
    long = [
        f"{name}:{node.lineno} {node.name} has {lines_of(node)} lines"
        for name in source_files()
        for node in ast.walk(parse(name))
        if isinstance(node, FUNCTIONS) and lines_of(node) > FUNCTION_LINES
    ]
    assert not long


def test_public_modules_say_what_they_are_for() -> None:
    silent = [name for name in application_files() if parse(name).body and not ast.get_docstring(parse(name))]
    assert not silent
