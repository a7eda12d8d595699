"""Templates of documents 文件模板 over REST: read, tried as a PDF, put in force, every version kept."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import models as m
from app.api import answers, schemas
from app.api.base import Api, operation
from app.documents import editable
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.services import document_templates
from app.services.document_templates import InForce
from app.web.security import current_actor
from app.web.text import in_english, render

CODE = f"<any({','.join(editable.EDITABLE)}):code>"
NUMBER = "<int(min=1,max=999999):number>"
_HTML = schemas.text(editable.MOST_CHARACTERS)
_NOTE = schemas.text(document_templates.NOTE_LENGTH)
_SHOWN = {"code": schemas.TEXT, "title": schemas.TEXT, "number": schemas.COUNT, "built_in": schemas.FLAG}
_VERSION = {
    "number": schemas.COUNT, "note": schemas.TEXT, "created_at": schemas.INSTANT, "built_in": schemas.FLAG,
}  # fmt: skip
_PUT_IN_FORCE = schemas.result(schemas.obj({"code": schemas.TEXT, "number": schemas.COUNT}))


class DocumentTemplateApi(Api):
    """Certificates and forms, and what each is made from. ``number`` is the version in force, 0 where none was written."""

    resource_name = "document-templates"
    area = "settings"
    roles = {
        roles.RECOGNITION_OFFICER: answers.WRITE, roles.ADMIN: answers.WRITE, roles.AUDITOR: answers.READ,
    }  # fmt: skip

    @operation(
        "GET", "/", _l("文件模板：哪些文件，各用哪一版"), answer=schemas.result(schemas.array(schemas.obj(_SHOWN))),
    )  # fmt: skip
    def index(self) -> Any:
        """The documents, and which version each is made from."""
        return {"result": [_shown(document_templates.in_force(code)) for code in editable.EDITABLE]}

    @operation(
        "GET", f"/{CODE}", _l("正在使用的模板全文"), answer=schemas.result(schemas.obj({**_SHOWN, "html": schemas.TEXT})),
    )  # fmt: skip
    def show(self, code: str) -> Any:
        """The template in force."""
        now = document_templates.in_force(code)
        return {"result": {**_shown(now), "html": now.html}}

    @operation(
        "PUT", f"/{CODE}", _l("启用新模板；number 为读到的版本"), answer=_PUT_IN_FORCE, errors=(409,),
        body=schemas.some({"number": schemas.COUNT, "html": _HTML, "note": _NOTE}, "number", "html"),
        example={"number": 0, "html": "<html>…</html>", "note": "更换主办单位名称"},
    )  # fmt: skip
    def put(self, code: str, data: dict[str, Any]) -> Any:
        """Put a template in force; every fault is named with its line."""
        note = data.get("note", "")
        return _kept(
            document_templates.save(current_actor(), code, data["html"], note, utc_now(), seen=data["number"])
        )

    @operation(
        "POST", f"/{CODE}/reset", _l("恢复内置模板；number 为读到的版本"), answer=_PUT_IN_FORCE, errors=(409,),
        body=schemas.obj({"number": schemas.COUNT}), example={"number": 3},
    )  # fmt: skip
    def reset(self, code: str, data: dict[str, Any]) -> Any:
        """Take the built-in template again."""
        return _kept(document_templates.reset(current_actor(), code, utc_now(), seen=data["number"]))

    @operation(
        "POST", f"/{CODE}/preview", _l("用示例数据试生成 PDF，不保存"), access="read", permission="write",
        body=schemas.obj({"html": _HTML}), answers="application/pdf", answer={"type": "string", "format": "binary"},
        example={"html": "<html>…</html>"},
    )  # fmt: skip
    def preview(self, code: str, data: dict[str, Any]) -> Response:
        """The document with example data as this template makes it, in the caller's language."""
        content = document_templates.preview(
            current_actor(), code, data["html"], "en" if in_english() else "zh"
        )
        return Response(content, mimetype="application/pdf")

    @operation(
        "GET", f"/{CODE}/versions", _l("模板的各个版本"), answer=schemas.result(schemas.array(schemas.obj(_VERSION))),
    )  # fmt: skip
    def versions(self, code: str) -> Any:
        """What was in force and is, the newest first."""
        return {"result": [_version(each) for each in document_templates.versions(code)]}

    @operation(
        "GET", f"/{CODE}/versions/{NUMBER}", _l("一个版本的全文"),
        answer=schemas.result(schemas.obj({**_VERSION, "html": schemas.TEXT})),
    )  # fmt: skip
    def show_version(self, code: str, number: int) -> Any:
        """One version."""
        found = document_templates.version(code, number)
        return {"result": {**_version(found), "html": document_templates.source(found)}}


def _shown(now: InForce) -> dict[str, Any]:
    title = render(now.document.title)
    return {"code": now.document.code, "title": title, "number": now.number, "built_in": now.built_in}


def _version(found: m.DocumentTemplate) -> dict[str, Any]:
    return {
        "number": found.number, "note": found.note, "created_at": found.created_at, "built_in": found.html is None,
    }  # fmt: skip


def _kept(made: m.DocumentTemplate) -> dict[str, Any]:
    return {"result": {"code": made.code, "number": made.number}}
