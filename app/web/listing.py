"""One page of a list: filtered, in a stable order, found by key instead of by counting, whatever the number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Date, DateTime, Select, and_, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased, join, joinedload, load_only, selectinload
from werkzeug.exceptions import BadRequest

from app import models as m
from app import policies
from app.columns import LARGEST_KEY, UtcDateTime
from app.db import session

PAGE_SIZES = (10, 25, 50, 100)
COUNT_LIMIT = 10_000
#: the order of what was searched for: by place among the hits
PLACE = "place"
FOUND_LIMIT = 1_000


class Searcher(Protocol):
    """What finds records by an index of its own."""

    def places(self, text: str) -> Select[Any]:
        """Places (the highest first) and keys of what a text finds."""

    def surely_more(self, text: str, number: int) -> bool:
        """Whether a text finds far more than ``number`` records, as far as can be said without counting them."""


@dataclass(frozen=True)
class ListSpec:
    """What a list shows and may be asked: every name a caller can use is in here."""

    model: type[Any]
    columns: Sequence[str]
    order_columns: Sequence[str]
    base_order: tuple[str, str]
    filters: Mapping[str, Any]
    text_columns: Sequence[str]
    #: an index of texts; without it, they are looked for in ``text_columns``
    search: Searcher | None = None
    #: the condition for a text that is a number with an index of its own, None for any other text
    number: Callable[[str], Any] | None = None


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
    """Rows and where to go on; ``count`` is exact up to ``limit``, one more where there are more."""

    rows: list[Any]
    count: int
    before: str | None
    after: str | None
    limit: int = COUNT_LIMIT

    @property
    def has_more_than_counted(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > self.limit


def read_query(spec: ListSpec, args: Mapping[str, str], text: str = "") -> ListQuery:
    """The request's arguments as a query; anything outside the spec is a bad request (400)."""
    text = args.get("q", text).strip()[:100]
    order, direction = _read_order(spec, args, text)
    size = args.get("size", "25")
    if not (size.isascii() and size.isdecimal() and len(size) < 5):
        raise BadRequest
    chosen = {name: args[f"f_{name}"] for name in spec.filters if args.get(f"f_{name}")}
    unknown = [name for name in args if name.startswith("f_") and name[2:] not in spec.filters]
    if unknown or any(
        spec.filters[name] and value not in spec.filters[name] for name, value in chosen.items()
    ):
        raise BadRequest
    backwards = "before" in args
    token = args.get("before") if backwards else args.get("after")
    return ListQuery(
        text=text,
        chosen=chosen,
        order=order,
        descending=direction == "desc",
        size=min(max(int(size), 1), PAGE_SIZES[-1]),
        cursor=_read_cursor(spec, order, token),
        backwards=backwards,
    )


def _read_order(spec: ListSpec, args: Mapping[str, str], text: str) -> tuple[str, str]:
    if text and spec.search and "order" not in args:
        return PLACE, "asc"
    order = args.get("order", spec.base_order[0])
    direction = args.get("dir", spec.base_order[1] if order == spec.base_order[0] else "asc")
    if order not in {*spec.order_columns, spec.base_order[0]} or direction not in ("asc", "desc"):
        raise BadRequest
    return order, direction


def condition(spec: ListSpec, query: ListQuery) -> Any:
    """The filters as one SQL condition; texts are matched literally, ``%`` and ``_`` included."""
    parts = [
        getattr(spec.model, name) == _typed(spec.model, name, value) for name, value in query.chosen.items()
    ]
    if query.text and query.order != PLACE:
        parts.append(_found(spec, query.text))
    return and_(True, *parts)


def _found(spec: ListSpec, text: str) -> Any:
    if spec.search:
        return _key(spec.model).in_(select(spec.search.places(text).subquery().c[1]))
    number = spec.number(text) if spec.number else None
    if number is not None:
        return number
    columns = [getattr(spec.model, name) for name in spec.text_columns]
    return or_(*[column.icontains(text, autoescape=True) for column in columns]) if columns else true()


class _Plan(NamedTuple):
    """What rows are read from, under which condition, and the column and the key that order them."""

    source: Any
    where: Any
    column: Any
    key: Any


def _plan(spec: ListSpec, query: ListQuery, extra: Any = None) -> _Plan:
    key, where = _key(spec.model), condition(spec, query)
    where = where if extra is None else and_(where, extra)
    if query.order != PLACE or spec.search is None:
        return _Plan(spec.model, where, getattr(spec.model, query.order), key)
    hits = spec.search.places(query.text).subquery()
    place = hits.c[0]
    return _Plan(join(spec.model, hits, key == hits.c[1]), where, place, place)


def fetch(spec: ListSpec, query: ListQuery, extra: Any = None) -> Page:
    """One page. ``extra`` is a further condition of the view."""
    plan = _plan(spec, query, extra)
    limit = FOUND_LIMIT if query.order == PLACE else COUNT_LIMIT
    statement = _selected(spec).select_from(plan.source).where(plan.where).add_columns(plan.column, plan.key)
    rows = session.execute(_ordered(statement, plan, query).limit(query.size + 1)).unique().all()
    more = len(rows) > query.size
    is_all = query.cursor is None and not more
    count = len(rows) if is_all else _count(spec, query, plan, limit)
    rows = rows[: query.size]
    if query.backwards:
        rows = rows[::-1]
    has_before = more if query.backwards else query.cursor is not None
    has_after = True if query.backwards else more
    before = _cursor(*rows[0][1:]) if rows and has_before else None
    after = _cursor(*rows[-1][1:]) if rows and has_after else None
    return Page([row[0] for row in rows], count, before, after, limit)


def _count(spec: ListSpec, query: ListQuery, plan: _Plan, limit: int) -> int:
    searched = query.order == PLACE and not query.chosen and _sees_all(spec.model)
    if searched and spec.search and spec.search.surely_more(query.text, limit):
        return limit + 1
    # a column of the model, not a literal: the policies find the models of a query by its columns
    counted = select(_key(spec.model)).select_from(plan.source).where(plan.where).limit(limit + 1)
    return session.execute(select(func.count()).select_from(counted.subquery())).scalar_one()


def count_all(spec: ListSpec, query: ListQuery, extra: Any = None) -> int:
    """How many rows match, however many they are (for the progress of exports)."""
    plan = _plan(spec, query, extra)
    counted = select(_key(spec.model)).select_from(plan.source).where(plan.where)
    return session.execute(select(func.count()).select_from(counted.subquery())).scalar_one()


def _sees_all(model: type[Any]) -> bool:
    actor = session.info.get("actor")
    return actor is not None and policies.visible(model, actor) is None


def all_rows(spec: ListSpec, query: ListQuery, extra: Any = None) -> Iterator[Any]:
    """Every row that matches, in order, streamed (for exports)."""
    plan = _plan(spec, query, extra)
    statement = _selected(spec).select_from(plan.source).where(plan.where)
    statement = _ordered(statement, plan, replace(query, cursor=None)).execution_options(yield_per=1000)
    with session.execute(statement) as found:
        yield from found.scalars()


def values(spec: ListSpec, query: ListQuery, extra: Any = None) -> Iterator[Sequence[Any]]:
    """Every row that matches, in order, as the plain values of its columns: what a record refers to is given by name.
    Read as they are asked for (for exports)."""
    plan = _plan(spec, query, extra)
    statement = select(plan.key).select_from(plan.source).where(plan.where)
    for name in spec.columns:
        attribute = getattr(spec.model, name)
        if name in spec.model.__mapper__.relationships:
            target = aliased(attribute.property.mapper.class_)
            statement = statement.outerjoin(attribute.of_type(target))
            attribute = _NAMES[attribute.property.mapper.class_](target)
        statement = statement.add_columns(attribute)
    statement = _ordered(statement, plan, replace(query, cursor=None))
    with session.execute(statement.execution_options(yield_per=1000)) as found:
        for row in found:
            yield row[1:]


#: what records that others refer to are called, as SQL; the same as their ``str``
_NAMES: Mapping[type[Any], Callable[[Any], Any]] = {
    m.Unit: lambda unit: unit.name,
    m.Product: lambda product: product.name,
    User: lambda user: user.first_name + " " + user.last_name,
    m.RecognitionRound: lambda round_: round_.title,
    m.EvaluationScheme: lambda scheme: scheme.name,
    m.Recognition: lambda recognition: (
        select(m.Product.name).where(m.Product.id == recognition.product_id).scalar_subquery()
    ),
}


def _selected(spec: ListSpec) -> Select[Any]:
    mapper = spec.model.__mapper__
    relations = [name for name in spec.columns if name in mapper.relationships]
    plain = {name for name in spec.columns if name in mapper.column_attrs}
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    for name in relations:
        keys |= {mapper.get_property_by_column(c).key for c in mapper.relationships[name].local_columns}
    attributes = [getattr(spec.model, name) for name in sorted(plain | keys)]
    return select(spec.model).options(
        load_only(*attributes), *[_loaded(getattr(spec.model, name)) for name in relations]
    )


def _loaded(relation: Any) -> Any:
    """Units and products are read after the page's rows: joined, they would be read for every row that is sorted.
    Collections too: joined, they would be rows of the page."""
    target = relation.property.mapper.class_
    if target is m.Recognition:
        return selectinload(relation).selectinload(m.Recognition.product)
    after = target in (m.Unit, m.Product) or relation.property.uselist
    return selectinload(relation) if after else joinedload(relation)


def _ordered(statement: Select[Any], plan: _Plan, query: ListQuery) -> Select[Any]:
    column, key = plan.column, plan.key
    descending = query.descending != query.backwards
    if query.cursor is not None:
        value, pk = query.cursor
        statement = statement.where(_beyond(column, key, value, pk, descending))
    if query.order == PLACE and descending:
        return statement.order_by((key + 0).desc())  # sorted: the index is right in one direction only
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


def _cursor(value: Any, key: Any) -> str:
    place = json.dumps([_written(value), _written(key)])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | str) else str(value)


def _read_cursor(spec: ListSpec, order: str, token: str | None) -> tuple[Any, Any] | None:
    if not token:
        return None
    key = _key(spec.model).key
    # a place is a whole number like a key
    value_of, key_of = (key, key) if order == PLACE else (order, key)
    try:
        value, key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return None if value is None else _typed(spec.model, value_of, value), _typed(spec.model, key_of, key)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
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
        if python is int and abs(int(value)) > LARGEST_KEY:
            raise BadRequest
        if python is str:
            str(value).encode()  # half a character ("\ud800" in JSON) is no text
        return python(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BadRequest from error
