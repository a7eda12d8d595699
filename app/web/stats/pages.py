"""Pages of statistics for IP offices (their own region), staff and auditors (the whole country)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import models as m
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import NotFound, RuleError
from app.domain.statistics import growth
from app.domain.text import N_
from app.reports import statistics
from app.services import saved_views
from app.web import exporting, labels
from app.web.access import guarded
from app.web.base import Page, problems_text
from app.web.security import current_actor
from app.web.stats import asking, report, rerun
from app.web.stats.asking import Filters, View
from app.web.stats.builders import PAGES
from app.web.stats.table import ALL_COLUMNS, Table, measured, shown
from app.web.text import in_english
from app.web.transactions import note

READERS = (roles.REVIEWER, roles.RECOGNITION_OFFICER, roles.IP_OFFICE, roles.AUDITOR, roles.ADMIN)
#: what of a page's totals stands at its top
_HEADLINES = (
    "products",
    "units",
    "new",
    "patents",
    "per_product",
    "intensive_share",
    "output",
    "sales",
    "export",
)
_NAME = f"any({','.join(PAGES)})"


class StatsView(Page):
    """统计分析."""

    route_base = "/stats"
    roles = dict.fromkeys(READERS, ("can_index",))

    @expose("/")
    @guarded("index")
    def index(self) -> str:
        """The overview."""
        return self._shown("overview")

    @expose(f"/<{_NAME}:page>")
    @guarded("index")
    def page(self, page: str) -> str:
        """One page: its totals, tables and charts, with the filters of the address."""
        return self._shown(page)

    @expose(f"/<{_NAME}:page>/<table>.{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("index")
    def export(self, args: Mapping[str, str], page: str, table: str) -> exporting.Sheet:
        """The rows of a table."""
        filters = Filters.of(args)
        view = view_of(filters)
        found = next((each for each in PAGES[page][1](view) if each.key == table), None)
        if found is None:
            raise NotFound
        title = f"{found.title}-{view.region_name}-{view.asked.year}"
        return _sheet(found, title, described(page, filters))

    @expose("/report.pdf")
    @guarded("index")
    def report(self) -> AnyResponse:
        """The yearly report of a region as a PDF."""
        view = view_of(
            Filters.of({"region": request.args.get("region", ""), "year": request.args.get("year", "")})
        )
        content = report.of(view, utc_now(), "en" if in_english() else "zh")
        note("export", "statistics_report", kind="pdf", filter=dict(request.args))
        title = _("%(year)s 年专利产品统计年报-%(region)s", year=view.asked.year, region=view.region_name)
        return exporting.as_file(content, title, "pdf")

    @expose("/views/", methods=["GET"])
    @guarded("index")
    def views(self) -> str:
        """The reader's saved views."""
        views = saved_views.listed(current_actor())
        return str(self.render_template("stats/views.html", title=_("我的统计视图"), views=views, pages=PAGES, filters=Filters, name_of=described))  # fmt: skip

    @expose("/views/", methods=["POST"])
    @guarded("index")
    def save(self) -> Any:
        """Save a page with its figures under a name."""
        page, filters = request.form.get("page", ""), Filters.of(request.form)
        name = request.form.get("name", "")
        try:
            made = keep(name, page, filters)
        except RuleError as error:
            return self._shown(page, filters, name, problems_text(error)), 422
        flash(_("已保存。以后可以用当时的口径重算，并看到与现在的差异。"), "success")
        return redirect(url_for("StatsView.rerun", view_id=made.id))

    @expose("/views/<int(max=9223372036854775807):view_id>")
    @guarded("index")
    def rerun(self, view_id: int) -> str:
        """A saved view run again: as it was, as it is, and which products make the difference."""
        saved = saved_views.own(current_actor(), view_id)
        view, found = compared(saved)
        tables = [rerun.totals(found), *rerun.cells(saved, PAGES[saved.page][1](view))]
        return str(self.render_template(
            "stats/rerun.html", title=saved.name, saved=saved, view=view, found=found, tables=tables, shown=shown,
            changes=rerun.changes(found, rerun.LISTED), balance=rerun.balance(found), limit=rerun.LISTED, described=described(saved.page, Filters.of(saved.query)),
            file_of=lambda kind: url_for("StatsView.changes", view_id=view_id, kind=kind),
        ))  # fmt: skip

    @expose(
        f"/views/<int(max=9223372036854775807):view_id>/changes.{exporting.KIND}", methods=["GET", "POST"]
    )
    @exporting.exports("index")
    def changes(self, _args: Mapping[str, str], view_id: int) -> exporting.Sheet:
        """All products that make the difference."""
        saved = saved_views.own(current_actor(), view_id)
        table = rerun.changes(compared(saved)[1])
        return _sheet(table, f"{table.title}-{saved.name}", described(saved.page, Filters.of(saved.query)))

    @expose("/views/<int(max=9223372036854775807):view_id>/delete", methods=["POST"])
    @guarded("index")
    def delete(self, view_id: int) -> AnyResponse:
        """Forget a saved view."""
        saved_views.remove(current_actor(), view_id)
        flash(_("已删除"), "success")
        return redirect(url_for("StatsView.views"))

    def _shown(self, page: str, filters: Filters | None = None, name: str = "", problem: str = "") -> str:
        title, builder = PAGES[page]
        filters = filters or Filters.of(request.args)
        if statistics.state() is None:
            statistics.scope(current_actor(), filters.region or None)
            return str(self.render_template("stats/empty.html", title=title))
        view = view_of(filters)
        tables = builder(view)
        return str(self.render_template(
            "stats/page.html", title=title, page=page, pages=PAGES, view=view, tables=tables, totals=_totals(view),
            columns=ALL_COLUMNS, shown=shown, years=asking.years(), choices=asking.node_choices(view), kinds=labels.UNIT_KINDS,
            node_name=asking.node_name, name=name, problem=problem, orders=statistics.ORDERS,
            file_of=partial(_file_of, view, page), may_maps=self.appbuilder.sm.has_access("can_index", "StatsMapView"),
        ))  # fmt: skip


def view_of(filters: Filters) -> View:
    """The statistics as the reader sees them under some filters; NotFound before the first have been made."""
    state = statistics.state()
    if state is None:
        raise NotFound(N_("统计数据正在首次生成，请一分钟后再看"))
    return View(filters, current_actor(), state)


def keep(name: str, page: str, filters: Filters) -> m.SavedView:
    """Save a page with its figures under a name; NotFound where there is no such page."""
    if page not in PAGES:
        raise NotFound
    view = view_of(filters)
    asked, totals = view.asked, saved_views.current(view.asked, view.data)
    query = filters.given(region=asked.region, year=str(asked.year))
    tables = [table.kept() for table in PAGES[page][1](view)]
    return saved_views.save(current_actor(), name, page, query, view.data, totals, tables, utc_now())


def compared(saved: m.SavedView) -> tuple[View, saved_views.Rerun]:
    """A saved view run again: the statistics of today, and what was found."""
    view = view_of(Filters.of(saved.query))
    return view, saved_views.rerun(saved, view.asked, view.data)


def _file_of(view: View, page: str, table: str) -> Callable[[str], str]:
    """The address of a table's file, by its kind."""
    return lambda kind: (
        f"{url_for('StatsView.export', page=page, table=table, kind=kind)}?{view.query()}".rstrip("?")
    )


def _totals(view: View) -> list[tuple[Any, str, str]]:
    """The headline figures: column, value, growth."""
    found = view.cells.by_year(view.asked)
    now, before = (found.get(year, statistics.NOTHING) for year in view.years)
    columns = [column for column in ALL_COLUMNS if column.key in _HEADLINES]
    values = measured(columns, now, before)
    old = measured(columns, before, statistics.NOTHING)
    return [(c, shown(v, c.kind), _growth(v, o)) for c, v, o in zip(columns, values, old, strict=True)]


def _growth(now: Any, before: Any) -> str:
    if now is None or before is None:
        return ""
    grown = growth(now, before)
    return "" if grown is None else f"{grown:+,.1f}%"


def _sheet(table: Table, title: str, filters: str) -> exporting.Sheet:
    rows = table.values()
    return exporting.Sheet(
        title, "statistics", table.header(), rows, [(_("条件"), filters)], entity_id=table.key
    )


def described(page: str, filters: Filters) -> str:
    """A view's filters in words."""
    parts = [str(PAGES[page][0]), asking.region_name(filters.region or "000000"), filters.year]
    if filters.node:
        parts.append(asking.node_name(filters.node))
    if filters.kind:
        parts.append(asking.kind_name(filters.kind))
    return " · ".join(part for part in parts if part)
