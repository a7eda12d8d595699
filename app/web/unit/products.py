"""The unit's products 产品备案: tabs, one product's page, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.errors import NotFound
from app.services import certificates, filings, records, updates
from app.web import exported, exporting, listing
from app.web.access import guarded
from app.web.security import current_actor
from app.web.text import in_english
from app.web.transactions import note
from app.web.unit import overview, product_page
from app.web.unit.base import UnitPage, now, own_unit, seen_version, told
from app.web.unit.case import PK

COLUMNS = {
    "name": _l("产品名称"), "filing_no": _l("备案编号"), "filing_year": _l("备案年度"), "updated_year": _l("更新年度"),
    "state": _l("状态"), "changed_at": _l("修改时间"),
}  # fmt: skip
SPEC = listing.ListSpec(
    m.Product, (*COLUMNS, "draft_step"), ("name", "changed_at"), ("id", "desc"), {}, ("name", "filing_no")
)


class UnitProductsView(UnitPage):
    """产品备案."""

    route_base = "/my/products"
    section = "products"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The products of a tab, searched."""
        today = local_date(now())
        numbers = overview.counts(today)
        tab = request.args.get("tab") or next(
            (tab for tab in ("returned", "draft", "filed") if numbers[tab]), "draft"
        )
        query = listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, _of_tab(tab))
        return self.page(
            "products.html", title=_("产品备案"), tab=tab, tabs=[(t, overview.tab_title(t), numbers[t]) for t in overview.TABS],
            query=query, page=page, columns=COLUMNS, data_year=updates.data_year(today),
            years=overview.updates_begun(page.rows, today) if tab == "outdated" else {},
        )  # fmt: skip

    @expose(f"/export/<tab>/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, args: Mapping[str, str], tab: str) -> exporting.Sheet:
        """The products of a tab, searched, all of them."""
        own, query = _of_tab(tab), listing.read_query(SPEC, args)
        return exported.sheet(f"{_('产品备案')}-{overview.tab_title(tab)}", SPEC, query, COLUMNS, own)

    @expose("/new", methods=["POST"])
    @guarded("change")
    def new(self) -> Any:
        """Begin a draft."""
        product = filings.start_draft(current_actor(), now())
        return redirect(url_for("UnitFilingView.step", pk=product.id, step=1))

    @expose(f"/{PK}")
    @guarded("read")
    def show(self, pk: int) -> Any:
        """A product: its data of a year, what happened, its rounds, what may be done."""
        actor, moment = current_actor(), now()
        product = records.load(m.Product, pk, actor)
        year = product_page.chosen_year(product, seen_version(request.args.get("year")))
        if year is None:
            raise NotFound
        return self.page("product.html", title=product.name or _("未命名产品"), unit=own_unit(actor),
                         p=product_page.gather(product, year, actor, moment))  # fmt: skip

    @expose(f"/{PK}/copy", methods=["POST"])
    @guarded("change")
    def copy(self, pk: int) -> Any:
        """Begin a new draft with this product's information and patents."""
        draft = filings.copy(current_actor(), pk, now())
        flash(_("已复制为新的草稿，请修改产品名称等内容"), "success")
        return redirect(url_for("UnitFilingView.step", pk=draft.id, step=1))

    @expose(f"/{PK}/delete", methods=["POST"])
    @guarded("change")
    def delete(self, pk: int) -> Any:
        """Delete a draft that was never submitted."""
        version = seen_version(request.form.get("version"))
        done = told(lambda: filings.delete_draft(current_actor(), pk, version), _("草稿已删除"))
        return redirect(
            url_for(f"{self.endpoint}.index") if done else url_for(f"{self.endpoint}.show", pk=pk)
        )

    @expose(f"/{PK}/withdraw", methods=["POST"])
    @guarded("change")
    def withdraw(self, pk: int) -> Any:
        """Take a submission back."""
        told(lambda: filings.withdraw(current_actor(), pk, now()), _("已撤回，修改后可以重新提交"))
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    @expose(f"/{PK}/update", methods=["POST"])
    @guarded("change")
    def update(self, pk: int) -> Any:
        """Begin this year's update, or go on with it."""
        year = updates.start(current_actor(), pk, now())
        session.flush()
        return redirect(url_for("UnitUpdateView.step", pk=year.id, step=1))

    @expose(f"/{PK}/certificate.pdf")
    @guarded("read")
    def certificate(self, pk: int) -> Response:
        """The filing certificate as a download."""
        actor, settings = current_actor(), current_app.config["SETTINGS"]
        product = records.load(m.Product, pk, actor)
        name = f"{_('备案证明')}-{product.filing_no}"
        sheet = certificates.filing_certificate(
            actor, pk, now(), base_url=settings.base_url, site_name=settings.site_name, organiser=settings.organiser,
            language="en" if in_english() else "zh",
        )  # fmt: skip
        note("download", "product", pk, what="filing_certificate")
        return exporting.as_file(sheet, name, "pdf")


def _of_tab(tab: str) -> Any:
    """The condition for the unit's products of a tab."""
    if tab not in overview.TABS:
        raise BadRequest
    own = m.Product.unit_id == current_actor().unit_id
    return own & overview.products(tab, local_date(now())).whereclause
