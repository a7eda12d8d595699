"""Small reference tables kept in memory: per process, per database, read anew after a while or when they changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Pool

from app.db import db

T = TypeVar("T")
CHECK_SECONDS = 1.0


@dataclass
class _Entry(Generic[T]):
    value: T
    version: Hashable
    loaded: float
    checked: float


class Kept(Generic[T]):
    """What ``load`` returned: for at most ``seconds``, and only as long as ``version()`` stays the same.

    ``version`` is asked about once a second, so it should be cheap; it may be left out.
    """

    def __init__(
        self, load: Callable[[], T], seconds: float, version: Callable[[], Hashable] | None = None
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._version = version
        # by connection pool: whoever disposes of an engine's connections also gets rid of what was read through them
        self._entries: WeakKeyDictionary[Pool, _Entry[T]] = WeakKeyDictionary()

    def get(self) -> T:
        """The value, loaded if need be."""
        pool, now = db.engine.pool, monotonic()
        entry = self._entries.get(pool)
        if entry is not None and now - entry.loaded < self._seconds:
            if self._version is None or now - entry.checked < CHECK_SECONDS:
                return entry.value
            entry.checked = now
            if self._version() == entry.version:
                return entry.value
        version = self._version() if self._version else None
        value = self._load()
        self._entries[pool] = _Entry(value, version, now, now)
        return value

    def forget(self) -> None:
        """Load anew at the next use; called after a change in this process."""
        self._entries.clear()
