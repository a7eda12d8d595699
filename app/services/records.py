"""Loading a record to change it, and refusing forms that are older than the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import flag_modified

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.normal import InputError, parse_money
from app.domain.text import N_, Message


class Editable(Protocol):
    """A record with a version."""

    version: Any
    changed_at: Any


T = TypeVar("T", bound=Editable)

#: What a file in a field must have been uploaded for (``documents.storage.PURPOSES``).
PURPOSES = {
    "licence_file_id": "licence", "commitment_file_id": "commitment", "statement_file_id": "statement",
    "proof_file_id": "patent_proof", "picture_file_id": "picture", "evidence": "evidence",
}  # fmt: skip


class Stale(Conflict):
    """The form is older than the record; ``problems`` says for each field that differs what both hold."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(N_("该记录在您打开之后已被修改，您的修改没有保存。请核对差异后重新保存"))
        self.problems = problems


def load(model: type[T], key: object, actor: Actor) -> T:
    """The record with that id if the actor may see it, as it is in the database now; NotFound otherwise."""
    return policies.find(session(), model, key, actor)


def expect(
    record: Editable, version: int | None, data: Mapping[str, Any] | None = None, *more: Editable
) -> None:
    """Raise ``Stale`` unless the form was made from this version of the record (abuse.md T-M07).

    ``data`` is what was typed; fields of the record, or of the ``more`` that share the form, are compared with it.
    """
    if record.version != version:
        differing = [_differences(each, data or {}) for each in (record, *more)]
        raise Stale([problem for problems in differing for problem in problems])


def touch(record: Editable, now: datetime) -> None:
    """Say that the record changed, also where only rows that belong to it did: its version rises."""
    record.changed_at = now
    flag_modified(record, "changed_at")  # two saves in the same instant are two versions all the same
    session.flush()


def check_files(actor: Actor, unit_id: int, values: dict[str, Any], names: Iterable[str]) -> list[Problem]:
    """Take out of ``values`` every file that is not the unit's own or is held back, with a problem for each."""
    problems = []
    for name in names:
        if values.get(name) is not None and (
            message := _file_refusal(actor, unit_id, values[name], PURPOSES[name])
        ):
            problems.append(Problem(name, message))
            del values[name]
    return problems


def own_file(actor: Actor, unit_id: int, file_id: int, field: str) -> None:
    """Refuse a file that is not the unit's own or is held back (RuleError beside ``field``)."""
    if problems := check_files(actor, unit_id, {field: file_id}, [field]):
        raise RuleError(problems)


def _file_refusal(actor: Actor, unit_id: int, file_id: int, purpose: str) -> Message | None:
    try:
        stored = policies.find(session(), m.StoredFile, file_id, actor)
    except NotFound:
        return N_("没有找到该文件，请重新上传")
    if stored.unit_id != unit_id or stored.purpose != purpose:
        return N_("没有找到该文件，请重新上传")
    return None if stored.state == "clean" else N_("该文件未通过安全检查，不能使用，请更换文件")


def _differences(record: Editable, data: Mapping[str, Any]) -> list[Problem]:
    columns = inspect(type(record)).column_attrs.keys()
    pairs = {
        name: (_like(data[name], getattr(record, name)), _text(getattr(record, name)))
        for name in data
        if name in columns
    }
    return [
        Problem(
            name,
            N_("您填写的是“{typed}”，现在的内容是“{current}”", typed=typed or "—", current=current or "—"),
        )
        for name, (typed, current) in pairs.items()
        if typed != current
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _like(typed: Any, current: Any) -> str:
    """What was typed, an amount written as the record has it: ``1,200`` is 1200.00."""
    text = _text(typed)
    if not isinstance(current, Decimal):
        return text
    try:
        return str(parse_money(text))
    except InputError:
        return text
