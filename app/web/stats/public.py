"""Public statistics: by region, industry, kind of unit and year; amounts of few units are not shown (abuse.md T-V04)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from app.domain import actor as roles
from app.domain import statistics as cube
from app.domain.clock import utc_now
from app.domain.errors import NotFound, RuleError
from app.registers import parameters, regions
from app.reports import export, statistics
from app.reports.statistics import NOTHING, Asked, Cells, Figures, Rows, combined
from app.services import statistics_maps
from app.web import exporting, files, labels
from app.web.access import guarded
from app.web.base import OpenPage, Page, problems_text
from app.web.stats import asking
from app.web.stats.table import (
    EXPORT,
    INTENSIVE_SHARE,
    NEW,
    PATENTS,
    PER_PRODUCT,
    PRODUCTS,
    SALES,
    UNITS,
    Column,
    Row,
    Table,
    measured,
    shown,
)

COLUMNS = (PRODUCTS, UNITS, NEW, PATENTS, PER_PRODUCT, INTENSIVE_SHARE, SALES, EXPORT)
AMOUNTS = frozenset({SALES.key, EXPORT.key})
_DRAWN = ("products", "units", "patents", "sales", "export")


class PublicStatsView(OpenPage):
    """统计公开."""

    route_base = "/statistics"

    @expose("/")
    def index(self) -> str:
        """Figures of the country for a year."""
        state, year = statistics.state(), _year()
        tables = public_tables(state, year) if state else []
        return str(self.render_template(
            "stats/public.html", title=_("统计数据"), tables=tables, year=year, years=asking.years(), state=state, shown=shown,
            columns=COLUMNS, minimum=parameters.integer("small_cell"), file_of=partial(_file_of, year),
        ))  # fmt: skip

    @expose(f"/<table>.{exporting.KIND}")
    def export(self, table: str, kind: str) -> AnyResponse:
        """A table as a file, with the same cells left out."""
        state = statistics.state()
        tables = public_tables(state, _year()) if state else []
        found = next((each for each in tables if each.key == table), None)
        if found is None:
            raise NotFound
        body = export.stream(kind, found.header(), found.values())
        return exporting.as_file(body, f"{found.title}-{_year()}", kind)

    @expose("/map/<region>.json")
    def map(self, region: str) -> AnyResponse:
        """The map of a region's divisions."""
        answer = Response(statistics_maps.of(region), mimetype="application/geo+json")
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer


def _file_of(year: int, table: str) -> Callable[[str], str]:
    return lambda kind: f"{url_for('PublicStatsView.export', table=table, kind=kind)}?year={year}"


def _year() -> int:
    year = request.args.get("year") or str(asking.last_year())
    if year not in map(str, asking.years()):
        raise BadRequest
    return int(year)


def public_tables(state: statistics.State, year: int) -> list[Table]:
    """All public tables of a year."""
    cells, asked = Cells(state.generation), Asked(cube.COUNTRY, year)
    years = cells.by_year(asked)
    industries = cells.by_node(asked, cube.INDUSTRY, (year,))[year]
    extra = {"map": url_for("PublicStatsView.map", region=cube.COUNTRY)}
    of_years = _table(
        "years", _("历年数据"), _("数据年度"), {str(y): f for y, f in years.items()}, str, "line"
    )
    by_region = _table(
        "regions",
        _("地区分布"),
        _("地区"),
        cells.by_region(asked, (year,))[year],
        labels.region,
        "map",
        extra,
    )
    by_industry = _table("industries", _("行业分布"), _("国民经济行业"), industries, asking.node_name, "bar")
    by_kind = _table(
        "kinds", _("单位类型"), _("单位类型"), cells.by_kind(asked, (year,))[year], asking.kind_name, "bar"
    )
    return [_by_age(of_years), by_region, by_industry, by_kind]  # fmt: skip


def _by_age(table: Table) -> Table:
    rows = sorted(table.rows, key=lambda row: row.label)
    return Table(**{**vars(table), "rows": rows})


def _table(
    key: str, title: str, head: str, rows: Rows, name: Callable[[str], str], chart: str, extra: Any = None
) -> Table:
    """A public table: its rows by the number of products, so that their order says nothing of amounts, and a total."""
    minimum = parameters.integer("small_cell")
    hidden = cube.hidden({code: figures.units for code, figures in rows.items()}, minimum)
    order = sorted(rows, key=lambda code: (-rows[code].products, code))
    coded = key in ("regions",)
    found = [Row(name(code), _values(rows[code], code in hidden), code if coded else "") for code in order]
    if key != "years" and rows:
        total = combined(rows)
        all_hidden = hidden == set(rows) and not cube.told_together([f.units for f in rows.values()], minimum)
        values = _total_values(total, all_hidden, additive=key != "industries")
        found.append(Row(_("合计"), values, is_total=True))
    return Table(key, title, head, COLUMNS, found, chart, _DRAWN, extra=extra or {})


def _values(figures: Figures, hide: bool) -> list[Any]:
    values = measured(COLUMNS, figures, NOTHING)
    return [None if hide and _is_amount(c) else value for c, value in zip(COLUMNS, values, strict=True)]


def _total_values(figures: Figures, hide: bool, *, additive: bool) -> list[Any]:
    """A unit may be in several industries: there the number of units is not the sum of the rows."""
    values = _values(figures, hide)
    return [None if c is UNITS and not additive else v for c, v in zip(COLUMNS, values, strict=True)]


def _is_amount(column: Column) -> bool:
    return column.key in AMOUNTS


class StatsMapView(Page):
    """Maps of the statistics, for administrators."""

    route_base = "/stats/maps"
    roles = {roles.ADMIN: ("can_index",)}

    @expose("/", methods=["GET", "POST"])
    @guarded("index")
    def index(self) -> Any:
        """Which maps are in use; put another in the place of one."""
        problem = ""
        if request.method == "POST":
            try:
                file = files.sent()
                content = file.stream.read(statistics_maps.MAX_BYTES + 1) if file else b""
                statistics_maps.replace(request.form.get("region", ""), content, utc_now())
            except RuleError as error:
                problem = problems_text(error)
            else:
                flash(_("已换上新地图"), "success")
                return redirect(url_for("StatsMapView.index"))
        page = self.render_template(
            "stats/maps.html", title=_("更换统计地图"), uploaded=list(statistics_maps.uploaded()), provinces=regions.provinces(),
            region_name=asking.region_name, problem=problem, chosen=request.form.get("region", ""), limit=statistics_maps.MAX_BYTES // 1024 // 1024,
        )  # fmt: skip
        return str(page), 422 if problem else 200

    @expose("/<region>/delete", methods=["POST"])
    @guarded("index")
    def delete(self, region: str) -> AnyResponse:
        """Back to the built-in map."""
        statistics_maps.remove(region)
        flash(_("已恢复内置地图"), "success")
        return redirect(url_for("StatsMapView.index"))
