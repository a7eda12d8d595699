"""Medians of many runs: of the time on the clock, and of the processor's time, which other people's work disturbs less.

The processor's time is that of this process, of children that have ended and of the database's processes that serve it.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Work = Callable[[], object]
WARM_UP = 3
NANO = 1e-9


@dataclass(frozen=True)
class Timing:
    """Medians in milliseconds, and of how many runs."""

    wall: float
    cpu: float
    runs: int


class Clock:
    """Times work; ``backends`` names the database's processes that do a part of it."""

    def __init__(self, backends: Callable[[], Iterable[int]], seconds: float) -> None:
        self._backends = backends
        self._seconds = seconds

    def time(self, work: Work, *, runs: int, between: Work | None = None) -> Timing:
        """``work`` up to ``runs`` times as long as there is time, after some runs to warm up; work that takes longer
        than there is time once, cold."""
        begun = time.perf_counter()
        first = self._median(work, 1, between)
        if time.perf_counter() - begun > self._seconds:
            return first
        self._median(work, min(WARM_UP, runs), between)
        return self._median(work, runs, between)

    def _median(self, work: Work, runs: int, between: Work | None) -> Timing:
        wall, cpu = [], []
        pids = list(self._backends())
        gc.collect()
        begun = time.perf_counter()
        while len(wall) < runs and (not wall or time.perf_counter() - begun < self._seconds):
            started, spent = time.perf_counter(), self._spent(pids)
            work()
            wall.append(time.perf_counter() - started)
            cpu.append(self._spent(pids) - spent)
            if between is not None:
                between()
        return Timing(statistics.median(wall) * 1000, statistics.median(cpu) * 1000, len(wall))

    @staticmethod
    def _spent(pids: Iterable[int]) -> float:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_on_processor, pids))


def _on_processor(pid: int) -> float:
    """Seconds a process has been running on a processor; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) * NANO
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return 0.0


def pin() -> None:
    """Keep this process and its children to one processor, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
