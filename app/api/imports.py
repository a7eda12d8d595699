"""Importing tables over REST, step by step: upload, columns, the check to the row, import, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import models as m
from app.api import answers, programs, schemas
from app.api.answers import PK
from app.api.base import Api, operation
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import Problem, RuleError
from app.domain.text import N_
from app.registers import encodings
from app.services.imports import batches, faults, kinds
from app.services.imports.targets import Target
from app.web import imports
from app.web.security import current_actor
from app.web.text import render

#: to which area of the API the records of a kind belong: a token that is limited must be allowed that, too
_AREAS = {
    "patents": "patents", "products": "filing", "assets": "units", "register": "patents", "class": "settings",
    "industry": "settings", "intensive": "settings", "calendar": "settings", "users": "system",
}  # fmt: skip
OF = f"<any({','.join(_AREAS)}):of>"
FORMAT = "<any(csv,xlsx):kind>"
_FAULTS = 100
_FILE = {"type": "string", "format": "binary"}
_COLUMN = schemas.obj({"heading": schemas.TEXT, "field": schemas.or_null(schemas.TEXT)})
_FACTS = ("id", "kind", "file_name", "total", "stage", "created_at")
_ROW = {name: schemas.column(m.ImportBatch, name) for name in _FACTS} | {
    "counts": {"type": "object", "additionalProperties": schemas.COUNT}
}
_BATCH = schemas.obj({
    **_ROW, "columns": schemas.array(_COLUMN),
    "fields": schemas.array(schemas.obj({"field": schemas.TEXT, "heading": schemas.TEXT, "required": schemas.FLAG})),
    "can_undo": schemas.FLAG,
    "failure": schemas.or_null(schemas.TEXT), "conflicts": schemas.array(schemas.TEXT),
})  # fmt: skip
_FAULT = schemas.obj({
    "row": schemas.COUNT, "column": schemas.TEXT, "value": schemas.TEXT, "message": schemas.TEXT,
})  # fmt: skip
_DONE = schemas.result(_BATCH)


class ImportApi(Api):
    """The imports of the caller's unit or, for administrators, of the staff."""

    resource_name = "imports"
    area = "imports"
    roles = {roles.UNIT: answers.WRITE, roles.ADMIN: answers.WRITE}

    @operation("GET", "/", _l("最近的导入"), answer=schemas.result(schemas.array(schemas.obj(_ROW))))
    def index(self) -> Any:
        """The last imports."""
        return {"result": [_row(each) for each in batches.recent(current_actor(), _reached("read"))]}

    @operation(
        "POST", "/", _l("上传要导入的表格；列名都认识的，随即开始检查（后台）"), answer=_DONE, status=201,
        sends="multipart/form-data", errors=(404,),
        body=lambda _api: schemas.some({
            "kind": schemas.one_of(*_reached("write")), "file": _FILE, "encoding": schemas.one_of("", *encodings.KNOWN),
        }, "kind", "file"),
    )  # fmt: skip
    def upload(self) -> Any:
        """Take a table; one that is hostile or cannot be read is refused before its rows are read."""
        kind, encoding = request.form.get("kind", ""), request.form.get("encoding", "")
        if kind not in _AREAS:
            raise RuleError([Problem("kind", N_("请从列表中选择"))])
        if encoding not in ("", *encodings.KNOWN):
            raise RuleError([Problem("encoding", N_("请从列表中选择"))])
        batch = imports.taken(_target(kind, "write"), encoding)
        return {"result": _shown(batch)}

    @operation(
        "GET", f"/{PK}", _l("一个导入：各列对应的字段、检查结果、进度"), answer=_DONE,
    )  # fmt: skip
    def show(self, pk: int) -> Any:
        """One import."""
        return {"result": _shown(_batch(pk, "read"))}

    @operation(
        "GET", f"/{PK}/faults", _l("检查发现的错误，按行；after 为上一页最后的行号"), args={"after": schemas.COUNT},
        answer=schemas.obj({"result": schemas.array(_FAULT), "next": schemas.or_null(schemas.COUNT)}),
    )  # fmt: skip
    def faults(self, pk: int, args: dict[str, Any]) -> Any:
        """The faults of a hundred rows."""
        batch = _batch(pk, "read")
        rows = batches.faulty_rows(batch.id, args.get("after", 0), _FAULTS)
        target = _target(batch.kind, "read")
        found = [
            dict(zip(_FAULT["properties"], each, strict=True))
            for each in imports.fault_rows(target, batch, rows)
        ]
        return {"result": found, "next": rows[-1][0] if len(rows) == _FAULTS else None}

    @operation(
        "POST", f"/{PK}/columns", _l("指定每一列对应的字段（空为不导入），并开始检查（后台）"), answer=_DONE, errors=(409,),
        body=schemas.obj({"fields": schemas.array(schemas.text(100), 1000)}), example={"fields": ["number", ""]},
    )  # fmt: skip
    def assign(self, pk: int, data: dict[str, Any]) -> Any:
        """Say which column is which."""
        _batch(pk, "write")
        return {"result": _shown(batches.assign(current_actor(), pk, data["fields"], utc_now()))}

    @operation(
        "POST", f"/{PK}/write", _l("导入检查过的内容（后台）：all 全部，valid 仅正确的行"), answer=_DONE, errors=(409,),
        body=schemas.obj({"mode": schemas.one_of(*batches.MODES)}), example={"mode": "valid"},
    )  # fmt: skip
    def write(self, pk: int, data: dict[str, Any]) -> Any:
        """Import what was checked."""
        _batch(pk, "write")
        return {"result": _shown(batches.write(current_actor(), pk, data["mode"], utc_now()))}

    @operation(
        "POST", f"/{PK}/<any(undo,again):act>", _l("撤销整个批次，或继续中断的任务（后台）"), answer=_DONE, errors=(409,),
    )  # fmt: skip
    def act(self, pk: int, act: str) -> Any:
        """Take the whole import back, or go on with a work that died."""
        _batch(pk, "write")
        acts: dict[str, Callable[[Actor, int, datetime], m.ImportBatch]] = {
            "undo": batches.undo, "again": batches.again,
        }  # fmt: skip
        return {"result": _shown(acts[act](current_actor(), pk, utc_now()))}

    @operation(
        "GET", f"/templates/{OF}/{FORMAT}", _l("空白的导入模板"), answers="*/*", answer=_FILE,
    )  # fmt: skip
    def template(self, of: str, kind: str) -> Response:
        """An empty table with the headings."""
        return imports.file(kind, _("导入模板"), _target(of, "read"), ())

    @operation(
        "GET", f"/current/{OF}/{FORMAT}", _l("现有数据，修改后可再导入"), answers="*/*", answer=_FILE,
    )  # fmt: skip
    def current(self, of: str, kind: str) -> Response:
        """What is there now, as a table that can be changed and imported again."""
        return imports.current(kind, _target(of, "read"))


def _reached(access: str) -> list[str]:
    """The kinds that the caller may import and its token reaches."""
    actor = current_actor()
    return [
        kind
        for kind, area in _AREAS.items()
        if kinds.allowed(kind, actor) and programs.allowed(f"{area}:{access}")
    ]


def _target(kind: str, access: str) -> Target:
    """A kind that the caller may import, NotFound for others; NotAllowed where its token does not reach it."""
    target = kinds.target_of(kind, current_actor())
    programs.require(f"{_AREAS[kind]}:{access}")
    return target


def _batch(pk: int, access: str) -> m.ImportBatch:
    """An import of a kind that the caller's token reaches."""
    batch = batches.find(current_actor(), pk)
    _target(batch.kind, access)
    return batch


def _row(batch: m.ImportBatch) -> dict[str, Any]:
    return {name: getattr(batch, name) for name in (*_FACTS, "counts")}


def _shown(batch: m.ImportBatch) -> dict[str, Any]:
    columns = zip(batch.headings, batch.fields, strict=False)
    target = _target(batch.kind, "read")
    return _row(batch) | {
        "columns": [{"heading": heading, "field": field} for heading, field in columns],
        "fields": [
            {"field": each.name, "heading": imports.heading(each.heading), "required": each.required}
            for each in target.columns
        ],
        "can_undo": batches.can_undo(batch, utc_now()),
        "failure": answers.failure(batch.job) if batch.job else None,
        "conflicts": [render(faults.unpacked(each)) for each in batch.conflicts],
    }  # fmt: skip
