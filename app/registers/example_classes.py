"""The built-in example of a product classification, derived from GB/T 4754-2017; the official one is not settled.

Every industry class becomes a group of products with its nature (goods, service) and stage (intermediate, end) by
``data/product_class_rules.csv`` (longest prefix); ``data/product_class_leaves.csv`` adds the manual's own examples:
黄牛 under live animals and not under 肉制品, 软件产品 and not 软件设计服务, 锰酸盐 and not 锂电池.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.normal import data_lines
from app.domain.text import N_
from app.registers import english

EXAMPLE_MARK = "示例"
SCHEME = str(N_("示例产品分类（由 GB/T 4754-2017 派生）"))
VERSION = "2017-1"
PREFIX = "P"
_ACTIVITY = re.compile(
    r"(?:的?(?:饲养|养殖|种植|培育|采集|捕捞)|(?:及其他)?(?:开采洗选|开采|采选|采运)|加工制造|制造业?|生产|加工)$"
)


class ClassRow(NamedTuple):
    """A product class as it is stored (``models.ProductClass`` without scheme and initials)."""

    code: str
    name: str
    parent: str | None
    is_leaf: bool
    nature: str | None
    stage: str | None
    name_en: str


def derive(industries: Iterable[tuple[str, str, str, int, str | None]]) -> Iterator[ClassRow]:
    """The example's nodes from (code, name, English name, level, parent) of all industries; sections first, codes with
    a P."""
    natures = {row["prefix"]: (row["nature"], row["stage"]) for row in _data("product_class_rules.csv")}
    leaves: dict[str, list[dict[str, str]]] = {}
    for row in _data("product_class_leaves.csv"):
        leaves.setdefault(row["parent"], []).append(row)
    sections: dict[str, str] = {}
    for code, name, name_en, level, parent in industries:
        sections[code] = code if parent is None else sections[parent]
        above = None if parent is None else PREFIX + parent
        if level < 3:
            yield ClassRow(PREFIX + code, name, above, False, None, None, name_en)
            continue
        made = (product_name(name), english.product(code, name_en))
        if level < 4:
            yield ClassRow(PREFIX + code, made[0], above, False, None, None, made[1])
            continue
        prefix = next((code[:n] for n in range(4, 1, -1) if code[:n] in natures), sections[code])
        own = leaves.get(code, [])
        yield ClassRow(PREFIX + code, made[0], above, not own, *natures[prefix], made[1])
        for number, leaf in enumerate(own, start=1):
            yield ClassRow(
                f"{PREFIX}{code}.{number:02d}",
                leaf["name"],
                PREFIX + code,
                True,
                leaf["nature"],
                leaf["stage"],
                leaf["name_en"],
            )


def product_name(industry: str) -> str:
    """What an industry makes: 通信终端设备制造 makes 通信终端设备. A name that says nothing more stays as it is."""
    short = _ACTIVITY.sub("", industry)
    return short if len(short) >= 2 or short == "牛" else industry


def _data(name: str) -> csv.DictReader[str]:
    return csv.DictReader(data_lines(name))
