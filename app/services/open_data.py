"""The open data 数据开放: every night all public records as CSV and as JSON lines, with their SHA-256 (mission F1)."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from app import models as m
from app.db import session, transaction
from app.documents import storage
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.reports import open_data
from app.reports.export import neutral

CSV, LINES = "products.csv", "products.jsonl"
MEDIA_TYPES = {CSV: "text/csv", LINES: "application/jsonl"}
PURPOSE = "open_data"
#: older files are forgotten: whoever has begun to fetch one may finish
KEPT = 2
_WORKER = Actor.system("open_data")


@dataclass(frozen=True)
class DataFile:
    """A file of the open data as it is offered."""

    name: str
    made_at: datetime
    rows: int
    size: int
    sha256: str
    file_id: int


def make(now: datetime) -> int:
    """Write the files anew from what is public now; returns the number of products. For a job, with no transaction
    begun: the data are read for minutes, and only then is something written."""
    session.rollback()
    with tempfile.TemporaryDirectory(prefix="open-data-") as folder:
        count = _write(Path(folder), now)
        session.rollback()
        with transaction(_WORKER):
            for name, media_type in MEDIA_TYPES.items():
                file = storage.keep_file(Path(folder) / name, name, PURPOSE, media_type, now)
                session.add(m.OpenDataFile(name=name, made_at=now, rows=count, file_id=file.id))
            session.flush()
            _forget_old()
    return count


def current() -> list[DataFile]:
    """The newest file of each name."""
    files, stored = m.OpenDataFile.__table__.c, m.StoredFile.__table__.c
    columns = (files.name, files.made_at, files.rows, stored.size, stored.sha256, stored.id)
    query = (
        select(*columns)
        .join_from(m.OpenDataFile.__table__, m.StoredFile.__table__, stored.id == files.file_id)
        .order_by(files.made_at.desc(), files.name)
        .limit(len(MEDIA_TYPES))
    )
    return [DataFile(*row) for row in session.execute(query)]


def _write(folder: Path, now: datetime) -> int:
    count = 0
    with ExitStack() as stack:
        table = stack.enter_context((folder / CSV).open("w", encoding="utf-8-sig", newline=""))
        lines = stack.enter_context((folder / LINES).open("w", encoding="utf-8"))
        writer = csv.writer(table)
        writer.writerow(open_data.NAMES)
        for count, record in enumerate(open_data.records(local_date(now)), start=1):  # noqa: B007 (it is returned)
            writer.writerow(_cells(record))
            lines.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def _cells(record: dict[str, Any]) -> Iterator[Any]:
    for value in record.values():
        if isinstance(value, bool):
            yield "true" if value else "false"
        else:
            yield neutral(";".join(value) if isinstance(value, list) else value)


def _forget_old() -> None:
    newest = select(m.OpenDataFile.made_at).distinct().order_by(m.OpenDataFile.made_at.desc()).limit(KEPT)
    kept = list(session.scalars(newest))
    old = select(m.OpenDataFile).where(m.OpenDataFile.made_at.not_in(kept))
    file_ids = [file.file_id for file in session.scalars(old)]
    session.execute(delete(m.OpenDataFile).where(m.OpenDataFile.made_at.not_in(kept)))
    for file in session.scalars(select(m.StoredFile).where(m.StoredFile.id.in_(file_ids))):
        session.delete(file)
    session.flush()
