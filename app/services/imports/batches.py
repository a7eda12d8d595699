"""The steps of an import: upload a table, say which column is which, have it checked, write it, undo it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.text import N_, Message
from app.registers import bulk, parameters
from app.registers.tables import Table, open_table
from app.registers.workbook import Limits
from app.services import background
from app.services.imports import faults
from app.services.imports.kinds import allowed, target_of
from app.services.imports.targets import Target

KIND = "import"
MODES = ("all", "valid")
_MIB = 1 << 20
_ROW: Any = m.ImportRow.__table__


@dataclass(frozen=True)
class Received:
    """A table that was read and found harmless; its rows are JSON already."""

    kind: str
    file_name: str
    encoding: str
    headings: list[str]
    fields: list[str | None]
    rows: list[dict[str, Any]]


def max_bytes() -> int:
    """How large an uploaded table may be."""
    return parameters.integer("import_max_mib") * _MIB


def max_rows() -> int:
    """How many rows an uploaded table may have."""
    return parameters.integer("import_max_rows")


def receive(kind: str, path: Path, file_name: str, encoding: str, most: int, actor: Actor) -> Received:
    """Read an uploaded table; touches no database, may take seconds. RuleError on field ``file`` where it is hostile,
    unreadable, empty or has more than ``most`` rows."""
    target = target_of(kind, actor)
    limits = Limits(rows=most + 100)
    table = open_table(path, target.headings, encoding=encoding or None, any_heading=True, limits=limits)
    rows = list(_rows(table, most))
    if not rows:
        raise RuleError([Problem("file", N_("文件中没有内容"))])
    fields = [*target.headings] if table.kind == "jsonl" else table.fields
    name = file_name.replace("\0", "")[-200:]
    return Received(kind, name, table.encoding or "", [t[:200] for t in table.titles], list(fields), rows)


def _rows(table: Table, most: int) -> Iterator[dict[str, Any]]:
    bad: dict[int, Message] = {}
    count = 0
    for number, cells in table.cells(bad.__setitem__):
        if (count := count + 1) > most:
            raise RuleError([Problem("file", N_("一次最多导入 {most} 行，请分成几个文件", most=most))])
        yield _row(number, cells)
    for number, message in bad.items():
        yield _row(number, []) | {"verdict": "broken", "faults": faults.pack([Problem(None, message)])}


def _row(number: int, cells: list[str]) -> dict[str, Any]:
    text = json.dumps(cells, ensure_ascii=False)
    return {
        "number": number,
        "cells": text,
        "verdict": "unchecked",
        "faults": None,
        "written": False,
        "record": None,
    }


def keep(received: Received, actor: Actor, now: datetime) -> m.ImportBatch:
    """Store a table that was received; where all its columns are plain, its check begins at once."""
    if actor.user_id is None:
        raise NotFound
    batch = m.ImportBatch(
        kind=received.kind, file_name=received.file_name, encoding=received.encoding, headings=received.headings,
        fields=received.fields, total=len(received.rows), user_id=actor.user_id, unit_id=actor.unit_id, created_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    names = [column.name for column in _ROW.c]
    bulk.fill(
        session.connection(),
        _ROW,
        [tuple(row.get(name, batch.id) for name in names) for row in received.rows],
    )
    if None not in batch.fields and not _column_problems(target_of(batch.kind, actor), batch.fields):
        _start(batch, "checking", actor, now)
    return batch


def find(actor: Actor, batch_id: int) -> m.ImportBatch:
    """An import of the actor's unit or, for staff, of the staff; NotFound for any other."""
    batch = policies.find(session(), m.ImportBatch, batch_id, actor)
    if batch.unit_id != actor.unit_id or not allowed(batch.kind, actor):
        raise NotFound
    return batch


def assign(actor: Actor, batch_id: int, fields: Sequence[str], now: datetime) -> m.ImportBatch:
    """Say which field each column is ("" for none) and have the rows checked; RuleError where a required one is missing or
    one is named twice."""
    batch = _at(actor, batch_id, "columns", "checked", "refused")
    target = target_of(batch.kind, actor)
    given = [name or None for name in fields]
    if len(given) != len(batch.headings) or any(name and target.column(name) is None for name in given):
        raise RuleError([Problem("fields", N_("请为每一列选择对应的字段"))])
    if problems := _column_problems(target, given):
        raise RuleError(problems)
    batch.fields = given
    _start(batch, "checking", actor, now)
    return batch


def write(actor: Actor, batch_id: int, mode: str, now: datetime) -> m.ImportBatch:
    """Import what was checked: all rows, which must then be without faults, or those that are."""
    batch = _at(actor, batch_id, "checked")
    if mode not in MODES:
        raise RuleError([Problem("mode", N_("请从列表中选择"))])
    wrong = batch.counts.get("faulty", 0) + batch.counts.get("broken", 0)
    if wrong and (mode == "all" or target_of(batch.kind, actor).chunk is None):
        raise RuleError(
            [Problem("mode", N_("有 {count} 行有误，不能整批导入；请修改文件后重新上传", count=wrong))]
        )
    if not batch.counts.get("new") and not batch.counts.get("change") and not batch.counts.get("removed"):
        raise RuleError([Problem("mode", N_("没有可以导入的内容"))])
    batch.mode = mode
    _start(batch, "writing", actor, now)
    return batch


def undo(actor: Actor, batch_id: int, now: datetime) -> m.ImportBatch:
    """Take an import back as a whole; whether that is possible is found out by the work itself."""
    batch = find(actor, batch_id)
    if not can_undo(batch, now):
        raise Conflict(N_("该批次当前不能撤销"))
    batch.conflicts = []
    _start(batch, "undoing", actor, now)
    return batch


def can_undo(batch: m.ImportBatch, now: datetime) -> bool:
    """Whether an import was written, wholly or by a work that died, and its traces are still there."""
    stopped = batch.job is not None and batch.job.state == "failed"
    fresh = batch.created_at > now - timedelta(days=parameters.integer("import_undo_days"))
    return fresh and (batch.stage == "done" or (batch.stage in ("writing", "undoing") and stopped))


def again(actor: Actor, batch_id: int, now: datetime) -> m.ImportBatch:
    """Go on with a check or import whose work died."""
    batch = _at(actor, batch_id, "checking", "writing")
    if batch.job is None or batch.job.state != "failed":
        raise Conflict(N_("任务仍在进行"))
    _start(batch, batch.stage, actor, now)
    return batch


def recent(actor: Actor, kinds: Sequence[str], most: int = 50) -> list[m.ImportBatch]:
    """The last imports of the actor's unit, or of the staff."""
    query = select(m.ImportBatch).where(m.ImportBatch.kind.in_(kinds))
    query = query.where(m.ImportBatch.unit_id.is_not_distinct_from(actor.unit_id))
    return list(session.scalars(query.order_by(m.ImportBatch.id.desc()).limit(most)))


def forget_old(now: datetime) -> None:
    """Delete rows and traces of imports that can no longer be undone; what was imported stays in the trail."""
    before = now - timedelta(days=parameters.integer("import_undo_days"))
    old = select(m.ImportBatch.id).where(m.ImportBatch.created_at < before)
    for model in (m.ImportRow, m.ImportTrace):
        session.execute(delete(model).where(model.batch_id.in_(old)))


def faulty_rows(batch_id: int, start: int = 0, most: int | None = None) -> list[tuple[int, list[Problem]]]:
    """Rows with faults after row ``start``, by number."""
    query = select(_ROW.c.number, _ROW.c.faults).where(_ROW.c.batch_id == batch_id, _ROW.c.number > start)
    query = query.where(_ROW.c.verdict.in_(("faulty", "broken"))).order_by(_ROW.c.number).limit(most)
    return [(number, faults.unpack(found)) for number, found in session.execute(query)]


def first_rows(batch_id: int, most: int) -> list[tuple[int, list[str], str]]:
    """The first rows: number, cells, verdict."""
    query = select(_ROW.c.number, _ROW.c.cells, _ROW.c.verdict).where(_ROW.c.batch_id == batch_id)
    query = query.where(_ROW.c.verdict != "broken").order_by(_ROW.c.number).limit(most)
    return [(number, json.loads(cells), verdict) for number, cells, verdict in session.execute(query)]


def cells_of(batch_id: int, numbers: Sequence[int]) -> dict[int, list[str]]:
    """The cells of some rows, by number."""
    query = select(_ROW.c.number, _ROW.c.cells).where(_ROW.c.batch_id == batch_id, _ROW.c.number.in_(numbers))
    return {number: json.loads(cells) for number, cells in session.execute(query)}


def counted(batch_id: int) -> dict[str, int]:
    """How many rows have which verdict."""
    query = select(_ROW.c.verdict, func.count()).where(_ROW.c.batch_id == batch_id).group_by(_ROW.c.verdict)
    return {str(verdict): int(count) for verdict, count in session.execute(query)}


def _column_problems(target: Target, fields: Sequence[str | None]) -> list[Problem]:
    named = [name for name in fields if name is not None]
    missing = [c.heading for c in target.columns if c.required and c.name not in named]
    twice = [c.heading for c in target.columns if named.count(c.name) > 1]
    return [Problem("fields", N_("请指定“{name}”所在的列", name=name)) for name in missing] + [
        Problem("fields", N_("“{name}”只能对应一列", name=name)) for name in twice
    ]


def _at(actor: Actor, batch_id: int, *stages: str) -> m.ImportBatch:
    batch = find(actor, batch_id)
    if batch.stage not in stages:
        raise Conflict(N_("该批次已到下一步，请重新查看"))
    return batch


def _start(batch: m.ImportBatch, stage: str, actor: Actor, now: datetime) -> None:
    batch.stage = stage
    arguments = {"batch": batch.id, "do": stage}
    batch.job = background.start(KIND, batch.file_name, actor, now, arguments, total=batch.total)
    session.flush()
