"""A submission as the unit sees it: receipt, term, outcome, and the way to what it is about."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import models as m
from app import policies
from app.db import session
from app.domain.clock import local_date
from app.services import cases, timeline
from app.web.access import guarded
from app.web.desk import facts
from app.web.labels import label
from app.web.security import current_actor
from app.web.unit.base import UnitPage, now, told
from app.web.unit.corrections import anchor
from app.web.unit.flows import step_of

PK = "<int(max=9223372036854775807):pk>"


class UnitCaseView(UnitPage):
    """受理回执."""

    route_base = "/my/cases"
    section = "products"

    @expose(f"/{PK}")
    @guarded("read")
    def show(self, pk: int) -> Any:
        """The receipt while staff work on it, the outcome afterwards."""
        case = _find(pk)
        subject = subject_of(case)
        fix, is_product = correction_href(case, subject), case.kind in ("filing", "update")
        return self.page(
            "case.html", title=f"{label('review_case', 'kind', case.kind)} · {case.receipt_no}",
            case=case, left=timeline.days_left(case, local_date(now())), groups=facts.of_case(case.kind, case.snapshot),
            labels={remark.field: facts.label(case.kind, remark.field) for remark in case.remarks},
            places=_places(case, fix), href=record_href(case, subject), fix=f"{fix}/step/1" if fix and is_product else fix,
            section="identity" if case.kind in ("realname", "change") else self.section,
        )  # fmt: skip

    @expose(f"/{PK}/urge", methods=["POST"])
    @guarded("change")
    def urge(self, pk: int) -> Response:
        """催办: remind staff of a case whose term has passed."""
        told(lambda: cases.urge(current_actor(), pk, now()), _("已催办，工作人员会收到提醒"))
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))


def _find(pk: int) -> m.Case:
    return policies.find(session(), m.Case, pk, current_actor())


def subject_of(case: m.Case) -> Any:
    """What the case is about; it cannot be deleted once it was submitted."""
    model = {"filing": m.Product, "revocation": m.Product, "update": m.ProductYear}.get(case.kind, m.Unit)
    return session.get_one(model, case.subject_id)


def record_href(case: m.Case, subject: Any) -> str:
    """The page of what the case is about."""
    if case.kind in ("realname", "change"):
        return "/my/identity/"
    product_id = subject.product_id if case.kind == "update" else subject.id
    return f"/my/products/{product_id}"


def correction_href(case: m.Case, subject: Any) -> str | None:
    """Where a returned submission is corrected (of a product: the wizard); None where it has been, or cannot be."""
    if case.state != "returned" or subject.state not in ("returned", "change_returned"):
        return None
    pages = {"realname": "/my/identity/", "change": "/my/identity/change/",
             "filing": f"/my/products/{case.subject_id}", "update": f"/my/updates/{case.subject_id}"}  # fmt: skip
    return pages.get(case.kind)


def _places(case: m.Case, fix: str | None) -> dict[str, str]:
    """Where each remarked field is corrected."""
    if fix is None:
        return {}
    if case.kind not in ("filing", "update"):
        return {remark.field: fix + anchor(remark.field) for remark in case.remarks}
    return {r.field: f"{fix}/step/{step_of(r.field)}{anchor(r.field)}" for r in case.remarks}
