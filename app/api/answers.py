"""Answers that several operations give, as values and as the schemas that describe them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from app import models as m
from app.api import schemas
from app.columns import LARGEST_KEY
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError
from app.services import background
from app.services.fields import day
from app.web.text import render, said

READ = ("can_read",)
WRITE = ("can_read", "can_write")
READERS = ("Unit", "Reviewer", "RecognitionOfficer", "IPOffice", "Auditor", "Admin")
EVERY_READER = dict.fromkeys(READERS, READ)
#: everybody reads what their policy shows, units write
UNIT_WRITES = {**EVERY_READER, "Unit": WRITE}
#: a number in a path
PK = f"<int(min=1,max={LARGEST_KEY}):pk>"
VERSIONED = schemas.obj({"version": schemas.VERSION})

#: a record after a change
CHANGED = schemas.result(schemas.obj({"id": schemas.ID, "version": schemas.VERSION}))
#: a saved record's new version, and what of it could not be taken
SAVED = schemas.result(
    schemas.obj({"id": schemas.ID, "version": schemas.VERSION}), problems=schemas.array(schemas.PROBLEM)
)
#: a record that is no longer there
GONE = schemas.result(schemas.obj({"id": schemas.ID}))
#: how many records something was done to
COUNTED = schemas.result(schemas.obj({"count": schemas.COUNT}))
_RECEIPT = (
    "receipt_no",
    "kind",
    "title",
    "round",
    "state",
    "due_on",
    "due_provisional",
    "submitted_at",
    "subject_version",
)
#: a submission
RECEIPT = schemas.result(schemas.row(m.Case, _RECEIPT))
FINDING = schemas.obj({
    "rule": schemas.TEXT, "no": schemas.ANYTHING, "clause": schemas.TEXT, "official": schemas.FLAG, "stage": schemas.TEXT,
    "severity": schemas.one_of("block", "warn", "info"), "field": schemas.or_null(schemas.TEXT), "message": schemas.TEXT,
    "good": schemas.or_null(schemas.TEXT), "bad": schemas.or_null(schemas.TEXT),
})  # fmt: skip
FINDINGS = schemas.result(schemas.array(FINDING))
FILE = schemas.obj({
    "id": schemas.ID, "token": schemas.TEXT, "name": schemas.TEXT, "size": schemas.COUNT, "type": schemas.TEXT,
    "state": schemas.column(m.StoredFile, "state"),
})  # fmt: skip


def changed(record: Any) -> dict[str, Any]:
    """What ``CHANGED`` describes."""
    return {"result": {"id": record.id, "version": record.version}}


def saved(record: Any, problems: Iterable[Problem]) -> dict[str, Any]:
    """What ``SAVED`` describes."""
    return {**changed(record), "problems": problem_rows(problems)}


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems in the reader's language."""
    return [{"field": each.field, "message": said(each), "rule": each.rule} for each in problems]


def gone(key: int) -> dict[str, Any]:
    """What ``GONE`` describes."""
    return {"result": {"id": key}}


def failure(job: m.BackgroundJob) -> str | None:
    """Why work in the background failed, in the reader's language."""
    message = background.failure(job)
    return None if message is None else render(message)


def counted(count: int) -> dict[str, Any]:
    """What ``COUNTED`` describes."""
    return {"result": {"count": count}}


def receipt(case: m.Case) -> dict[str, Any]:
    """What ``RECEIPT`` describes."""
    return {"result": {"id": case.id} | {name: getattr(case, name) for name in _RECEIPT}}


def file(stored: m.StoredFile) -> dict[str, Any]:
    """What ``FILE`` describes."""
    return {
        "id": stored.id, "token": stored.token, "name": stored.original_name, "size": stored.size,
        "type": stored.media_type, "state": stored.state,
    }  # fmt: skip


def day_of(data: dict[str, Any], name: str) -> date:
    """A day of the body; RuleError beside its field where there is no such day."""
    try:
        return day(data[name])
    except InputError as error:
        raise RuleError([Problem(name, error.message)]) from error
