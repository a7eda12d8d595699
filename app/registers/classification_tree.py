"""Classifications in memory: trees of nodes that are found by code, by Chinese or English name or by pinyin."""

from __future__ import annotations

import re
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
_WORD = re.compile(r"[a-z0-9]+")
#: words of English names that many have and nobody looks for
_SMALL = frozenset({"of", "and", "the", "for", "other", "in", "by", "to", "with", "or"})


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
    name_en: str
    path_en: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class _Found:
    """A node with the texts it is found by."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.code = node.code.lower()
        self.name = fold(node.name)
        self.above = fold("".join(node.path))
        self.english = " ".join(english_words(node.name_en))
        self.above_english = " ".join(english_words(" ".join(node.path_en)))

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
        if word.isascii():
            return min(self._rank_spelling(word), self._rank_english(word))
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

    def _rank_english(self, word: str) -> int:
        """As words begin: batt finds batteries, and what stands below them."""
        begun = " ".join(english_words(word))
        if not begun:
            return 6 if word in _SMALL else _NO_MATCH
        if begun == self.english:
            return 1
        if f" {begun}" in f" {self.english}":
            return 2 if self.english.startswith(begun) else 3
        return 6 if f" {begun}" in f" {self.above_english}" else _NO_MATCH


class Tree:
    """One classification."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.code: node for node in nodes}
        self.below: dict[str | None, list[Node]] = {}
        for node in self.nodes.values():
            self.below.setdefault(node.parent, []).append(node)

    @cached_property
    def _found(self) -> list[_Found]:
        return [_Found(node) for node in self.nodes.values()]

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


def english_words(text: str) -> list[str]:
    """The words one looks for, in small letters and in the singular: battery for Batteries."""
    return [_singular(word) for word in _WORD.findall(text.lower()) if word not in _SMALL]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and len(word) > 3 and word[-2] not in "su" else word


def with_paths(rows: Iterable[tuple[Any, ...]]) -> list[Node]:
    """Nodes of (code, name, parent, is_leaf, nature, stage, English name) rows, parents before children."""
    paths: dict[str | None, tuple[tuple[str, ...], tuple[str, ...]]] = {None: ((), ())}
    nodes = []
    for code, name, parent, is_leaf, nature, stage, name_en in rows:
        path, path_en = paths.get(parent, ((), ()))
        paths[code] = ((*path, name), (*path_en, name_en))
        nodes.append(Node(code, name, parent, is_leaf, nature, stage, path, name_en, path_en))
    return nodes


def _industries() -> Tree:
    rows = session.execute(
        select(
            m.Industry.code, m.Industry.name, m.Industry.parent, m.Industry.level, m.Industry.name_en
        ).order_by(m.Industry.level, m.Industry.code)
    )
    return Tree(
        with_paths(
            (code, name, parent, level == 4, None, None, name_en)
            for code, name, parent, level, name_en in rows
        )
    )


def _product_classes() -> Tree:
    columns = (m.ProductClass.code, m.ProductClass.name, m.ProductClass.parent, m.ProductClass.is_leaf,
               m.ProductClass.nature, m.ProductClass.stage, m.ProductClass.name_en)  # fmt: skip
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
    lengths = func.sum(func.length(model.name)), func.sum(func.length(model.name_en))
    query = select(func.count(), *lengths, *(func.max(column) for column in columns))
    return tuple(session.execute(query).one())


TREES: dict[str, Kept[Tree]] = {
    INDUSTRY: Kept(_industries, LIFE_SECONDS, lambda: _version(m.Industry)),
    PRODUCT_CLASS: Kept(
        _product_classes, LIFE_SECONDS,
        lambda: _version(m.ProductClass, m.ProductClass.scheme, m.ProductClass.scheme_version),
    ),
}  # fmt: skip
