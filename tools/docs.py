"""The generated pages of ``docs/``: state charts, the tables of rules and fields, which tests bear the abuse catalogue.

``python -m tools.docs`` writes them; a test of the code base fails where one of them is out of date. ``docs/settings.md``
is written by ``flask --app run settings``.
"""

from __future__ import annotations

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from app.domain.machines import MACHINES, Machine
from app.domain.text import Message
from app.services import fieldsets
from tools.translations import read_parts

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
RULES = ROOT / "app" / "data" / "filing_rules.csv"
NOT_YET = ("later: ", "open: ")
FIELDS = {
    "unit": (*fieldsets.UNIT_NAME, *fieldsets.UNIT),
    "asset_year": fieldsets.ASSET,
    "patent": (*fieldsets.PATENT, *fieldsets.PATENT_HOLDING),
    "product": fieldsets.PRODUCT,
    "product_year": fieldsets.YEAR,
}

_ID = re.compile(r"(?<![a-z])t_([a-z])(\d\d)(?:_to_[a-z]?(\d\d))?", re.IGNORECASE)
_ABUSE_ROW = re.compile(r"^\| (T-[A-Z]\d\d) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.DOTALL)


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated page with the text it should have."""
    yield DOCS / "states.md", states()
    yield DOCS / "rules.md", _TABLE.sub(lambda _: rule_table(), _read("rules.md"))
    yield DOCS / "glossary.md", _TABLE.sub(lambda _: field_table(), _read("glossary.md"))
    yield DOCS / "abuse.md", abuse(_read("abuse.md"))


def _read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def states() -> str:
    """The state machines as charts and tables."""
    english = read_parts()[0]
    lines = [
        "# State machines",
        "",
        "本页由 `app/domain/machines.py` 生成（`.venv/bin/python -m tools.docs`），不要手改。",
        "",
        "Drawn from `app/domain/machines.py`. `app/services/workflow.py` is the only code that writes a state, and it "
        "writes only what stands here; the flow charts on `/help` are drawn from the same tables.",
    ]
    return (
        "\n".join([*lines, *(line for machine in MACHINES.values() for line in _machine(machine, english))])
        + "\n"
    )


def _machine(machine: Machine, english: dict[str, str]) -> Iterator[str]:
    def both(message: Message) -> str:
        return f"{message} {english.get(str(message), '')}".strip()

    yield from ("", f"## {both(machine.label)} (`{machine.name}`)", "", "```mermaid")
    yield from (machine.to_mermaid().rstrip(), "```", "")
    yield from (
        "| verb | meaning | from | to | who | reason needed |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for t in machine.transitions:
        sources = ", ".join(f"`{state}`" for state in t.sources)
        reason = "yes" if t.needs_reason else ""
        yield f"| `{t.verb}` | {both(t.label)} | {sources} | `{t.target}` | {', '.join(sorted(t.roles))} | {reason} |"
    yield ""
    yield "States: " + ", ".join(f"`{code}` {both(label)}" for code, label in machine.states.items()) + "."


def rule_table() -> str:
    """The built-in rules, a line each."""
    lines = ["| 规则 | 级别 | 由谁检查 | 依据 | 提示 |", "| --- | --- | --- | --- | --- |"]
    with RULES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            clause = row["clause"] if row["official"] == "true" else f"{row['clause']} *"
            cells = (
                f"`{row['id']}`",
                row["severity"],
                row["who"],
                clause,
                row["message_zh"].replace("|", "\\|"),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def field_table() -> str:
    """What people fill in, a line each."""
    english = read_parts()[0]
    lines = ["| 中文 | English | column |", "| --- | --- | --- |"]
    for table, fields in FIELDS.items():
        for field in fields:
            star = " *" if field.required else ""
            lines.append(
                f"| {field.label}{star} | {english.get(str(field.label), '')} | `{table}.{field.name}` |"
            )
    return "\n".join(lines) + "\n"


def bearers() -> dict[str, list[str]]:
    """The test files that bear each id of the catalogue: those with a test that has the id in its name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for identity in {identity for name in names if name.startswith("test") for identity in _ids(name)}:
            found[identity].add(path.relative_to(ROOT).as_posix())
    return {identity: sorted(files) for identity, files in found.items()}


def _ids(name: str) -> Iterator[str]:
    for group, first, last in _ID.findall(name):
        for number in range(int(first), int(last or first) + 1):
            yield f"T-{group.upper()}{number:02d}"


def abuse(page: str) -> str:
    """The catalogue's page with its last column filled in; what no test bears must say so."""
    files = bearers()

    def row(match: re.Match[str]) -> str:
        identity, what, said = match.groups()
        if identity in files:
            said = ", ".join(f"`{name}`" for name in files[identity])
        elif not said.startswith(NOT_YET):
            said = "open: no test bears it"
        return f"| {identity} | {what} | {said} |"

    return _ABUSE_ROW.sub(row, page)


def main() -> None:
    """Write every generated page."""
    for path, text in pages():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
