"""The yearly report of a region on paper: totals, years, regions, industries, units, review."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from app.documents import reports
from app.documents.reports import Printed, StatisticsReport
from app.reports import statistics
from app.web.stats import builders
from app.web.stats.asking import View
from app.web.stats.table import ALL_COLUMNS, TEXT, Column, Row, Table, measured, shown

#: the columns that fit on a page
_PRINTED = ("products", "units", "patents", "intensive_share", "sales", "sales_growth", "export")
_ROWS = 40


def of(view: View, now: datetime, language: str) -> bytes:
    """The report as a PDF."""
    tables = [
        _totals(view), builders.by_year(view), builders.by_region(view), builders.by_industry(view), builders.by_intensive(view),
        builders.by_kind(view), builders.by_patents(view), builders.funnel(view), *builders.review(view),
    ]  # fmt: skip
    data = StatisticsReport(
        title=_("%(year)s 年专利产品统计年报", year=view.asked.year),
        region=view.region_name,
        at=view.data.at,
        number=view.data.number,
        site_name=current_app.config["SETTINGS"].site_name,
        tables=[_printed(table) for table in tables if table.rows],
        notes=[(str(column.label), str(column.note)) for column in ALL_COLUMNS],
    )
    return reports.statistics_report(data, now, language)


def _totals(view: View) -> Table:
    found = view.cells.by_year(view.asked)
    now, before = (found.get(year, statistics.NOTHING) for year in view.years)
    values = [measured(ALL_COLUMNS, now, before), measured(ALL_COLUMNS, before, statistics.NOTHING)]
    rows = [
        Row(str(column.label), [shown(value[place], column.kind) for value in values])
        for place, column in enumerate(ALL_COLUMNS)
    ]
    columns = [Column("now", f"{view.years[0]}", TEXT), Column("before", f"{view.years[1]}", TEXT)]  # fmt: skip
    return Table("totals", _("主要指标"), _("指标"), columns, rows if now.products else [])


def _printed(table: Table) -> Printed:
    keep = [
        place
        for place, column in enumerate(table.columns)
        if table.columns is not ALL_COLUMNS or column.key in _PRINTED
    ]
    heads = [table.head, *(str(table.columns[place].label) for place in keep)]
    rows = [
        [row.label, *(shown(row.values[place], table.columns[place].kind) for place in keep)]
        for row in table.rows[:_ROWS]
    ]
    left = len(table.rows) - len(rows)
    note = table.note if left <= 0 else _("只列出前 %(n)s 行，其余 %(left)s 行见系统。", n=_ROWS, left=left)
    return Printed(table.title, heads, rows, note)
