"""The texts and figures of a scheme's document one by one, for forms: each under the place a fault in it is said at.

``dimensions.0.indicators.2.weight`` is the third indicator's weight. What a form leaves out stays as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.normal import clean
from app.domain.text import N_, Message

TEXTS: dict[str, Message] = {
    "name": N_("方案名称"), "standard": N_("依据标准"), "scheme_version": N_("版本"), "source": N_("来源说明"),
}  # fmt: skip
NUMBERS: dict[str, Message] = {
    "pass_score": N_("初筛合格分"), "cut": N_("评价分数线"), "min_class": N_("同类产品至少几个才单独比较"),
}  # fmt: skip
#: of an indicator's thresholds by class, as many are offered in a form; more are changed in the file
MOST_CLASSES = 20
_BETWEEN = re.compile(r"[,，;；、\s]+")
_INTEGER, _NUMBER = re.compile(r"-?[0-9]{1,15}"), re.compile(r"-?[0-9]{1,15}\.[0-9]{1,4}")


@dataclass(frozen=True)
class Figure:
    """One number or text at its place: what of the scheme it belongs to (dimension or indicator, by its id), and what
    it is: ``weight``, or ``threshold`` of the class ``code``."""

    place: str
    kind: str
    value: str
    owner: str = ""
    code: str = ""


def figures(document: Mapping[str, Any]) -> list[Figure]:
    """Every figure and text that a form offers, in the document's order; of a document with faults what can be found."""
    return [figure for figure, _, _ in _walk(document)]


def with_figures(document: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the document with what was ``typed`` in its places; what is no number is left for the reader to find."""
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for figure, holder, key in list(_walk(changed)):
        if figure.place in typed and typed[figure.place] != figure.value:
            holder[key] = typed[figure.place].strip() if figure.kind == "text" else _read(typed[figure.place])
    return changed


def _walk(document: Mapping[str, Any]) -> Iterator[tuple[Figure, Any, Any]]:
    for key in TEXTS:
        yield Figure(key, "text", str(document.get(key, ""))), document, key
    for key in NUMBERS:
        yield Figure(key, "number", _written(document.get(key))), document, key
    for place, dimension in _items(document, "dimensions", ""):
        owner = str(dimension.get("id"))
        yield (
            Figure(f"{place}.weight", "weight", _written(dimension.get("weight")), owner),
            dimension,
            "weight",
        )
        for below, indicator in _items(dimension, "indicators", f"{place}."):
            yield from _of_indicator(below, indicator)


def _of_indicator(place: str, indicator: dict[str, Any]) -> Iterator[tuple[Figure, Any, Any]]:
    owner = str(indicator.get("id"))
    yield Figure(f"{place}.weight", "weight", _written(indicator.get("weight")), owner), indicator, "weight"
    given = indicator.get("thresholds")
    thresholds: dict[Any, Any] = given if isinstance(given, dict) else {}
    for code in list(thresholds)[:MOST_CLASSES]:
        where, value = f"{place}.thresholds.{code}", _written(thresholds[code])
        yield Figure(where, "threshold", value, owner, str(code)), thresholds, code


def _items(holder: Mapping[str, Any], key: str, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    given = holder.get(key)
    for number, each in enumerate(given if isinstance(given, list) else ()):
        if isinstance(each, dict):
            yield f"{prefix}{key}.{number}", each


def _written(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_written(each) for each in value)
    return "" if value is None else str(value)


def _read(text: str) -> Any:
    """Numbers as JSON has them, several as a list."""
    parts = [part for part in _BETWEEN.split(clean(text)) if part]
    read = [_number(part) for part in parts]
    return read[0] if len(read) == 1 else (read or "")


def _number(text: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
