"""The catalogs: English for our Chinese message ids, Chinese for the ids Flask-AppBuilder left untranslated.

Texts are written in Chinese in the code. Each part of the application keeps its English in
``translations/parts/<part>.json`` ({Chinese: English}); ``fab_zh.json`` there ({English: Chinese}) fills the gaps in
Flask-AppBuilder's own Chinese. ``write`` merges the parts into ``translations/<language>/LC_MESSAGES/messages.po``;
``check`` reports every id without a translation, without a use, or with other placeholders than its translation.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import flask_appbuilder
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "translations" / "parts"
FAB = Path(flask_appbuilder.__file__).parent
FAB_PART = PARTS / "fab_zh.json"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
HEADER = "# Made from translations/parts by `make translations`; change the texts there."
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date: the files change only when a text does

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|\{\w*(?:[.:][^{}]*)?\}")

Translations = dict[str, str]


def used_ids(folder: Path) -> set[str]:
    """Every message id in the Python files and templates below ``folder``."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(folder, methods, options, KEYWORDS, ())
    ids = ((message,) if isinstance(message, str) else message for _, _, message, _, _ in found)
    return {text for each in ids for text in each if text}


def fab_chinese() -> set[str]:
    """The ids that Flask-AppBuilder itself has in Chinese."""
    with (FAB / "translations" / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(m.id) for m in read_po(file) if m.id and m.string and not m.fuzzy}


def read_parts() -> tuple[Translations, list[str]]:
    """All parts as one, and the ids that two parts translate differently."""
    merged: Translations = {}
    problems = []
    for path in sorted(PARTS.glob("*.json")):
        if path == FAB_PART:
            continue
        for text, english in json.loads(path.read_text(encoding="utf-8")).items():
            if merged.setdefault(text, english) != english:
                problems.append(f"{path.name}: {text!r} is {merged[text]!r} in another part")
    return merged, problems


def disagreements(translations: Translations) -> Iterator[str]:
    """Empty translations, and those whose placeholders are not those of their id."""
    for text, translated in translations.items():
        if not translated.strip():
            yield f"{text!r} has an empty translation"
        elif sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated)):
            yield f"{text!r}: other placeholders in {translated!r}"


def problems() -> Iterator[str]:
    """Everything that keeps a reader of either language from a complete page."""
    english, contradictions = read_parts()
    chinese: Translations = json.loads(FAB_PART.read_text(encoding="utf-8"))
    used, used_by_fab = used_ids(ROOT / "app"), used_ids(FAB)
    ours = {text for text in used if CHINESE.search(text)}
    needed_in_chinese = ((used - ours) | used_by_fab) - fab_chinese()
    yield from contradictions
    yield from (f"no English: {text!r}" for text in sorted(ours - english.keys()))
    yield from (f"no longer used: {text!r}" for text in sorted(english.keys() - ours))
    yield from (f"no Chinese: {text!r}" for text in sorted(needed_in_chinese - chinese.keys()))
    yield from (f"no longer used: {text!r}" for text in sorted(chinese.keys() - needed_in_chinese))
    yield from disagreements(english | chinese)
    yield from (f"{path.relative_to(ROOT)} is out of date: run make translations"
                for path, catalog in catalogs() if contents(path) != as_mapping(catalog))  # fmt: skip


def catalogs() -> Iterator[tuple[Path, Catalog]]:
    """The two catalogs as they should be, with their paths."""
    parts = {"en": read_parts()[0], "zh": json.loads(FAB_PART.read_text(encoding="utf-8"))}
    for language, translations in parts.items():
        catalog = Catalog(
            language, header_comment=HEADER, creation_date=MADE, revision_date=MADE, fuzzy=False
        )
        for text, translated in translations.items():
            flags = ["python-format"] if "%(" in text else []
            catalog.add(text, translated, flags=flags)
        yield ROOT / "translations" / language / "LC_MESSAGES" / "messages.po", catalog


def as_mapping(catalog: Catalog) -> dict[object, object]:
    """The ids and translations of a catalog."""
    return {message.id: message.string for message in catalog if message.id}


def contents(path: Path) -> dict[object, object]:
    """The ids and translations of a catalog's file; empty if there is none."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return as_mapping(read_po(file))


def write() -> None:
    """Write both catalogs, sorted, so that a change shows as one line."""
    for path, catalog in catalogs():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, sort_output=True, width=0)


def main(command: str) -> int:
    """``write`` or ``check``; returns the exit status."""
    if command == "write":
        write()
        return 0
    found = list(problems())
    print(*found or ["translations: complete"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
