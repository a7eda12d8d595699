"""The rows of a list as a file holds them: codes by their names, days and times as people read them, numbers as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, String

from app.columns import Hundredths
from app.web import labels

Show = Callable[[Any], Any]
_KEPT = 10_000


def rows(
    model: type[Any], columns: Sequence[str], formatters: Mapping[str, Show], found: Iterable[Sequence[Any]]
) -> Iterator[list[Any]]:
    """``found``, rows of the plain values of ``columns``, in the present reader's language; ``formatters`` come first."""
    shown = [formatters.get(name) or _shown(model, name) for name in columns]
    for row in found:
        yield [value if show is None else show(value) for show, value in zip(shown, row, strict=True)]


def _shown(model: type[Any], name: str) -> Show | None:
    """How a column's values are shown; None where they stay as they are."""
    known = labels.codes(model.__tablename__, name)
    if known:
        return _Kept(lambda code: known.get(code, code)).__getitem__
    if labels.is_named(name):
        return _Kept(lambda code: code and labels.named(name, code)).__getitem__
    column = model.__mapper__.columns.get(name)
    if column is None or isinstance(column.type, String | Integer | Hundredths):
        return None
    return _Kept(labels.show).__getitem__


class _Kept(dict[Any, Any]):
    """What values are shown as: each is worked out once, for there are few of them in many rows."""

    def __init__(self, show: Show) -> None:
        super().__init__()
        self._show = show

    def __missing__(self, value: Any) -> Any:
        shown = self._show(value)
        if len(self) < _KEPT:
            self[value] = shown
        return shown
