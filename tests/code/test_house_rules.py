"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator

from tests.code.sources import ROOT, application_files, parse, source_files

BASE_CLASSES = re.compile(r"app/(web|api)/base\w*\.py|app/(web|api)/base/.*")
FAB_VIEW = re.compile(r"\w*(View|Api)")
CATCH_ALL = {"Exception", "BaseException"}
THIRD_PARTY = (".ttf", ".otf", ".woff", ".woff2", ".ttc", ".min.js", ".min.css", ".map")


def caught(handler: ast.ExceptHandler) -> Iterator[str]:
    """The names of the errors that an ``except`` catches; ``Exception`` for a bare one."""
    if handler.type is None:
        yield "Exception"
        return
    for node in ast.walk(handler.type):
        if isinstance(node, ast.Name):
            yield node.id


def fab_names(tree: ast.Module) -> dict[str, str]:
    """What a module imports from Flask-AppBuilder: local name to name there; modules have their own name."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("flask_appbuilder"):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            modules = [alias for alias in node.names if alias.name.startswith("flask_appbuilder")]
            names |= dict.fromkeys(
                (alias.asname or "flask_appbuilder" for alias in modules), "flask_appbuilder"
            )
    return names


def fab_views_derived_in(name: str) -> Iterator[str]:
    """The classes of a file that derive from a view or API of Flask-AppBuilder itself."""
    imported = fab_names(parse(name))
    for node in ast.walk(parse(name)):
        if not isinstance(node, ast.ClassDef):
            continue
        for base in map(ast.unparse, node.bases):
            first, _, rest = base.partition(".")
            if first in imported and FAB_VIEW.fullmatch(rest.split(".")[-1] or imported[first]):
                yield f"{name}:{node.lineno} {node.name}({base})"


def test_no_error_is_caught_wholesale() -> None:
    wholesale = [
        f"{name}:{node.lineno}"
        for name in source_files()
        for node in ast.walk(parse(name))
        if isinstance(node, ast.ExceptHandler) and CATCH_ALL & set(caught(node))
    ]
    assert not wholesale


def test_views_derive_from_our_base_classes() -> None:
    """The traps of Flask-AppBuilder are closed in one place; a view that goes around it opens them again."""
    others = [name for name in application_files() if not BASE_CLASSES.fullmatch(name)]
    assert not [view for name in others for view in fab_views_derived_in(name)]


def test_only_the_workflow_writes_a_state() -> None:
    """A state changes by ``workflow.fire`` alone: nobody assigns to an attribute of that name."""
    assigned = [
        f"{name}:{node.lineno}"
        for name in application_files()
        if name != "app/services/workflow.py"
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state"
    ]
    assert not assigned


def test_services_never_commit() -> None:
    """One commit, in one place: the page's, the job's or the command's."""
    layers = (
        "app/domain/",
        "app/services/",
        "app/documents/",
        "app/notify/",
        "app/reports/",
        "app/registers/",
    )
    commits = [
        f"{name}:{node.lineno}"
        for name in application_files()
        if name.startswith(layers)
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not commits


def test_tests_are_neither_skipped_nor_expected_to_fail() -> None:
    marks = re.compile(r"pytest\.mark\.(skip|skipif|xfail)\b|pytest\.xfail\(")
    excused = [
        name
        for name in source_files()
        if name.startswith("tests/") and not name.startswith("tests/code/")
        if marks.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert not excused


def test_nothing_of_others_is_in_the_repository() -> None:
    """Fonts, charts and the like are fetched by set-up, at locked versions."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert not [name for name in listed.splitlines() if name.endswith(THIRD_PARTY)]


def test_T_W01_products_are_recognised_at_the_end_of_a_notice_and_nowhere_else() -> None:
    firing = {
        name
        for name in application_files()
        for node in ast.walk(parse(name))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("fire", "fire_many")
        for given in node.args
        if isinstance(given, ast.Constant) and given.value == "recognise"
    }
    assert firing == {"app/services/recognition/public_notice.py"}
