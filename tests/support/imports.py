"""Importing tables in tests, step by step as the pages do it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import jobs
from app import models as m
from app.db import metadata, session, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.reports import export
from app.services import background
from app.services.imports import batches
from app.services.imports.kinds import target_of
from app.services.imports.targets import Context

#: tables in which an import leaves traces of itself although it was undone
OWN = {
    "import_batch", "import_row", "import_trace", "background_job", "audit_event", "audit_head", "outbox", "number_series",
}  # fmt: skip
Rows = Sequence[Sequence[Any]]


def written(folder: Path, heading: Sequence[str], rows: Rows, kind: str = "csv") -> Path:
    """A table as a file."""
    path = folder / f"table.{kind}"
    path.write_bytes(b"".join(export.stream(kind, heading, rows)))
    return path


def uploaded(actor: Actor, kind: str, path: Path, encoding: str = "") -> int:
    """Upload a table; where its columns are plain it is checked as well. Returns the import's id."""
    received = batches.receive(kind, path, path.name, encoding, batches.max_rows(), actor)
    with transaction(actor):
        batch_id = batches.keep(received, actor, utc_now()).id
    work()
    return batch_id


def work() -> None:
    """Let the worker do what waits."""
    background.run_waiting(jobs.HANDLERS)


def confirmed(actor: Actor, batch_id: int, mode: str = "all") -> m.ImportBatch:
    """Write an import that was checked."""
    with transaction(actor):
        batches.write(actor, batch_id, mode, utc_now())
    work()
    return batch(batch_id)


def undone(actor: Actor, batch_id: int) -> m.ImportBatch:
    """Ask for an import to be taken back."""
    with transaction(actor):
        batches.undo(actor, batch_id, utc_now())
    work()
    return batch(batch_id)


def imported(actor: Actor, kind: str, path: Path, mode: str = "all") -> m.ImportBatch:
    """The whole way, from the file to the records."""
    return confirmed(actor, uploaded(actor, kind, path), mode)


def batch(batch_id: int) -> m.ImportBatch:
    """The import as it stands now."""
    session.rollback()
    session.expire_all()
    return session.get_one(m.ImportBatch, batch_id)


def said(batch_id: int) -> dict[int, list[str]]:
    """The faults found, by row: ``field: sentence``."""
    return {
        number: [f"{problem.field}: {problem.message}" for problem in problems]
        for number, problems in batches.faulty_rows(batch_id)
    }


def exported(actor: Actor, kind: str, *, english: bool = False) -> bytes:
    """What is there, as a CSV file that can be imported again."""
    session.rollback()
    target = target_of(kind, actor)
    heading = [c.heading.english if english else c.heading.zh for c in target.columns]
    rows = target.records(Context(actor, utc_now(), english=english))
    return b"".join(export.stream("csv", heading, rows))


def cells(content: bytes) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def dump() -> dict[str, list[str]]:
    """Every table but those in which an import leaves its own traces, row by row."""
    session.rollback()
    return {
        name: sorted(json.dumps([str(value) for value in row], ensure_ascii=False) for row in session.execute(select(table)))
        for name, table in metadata.tables.items()
        if name not in OWN
    }  # fmt: skip
