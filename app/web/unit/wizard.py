"""The four-step wizard: product information, linked patents, evidence, submission (mission D1)."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.db import session, set_writing
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.text import N_
from app.services import checks, typed, updates
from app.services.records import Stale
from app.web.access import guarded
from app.web.bodies import json_object
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.unit import wizard_page
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
from app.web.unit.case import PK
from app.web.unit.flows import STAGES, FilingFlow, Flow, UpdateFlow
from app.web.unit.record_forms import RecordForm
from app.web.unit.wizard_forms import filled, form_for, sent, sent_by_script

STEP = "<int(min=1,max=4):step>"


class WizardView(UnitPage):
    """The steps of a filing or an update; ``load`` says of which."""

    section = "products"
    load: Any

    def _flow(self, pk: int) -> Flow:
        flow: Flow = type(self).load(current_actor(), pk)
        return flow

    @expose(f"/{PK}/step/{STEP}")
    @guarded("read")
    def step(self, pk: int, step: int) -> Any:
        """A step's page; the last one only when the others are filled in (abuse.md T-W15)."""
        flow = self._flow(pk)
        if not flow.may_edit:
            return redirect(f"/my/products/{flow.product.id}?year={flow.year.year}")
        if step == 4 and flow.first_incomplete < 4:
            flash(_("请先填完第 %(n)d 步，再提交审核", n=flow.first_incomplete), "warning")
            return redirect(f"{flow.href}/step/{flow.first_incomplete}?missing=1")
        form = filled(flow, step)
        if "missing" in request.args:
            show_problems(form, flow.missing())
        return self._page(flow, step, form)

    @expose(f"/{PK}/step/{STEP}", methods=["POST"])
    @guarded("change")
    def save(self, pk: int, step: int) -> Any:
        """Save the step as it is, and go where the button says; what cannot be read is shown beside its field."""
        flow = self._flow(pk)
        form = form_for(flow, step)
        try:
            problems = flow.save(step, sent(form, step), form.seen, now())
            if "even" in request.form:
                flow.split_evenly(flow.record.version, now())
        except Stale as stale:
            form.version.data = str(flow.record.version)
            return self._page(flow, step, form, 409, stale=stale.problems)
        except RuleError as error:
            problems = error.problems
        form.version.data = str(flow.record.version)
        if problems:
            show_problems(form, problems)
            return self._page(flow, step, form, 422)
        return redirect(self._next(flow, step))

    def _next(self, flow: Flow, step: int) -> str:
        if "leave" in request.form:
            flash(saved_text(now()), "success")
            return f"/my/products/{flow.product.id}"
        wanted = seen_version(request.form.get("go")) or step
        return f"{flow.href}/step/{min(max(wanted, 1), 4)}"

    @expose(f"/{PK}/save/{STEP}", methods=["POST"])
    @guarded("change")
    def autosave(self, pk: int, step: int) -> Any:
        """Save what a script sends of the step; answers with the new version and the time."""
        body, flow = json_object(), self._flow(pk)
        try:
            problems = flow.save(step, sent_by_script(body, step), seen_version(body.get("version")), now())
        except Conflict as error:
            return stale_answer(error)
        return jsonify(
            version=flow.record.version,
            at=clock_time(flow.record.changed_at),
            problems=problem_rows(problems),
        )

    @expose(f"/{PK}/check/{STEP}", methods=["POST"])
    @guarded("read")
    def check(self, pk: int, step: int) -> Response:
        """What the checker finds in the step with what is typed and not yet saved; stores nothing."""
        body, flow = json_object(), self._flow(pk)
        year_id = flow.year.id
        session.rollback()
        set_writing(False)
        found = typed.findings(current_actor(), year_id, sent_by_script(body, step), STAGES[step], now())
        return jsonify(findings=wizard_page.finding_rows(found))

    @expose(f"/{PK}/evidence", methods=["POST"])
    @guarded("change")
    def add_evidence(self, pk: int) -> Any:
        """Add an uploaded file."""
        flow, form = self._flow(pk), form_for(self._flow(pk), 3)
        file_id = seen_version(request.form.get("file_id"))
        try:
            if file_id is None:
                raise RuleError([Problem(None, N_("请先选择要上传的文件"))])
            flow.add_evidence(file_id, request.form.get("kind", ""), form.seen, now())
        except RuleError as error:
            session.rollback()
            form = filled(flow, 3)
            show_problems(form, [Problem(None, problem.message) for problem in error.problems])
            return self._page(flow, 3, form, 422)
        flash(_("已添加证明材料"), "success")
        return redirect(f"{flow.href}/step/3")

    @expose(f"/{PK}/evidence/<int(max=9223372036854775807):evidence_id>/remove", methods=["POST"])
    @guarded("change")
    def remove_evidence(self, pk: int, evidence_id: int) -> Any:
        """Take a file away."""
        flow = self._flow(pk)
        version = seen_version(request.form.get("version"))
        told(lambda: flow.remove_evidence(evidence_id, version, now()), _("已移除"))
        return redirect(f"{flow.href}/step/3")

    @expose(f"/{PK}/submit", methods=["POST"])
    @guarded("change")
    def submit(self, pk: int) -> Any:
        """Hand it in; what stands in the way is shown with the way to it."""
        flow, form = self._flow(pk), form_for(self._flow(pk), 4)
        try:
            case = flow.submit(form.seen, "commitment" in request.form, now())
        except Stale as stale:
            form.version.data = str(flow.record.version)
            return self._page(flow, 4, form, 409, stale=stale.problems)
        except checks.Refused as refusal:
            return self._page(flow, 4, form, 422, refused=wizard_page.refused_rows(flow, refusal))
        flash(_("提交成功，受理号 %(no)s", no=case.receipt_no), "success")
        return redirect(f"/my/cases/{case.id}")

    def _page(
        self, flow: Flow, step: int, form: RecordForm, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        shown = wizard_page.context(flow, step, form, now())
        return self.page(f"wizard_{step}.html", status, form=form, flow=flow, step=step, **shown, **context)


class UnitFilingView(WizardView):
    """产品备案 · 填写."""

    route_base = "/my/products"
    load = FilingFlow.load


class UnitUpdateView(WizardView):
    """年度更新 · 填写."""

    route_base = "/my/updates"
    load = UpdateFlow.load

    @expose(f"/{PK}/withdraw", methods=["POST"])
    @guarded("change")
    def withdraw(self, pk: int) -> Response:
        """Take the update's submission back."""
        flow = self._flow(pk)
        told(lambda: updates.withdraw(current_actor(), pk, now()), _("已撤回，修改后可以重新提交"))
        return redirect(f"/my/products/{flow.product.id}?year={flow.year.year}")
