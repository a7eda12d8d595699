"""Classifications in memory: trees of nodes that are found by code, name or pinyin."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.registers.cache import Kept
from app.registers.pinyin import spell

LIFE_SECONDS = 60.0
INDUSTRY, PRODUCT_CLASS = "industry", "class"
SCHEMES = (INDUSTRY, PRODUCT_CLASS)
_NO_MATCH = 99


@dataclass(frozen=True)
class Node:
    """A place in a classification. Only leaves are chosen; ``path`` names what stands above, top first."""

    code: str
    name: str
    parent: str | None
    is_leaf: bool
    nature: str | None
    stage: str | None
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class _Found:
    """A node with the texts it is found by."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.code = node.code.lower()
        self.name = fold(node.name)
        self.above = fold("".join(node.path))

    @cached_property
    def spelling(self) -> tuple[str, str]:
        return spell(self.node.name)

    def rank(self, word: str) -> int:
        """How well the node fits a word, 0 best; ``_NO_MATCH`` where it does not."""
        codes = (self.code, self.code.lstrip("p"))
        if word in codes:
            return 0
        if any(code.startswith(word) for code in codes):
            return 1
        if word.isascii() and word.isalpha():
            return self._rank_spelling(word)
        if word in self.name:
            return 0 if word == self.name else 1 if self.name.startswith(word) else 2
        return 6 if word in self.above else _NO_MATCH

    def _rank_spelling(self, word: str) -> int:
        initials, full = self.spelling
        for rank, fits in enumerate(
            (
                word in (initials, full),
                initials.startswith(word) or full.startswith(word),
                word in initials,
                word in full,
            )
        ):
            if fits:
                return rank + 1
        return 2 if word in self.name else _NO_MATCH


class Tree:
    """One classification."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.code: node for node in nodes}
        self.below: dict[str | None, list[Node]] = {}
        for node in self.nodes.values():
            self.below.setdefault(node.parent, []).append(node)
        self._found = [_Found(node) for node in self.nodes.values()]

    def search(self, text: str, limit: int, leaves_only: bool) -> list[Node]:
        """The nodes that fit every word of ``text``, best first."""
        words = unicodedata.normalize("NFKC", text).lower().split()
        if not words:
            return []
        ranked = []
        for found in self._found:
            if leaves_only and not found.node.is_leaf:
                continue
            ranks = [found.rank(word) for word in words]
            if max(ranks) < _NO_MATCH:
                ranked.append((sum(ranks), len(found.name), found.code, found.node))
        ranked.sort(key=lambda entry: entry[:3])
        return [entry[3] for entry in ranked[:limit]]


def fold(text: str) -> str:
    """For comparing: narrow, lower case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def with_paths(rows: Iterable[tuple[Any, ...]]) -> list[Node]:
    """Nodes of (code, name, parent, is_leaf, nature, stage) rows, parents before children."""
    paths: dict[str, tuple[str, ...]] = {}
    nodes = []
    for code, name, parent, is_leaf, nature, stage in rows:
        path = paths.get(parent, ())
        paths[code] = (*path, name)
        nodes.append(Node(code, name, parent, is_leaf, nature, stage, path))
    return nodes


def _industries() -> Tree:
    rows = session.execute(
        select(m.Industry.code, m.Industry.name, m.Industry.parent, m.Industry.level).order_by(
            m.Industry.level, m.Industry.code
        )
    )
    return Tree(
        with_paths((code, name, parent, level == 4, None, None) for code, name, parent, level in rows)
    )


def _product_classes() -> Tree:
    columns = (m.ProductClass.code, m.ProductClass.name, m.ProductClass.parent, m.ProductClass.is_leaf,
               m.ProductClass.nature, m.ProductClass.stage)  # fmt: skip
    rows = [tuple(row) for row in session.execute(select(*columns).order_by(m.ProductClass.code))]
    return Tree(with_paths(_parents_first(rows)))


def _parents_first(rows: list[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    below: dict[str | None, list[tuple[Any, ...]]] = {}
    for row in rows:
        below.setdefault(row[2], []).append(row)
    waiting = below.get(None, [])[::-1]
    while waiting:
        row = waiting.pop()
        yield row
        waiting.extend(below.get(row[0], [])[::-1])


def _version(model: Any, *columns: Any) -> Hashable:
    query = select(func.count(), func.sum(func.length(model.name)), *(func.max(column) for column in columns))
    return tuple(session.execute(query).one())


TREES: dict[str, Kept[Tree]] = {
    INDUSTRY: Kept(_industries, LIFE_SECONDS, lambda: _version(m.Industry)),
    PRODUCT_CLASS: Kept(
        _product_classes, LIFE_SECONDS,
        lambda: _version(m.ProductClass, m.ProductClass.scheme, m.ProductClass.scheme_version),
    ),
}  # fmt: skip
