"""WHAT IS IMPORTED: a table somebody uploaded, its rows with what became of each, and what it takes to undo them.

Rows and traces are kept while the import may be undone, then ``services.maintenance`` forgets them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.columns import Code, UtcDateTime
from app.platform_models import BackgroundJob, BigId, one_of

#: Where an import stands: its columns are being assigned, its rows checked, written, taken back.
STAGES = ("columns", "checking", "checked", "writing", "done", "refused", "undoing", "undone")
#: What a row is: new, a change of a record, the same as the record, with faults, not readable at all.
VERDICTS = ("unchecked", "new", "change", "same", "faulty", "broken")


class ImportBatch(Model):
    """An uploaded table: what it holds, which column is which, how far its import has come."""

    __tablename__ = "import_batch"
    __table_args__ = (
        one_of("stage", *STAGES),
        one_of("mode", "all", "valid"),
        Index("ix_import_batch_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: which records: a name in ``services.imports.kinds``
    kind: Mapped[str] = mapped_column(Code())
    file_name: Mapped[str] = mapped_column(String(200))
    encoding: Mapped[str] = mapped_column(String(20), default="")
    #: the headings as they stand in the file, and the field each stands for
    headings: Mapped[list[str]] = mapped_column(JSON)
    fields: Mapped[list[str | None]] = mapped_column(JSON)
    total: Mapped[int] = mapped_column(Integer)
    stage: Mapped[str] = mapped_column(Code(), default="columns")
    #: all rows or none, or those without faults
    mode: Mapped[str | None] = mapped_column(Code())
    #: how many rows have which verdict; "removed": records that the table lacks
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: why it could not be undone
    conflicts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("background_job.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    job: Mapped[BackgroundJob | None] = relationship(BackgroundJob)

    def __str__(self) -> str:
        return self.file_name


class ImportRow(Model):
    """A row of the table as it was uploaded."""

    __tablename__ = "import_row"
    __table_args__ = (
        one_of("verdict", *VERDICTS),
        Index("ix_import_row_batch_id_verdict_number", "batch_id", "verdict", "number"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    #: as Excel shows it
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: JSON list of texts, one per heading
    cells: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Code(), default="unchecked")
    #: JSON list of [field, message]
    faults: Mapped[str | None] = mapped_column(Text)
    written: Mapped[bool] = mapped_column(Boolean, default=False)
    #: table and key of what it became
    record: Mapped[str | None] = mapped_column(String(240))


class ImportTrace(Model):
    """A record that an import added, changed or removed: what it was before, and a hash of what the import left."""

    __tablename__ = "import_trace"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: JSON list: the record's primary key
    key: Mapped[str] = mapped_column(String(240), primary_key=True)
    #: JSON of all its columns; None where it was not there
    before: Mapped[str | None] = mapped_column(Text)
    #: None where the import removed it
    after: Mapped[str | None] = mapped_column(String(64))
