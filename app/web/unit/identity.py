"""Real-name check 实名认证: the form, its submission, its withdrawal (mission A3, A4)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.documents import forms as sheets
from app.domain.clock import local_date
from app.domain.errors import RuleError
from app.domain.machines import REALNAME
from app.registers import parameters
from app.services import cases, document_templates, realname, snapshots, timeline
from app.services.records import Stale
from app.web import exporting
from app.web.access import guarded
from app.web.base import problems_text
from app.web.desk import facts
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.text import in_english
from app.web.unit import corrections
from app.web.unit.base import UnitPage, now, own_unit, saved_text, told
from app.web.unit.identity_forms import IdentityForm, ReachForm, choose_regions, files_of, picked_text
from app.web.unit.record_forms import RecordForm


class UnitIdentityView(UnitPage):
    """实名认证."""

    route_base = "/my/identity"
    section = "identity"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The form while it may be filled in; afterwards what was verified, and the way to change it."""
        unit = own_unit()
        if unit.state in realname.EDITABLE:
            return self._form(_filled(IdentityForm(), unit), unit)
        form = ReachForm().fill(unit) if unit.state in realname.REACHABLE else None
        return self._shown(unit, form)

    @expose("/", methods=["POST"])
    @guarded("change")
    def save(self) -> Any:
        """Save the form, and submit it where that button was pressed."""
        actor, unit = current_actor(), own_unit()
        form = IdentityForm() if unit.state in realname.EDITABLE else ReachForm()
        show = self._form if isinstance(form, IdentityForm) else self._shown_again
        try:
            saved = realname.save(actor, unit.id, _values(form), form.seen, now())
        except Stale as stale:
            form.version.data = str(unit.version)
            return show(form, unit, 409, stale=stale.problems)
        form.version.data = str(saved.unit.version)
        show_problems(form, saved.problems)
        if form.errors:
            return show(form, unit, 422)
        if "submit" in request.form:
            return self._submit(form, saved.unit)
        flash(saved_text(saved.unit.changed_at), "success")
        return redirect(url_for(f"{self.endpoint}.index"))

    def _submit(self, form: RecordForm, unit: m.Unit) -> Any:
        try:
            case = realname.submit(current_actor(), unit.id, unit.version, now())
        except RuleError as error:
            show_problems(form, error.problems)
            return self._form(form, unit, 422)
        return redirect(url_for("UnitCaseView.show", pk=case.id))

    @expose("/withdraw", methods=["POST"])
    @guarded("change")
    def withdraw(self) -> Any:
        """Take the submission back."""
        told(
            lambda: realname.withdraw(current_actor(), own_unit().id, now()), _("已撤回，修改后可以重新提交")
        )
        return redirect(url_for(f"{self.endpoint}.index"))

    @expose("/commitment.pdf")
    @guarded("read")
    def commitment(self) -> Response:
        """The integrity commitment with the unit's data as they are saved, to be sealed and scanned."""
        unit, settings = own_unit(), current_app.config["SETTINGS"]
        data = sheets.CommitmentForm(
            unit.name, unit.uscc, unit.legal_representative or "", settings.site_name
        )
        try:
            html = document_templates.text_of("commitment_form")
            sheet = sheets.commitment_form(data, now(), "en" if in_english() else "zh", html)
        except RuleError as error:
            flash(problems_text(error), "warning")
            return redirect(url_for(f"{self.endpoint}.index"))  # type: ignore[return-value]
        return exporting.as_file(sheet, "诚信承诺书", "pdf")

    def _form(self, form: RecordForm, unit: m.Unit, status: int = 200, **context: Any) -> tuple[str, int]:
        choose_regions(form)
        correction = corrections.of(current_actor(), "realname", unit.id)
        return self.page("identity_form.html", status, title=_("实名认证"), unit=unit, form=form, files=files_of(form),
                         correction=correction, picked=picked_text(form), limit=parameters.integer("upload_max_mib"), **context)  # fmt: skip

    def _shown_again(
        self, form: RecordForm, unit: m.Unit, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        return self._shown(unit, form, status, **context)

    def _shown(
        self, unit: m.Unit, form: RecordForm | None, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        actor, kind = current_actor(), "realname" if unit.state in ("pending", "verified") else "change"
        case = cases.open_case_of(kind, unit.id)
        return self.page(
            "identity.html", status, title=_("实名认证"), unit=unit, form=form, case=case,
            left=timeline.days_left(case, local_date(now())) if case else None,
            correction=corrections.of(actor, "change", unit.id) if unit.state == "change_returned" else None,
            groups=facts.of_case("realname", snapshots.of_unit(unit)), events=timeline.events(actor, REALNAME.name, unit.id),
            proposed=facts.of_case("change", case.snapshot) if case and kind == "change" else [],
            picked=picked_text(form) if form else "", verbs={t.verb for t in REALNAME.allowed(unit.state, actor.roles)}, **context)  # fmt: skip


def _filled(form: RecordForm, unit: m.Unit) -> RecordForm:
    return form.fill(unit, former_names="\n".join(former.name for former in unit.former_names),
                     qualifications=list(unit.qualifications or []))  # fmt: skip


def _values(form: RecordForm) -> dict[str, Any]:
    values = form.values()
    if "former_names" in values:
        values["former_names"] = str(values["former_names"] or "").splitlines()
    return values
