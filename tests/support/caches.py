"""What the application keeps in memory of its large reference tables, brought back with the database they are of."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import Any

from app.db import session
from app.registers import classifications, regions
from app.registers.cache import Kept
from app.registers.classification_tree import TREES
from app.web import security

LARGE: tuple[Kept[Any], ...] = (
    *TREES.values(),
    regions._tree,
    classifications._intensive,
    security.permissions,
)


class Remembered:
    """The tables as the template has them; reading them anew for each test would take longer than most tests."""

    def __init__(self) -> None:
        for kept in LARGE:
            kept.get()
        self._entries = [kept._entries[_pool()] for kept in LARGE]

    def bring_back(self) -> None:
        """As if just read; whether they still are the same is asked at the first use, as always."""
        for kept, entry in zip(LARGE, self._entries, strict=True):
            kept._entries[_pool()] = replace(entry, loaded=monotonic(), checked=0.0)


def _pool() -> Any:
    return session.get_bind().engine.pool
