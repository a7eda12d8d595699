"""What an import does in the background, chunk by chunk, each in a transaction of its own: check, write, undo.

A work that died goes on where it stopped: rows that were written are marked so in the transaction that wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, update

from app import audit
from app import models as m
from app.db import session, transaction
from app.domain.clock import utc_now
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.text import N_, Message
from app.services.background import Task
from app.services.imports import batches, faults, traces
from app.services.imports.kinds import target_of
from app.services.imports.targets import Context, Line, Outcome, Target

_ROW: Any = m.ImportRow.__table__
_SHOWN = 200


def run(task: Task) -> Mapping[str, Any]:
    """Do what was asked of an import; its page shows what came of it."""
    batch_id = int(task.arguments["batch"])
    with transaction(task.actor):
        batch = batches.find(task.actor, batch_id)
        target, title = target_of(batch.kind, task.actor), batch.file_name
        unit_id = batch.unit_id
    work = _Work(task, batch_id, target, title, unit_id)
    _DO[task.arguments["do"]](work)
    return {"link": f"{'/my' if unit_id else ''}/import/{batch_id}"}


class _Work:
    """An import under way."""

    def __init__(self, task: Task, batch_id: int, target: Target, title: str, unit_id: int | None) -> None:
        self.task, self.batch_id, self.target, self.title, self.unit_id = (
            task,
            batch_id,
            target,
            title,
            unit_id,
        )
        self.context = Context(task.actor, utc_now(), title, trying=task.arguments["do"] == "checking")

    def forget(self) -> None:
        """Have what was made of the records made anew."""
        for each in self.target.forget:
            each()

    def ended(self, stage: str, **values: Any) -> None:
        """Say where the import stands now; in the caller's transaction."""
        batch = session.get_one(m.ImportBatch, self.batch_id)
        for name, value in {"stage": stage, **values}.items():
            setattr(batch, name, value)
        session.flush()


def _check(work: _Work) -> None:
    """Take every row and roll it back: what a row would do, or all its faults."""
    seen: dict[str, int] = {}
    done = 0
    for numbers in _chunks(work):
        with transaction(work.task.actor):
            lines = _lines(work, numbers)
            _find_repeated(work.target, lines, seen)
            nested = session.begin_nested()
            outcomes = work.target.take(lines, work.context)
            nested.rollback()
            _keep(work.batch_id, lines, outcomes, written=False)
        done += len(numbers)
        work.task.step(done, _total(work))
    with transaction(work.task.actor):
        work.ended("checked", counts=_counts(work))


def _write(work: _Work) -> None:
    """Write the rows that are to be; in an import of all rows or none, a fault that came up since takes everything back."""
    for numbers in _unwritten(work):
        with transaction(work.task.actor):
            lines = _lines(work, numbers)
            mode = session.get_one(m.ImportBatch, work.batch_id).mode
            with traces.recorded() as recorder:
                outcomes = work.target.take(lines, work.context)
            refused = any(outcome.verdict == "faulty" for outcome in outcomes)
            if refused and (mode == "all" or work.target.chunk is None):
                session.rollback()
            else:
                traces.store(work.batch_id, recorder)
                refused = False
            _keep(work.batch_id, lines, outcomes, written=not refused)
        if refused:
            _refuse(work)
            return
        work.task.step(*_written(work))
    with transaction(work.task.actor):
        counts = _counts(work)
        work.ended("done", counts=counts, finished_at=utc_now())
        audit.record(
            session(), "import", work.target.kind, work.batch_id, unit_id=work.unit_id, file=work.title, rows=counts
        )  # fmt: skip
    work.forget()


def _refuse(work: _Work) -> None:
    with transaction(work.task.actor):
        traces.take_back(work.batch_id, traces.of_batch(work.batch_id))
        _forget_writing(work.batch_id)
        work.ended("refused", counts=_counts(work))
    work.forget()


def _undo(work: _Work) -> None:
    """Take everything back, unless a record has changed or is used since: then nothing."""
    with transaction(work.task.actor):
        found = traces.of_batch(work.batch_id)
        changed = traces.changed_since(found)
        used = [key for key in traces.used_since(found, work.target.used_by) if key not in changed]
        if conflicts := _conflicts(work.batch_id, changed, used):
            work.ended("done", conflicts=[faults.packed(each) for each in conflicts[:_SHOWN]])
        else:
            traces.take_back(work.batch_id, found)
            _forget_writing(work.batch_id)
            work.ended("undone", finished_at=utc_now())
            audit.record(
                session(), "import", work.target.kind, work.batch_id, unit_id=work.unit_id, file=work.title, undone=True
            )  # fmt: skip
    if conflicts:
        raise Conflict(N_("有 {count} 条记录之后有变动，不能撤销", count=len(conflicts)))
    work.forget()


_DO: Mapping[str, Callable[[_Work], None]] = {"checking": _check, "writing": _write, "undoing": _undo}


def _chunks(work: _Work, *conditions: Any) -> Iterator[list[int]]:
    """Numbers of the rows to work on, as many as the kind takes at once."""
    with transaction(work.task.actor):
        query = select(_ROW.c.number).where(_ROW.c.batch_id == work.batch_id, _ROW.c.verdict != "broken")
        numbers = list(session.scalars(query.where(*conditions).order_by(_ROW.c.number)))
    size = work.target.chunk or max(len(numbers), 1)
    yield from (numbers[start : start + size] for start in range(0, len(numbers), size))


def _unwritten(work: _Work) -> Iterator[list[int]]:
    """Those still to be written; a table that is taken as a whole was written if it left any trace."""
    if work.target.chunk is not None:
        return _chunks(work, _ROW.c.verdict.in_(("new", "change")), _ROW.c.written.is_(False))
    with transaction(work.task.actor):
        is_written = bool(traces.of_batch(work.batch_id))
    return iter(()) if is_written else _chunks(work)


def _lines(work: _Work, numbers: Sequence[int]) -> list[Line]:
    """The rows with the cells that hold something, codes in place of words."""
    batch = session.get_one(m.ImportBatch, work.batch_id)
    query = select(_ROW.c.number, _ROW.c.cells).where(
        _ROW.c.batch_id == work.batch_id, _ROW.c.number.between(numbers[0], numbers[-1])
    )
    wanted, lines = set(numbers), []
    for number, cells in session.execute(query.order_by(_ROW.c.number)):
        if number in wanted:
            lines.append(_line(work.target, number, dict(zip(batch.fields, json.loads(cells), strict=True))))
    return lines


def _line(target: Target, number: int, cells: Mapping[str | None, str]) -> Line:
    line = Line(number, {})
    for column in target.columns:
        text = cells.get(column.name, "")
        if not text:
            if column.required:
                line.problems.append(Problem(column.name, N_("不能为空")))
            continue
        try:
            line.cells[column.name] = column.code(text)
        except RuleError as error:
            line.problems += error.problems
    return line


def _find_repeated(target: Target, lines: Sequence[Line], seen: dict[str, int]) -> None:
    for line in lines:
        key = target.key(line.cells)
        if key is None:
            continue
        if key in seen:
            line.problems.append(Problem(None, N_("与第 {row} 行重复", row=seen[key])))
        seen.setdefault(key, line.number)


def _keep(batch_id: int, lines: Sequence[Line], outcomes: Sequence[Outcome], *, written: bool) -> None:
    """Note what became of rows."""
    rows = []
    for line, outcome in zip(lines, outcomes, strict=True):
        named = {problem.field for problem in line.problems}
        problems = [*line.problems, *(p for p in outcome.problems if p.field is None or p.field not in named)]
        verdict = "faulty" if problems else outcome.verdict
        is_written = written and verdict in ("new", "change")
        record = (
            "|".join(traces.key_of(outcome.record)) if is_written and outcome.record is not None else None
        )
        rows.append({
            "b_batch": batch_id, "b_number": line.number, "verdict": verdict, "written": is_written, "record": record,
            "faults": faults.pack(problems) if problems else None,
        })  # fmt: skip
    place = (_ROW.c.batch_id == bindparam("b_batch")) & (_ROW.c.number == bindparam("b_number"))
    names = ("verdict", "written", "record", "faults")
    if rows:
        session.connection().execute(update(_ROW).where(place).values({n: bindparam(n) for n in names}), rows)


def _forget_writing(batch_id: int) -> None:
    session.execute(update(_ROW).where(_ROW.c.batch_id == batch_id).values(written=False, record=None))


def _counts(work: _Work) -> dict[str, int]:
    return batches.counted(work.batch_id) | work.context.notes


def _total(work: _Work) -> int:
    query = select(m.ImportBatch.total).where(m.ImportBatch.id == work.batch_id)
    return session.execute(query).scalar_one()


def _written(work: _Work) -> tuple[int, int]:
    query = select(_ROW.c.written, func.count()).where(
        _ROW.c.batch_id == work.batch_id, _ROW.c.verdict.in_(("new", "change"))
    )
    counts: dict[bool, int] = dict(session.execute(query.group_by(_ROW.c.written)).all())
    return counts.get(True, 0), sum(counts.values())


def _conflicts(batch_id: int, changed: Sequence[traces.Key], used: Sequence[traces.Key]) -> list[Message]:
    """Why an import cannot be undone, row by row."""
    names = ["|".join(key) for key in (*changed, *used)]
    numbers: dict[str, int] = {}
    for start in range(0, len(names), 400):
        query = select(_ROW.c.record, _ROW.c.number).where(
            _ROW.c.batch_id == batch_id, _ROW.c.record.in_(names[start : start + 400])
        )
        numbers |= {str(record): int(number) for record, number in session.execute(query)}
    found = []
    for keys, known, other in (
        (
            changed,
            N_("第 {row} 行的记录导入后又被修改或删除"),
            N_("与本批记录相关的数据导入后又被修改或删除"),
        ),
        (used, N_("第 {row} 行的记录已被其他数据使用"), N_("与本批记录相关的数据已被其他数据使用")),
    ):
        for key in keys:
            number = numbers.get("|".join(key))
            found.append(other if number is None else Message(known.msgid, {"row": number}))
    return sorted(dict.fromkeys(found), key=lambda each: int(str(each.params.get("row", 1 << 40))))
