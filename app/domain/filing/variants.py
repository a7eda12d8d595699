"""One product or several: models, colours and sizes (manual 6(1)2), and filings that look like the same product."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from app.domain.filing.words import pattern, words
from app.domain.normal import clean, name_key, similarity
from app.domain.text import N_, Message

_BREAKS = re.compile(r"[、，,;；\n\t|]+|(?<=[0-9A-Za-z])\s*(?:和|及|与|以及)\s*(?=[0-9A-Za-z])")
_RANGE = re.compile(r"[～~至]|\.\.|…|系列|等$")
# Memory and configuration: 256GB, 8+256G, 12GB+512GB.
_MEMORY = re.compile(r"(?<![a-z])[0-9]+(?:gb|tb|mb|g|t|m)?\+[0-9]+(?:gb|tb|mb|g|t|m)?|[0-9]+(?:gb|tb|mb)")
# What makes another series of a model: P80, P80mini, P80plus.
_SERIES = re.compile(r"(?:mini|plus|pro|max|ultra|lite|air|se|\+)+$")
NEAR = Decimal("0.90")


@dataclass(frozen=True)
class Identity:
    """What two filings are compared by."""

    name: str
    model: str
    class_code: str
    patents: frozenset[str]


def models(text: str) -> list[str]:
    """The models in the field 规格型号, one by one; none where it says 无."""
    parts = (clean(part) for part in _BREAKS.split(text))
    return [part for part in parts if part and part not in words("models_none")]


def several_models(text: str) -> bool:
    """Whether more than one model is given: a list, a range, a series."""
    found = models(text)
    return len(found) > 1 or any(_RANGE.search(model) for model in found)


def several_series(text: str) -> bool:
    """Whether models of one root differ by the mark of a series (P80, P80mini): several products."""
    keys = {model_key(model) for model in models(text)}
    roots = {key: _SERIES.sub("", key) for key in keys}
    return any(root != key and root in keys for key, root in roots.items()) or _same_root(keys)


def _same_root(keys: set[str]) -> bool:
    roots = [_SERIES.sub("", key) for key in keys if _SERIES.search(key)]
    return len(roots) != len(set(roots))


def product_key(name: str) -> str:
    """A name's key without colours and sizes, which do not make another product."""
    key = name_key(name)
    return _without_variants(key) or key


def model_key(model: str) -> str:
    """A model's key without colour, size and memory."""
    key = name_key(model)
    return _without_variants(_MEMORY.sub("", key)) or key


def same_product(mine: Identity, other: Identity, own: bool, near: Decimal = NEAR) -> list[Message]:
    """Why two filings may be one product, no reason where they are not alike. ``own``: both are of one unit;
    ``near``: from which similarity on names are near.

    By one unit: name and class agree, whatever colour, size or configuration (rule 27). By two units: a core patent
    is shared and the names are near, or name, class and model agree (rule 26).
    """
    if not _models_agree(mine.model, other.model):
        return []
    same_name = product_key(mine.name) == product_key(other.name) != ""
    same_class = mine.class_code == other.class_code
    shared = mine.patents & other.patents
    alike_names = same_name or similarity(mine.name, other.name) >= near
    same_model = bool(models(mine.model)) and bool(models(other.model))
    if own:
        alike = same_name and (same_class or not mine.class_code or not other.class_code)
    else:
        alike = (alike_names and bool(shared)) or (same_name and same_class and same_model)
    if not alike:
        return []
    reasons = [N_("名称相同") if same_name else N_("名称相近")]
    if same_class and mine.class_code:
        reasons.append(N_("产品分类相同"))
    if same_model:
        reasons.append(N_("规格型号相同"))
    if shared:
        reasons.append(N_("核心专利相同：{numbers}", numbers="、".join(sorted(shared))))
    return reasons


def _models_agree(mine: str, other: str) -> bool:
    """Whether a model is common, or one side names none."""
    first, second = ({model_key(model) for model in models(text)} for text in (mine, other))
    return not first or not second or not first.isdisjoint(second)


def _without_variants(key: str) -> str:
    return pattern("sizes").sub("", pattern("colours").sub("", key))
