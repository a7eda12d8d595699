"""One page of a list: filtered, in a stable order, found by key instead of by counting, whatever the number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Date, DateTime, Select, and_, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload, load_only
from werkzeug.exceptions import BadRequest

from app import models as m
from app.columns import UtcDateTime
from app.db import session

PAGE_SIZES = (10, 25, 50, 100)
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class ListSpec:
    """What a list shows and may be asked: every name a caller can use is in here."""

    model: type[Any]
    columns: Sequence[str]
    order_columns: Sequence[str]
    base_order: tuple[str, str]
    filters: Mapping[str, Any]
    text_columns: Sequence[str]
    #: the condition for what is typed into the search box; without it, it is looked for in ``text_columns``
    search: Callable[[str], Any] | None = None


@dataclass(frozen=True)
class ListQuery:
    """What the caller asked for, checked against the spec."""

    text: str
    chosen: dict[str, str]
    order: str
    descending: bool
    size: int
    cursor: tuple[Any, Any] | None
    backwards: bool

    @property
    def is_filtered(self) -> bool:
        """Whether anything limits the list."""
        return bool(self.text or self.chosen)


@dataclass(frozen=True)
class Page:
    """Rows and where to go on; ``count`` is exact up to COUNT_LIMIT, one more where there are more."""

    rows: list[Any]
    count: int
    before: str | None
    after: str | None

    @property
    def has_more_than_counted(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > COUNT_LIMIT


def read_query(spec: ListSpec, args: Mapping[str, str], text: str = "") -> ListQuery:
    """The request's arguments as a query; anything outside the spec is a bad request (400)."""
    order = args.get("order", spec.base_order[0])
    direction = args.get("dir", spec.base_order[1] if order == spec.base_order[0] else "asc")
    if order not in {*spec.order_columns, spec.base_order[0]} or direction not in ("asc", "desc"):
        raise BadRequest
    size = args.get("size", "25")
    if not (size.isascii() and size.isdecimal() and len(size) < 5):
        raise BadRequest
    chosen = {name: args[f"f_{name}"] for name in spec.filters if args.get(f"f_{name}")}
    unknown = [name for name in args if name.startswith("f_") and name[2:] not in spec.filters]
    if unknown:
        raise BadRequest
    backwards = "before" in args
    token = args.get("before") if backwards else args.get("after")
    return ListQuery(
        text=args.get("q", text).strip()[:100],
        chosen=chosen,
        order=order,
        descending=direction == "desc",
        size=min(max(int(size), 1), PAGE_SIZES[-1]),
        cursor=_read_cursor(spec, order, token),
        backwards=backwards,
    )


def condition(spec: ListSpec, query: ListQuery) -> Any:
    """The filters as one SQL condition; texts are matched literally, ``%`` and ``_`` included."""
    parts = [
        getattr(spec.model, name) == _typed(spec.model, name, value) for name, value in query.chosen.items()
    ]
    if query.text and spec.search:
        parts.append(spec.search(query.text))
    elif query.text and spec.text_columns:
        columns = [getattr(spec.model, name) for name in spec.text_columns]
        parts.append(or_(false(), *[column.icontains(query.text, autoescape=True) for column in columns]))
    return and_(True, *parts)


def fetch(spec: ListSpec, query: ListQuery, extra: Any = None) -> Page:
    """One page. ``extra`` is a further condition of the view."""
    where = condition(spec, query) if extra is None else and_(condition(spec, query), extra)
    count = session.execute(
        select(func.count()).select_from(
            select(1).select_from(spec.model).where(where).limit(COUNT_LIMIT + 1).subquery()
        )
    ).scalar_one()
    statement = _ordered(_selected(spec).where(where), spec, query).limit(query.size + 1)
    rows = list(session.execute(statement).unique().scalars())
    more = len(rows) > query.size
    rows = rows[: query.size]
    if query.backwards:
        rows.reverse()
    has_before = more if query.backwards else query.cursor is not None
    has_after = True if query.backwards else more
    return Page(
        rows,
        count,
        _cursor(spec, query, rows, 0) if has_before else None,
        _cursor(spec, query, rows, -1) if has_after else None,
    )


def all_rows(spec: ListSpec, query: ListQuery, extra: Any = None) -> Any:
    """Every row that matches, in order, streamed (for exports)."""
    where = condition(spec, query) if extra is None else and_(condition(spec, query), extra)
    statement = _ordered(_selected(spec).where(where), spec, query).execution_options(yield_per=1000)
    return session.execute(statement).scalars()


def values(spec: ListSpec, query: ListQuery) -> Iterator[Sequence[Any]]:
    """Every row that matches, in order, as the plain values of its columns: what a record refers to is given by name.
    Read as they are asked for (for exports)."""
    statement = select(getattr(spec.model, _key(spec.model).key))
    for name in spec.columns:
        attribute = getattr(spec.model, name)
        if name in spec.model.__mapper__.relationships:
            target = aliased(attribute.property.mapper.class_)
            statement = statement.outerjoin(attribute.of_type(target))
            attribute = _NAMES[attribute.property.mapper.class_](target)
        statement = statement.add_columns(attribute)
    statement = _ordered(statement.where(condition(spec, query)), spec, query)
    for row in session.execute(statement.execution_options(yield_per=1000)):
        yield row[1:]


#: what records that others refer to are called, as SQL; the same as their ``str``
_NAMES: Mapping[type[Any], Callable[[Any], Any]] = {
    m.Unit: lambda unit: unit.name,
    m.Product: lambda product: product.name,
    User: lambda user: user.first_name + " " + user.last_name,
}


def _selected(spec: ListSpec) -> Select[Any]:
    mapper = spec.model.__mapper__
    relations = [name for name in spec.columns if name in mapper.relationships]
    plain = {
        name
        for name in (*spec.columns, *spec.order_columns, spec.base_order[0])
        if name in mapper.column_attrs
    }
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    for name in relations:
        keys |= {mapper.get_property_by_column(c).key for c in mapper.relationships[name].local_columns}
    attributes = [getattr(spec.model, name) for name in sorted(plain | keys)]
    return select(spec.model).options(
        load_only(*attributes), *[joinedload(getattr(spec.model, name)) for name in relations]
    )


def _ordered(statement: Select[Any], spec: ListSpec, query: ListQuery) -> Select[Any]:
    column, key = getattr(spec.model, query.order), _key(spec.model)
    descending = query.descending != query.backwards
    if query.cursor is not None:
        value, pk = query.cursor
        statement = statement.where(_beyond(column, key, value, pk, descending))
    if column is key:
        return statement.order_by(key.desc() if descending else key.asc())
    if descending:
        return (
            statement.order_by(column.desc().nulls_last(), key.desc())
            if _nullable(column)
            else statement.order_by(column.desc(), key.desc())
        )
    return (
        statement.order_by(column.asc().nulls_first(), key.asc())
        if _nullable(column)
        else statement.order_by(column.asc(), key.asc())
    )


def _beyond(column: Any, key: Any, value: Any, pk: Any, descending: bool) -> Any:
    """Rows after (value, pk) in the order; NULL is the smallest value."""
    if column is key:
        return key < pk if descending else key > pk
    if value is None:
        same = and_(column.is_(None), key < pk if descending else key > pk)
        return same if descending else or_(same, column.is_not(None))
    here, there = tuple_(column, key), tuple_(literal(value, column.type), literal(pk, key.type))
    if descending:
        return or_(here < there, column.is_(None)) if _nullable(column) else here < there
    return here > there


def _nullable(column: Any) -> bool:
    return bool(column.property.columns[0].nullable)


def _key(model: type[Any]) -> Any:
    return getattr(model, model.__mapper__.get_property_by_column(model.__mapper__.primary_key[0]).key)


def _cursor(spec: ListSpec, query: ListQuery, rows: list[Any], index: int) -> str | None:
    if not rows:
        return None
    row = rows[index]
    value = getattr(row, query.order)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif value is not None and not isinstance(value, int | str):
        value = str(value)
    key = getattr(row, _key(spec.model).key)
    return base64.urlsafe_b64encode(json.dumps([value, key]).encode()).decode().rstrip("=")


def _read_cursor(spec: ListSpec, order: str, token: str | None) -> tuple[Any, Any] | None:
    if not token:
        return None
    try:
        value, key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return (None if value is None else _typed(spec.model, order, value)), _typed(
            spec.model, _key(spec.model).key, key
        )
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadRequest from error


def _typed(model: type[Any], name: str, value: Any) -> Any:
    kind = getattr(model, name).property.columns[0].type
    try:
        if isinstance(kind, UtcDateTime):
            return datetime.fromisoformat(value).astimezone(UTC)
        if isinstance(kind, Date) and not isinstance(kind, DateTime):
            return date.fromisoformat(value)
        python = kind.python_type
        if python is bool:
            return str(value).lower() in ("1", "true")
        if python is int and abs(int(value)) >= 2**63:
            raise BadRequest
        return python(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BadRequest from error
