"""Asking staff to revoke a filing 撤销备案 (mission D12)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, TextAreaField

from app import models as m
from app.domain.clock import local_date
from app.domain.errors import Conflict, RuleError
from app.domain.machines import FILING
from app.services import records, revocations
from app.services.recognition import certificates
from app.services.records import Stale
from app.web import labels
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.unit.base import UnitPage, now, told
from app.web.unit.case import PK
from app.web.unit.record_forms import RecordForm, Starred


class RevocationForm(RecordForm):
    """Why a filing is to be revoked."""

    revocation_reason = RadioField(
        _l("撤销理由"),
        [Starred()],
        choices=lambda: list(labels.REVOCATION_REASONS.items()),
        validate_choice=False,
    )
    revocation_note = TextAreaField(_l("撤销说明"))
    effects_confirmed = BooleanField(_l("我已知悉上述后果，仍申请撤销备案"))


class UnitRevocationView(UnitPage):
    """撤销备案."""

    route_base = "/my/products"
    section = "products"

    @expose(f"/{PK}/revoke")
    @guarded("read")
    def index(self, pk: int) -> Any:
        """The request's form."""
        product = self._product(pk)
        return self._form(RevocationForm().fill(product), product)

    @expose(f"/{PK}/revoke", methods=["POST"])
    @guarded("change")
    def request(self, pk: int) -> Any:
        """Hand the request in."""
        product, form = self._product(pk), RevocationForm()
        reason, text = form.revocation_reason.data or "", form.revocation_note.data or ""
        confirmed = bool(form.effects_confirmed.data)
        try:
            case = revocations.request(
                current_actor(), pk, reason, text, form.seen, now(), confirmed=confirmed
            )
        except Stale as stale:
            form.version.data = str(product.version)
            return self._form(form, product, 409, stale=stale.problems)
        except RuleError as error:
            show_problems(form, error.problems)
            return self._form(form, product, 422)
        flash(_("撤销申请已提交"), "success")
        return redirect(url_for("UnitCaseView.show", pk=case.id))

    @expose(f"/{PK}/revoke/withdraw", methods=["POST"])
    @guarded("change")
    def withdraw(self, pk: int) -> Any:
        """Take the request back."""
        told(lambda: revocations.withdraw(current_actor(), pk, now()), _("已撤回撤销申请，备案继续有效"))
        return redirect(url_for("UnitProductsView.show", pk=pk))

    def _product(self, pk: int) -> m.Product:
        product = records.load(m.Product, pk, current_actor())
        if FILING.find(product.state, "request_revocation") is None:
            raise Conflict(FILING.refusal(product.state, "request_revocation"))
        return product

    def _form(
        self, form: RecordForm, product: m.Product, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        effects = certificates.effects_of_revocation(product, local_date(now()))
        return self.page(
            "revocation_form.html", status, title=_("申请撤销备案"), form=form, product=product, effects=effects, **context
        )  # fmt: skip
