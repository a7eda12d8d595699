"""The patent register: everybody's patents, loaded from files, looked up by number and by owner."""

from __future__ import annotations

import csv
import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Integer, Table, case, delete, func, literal, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.text import N_, Message
from app.registers import bulk
from app.registers.patent_rows import HEADINGS, Checked, Checker, Facts, Fault
from app.registers.tables import open_table
from app.reports.export import neutral

BATCH = 10_000
SHOWN = 20
FACTS = Facts._fields[:-1]
#: facts that a list without them leaves as they are
_KEPT = ("title", "inventors", "filing_date", "grant_date", "publication_no", "ipc", "expiry")
_SOURCE_MAX = 60

Register = m.RegisterPatent.__table__
Owner = m.RegisterPatentee.__table__


@dataclass
class LoadResult:
    """What became of a list's rows: new, changed, the same as before, refused. ``str`` is a command's last line."""

    loaded: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    #: the first faults, for showing at once; all of them are in the report
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        return f"loaded={self.loaded} updated={self.updated} rejected={self.rejected}"


def find(number_compact: str) -> m.RegisterPatent | None:
    """The register's patent with this number (compact form: ``PatentNumber.compact``)."""
    return session.get(m.RegisterPatent, number_compact)


def owned_by(name_keys: Collection[str]) -> Iterator[m.RegisterPatent]:
    """The patents of which one of the names is a patentee (keys by ``domain.normal.name_key``), each once, by number."""
    owned = select(m.RegisterPatentee.application_no).where(m.RegisterPatentee.name_key.in_(name_keys))
    query = (
        select(m.RegisterPatent)
        .where(m.RegisterPatent.application_no.in_(owned))
        .order_by(m.RegisterPatent.application_no)
    )
    return iter(session.scalars(query.execution_options(yield_per=1000)))


def outdated(
    unit_id: int | None = None, since: datetime | None = None
) -> Iterator[tuple[m.Patent, m.RegisterPatent]]:
    """Patents in units' own bases whose facts in the register are other ones, with the register's.

    Of one unit or all; ``since`` leaves out register rows that have not changed after it.
    """
    query = select(m.Patent, m.RegisterPatent).join(
        m.RegisterPatent, m.RegisterPatent.application_no == m.Patent.application_no
    )
    own, theirs = m.Patent.__table__.c, Register.c
    query = query.where(or_(*(own[name].is_distinct_from(theirs[name]) for name in FACTS[1:])))
    if unit_id is not None:
        query = query.where(m.Patent.unit_id == unit_id)
    if since is not None:
        query = query.where(m.RegisterPatent.loaded_at > since)
    found = session.execute(query.order_by(m.Patent.id).execution_options(yield_per=500))
    return ((patent, register) for patent, register in found)


def copy_facts(source: m.RegisterPatent, target: m.Patent) -> None:
    """Make the facts of a unit's patent those of the register; how it was obtained and its proofs stay."""
    for name in FACTS:
        setattr(target, name, getattr(source, name))


def load_register(
    path: Path,
    report_path: Path | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    now: datetime,
    batch: int = BATCH,
    encoding: str | None = None,
    say: Callable[[Message], str] = str,
) -> LoadResult:
    """Load a patent list (CSV, Excel, JSON Lines) into the register; each ``batch`` of rows is a transaction.

    A list may be loaded again after a crash or in a newer edition: rows that are the same change nothing, blank cells
    erase nothing. Every fault of every refused row goes to ``report_path`` (row, column, value, reason as ``say`` puts
    it). ``progress`` is told the number of rows read. RuleError (field ``file``) where the file itself is unusable.
    """
    table = open_table(path, HEADINGS, ("number",), encoding=encoding)
    checker, result = Checker(local_date(now)), LoadResult()
    with ExitStack() as stack:
        gc.freeze()  # rows make no cycles, and the collector would walk the whole program again and again
        stack.callback(gc.unfreeze)
        report = _Report(stack.enter_context(_open_report(report_path)) if report_path else None, say, result)
        rows = ((number, checker.check(number, cells)) for number, cells in table.rows(report.bad_row))
        done = 0
        while chunk := list(islice(rows, batch)):
            report.add(chunk)
            _store([checked for _, checked in chunk if checked.facts], path.name[:_SOURCE_MAX], now, result)
            done += len(chunk)
            if progress is not None:
                progress(done)
    return result


def _open_report(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8-sig", newline="")


class _Report:
    """Writes the faults down and counts the rows they are in."""

    def __init__(self, file: TextIO | None, say: Callable[[Message], str], result: LoadResult) -> None:
        self._writer = csv.writer(file) if file else None
        self._say = say
        self._result = result
        if self._writer:
            self._writer.writerow([say(N_("行号")), say(N_("列")), say(N_("值")), say(N_("原因"))])

    def add(self, chunk: Iterable[tuple[int, Checked]]) -> None:
        for number, checked in chunk:
            if checked.faults:
                self._write(number, checked.faults)

    def bad_row(self, number: int, reason: Message) -> None:
        self._write(number, [Fault(number, "", "", reason)])

    def _write(self, number: int, faults: list[Fault]) -> None:
        self._result.rejected += 1
        self._result.faults += faults[: max(0, SHOWN - len(self._result.faults))]
        if self._writer:
            for fault in faults:
                column = HEADINGS[fault.field][0] if fault.field else ""
                self._writer.writerow([number, column, neutral(fault.value), self._say(fault.reason)])


_STAGED: dict[str, Any] = {name: Register.c[name].type for name in FACTS} | {"stated": Integer()}
_STAGED_OWNERS: dict[str, Any] = {column.name: column.type for column in Owner.c}


def _store(checked: list[Checked], source: str, now: datetime, result: LoadResult) -> None:
    """Merge a batch in one transaction; of rows with the same number the last one counts."""
    last = {row.facts.application_no: (row.facts, row.owners) for row in checked if row.facts}
    if not last:
        return
    with transaction(Actor.system("register")):
        connection = session.connection()
        incoming = bulk.stage(connection, "incoming_patent", _STAGED, [facts for facts, _ in last.values()])
        pairs = {(key, number) for number, (_, keys) in last.items() for key in keys}
        known, changed = _merge(connection, incoming, source, now)
        if pairs:
            _merge_owners(connection, bulk.stage(connection, "incoming_patentee", _STAGED_OWNERS, pairs))
    result.loaded += len(last) - known
    result.updated += changed - (len(last) - known)
    result.unchanged += len(checked) - changed


def _merge(connection: Connection, incoming: Table, source: str, now: datetime) -> tuple[int, int]:
    """Number of rows that were known before, and of rows inserted or changed."""
    same = incoming.c.application_no == Register.c.application_no
    known = connection.execute(select(func.count()).select_from(incoming.join(Register, same))).scalar_one()
    if known:
        connection.execute(update(incoming).where(same).values(_gaps(incoming)))
        shrunk = select(incoming.c.application_no).join(Register, same)
        shrunk = shrunk.where(incoming.c.patentees != Register.c.patentees)
        connection.execute(delete(Owner).where(Owner.c.application_no.in_(shrunk)))
    facts = [incoming.c[name] for name in FACTS]
    new = select(*facts, literal(source), literal(now, Register.c.loaded_at.type)).where(true())
    statement = _insert(connection, Register).from_select([*FACTS, "source", "loaded_at"], new)
    fresh = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["application_no"],
        set_={name: fresh[name] for name in (*FACTS[1:], "source", "loaded_at")},
        where=or_(*(Register.c[name].is_distinct_from(fresh[name]) for name in FACTS[1:])),
    )
    return known, connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _gaps(incoming: Table) -> dict[str, Any]:
    """What the incoming rows leave out, taken from the register."""
    values: dict[str, Any] = {name: func.coalesce(incoming.c[name], Register.c[name]) for name in _KEPT}
    values["patentees"] = case((incoming.c.patentees == "", Register.c.patentees), else_=incoming.c.patentees)
    for name in ("legal_state", "lapse_reason"):
        values[name] = case((incoming.c.stated == 1, incoming.c[name]), else_=Register.c[name])
    return values


def _merge_owners(connection: Connection, owners: Table) -> None:
    statement = _insert(connection, Owner).from_select(
        [column.name for column in Owner.c], select(owners).where(true())
    )
    connection.execute(statement.on_conflict_do_nothing())


def _insert(connection: Connection, table: Table) -> Any:
    """An insert that knows ON CONFLICT, which the two databases have alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
