"""Change of a verified unit's name, code or other verified data: an application of its own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.domain.errors import Conflict, RuleError
from app.domain.machines import REALNAME
from app.registers import parameters
from app.services import realname
from app.services.records import Stale
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.unit import corrections
from app.web.unit.base import UnitPage, now, own_unit, told
from app.web.unit.identity_forms import ChangeForm, choose_regions, files_of
from app.web.unit.record_forms import RecordForm


class UnitChangeView(UnitPage):
    """名称或代码变更."""

    route_base = "/my/identity/change"
    section = "identity"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The application, filled with what is verified, or with what was proposed where it was returned."""
        unit = own_unit()
        if REALNAME.find(unit.state, "submit_change") is None:
            raise Conflict(REALNAME.refusal(unit.state, "submit_change"))
        return self._form(ChangeForm().fill(unit, **(unit.change_draft or {})), unit)

    @expose("/", methods=["POST"])
    @guarded("change")
    def submit(self) -> Any:
        """Hand the application in."""
        unit, form = own_unit(), ChangeForm()
        try:
            case = realname.submit_change(current_actor(), unit.id, form.values(), form.seen, now())
        except Stale as stale:
            form.version.data = str(unit.version)
            return self._form(form, unit, 409, stale=stale.problems)
        except RuleError as error:
            show_problems(form, error.problems)
            return self._form(form, unit, 422)
        flash(_("变更申请已提交；审核通过之前，单位信息保持不变"), "success")
        return redirect(url_for("UnitCaseView.show", pk=case.id))

    @expose("/withdraw", methods=["POST"])
    @guarded("change")
    def withdraw(self) -> Any:
        """Give the application up."""
        told(lambda: realname.withdraw_change(current_actor(), own_unit().id, now()), _("已撤回变更申请"))
        return redirect(url_for("UnitIdentityView.index"))

    def _form(self, form: RecordForm, unit: m.Unit, status: int = 200, **context: Any) -> tuple[str, int]:
        choose_regions(form)
        return self.page(
            "change_form.html", status, title=_("申请变更单位信息"), unit=unit, form=form, files=files_of(form),
            correction=corrections.of(current_actor(), "change", unit.id), limit=parameters.integer("upload_max_mib"),
            **context,
        )  # fmt: skip
