"""Yearly assets 资产信息 (mission B): the list of years, the form of one, the gate it forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.errors import NotFound, RuleError
from app.registers import parameters
from app.services import assets, fieldsets
from app.services.records import Stale
from app.web import exported, exporting, labels, listing
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.records import AssetYearView
from app.web.security import current_actor
from app.web.unit.base import UnitPage, now, own_unit, saved_text, seen_version
from app.web.unit.record_forms import RecordForm, choices, form_of, hidden

AssetForm = form_of(
    "AssetForm", fieldsets.ASSET, statement_file_id=hidden, statement_seal=choices(labels.SEALS)
)
#: Years offered beside those that have a record.
_OFFERED = 3
YEAR = "<int(min=2000,max=2100):year>"
#: what the export holds, under the headings that staff know it by
TITLES = {name: AssetYearView.label_columns[name] for name in AssetYearView.show_columns if name != "unit"}
SPEC = listing.ListSpec(m.AssetYear, tuple(TITLES), (), ("year", "desc"), {}, ())


class UnitAssetsView(UnitPage):
    """资产信息."""

    route_base = "/my/assets"
    section = "assets"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The years, and whether last year's stand in the way of submitting."""
        unit, today = own_unit(), local_date(now())
        known = {record.year: record for record in session.scalars(select(m.AssetYear))}
        gate = assets.gate(unit.id, today)
        years = sorted({*known, *range(gate.year, gate.year - _OFFERED, -1)}, reverse=True)
        return self.page(
            "assets.html", title=_("资产信息"), rows=[(year, known.get(year)) for year in years], gate=gate
        )

    @expose(f"/export/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, args: Mapping[str, str]) -> exporting.Sheet:
        """All years with all their figures."""
        own = m.AssetYear.unit_id == current_actor().unit_id
        return exported.sheet(_("资产信息"), SPEC, listing.read_query(SPEC, args), TITLES, own)

    @expose(f"/{YEAR}")
    @guarded("read")
    def edit(self, year: int) -> Any:
        """A year's form."""
        record = self._record(year)
        return self._form(AssetForm().fill(record) if record else AssetForm(), year, record)

    @expose(f"/{YEAR}", methods=["POST"])
    @guarded("change")
    def save(self, year: int) -> Any:
        """Save the year, and declare it complete where that button was pressed."""
        actor, form = current_actor(), AssetForm()
        record = self._record(year)
        try:
            saved = assets.save(actor, year, form.values(), form.seen, now())
            problems = saved.problems
            if not problems and "complete" in request.form:
                assets.complete(actor, year, {}, saved.assets.version, now())
        except Stale as stale:
            form.version.data = str(record.version) if record else ""
            return self._form(form, year, record, 409, stale=stale.problems)
        except RuleError as error:
            problems = error.problems
        if problems:
            record = self._record(year)
            form.version.data = str(record.version) if record else ""
            show_problems(form, problems)
            return self._form(form, year, record, 422)
        flash(
            _("%(year)d 年度资产信息已完成", year=year)
            if saved.assets.state == "complete"
            else saved_text(now()),
            "success",
        )
        return redirect(url_for(f"{self.endpoint}.index"))

    def _record(self, year: int) -> m.AssetYear | None:
        if year > local_date(now()).year:
            raise NotFound
        return session.scalars(select(m.AssetYear).where(m.AssetYear.year == year)).one_or_none()

    def _form(
        self, form: RecordForm, year: int, record: m.AssetYear | None, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        file_id = seen_version(form.statement_file_id.data)
        file = None if file_id is None else session.get(m.StoredFile, file_id)
        return self.page(
            "asset_form.html", status, title=_("%(year)d 年度资产信息", year=year), form=form, year=year, record=record,
            file=file, limit=parameters.integer("upload_max_mib"), **context,
        )  # fmt: skip
