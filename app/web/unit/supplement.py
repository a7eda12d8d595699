"""补充信息: the form of three dimensions, saved by itself, with evidence; handed in once it is whole (mission E4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from app import models as m
from app.domain.clock import local_date
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.recognition import supplement_fields as fields
from app.domain.text import N_, Message
from app.registers import parameters
from app.services import assets, records
from app.services.recognition import supplements
from app.services.records import Stale
from app.web.access import guarded
from app.web.bodies import json_object
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.text import render
from app.web.unit import standing
from app.web.unit.base import (
    UnitPage,
    clock_time,
    now,
    problem_rows,
    saved_text,
    seen_version,
    stale_answer,
    told,
)  # fmt: skip
from app.web.unit.recognition import PK
from app.web.unit.record_forms import RecordForm, choices, form_of, text_area


def _named(text: Message) -> LazyString:
    return LazyString(lambda: render(text))


def _maker(asked: fields.SupplementField) -> Any:
    if asked.kind == fields.TEXT:
        return text_area
    return choices({code: _named(text) for code, text in asked.options.items()})


_MADE = {asked.name: _maker(asked) for asked in fields.FIELDS if asked.kind in (fields.TEXT, fields.CHOICE)}
SupplementForm = form_of("SupplementForm", supplements.FIELDS, **_MADE)


class UnitSupplementView(UnitPage):
    """补充信息 · 填写."""

    route_base = "/my/recognition"
    section = "recognition"

    @expose(f"/{PK}/supplement")
    @guarded("read")
    def edit(self, recognition_id: int) -> Any:
        """The form; once it is submitted or late, the product's page instead."""
        recognition = records.load(m.Recognition, recognition_id, current_actor())
        if not supplements.may_edit(recognition, now()):
            return redirect(self._back(recognition_id))
        supplement = supplements.of(current_actor(), recognition_id)
        return self._form(_filled(supplement), recognition, supplement)

    @expose(f"/{PK}/supplement", methods=["POST"])
    @guarded("change")
    def save(self, recognition_id: int) -> Any:
        """Save everything as it is, then do what the button says: add or remove a file, leave, hand in."""
        form = SupplementForm()
        recognition = records.load(m.Recognition, recognition_id, current_actor())
        try:
            saved = supplements.save(current_actor(), recognition_id, form.values(), form.seen, now())
            problems = saved.problems
            if not problems:
                self._do(recognition_id)
        except Stale as stale:
            supplement = supplements.of(current_actor(), recognition_id)
            form.version.data = str(supplement.version)
            return self._form(form, recognition, supplement, status=409, stale=stale.problems)
        except RuleError as error:
            problems = error.problems
        if problems:
            return self._refused(form, recognition, problems)
        return redirect(self._next(recognition_id))

    def _do(self, recognition_id: int) -> None:
        """What the pressed button says, on top of saving."""
        actor, asked = current_actor(), request.form
        version = supplements.of(actor, recognition_id).version
        if code := asked.get("add_file"):
            file_id = seen_version(asked.get(fields.files_field(code)))
            if file_id is None:
                raise RuleError([Problem(fields.files_field(code), N_("请先选择要上传的文件"))])
            supplements.add_file(actor, recognition_id, file_id, code, version, now())
        elif key := seen_version(asked.get("remove_file")):
            supplements.remove_file(actor, recognition_id, key, version, now())
        elif "submit" in asked:
            supplements.submit(actor, recognition_id, version, "commitment" in asked, now())

    def _next(self, recognition_id: int) -> str:
        if "submit" in request.form:
            flash(_("补充信息已提交"), "success")
            return self._back(recognition_id)
        flash(saved_text(now()), "success")
        if "leave" in request.form:
            return self._back(recognition_id)
        code = request.form.get("add_file") or request.form.get("at", "")
        anchor = f"#{fields.files_field(code)}" if code in fields.DIMENSIONS else ""
        return url_for(f"{self.endpoint}.edit", recognition_id=recognition_id) + anchor

    @expose(f"/{PK}/save", methods=["POST"])
    @guarded("change")
    def autosave(self, recognition_id: int) -> Any:
        """Save what a script sends; answers with the new version and the time."""
        body = json_object()
        sent = body.get("values")
        values = {str(k): v for k, v in sent.items() if isinstance(v, str)} if isinstance(sent, dict) else {}
        try:
            saved = supplements.save(
                current_actor(), recognition_id, values, seen_version(body.get("version")), now()
            )
        except Conflict as error:
            return stale_answer(error)
        at = clock_time(saved.supplement.changed_at)
        return jsonify(version=saved.supplement.version, at=at, problems=problem_rows(saved.problems))

    @expose(f"/{PK}/take-back", methods=["POST"])
    @guarded("change")
    def take_back(self, recognition_id: int) -> Response:
        """Take the submission back."""
        told(
            lambda: supplements.take_back(current_actor(), recognition_id, now()),
            _("已撤回，修改后可以重新提交"),
        )
        return redirect(self._back(recognition_id))

    def _back(self, recognition_id: int) -> str:
        return url_for("UnitRecognitionView.show", recognition_id=recognition_id)

    def _refused(self, form: RecordForm, recognition: m.Recognition, problems: Sequence[Problem]) -> Any:
        supplement = supplements.of(current_actor(), recognition.id)
        form.version.data = str(supplement.version)
        show_problems(form, problems)
        beside: dict[str, list[str]] = {}
        for problem in problems:
            beside.setdefault(problem.field or "", []).append(render(problem.message))
        return self._form(form, recognition, supplement, beside, 422)

    def _form(
        self,
        form: RecordForm,
        recognition: m.Recognition,
        supplement: m.Supplement,
        beside: dict[str, list[str]] | None = None,
        status: int = 200,
        **context: Any,
    ) -> tuple[str, int]:
        moment = now()
        return self.page(
            "supplement_form.html", status, title=_("补充信息"), form=form, r=recognition, supplement=supplement,
            beside=beside or {}, sections=_sections(form, supplement), next=standing.next_step(recognition, moment),
            gate=assets.gate(recognition.unit_id, local_date(moment)), limit=parameters.integer("upload_max_mib"),
            files_wanted=parameters.integer("supplement_files_min"), typed=request.form, **context,
        )  # fmt: skip


def _filled(supplement: m.Supplement) -> RecordForm:
    empty = {asked.name: None for asked in fields.FIELDS}
    return SupplementForm().fill(supplement, **{**empty, **supplement.answers})


def _sections(form: RecordForm, supplement: m.Supplement) -> list[dict[str, Any]]:
    """The dimensions in order: their questions, each with its input, and their evidence."""
    return [
        {
            "code": code, "label": render(label), "files_id": fields.files_field(code),
            "questions": [
                {"input": form._fields[asked.name], "hint": render(asked.hint), "is_text": asked.kind == fields.TEXT,
                 "unit": render(asked.unit) if asked.unit else None, "most": fields.TEXT_LENGTH}
                for asked in fields.of(code)
            ],
            "files": [file for file in supplement.files if file.dimension == code],
        }
        for code, label in fields.DIMENSIONS.items()
    ]  # fmt: skip
