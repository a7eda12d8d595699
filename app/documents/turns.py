"""Slow work that a unit asks for, looking into a file or laying out a document: a few pieces at once in a process, so
that a handful of requests never holds every thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from app.domain.errors import TooMany
from app.domain.text import N_

AT_ONCE = 2
RETRY_AFTER_SECONDS = 10
_lock = Lock()
_under_way: Counter[int | None] = Counter()


@contextmanager
def turn(unit_id: int | None) -> Iterator[None]:
    """Do the block as one of a unit's pieces of work; TooMany where ``AT_ONCE`` are under way in this process."""
    with _lock:
        if _under_way[unit_id] >= AT_ONCE:
            raise TooMany(N_("贵单位还有文件正在处理，请稍候再试"), RETRY_AFTER_SECONDS)
        _under_way[unit_id] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[unit_id] -= 1
