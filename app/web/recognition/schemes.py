"""Evaluation schemes 评价方案: read, written in a form or as JSON, imported and exported as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.recognition import figures
from app.domain.recognition import formula as formulas
from app.domain.recognition import scheme as rules
from app.services.recognition import schemes
from app.web import files
from app.web.access import guarded
from app.web.recognition.base import RoundPage
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.unit.base import seen_version

SCHEME = "<int(max=9223372036854775807):scheme_id>"


class SchemesView(RoundPage):
    """评价方案."""

    route_base = "/recognition/schemes"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """Every scheme with the rounds that use it."""
        rows = [(scheme, schemes.used_by(scheme.id)) for scheme in schemes.every()]
        return self.page("schemes.html", title=_("评价方案"), rows=rows)

    @expose(f"/{SCHEME}")
    @guarded("read")
    def show(self, scheme_id: int) -> Any:
        """The scheme as people read it."""
        return self._show(scheme_id)

    def _show(self, scheme_id: int, status: int = 200, why: str = "") -> Any:
        scheme = schemes.load(scheme_id, current_actor())
        return self.page(
            "scheme.html", status, title=scheme.name, scheme=scheme, used=schemes.used_by(scheme.id), why=why,
            frozen=schemes.is_frozen(scheme.id), **reading(scheme.content),
        )  # fmt: skip

    @expose(f"/{SCHEME}/file")
    @guarded("read")
    def export(self, scheme_id: int) -> Any:
        """The scheme as a file."""
        scheme = schemes.load(scheme_id, current_actor())
        name = f"scheme-{scheme.id}-{rules.content_hash(scheme.content)[:12]}.json"
        return Response(
            schemes.written(scheme.content), mimetype="application/json",
            headers={"Content-Disposition": f"attachment; filename={name}"},
        )  # fmt: skip

    @expose("/new")
    @guarded("work")
    def new(self) -> Any:
        """The editor, beginning with the example's text."""
        return self._json(schemes.written(rules.EXAMPLE), None)

    @expose("/new", methods=["POST"])
    @guarded("work")
    def create(self) -> Any:
        """Keep a new scheme, from the editor's text or an uploaded file."""
        text = request.form.get("document", "")
        try:
            upload = files.sent()
            document = (
                schemes.read_file(upload.read(schemes.MOST_BYTES + 1)) if upload else schemes.read_text(text)
            )
            text = schemes.written(document)
            made = schemes.create(current_actor(), document, utc_now())
        except RuleError as error:
            session.rollback()
            return self._json(text, None, error.problems, 422)
        flash(_("方案已保存"), "success")
        return redirect(url_for(".show", scheme_id=made.id))

    @expose(f"/{SCHEME}/edit")
    @guarded("work")
    def edit(self, scheme_id: int) -> Any:
        """The form of the scheme's texts and figures."""
        scheme = schemes.load(scheme_id, current_actor())
        return self._figures(scheme, {})

    @expose(f"/{SCHEME}/edit", methods=["POST"])
    @guarded("work")
    def save(self, scheme_id: int) -> Any:
        """Change texts and figures; the rest stays."""
        scheme = schemes.load(scheme_id, current_actor())
        typed = {figure.place: request.form[figure.place] for figure in figures.figures(scheme.content) if figure.place in request.form}  # fmt: skip
        document = figures.with_figures(scheme.content, typed)
        return self._save(
            scheme_id, document, lambda problems, status: self._figures(schemes.load(scheme_id, current_actor()), typed, problems, status)
        )  # fmt: skip

    @expose(f"/{SCHEME}/json")
    @guarded("work")
    def edit_json(self, scheme_id: int) -> Any:
        """The scheme's whole text."""
        scheme = schemes.load(scheme_id, current_actor())
        return self._json(schemes.written(scheme.content), scheme)

    @expose(f"/{SCHEME}/json", methods=["POST"])
    @guarded("work")
    def save_json(self, scheme_id: int) -> Any:
        """Change the whole."""
        text = request.form.get("document", "")

        def again(problems: Sequence[Problem], status: int) -> Any:
            return self._json(text, schemes.load(scheme_id, current_actor()), problems, status)

        try:
            document = schemes.read_text(text)
        except RuleError as error:
            return again(error.problems, 422)
        return self._save(scheme_id, document, again)

    def _save(
        self, scheme_id: int, document: Mapping[str, Any], again: Callable[[Sequence[Problem], int], Any]
    ) -> Any:
        version = seen_version(request.form.get("version"))
        try:
            schemes.change(current_actor(), scheme_id, document, version, utc_now())
        except RuleError as error:
            session.rollback()
            return again(error.problems, 422)
        except Conflict as error:
            session.rollback()
            return again([Problem(None, error.message)], 409)
        flash(_("方案已保存"), "success")
        return redirect(url_for(".show", scheme_id=scheme_id))

    @expose(f"/{SCHEME}/copy", methods=["POST"])
    @guarded("work")
    def copy(self, scheme_id: int) -> Any:
        """A new scheme like this one, under the name that was typed."""
        try:
            made = schemes.copy(current_actor(), scheme_id, request.form.get("name", ""), utc_now())
        except RuleError as error:
            session.rollback()
            return self._show(scheme_id, 422, "；".join(render(p.message) for p in error.problems))
        flash(_("已复制，可以修改副本"), "success")
        return redirect(url_for(".edit", scheme_id=made.id))

    @expose(f"/{SCHEME}/remove", methods=["POST"])
    @guarded("work")
    def remove(self, scheme_id: int) -> Any:
        """Delete a scheme no round uses."""
        try:
            schemes.remove(current_actor(), scheme_id)
        except Conflict as error:
            session.rollback()
            return self._show(scheme_id, 409, render(error.message))
        flash(_("已删除"), "success")
        return redirect(url_for(".index"))

    def _figures(
        self, scheme: m.EvaluationScheme, typed: Mapping[str, str], problems: Sequence[Problem] = (), status: int = 200
    ) -> Any:  # fmt: skip
        return self.page(
            "scheme_form.html", status, title=_("修改评价方案"), scheme=scheme, typed=typed, problems=problems,
            frozen=schemes.is_frozen(scheme.id), **form_parts(scheme.content),
        )  # fmt: skip

    def _json(
        self,
        text: str,
        scheme: m.EvaluationScheme | None,
        problems: Sequence[Problem] = (),
        status: int = 200,
    ) -> Any:
        title = _("新建评价方案") if scheme is None else _("以 JSON 修改评价方案")
        return self.page("scheme_json.html", status, title=title, text=text, scheme=scheme, problems=problems)


def reading(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a scheme shows: the scheme as it was read, or its faults."""
    try:
        scheme = rules.read(document)
    except RuleError as error:
        return {"read": None, "faults": error.problems}
    return {
        "read": scheme, "faults": [], "stages": rules.STAGES, "methods": rules.METHODS, "directions": rules.DIRECTIONS,
        "scorers": rules.SCORERS, "described": formulas.described, "english": in_english(), "hash": rules.content_hash(document),
    }  # fmt: skip


def form_parts(document: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a document for a form, in groups: the texts, the lines of the whole, and a row per dimension and
    indicator with its weight and thresholds."""
    found = figures.figures(document)
    rows: list[dict[str, Any]] = []
    for figure in found:
        if figure.kind == "weight":
            rows.append({"weight": figure, "thresholds": [], "is_part": ".indicators." in figure.place})
        elif figure.kind == "threshold":
            rows[-1]["thresholds"].append(figure)
    labels = {figure.place: render(_LABELS[figure.place]) for figure in found if figure.place in _LABELS}
    return {
        "texts": [figure for figure in found if figure.kind == "text"],
        "numbers": [figure for figure in found if figure.kind == "number"],
        "rows": rows, "labels": labels, "names": _names(document),
    }  # fmt: skip


_LABELS = {**figures.TEXTS, **figures.NUMBERS}


def _names(document: Mapping[str, Any]) -> dict[str, str]:
    """The names of dimensions and indicators by id, in the reader's language; ids where the document has faults."""
    try:
        scheme = rules.read(document)
    except RuleError:
        return {}
    english = in_english()
    named = {dimension.id: dimension.label(english) for dimension in scheme.dimensions}
    return named | {i.id: i.label(english) for dimension in scheme.dimensions for i in dimension.indicators}
