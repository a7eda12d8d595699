"""The unit's own patent base 专利信息 (mission C): list, import, export, a patent added or changed by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, jsonify, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import models as m
from app.db import session
from app.domain.clock import local_date
from app.domain.errors import Conflict, RuleError
from app.registers import parameters
from app.registers import patents as register
from app.services import patents, records
from app.services.records import Stale
from app.web import exported, exporting, labels, listing
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import UnitPage, now, own_unit, seen_version, told
from app.web.unit.case import PK
from app.web.unit.patent_forms import HoldingForm, PatentForm
from app.web.unit.record_forms import RecordForm
from app.web.unit.wizard_page import OFFERED

FILTERS = ("kind", "legal_state", "obtained", "source")
COLUMNS = {
    "application_no": _l("专利号"), "title": _l("专利名称"), "kind": _l("专利类型"), "patentees": _l("专利权人"),
    "filing_date": _l("申请日"), "expiry": _l("届满日"), "legal_state": _l("法律状态"), "obtained": _l("取得方式"),
    "source": _l("来源"),
}  # fmt: skip
_NUMBER = re.compile(r"(?i)(?:zl|cn)?[\s0-9x.]{4,}")


class UnitPatentsView(UnitPage):
    """专利信息."""

    route_base = "/my/patents"
    section = "patents"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The unit's patents, searched and filtered."""
        spec, query = self._asked(request.args)
        return self.page(
            "patents.html", title=_("专利信息"), spec=spec, query=query, page=listing.fetch(spec, query, self._own()),
            columns=COLUMNS, unit=own_unit(), today=local_date(now()), typed=request.args.get("q", ""),
        )  # fmt: skip

    @expose(f"/export/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, args: Mapping[str, str]) -> exporting.Sheet:
        """The list as it is filtered, all of it."""
        spec, query = self._asked(args)
        return exported.sheet(
            _("专利信息"), spec, query, COLUMNS, self._own(), {"application_no": labels.patent_no}
        )

    @expose("/import", methods=["POST"])
    @guarded("change")
    def import_own(self) -> Any:
        """Take the patents under the unit's name from the register, or refresh them."""
        try:
            done = patents.import_own(current_actor(), now())
        except Conflict as error:
            flash(render(error.message), "warning")
            return redirect(url_for(f"{self.endpoint}.index"))
        flash(
            _(
                "导入完成：新增 %(a)d 件，更新 %(r)d 件，无变化 %(u)d 件",
                a=done.added,
                r=done.refreshed,
                u=done.unchanged,
            ),
            "success",
        )
        if done.lapsed:
            flash(_("其中 %(n)d 件已失效，请留意关联的产品", n=done.lapsed), "warning")
        return redirect(url_for(f"{self.endpoint}.index", f_source="register"))

    @expose("/found")
    @guarded("read")
    def found(self) -> Any:
        """Patents of the register under the unit's former names, to be added with proof."""
        return self.page(
            "patents_found.html",
            title=_("曾用名下的专利"),
            found=patents.candidates(current_actor()),
            unit=own_unit(),
        )

    @expose("/offered")
    @guarded("read")
    def offered(self) -> Response:
        """Own patents that fit ``q``, for choosing in the wizard (JSON)."""
        spec, query = self._asked(request.args)
        found = listing.fetch(spec, query, self._own()).rows[:OFFERED]
        return jsonify([{
            "id": p.id, "number": labels.patent_no(p.application_no), "title": p.title or "",
            "kind": labels.label("patent", "kind", p.kind), "state": labels.label("patent", "legal_state", p.legal_state),
            "lapsed": p.legal_state == "lapsed" or bool(p.expiry and p.expiry < local_date(now())),
        } for p in found])  # fmt: skip

    @expose("/add")
    @guarded("read")
    def new(self) -> Any:
        """An empty form; the number may come from the list of what was found."""
        form = PatentForm(data={"application_no": request.args.get("number", "")[:60], "obtained": "own"})
        return self._form(form)

    @expose("/add", methods=["POST"])
    @guarded("change")
    def add(self) -> Any:
        """Add a patent by hand."""
        form = PatentForm()
        try:
            patent = patents.add_by_hand(current_actor(), form.values(), now())
        except RuleError as error:
            session.rollback()
            show_problems(form, error.problems)
            return self._form(form, status=422)
        flash(_("已添加专利 %(no)s", no=labels.patent_no(patent.application_no)), "success")
        return redirect(url_for(f"{self.endpoint}.index"))

    @expose(f"/{PK}")
    @guarded("read")
    def show(self, pk: int) -> Any:
        """A patent's form; its facts are the register's where the register knows it."""
        patent = records.load(m.Patent, pk, current_actor())
        return self._form(self._form_of(patent).fill(patent), patent)

    @expose(f"/{PK}", methods=["POST"])
    @guarded("change")
    def edit(self, pk: int) -> Any:
        """Change how the patent was obtained, its proof, and facts the register does not know."""
        actor = current_actor()
        form = self._form_of(records.load(m.Patent, pk, actor))
        try:
            patents.edit(actor, pk, form.values(), form.seen, now())
        except Stale as stale:
            patent = records.load(m.Patent, pk, actor)
            form.version.data = str(patent.version)
            return self._form(form, patent, 409, stale=stale.problems)
        except RuleError as error:
            session.rollback()
            show_problems(form, error.problems)
            return self._form(form, records.load(m.Patent, pk, actor), 422)
        flash(_("已保存"), "success")
        return redirect(url_for(f"{self.endpoint}.index"))

    @expose(f"/{PK}/remove", methods=["POST"])
    @guarded("change")
    def remove(self, pk: int) -> Any:
        """Take a patent out of the base."""
        version = seen_version(request.form.get("version"))
        told(lambda: patents.remove(current_actor(), pk, version, now()), _("已删除"))
        return redirect(url_for(f"{self.endpoint}.index"))

    def _asked(self, args: Mapping[str, str]) -> tuple[listing.ListSpec, listing.ListQuery]:
        spec = listing.ListSpec(
            m.Patent, tuple(COLUMNS), ("filing_date", "expiry", "application_no"), ("id", "desc"),
            {name: labels.codes("patent", name) for name in FILTERS}, ("title", "application_no", "patentees"),
        )  # fmt: skip
        return spec, listing.read_query(spec, {**args, "q": _searched(args.get("q", ""))})

    def _own(self) -> Any:
        return m.Patent.unit_id == current_actor().unit_id

    def _form_of(self, patent: m.Patent) -> RecordForm:
        return HoldingForm() if register.find(patent.application_no) else PatentForm()

    def _form(
        self, form: RecordForm, patent: m.Patent | None = None, status: int = 200, **context: Any
    ) -> tuple[str, int]:
        file_id = str(form.proof_file_id.data or "")
        return self.page(
            "patent_form.html", status, title=_("修改专利") if patent else _("添加专利"), form=form, patent=patent,
            known=isinstance(form, HoldingForm), unit=own_unit(), limit=parameters.integer("upload_max_mib"),
            file=session.get(m.StoredFile, int(file_id)) if seen_version(file_id) else None, **context,
        )  # fmt: skip


def _searched(typed: str) -> str:
    """A number as it is stored, where one was typed; else the text itself."""
    text = typed.strip()
    return re.sub(r"(?i)^(zl|cn)|[\s.]", "", text).upper() if _NUMBER.fullmatch(text) else text
