"""The classifications products are sorted by: industries (GB/T 4754-2017) and product classes (a scheme that can be
replaced; the built-in one is an example), and which industries are patent-intensive."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.registers.cache import Kept
from app.registers.classification_files import ClassificationResult, load_classification
from app.registers.classification_tree import LIFE_SECONDS, TREES, Node
from app.registers.example_classes import EXAMPLE_MARK

__all__ = ["ClassificationResult", "Node", "children", "directly_below", "get", "intensive_is_provisional",
           "is_intensive", "load_classification", "scheme", "search"]  # fmt: skip


class IntensiveMatch(NamedTuple):
    """Where a patent-intensive industry stands in the 2019 classification. ``partial``: only part of the industry
    belongs to it; ``provisional``: the official table has not been loaded yet."""

    group_code: str
    group_name: str
    subgroup_code: str
    subgroup_name: str
    partial: bool
    provisional: bool
    group_name_en: str
    subgroup_name_en: str


class Scheme(NamedTuple):
    """The product classification in use; ``example`` where it is the built-in one."""

    name: str
    version: str
    example: bool


def children(scheme: str, parent: str | None = None) -> list[Node]:
    """The nodes directly below ``parent`` (None: the top), by code. ``scheme``: ``industry`` or ``class``."""
    return TREES[scheme].get().below.get(parent, [])


def search(scheme: str, text: str, limit: int = 20, *, leaves_only: bool = True) -> list[Node]:
    """What a person means by ``text``: words of the name, Chinese or English, or of what stands above it, the beginning
    of a code, pinyin initials or full pinyin; best first. Only nodes that can be chosen unless ``leaves_only`` is False."""
    return TREES[scheme].get().search(text, limit, leaves_only)


def get(scheme: str, code: str | None) -> Node | None:
    """The node with this code, or None."""
    return TREES[scheme].get().nodes.get(code or "")


def directly_below(scheme: str, parent: str | None, code: str | None) -> str | None:
    """The code, or what stands above it, that is directly below ``parent`` (None: at the top), else None."""
    nodes = TREES[scheme].get().nodes
    node = nodes.get(code or "")
    while node is not None and node.parent != parent:
        node = nodes.get(node.parent or "")
    return None if node is None else node.code


def is_intensive(industry_code: str | None) -> IntensiveMatch | None:
    """Whether a four-digit industry is patent-intensive, and where; None does not block anything (manual)."""
    return _intensive.get().get(industry_code or "")


def intensive_is_provisional() -> bool:
    """Whether the table is still the incomplete built-in one, so that "no" may be wrong too."""
    return any(match.provisional for match in _intensive.get().values())


def scheme() -> Scheme:
    """The product classification in use."""
    row = session.execute(
        select(func.max(m.ProductClass.scheme), func.max(m.ProductClass.scheme_version))
    ).one()
    name = row[0] or ""
    return Scheme(name, row[1] or "", EXAMPLE_MARK in name)


def _load_intensive() -> dict[str, IntensiveMatch]:
    t = m.IntensiveIndustry
    rows = session.execute(
        select(
            t.industry_code,
            t.group_code,
            t.group_name,
            t.subgroup_code,
            t.subgroup_name,
            t.partial,
            t.provisional,
            t.group_name_en,
            t.subgroup_name_en,
        )
    )
    return {row[0]: IntensiveMatch(*row[1:]) for row in rows}


def _intensive_version() -> tuple[int, int]:
    provisional = func.count().filter(m.IntensiveIndustry.provisional)
    return tuple(session.execute(select(func.count(), provisional)).one())  # type: ignore[return-value]


_intensive = Kept(_load_intensive, LIFE_SECONDS, _intensive_version)
