"""Two texts line by line: what went, what came, with a few lines around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

GONE, NEW, SAME, LEFT_OUT = "gone", "new", "same", "left_out"
_AROUND = 2


@dataclass(frozen=True)
class Line:
    """A line by its numbers in the old and the new text, None where it is not in one; ``LEFT_OUT`` stands for many."""

    kind: str
    text: str = ""
    old: int | None = None
    new: int | None = None


def between(old: str, new: str) -> list[Line]:
    """The differences of two texts; empty where they are the same."""
    before, after = old.splitlines(), new.splitlines()
    return list(_lines(before, after)) if before != after else []


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_AROUND)
    for number, group in enumerate(groups):
        if number:
            yield Line(LEFT_OUT)
        for kind, first, last, start, stop in group:
            if kind == "equal":
                yield from (
                    Line(SAME, before[first + n], first + n + 1, start + n + 1) for n in range(last - first)
                )
                continue
            yield from (Line(GONE, before[n], n + 1) for n in range(first, last))
            yield from (Line(NEW, after[n], None, n + 1) for n in range(start, stop))
