"""What an import did to the records: noted while it writes, whatever service wrote them, and taken back as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Table, delete, event, insert, inspect, null, select, tuple_, update
from sqlalchemy.orm import Session

from app import audit
from app import models as m
from app.columns import Hundredths
from app.db import metadata, session

_AT_ONCE = 400
Key = tuple[str, str]
#: by record: what it was before (None: not there), and the hash of what the import left (None: removed)
Traces = Mapping[Key, tuple[str | None, str | None]]
_Trace: Any = m.ImportTrace.__table__


class Recorder:
    """Collects the records that flushes touch, with what they were before."""

    def __init__(self) -> None:
        self.before: dict[Key, str | None] = {}

    def read_before(self, current: Session, _context: Any, _instances: Any) -> None:
        """Before a flush: what the records to be changed are in the database."""
        wanted = [key_of(row) for row in (*current.dirty, *current.deleted)]
        missing = [key for key in wanted if key not in self.before]
        self.before |= _rows(missing)

    def note_new(self, current: Session, _context: Any) -> None:
        """After a flush: the records that were not there."""
        for row in current.new:
            self.before.setdefault(key_of(row), None)


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Note what the session does to records in a block."""
    current, recorder = session(), Recorder()
    event.listen(current, "before_flush", recorder.read_before)
    event.listen(current, "after_flush", recorder.note_new)
    try:
        yield recorder
        current.flush()
    finally:
        event.remove(current, "before_flush", recorder.read_before)
        event.remove(current, "after_flush", recorder.note_new)


def store(batch_id: int, recorder: Recorder) -> None:
    """Keep what was noted; of a record touched before in the same import, only what it is now."""
    after = _rows(recorder.before)
    rows = [
        {"batch_id": batch_id, "entity": table, "key": key, "before": before, "after": digest(after.get((table, key)))}
        for (table, key), before in recorder.before.items()
        if before != after.get((table, key))
    ]  # fmt: skip
    changed = [row for row in rows if row["before"] is not None]
    known = _known(batch_id, [str(row["key"]) for row in changed])
    for row in changed:
        if (row["entity"], row["key"]) in known:
            place = (_Trace.c.entity == row["entity"]) & (_Trace.c.key == row["key"])
            session.execute(
                update(_Trace).where(_Trace.c.batch_id == batch_id, place).values(after=row["after"])
            )
    if fresh := [row for row in rows if (row["entity"], row["key"]) not in known]:
        session.execute(insert(_Trace), fresh)


def _known(batch_id: int, keys: Iterable[str]) -> set[Key]:
    found: set[Key] = set()
    for part in _parts(keys, _AT_ONCE):
        query = select(_Trace.c.entity, _Trace.c.key).where(_Trace.c.batch_id == batch_id)
        found |= {(entity, key) for entity, key in session.execute(query.where(_Trace.c.key.in_(part)))}
    return found


def of_batch(batch_id: int) -> Traces:
    """What an import did."""
    query = select(_Trace.c.entity, _Trace.c.key, _Trace.c.before, _Trace.c.after)
    rows = session.execute(query.where(_Trace.c.batch_id == batch_id))
    return {(entity, key): (before, after) for entity, key, before, after in rows}


def changed_since(traces: Traces) -> list[Key]:
    """The records that are no longer as the import left them."""
    changed = []
    for part in _parts(traces, _AT_ONCE):
        now = _rows(part)
        changed += [key for key in part if digest(now.get(key)) != traces[key][1]]
    return changed


def used_since(traces: Traces, softly: Sequence[tuple[str, Any]]) -> list[Key]:
    """The records an import added on which others have come to depend: by a foreign key or, where that is only understood,
    by a column named in ``softly`` beside the table."""
    added = {key for key, (before, _) in traces.items() if before is None}
    used = []
    for name in {table for table, _ in added}:
        table = metadata.tables[name]
        keys = {json.loads(key)[0]: (name, key) for entity, key in added if entity == name}
        if len(table.primary_key.columns) > 1:
            continue
        for child, column in _references(table):
            used += _pointed_at(child, column, keys, added)
        for entity, attribute in softly:
            if entity == name:
                used += _pointed_at(attribute.parent.local_table, attribute.expression, keys, added)
    return list(dict.fromkeys(used))


def _references(table: Table) -> list[tuple[Table, Any]]:
    mapped = {mapper.local_table for mapper in m.Unit.registry.mappers}
    return [
        (child, key.parent)
        for child in metadata.tables.values()
        if child in mapped
        for key in child.foreign_keys
        if key.column.table is table
    ]


def _pointed_at(child: Table, column: Any, keys: Mapping[Any, Key], added: Collection[Key]) -> list[Key]:
    found = []
    own = list(child.primary_key.columns)
    for part in _parts(keys, _AT_ONCE):
        for value, *key in session.execute(select(column, *own).where(column.in_(part))):
            if (child.name, json.dumps(key, ensure_ascii=False, default=str)) not in added:
                found.append(keys[value])
    return found


def take_back(batch_id: int, traces: Traces) -> None:
    """Make every record what it was before the import; its traces are gone with that."""
    order = {table.name: place for place, table in enumerate(metadata.sorted_tables)}
    keys = sorted(traces, key=lambda key: order[key[0]])
    _delete([key for key in reversed(keys) if traces[key][0] is None])
    for key in keys:
        before, after = traces[key]
        if before is not None:
            _restore(key, before, was_removed=after is None)
    for (name, identity), (before, after) in traces.items():
        action = "delete" if before is None else "create" if after is None else "change"
        audit.record(
            session(), action, name, "/".join(map(str, json.loads(identity))), undone_import=batch_id
        )
    session.execute(delete(_Trace).where(_Trace.c.batch_id == batch_id))
    session.expire_all()


def _delete(keys: Sequence[Key]) -> None:
    for part in _parts(keys, _AT_ONCE):
        for name in dict.fromkeys(table for table, _ in part):
            table = metadata.tables[name]
            values = [key for entity, key in part if entity == name]
            for link, column in _associations(table):
                session.execute(delete(link).where(column.in_([json.loads(key)[0] for key in values])))
            session.execute(delete(table).where(_among(table, values)))


def _associations(table: Table) -> list[tuple[Table, Any]]:
    """Tables without a model of their own that link a record to others: they go with it."""
    mapped = {mapper.local_table for mapper in m.Unit.registry.mappers}
    return [
        (link, key.parent)
        for link in metadata.tables.values()
        if link not in mapped
        for key in link.foreign_keys
        if key.column.table is table
    ]


def _restore(key: Key, before: str, *, was_removed: bool) -> None:
    table = metadata.tables[key[0]]
    stored = json.loads(before)
    values = {
        name: null() if value is None else _value(table.c[name], value) for name, value in stored.items()
    }
    if was_removed:
        session.execute(insert(table).values(values))
    else:
        session.execute(update(table).where(_among(table, [key[1]])).values(values))


def key_of(row: Any) -> Key:
    """Table and primary key of a record."""
    state = inspect(row)
    identity = state.identity or state.mapper.primary_key_from_instance(row)
    return state.mapper.local_table.name, json.dumps(list(identity), ensure_ascii=False, default=str)


def _rows(keys: Iterable[Key]) -> dict[Key, str | None]:
    """The records as JSON; those that are not there are left out."""
    by_table: dict[str, list[str]] = {}
    for name, key in keys:
        by_table.setdefault(name, []).append(key)
    found: dict[Key, str | None] = {}
    connection = session.connection()
    for name, wanted in by_table.items():
        table = metadata.tables[name]
        own = [column.name for column in table.primary_key.columns]
        for part in _parts(wanted, _AT_ONCE):
            for row in connection.execute(select(table).where(_among(table, part))).mappings():
                key = json.dumps([row[column] for column in own], ensure_ascii=False, default=str)
                found[name, key] = _json(dict(row))
    return found


def _among(table: Table, keys: Iterable[str]) -> Any:
    columns = list(table.primary_key.columns)
    values = [
        tuple(_value(column, part) for column, part in zip(columns, json.loads(key), strict=True)) for key in keys
    ]  # fmt: skip
    if len(columns) == 1:
        return columns[0].in_([value for (value,) in values])
    return tuple_(*columns).in_(values)


def _parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps(
        {name: _plain(value) for name, value in row.items()}, ensure_ascii=False, sort_keys=True
    )


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _value(column: Any, stored: Any) -> Any:
    if isinstance(column.type, Hundredths):
        return Decimal(stored)
    kind = getattr(column.type, "impl", column.type).python_type
    return kind.fromisoformat(stored) if kind in (date, datetime) else stored


def digest(text: str | None) -> str | None:
    """What a record is known by; None where there is none."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
