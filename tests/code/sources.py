"""The source files of the project as syntax trees, for tests about the code base itself."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FOLDERS = ("app", "bench", "tests", "tools")
FREE = ("app/migrations/versions/",)  # written by Alembic


@cache
def source_files() -> tuple[str, ...]:
    """Every Python file of the project, as a path below its root."""
    paths = [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    return tuple(name for name in names if not name.startswith(FREE))


def application_files() -> tuple[str, ...]:
    """The files of the application alone."""
    return tuple(name for name in source_files() if name.startswith("app/"))


@cache
def parse(name: str) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The length of a function from ``def`` to its end, without its docstring."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return total
    docstring = node.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)
