"""The rows of a list as a file holds them: codes by their names, times in Beijing, numbers and days as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Date, Integer, String

from app.columns import Hundredths, UtcDateTime
from app.domain.clock import BEIJING
from app.web import labels, listing
from app.web.exporting import Sheet
from app.web.listing import ListQuery, ListSpec

Show = Callable[[Any], Any]
_KEPT = 10_000


def rows(
    model: type[Any], columns: Sequence[str], formatters: Mapping[str, Show], found: Iterable[Sequence[Any]]
) -> Iterator[list[Any]]:
    """``found``, rows of the plain values of ``columns``, in the present reader's language; ``formatters`` come first."""
    shown = [formatters.get(name) or _shown(model, name) for name in columns]
    for row in found:
        yield [value if show is None else show(value) for show, value in zip(shown, row, strict=True)]


def sheet(
    title: str, spec: ListSpec, query: ListQuery, titles: Mapping[str, Any], extra: Any = None,
    formatters: Mapping[str, Show] = MappingProxyType({}),
) -> Sheet:  # fmt: skip
    """A list of our own design as a file: the columns of ``titles`` under their headings, the rows that ``extra`` leaves."""
    spec = replace(spec, columns=tuple(titles))
    return Sheet(
        title, spec.model.__tablename__, [str(each) for each in titles.values()],
        rows(spec.model, spec.columns, formatters, listing.values(spec, query, extra)),
        filters(query, spec.filters, titles), partial(listing.count_all, spec, query, extra),
    )  # fmt: skip


def filters(
    query: ListQuery, choices: Mapping[str, Mapping[str, Any]], titles: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What limits a list, in words."""
    searched = [(_("搜索"), query.text)] if query.text else []
    return searched + [
        (str(titles[name]), str(choices[name].get(value, value))) for name, value in query.chosen.items()
    ]


def _shown(model: type[Any], name: str) -> Show | None:
    """How a column's values are shown; None where they stay as they are."""
    known = labels.codes(model.__tablename__, name)
    if known:
        return _Kept(lambda code: known.get(code, code)).__getitem__
    if labels.is_named(name):
        return _Kept(lambda code: code and labels.named(name, code)).__getitem__
    column = model.__mapper__.columns.get(name)
    if column is None or isinstance(column.type, String | Integer | Hundredths | Date):
        return None
    if isinstance(column.type, UtcDateTime):
        return _Kept(_in_beijing).__getitem__
    return _Kept(labels.show).__getitem__


def _in_beijing(value: datetime | None) -> datetime | None:
    """An instant as Beijing's clocks show it, without a zone: a spreadsheet knows none."""
    return value and value.astimezone(BEIJING).replace(second=0, microsecond=0, tzinfo=None)


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
