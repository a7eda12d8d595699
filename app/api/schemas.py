"""JSON Schemas (2020-12) of what the API takes and answers: the same ones check a request and stand in its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Integer

from app.columns import LARGEST_INTEGER, LARGEST_KEY, Hundredths, UtcDateTime
from app.web import labels

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
AMOUNT: Schema = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
ANYTHING: Schema = {}
#: the number of a record, and the version of one that was read (a change of an older version is refused: 409)
ID: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}
VERSION: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_INTEGER}
#: what people type: numbers, days and yes or no may also be given as such; null empties the field
TYPED: Schema = {"type": ["string", "number", "boolean", "null"], "maxLength": 40_000}

RECORD: Schema = {"type": ["object", "null"], "properties": {"id": ID, "name": TEXT}}
PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "field": {"type": ["string", "null"]},
        "message": TEXT,
        "rule": {"type": ["string", "null"]},
    },
    "required": ["field", "message"],
}
ERROR: Schema = {
    "type": "object",
    "properties": {
        "status": {"type": "integer"},
        "message": TEXT,
        "problems": {"type": "array", "items": PROBLEM},
    },
    "required": ["status", "message"],
}


def obj(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """An object with exactly these fields, all required but the ``optional`` ones."""
    without = set(optional)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in without],
        "additionalProperties": False,
    }


def some(properties: Mapping[str, Schema], *required: str) -> Schema:
    """An object with any of these fields, only the ``required`` ones must be there."""
    return obj(properties, [name for name in properties if name not in required])


def array(items: Schema, most: int | None = None, least: int = 0) -> Schema:
    """A list."""
    limits = {} if most is None else {"maxItems": most}
    return {"type": "array", "items": items, **limits, **({"minItems": least} if least else {})}


def text(most: int) -> Schema:
    """A text of at most ``most`` characters."""
    return {"type": "string", "maxLength": most}


def one_of(*codes: str) -> Schema:
    """One of these codes."""
    return {"type": "string", "enum": list(codes)}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" not in schema:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    widened = {**schema, "type": [*kinds, "null"]}
    return {**widened, "enum": [*schema["enum"], None]} if "enum" in schema else widened


def result(schema: Schema, **more: Schema) -> Schema:
    """An answer: what was asked for under ``result``."""
    return obj({"result": schema, **more})


def page(row: Schema) -> Schema:
    """A page of a list: ``next`` goes on where it is not null, ``count`` is exact up to 10,000."""
    return obj({"count": COUNT, "next": or_null(TEXT), "result": array(row)})


def column(model: type[Any], name: str, longest: int | None = None) -> Schema:
    """What a column of a model is answered as; ``longest``: sent as, a text having at most so many characters where its
    column has no length."""
    relationship = model.__mapper__.relationships.get(name)
    if relationship is not None:
        return array(RECORD) if relationship.uselist else RECORD
    attribute = model.__mapper__.column_attrs.get(name)
    if attribute is None:
        return ANYTHING
    stored = attribute.columns[0]
    plain = _of_type(model, name, stored.type)
    if plain is TEXT and longest:
        plain = text(longest)
    return or_null(plain) if stored.nullable else plain


def _of_type(model: type[Any], name: str, kind: Any) -> Schema:
    if labels.is_coded(model.__tablename__, name):
        return one_of(*(labels.codes(model.__tablename__, name) or {}))
    for known, schema in _TYPES:
        if isinstance(kind, known):
            return schema
    length = getattr(kind, "length", None)
    return text(length) if length else TEXT


#: the first that fits: amounts are stored as whole numbers
_TYPES: tuple[tuple[type[Any], Schema], ...] = (
    (Hundredths, AMOUNT),
    (UtcDateTime, INSTANT),
    (DateTime, INSTANT),
    (Date, DAY),
    (Boolean, FLAG),
    (BigInteger, {"type": "integer", "minimum": -LARGEST_KEY - 1, "maximum": LARGEST_KEY}),
    (Integer, {"type": "integer", "minimum": -LARGEST_INTEGER - 1, "maximum": LARGEST_INTEGER}),
    (JSON, ANYTHING),
)


def row(model: type[Any], columns: Iterable[str]) -> Schema:
    """A record as it is answered: its key and these columns."""
    return obj({"id": key(model), **{name: column(model, name) for name in columns}})


def key(model: type[Any]) -> Schema:
    """The key of a model's records."""
    kind = model.__mapper__.primary_key[0].type
    return {"type": "integer"} if isinstance(kind, Integer) else TEXT


def filter_of(model: type[Any], name: str) -> Schema:
    """What a list can be filtered by in a column."""
    schema = {**column(model, name)}
    if "enum" in schema:
        return one_of(*(code for code in schema["enum"] if code is not None))
    kind = schema.get("type", "string")
    return {**schema, "type": kind if isinstance(kind, str) else kind[0]}
