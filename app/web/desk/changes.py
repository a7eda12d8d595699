"""What changed between two rounds of a case, old and new side by side, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.domain import patent_number
from app.domain.diffs import Change
from app.domain.normal import InputError
from app.web import labels
from app.web.desk import facts


@dataclass(frozen=True)
class Changed:
    """A field of the form, or one of its patents, before and after; empty where there was or is nothing."""

    field: str
    label: str
    old: str
    new: str


def of(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], changes: Iterable[Change]) -> list[Changed]:
    """The changes between two snapshots, each field and each patent once, in the order of the changes."""
    old, new = old.get("proposed", old), new.get("proposed", new)
    places = dict.fromkeys(place for change in changes if (place := _place(change)) is not None)
    return [_changed(kind, old, new, field, number) for field, number in places]


def _place(change: Change) -> tuple[str, str | None] | None:
    """The field a change belongs to, and the patent; None for what was not asked for (a unit's data as they stand)."""
    parts = change.field.split(".")
    if parts[0] == "current":
        return None
    if parts[0] == "proposed":
        parts = parts[1:]
    return (parts[0], parts[1]) if parts[0] == "patents" and len(parts) > 1 else (parts[0], None)


def _changed(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], field: str, number: str | None
) -> Changed:
    if number is not None:
        links = [(side.get("patents") or {}).get(number) for side in (old, new)]
        return Changed(field, shown_number(number), *(linked(link) if link else "" for link in links))
    return Changed(
        field, facts.label(kind, field), *(_text(kind, field, side.get(field)) for side in (old, new))
    )


def _text(kind: str, field: str, value: Any) -> str:
    if field == "evidence":
        return "\n".join(str(file.get("name", "")) for file in value or [])
    if isinstance(value, Mapping) and value.get("sha256"):
        return f"{value['name']}（{str(value['sha256'])[:8]}）"
    return facts.text(kind, field, value)


def linked(link: Mapping[str, Any]) -> str:
    """A linked patent of a snapshot in one line: core or not, its share, legal state, how obtained, title."""
    parts = [
        _("核心专利") if link.get("core") else _("其他专利"),
        f"{link['contribution']} %" if link.get("contribution") else "",
        labels.label("patent", "legal_state", link.get("legal_state")),
        labels.label("patent", "obtained", link.get("obtained")),
        str((link.get("proof") or {}).get("name", "")),
        str(link.get("title") or ""),
    ]
    return " · ".join(part for part in parts if part)


def shown_number(compact: str) -> str:
    """A patent number as it is written: ``ZL 2015 1 0222662.8``."""
    try:
        return patent_number.parse(compact).display
    except InputError:
        return compact
