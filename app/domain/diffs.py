"""What changed between two snapshots (rounds of a case, rows of the audit): plain JSON in, fields by path out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What tells the elements of a list apart, the first that all of them have.
KEYS = ("key", "number", "id", "name")


@dataclass(frozen=True)
class Change:
    """A field by its path (``patents.2015102226628.contribution``), before and after; None: it was or is not there."""

    field: str
    old: Any
    new: Any

    @property
    def root(self) -> str:
        """The field of the form it belongs to."""
        return self.field.partition(".")[0]


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The changes from ``old`` to ``new``, in the order of ``new``, what is gone last.

    Objects are compared field by field, lists of objects element by element (told apart by :data:`KEYS`), everything
    else as a whole. A missing field and None are the same. Whole objects that come or go are one change.
    """
    return list(_objects(old, new, ""))


def _objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        yield from _values(old.get(name), new.get(name), f"{path}{name}")


def _values(old: Any, new: Any, path: str) -> Iterator[Change]:
    first, second = _keyed(old), _keyed(new)
    if first is not None and second is not None:
        yield from _objects(first, second, f"{path}.")
    elif type(old) is not type(new) or old != new:
        yield Change(path, old, new)


def _keyed(value: Any) -> Mapping[str, Any] | None:
    """The value as an object, a list of objects by their keys; None where it is neither."""
    if isinstance(value, Mapping):
        return value
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(v, Mapping) for v in value)
    ):
        return None
    for key in KEYS:
        keyed = {str(element[key]): element for element in value if element.get(key) is not None}
        if len(keyed) == len(value):
            return keyed
    return None
