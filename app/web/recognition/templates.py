"""Templates of documents 文件模板: their HTML edited, tried as a PDF, every version kept and compared with the built-in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app.db import session
from app.documents import editable
from app.domain import lines
from app.domain.clock import utc_now
from app.domain.errors import Conflict, Problem, RuleError
from app.services import document_templates
from app.web import exporting
from app.web.access import guarded
from app.web.desk.people import name as name_of
from app.web.recognition.base import RoundPage
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.unit.base import seen_version

CODE = f"<any({', '.join(editable.EDITABLE)}):code>"
NUMBER = "<int(max=999999):number>"


class TemplatesView(RoundPage):
    """文件模板."""

    route_base = "/recognition/templates"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The documents, and which template each is made from."""
        rows = [document_templates.in_force(code) for code in editable.EDITABLE]
        newest = {code: next(iter(document_templates.versions(code)), None) for code in editable.EDITABLE}
        return self.page("templates.html", title=_("文件模板"), rows=rows, newest=newest, name_of=name_of)

    @expose(f"/{CODE}")
    @guarded("read")
    def show(self, code: str) -> Any:
        """The editor with the template in force, or with an older version's text (``?from=2``)."""
        chosen = request.args.get("from", "")
        html = None
        if chosen.isdecimal() and len(chosen) < 7:
            html = document_templates.source(document_templates.version(code, int(chosen)))
        return self._editor(code, html)

    @expose(f"/{CODE}", methods=["POST"])
    @guarded("work")
    def save(self, code: str) -> Any:
        """Put what was typed in force; what is refused is said beside the field, and nothing typed is lost."""
        typed, seen = request.form.get("html", ""), seen_version(request.form.get("version"))
        try:
            document_templates.save(
                current_actor(), code, typed, request.form.get("note", ""), utc_now(), seen=seen
            )
        except RuleError as error:
            session.rollback()
            return self._editor(code, typed, error.problems, 422)
        except Conflict as error:
            session.rollback()
            return self._editor(code, typed, [Problem(None, error.message)], 409)
        flash(_("模板已保存，此后生成的文件使用新模板；已颁发的证书不变"), "success")
        return redirect(url_for(".show", code=code))

    @expose(f"/{CODE}/preview", methods=["POST"])
    @guarded("work")
    def preview(self, code: str) -> Any:
        """What was typed as a PDF with example data; nothing is kept."""
        typed = request.form.get("html", "")
        language = "en" if in_english() else "zh"
        try:
            content = document_templates.preview(current_actor(), code, typed, language)
        except RuleError as error:
            session.rollback()
            return self._editor(code, typed, error.problems, 422)
        return _pdf(content, code)

    @expose(f"/{CODE}/reset", methods=["POST"])
    @guarded("work")
    def reset(self, code: str) -> Any:
        """Take the built-in template again."""
        seen = seen_version(request.form.get("version"))
        try:
            document_templates.reset(current_actor(), code, utc_now(), seen=seen)
        except Conflict as error:
            session.rollback()
            return self._editor(code, None, [Problem(None, error.message)], 409)
        flash(_("已恢复为内置模板"), "success")
        return redirect(url_for(".show", code=code))

    @expose(f"/{CODE}/versions/{NUMBER}")
    @guarded("read")
    def version(self, code: str, number: int) -> Any:
        """One version, compared with the built-in template and with the version before."""
        found = document_templates.version(code, number)
        text, document = document_templates.source(found), editable.EDITABLE[code]
        before = document_templates.version(code, number - 1) if number > 1 else None
        earlier = document_templates.source(before) if before else document.built_in()
        return self.page(
            "template_version.html", title=_("第 %(n)d 版", n=number), document=document, version=found, text=text,
            name_of=name_of, from_before=lines.between(earlier, text), from_built_in=lines.between(document.built_in(), text),
        )  # fmt: skip

    def _editor(
        self, code: str, typed: str | None, problems: Sequence[Problem] = (), status: int = 200
    ) -> tuple[str, int]:
        now = document_templates.in_force(code)
        html = now.html if typed is None else editable.normal(typed)
        against = now.html if status == 409 else now.document.built_in()
        return self.page(
            "template.html", status, title=render(now.document.title), now=now, html=html, problems=problems,
            versions=document_templates.versions(code), common=editable.COMMON, name_of=name_of, code=code,
            most=editable.MOST_CHARACTERS, difference=lines.between(against, html), clash=status == 409,
            note=request.form.get("note", ""), note_length=document_templates.NOTE_LENGTH,
        )  # fmt: skip


def _pdf(content: bytes, code: str) -> AnyResponse:
    return exporting.as_file(content, f"{code}-preview", "pdf")
