"""The tables of each page of statistics, made from the cells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain import statistics as cube
from app.domain.statistics import growth, share
from app.registers import classifications
from app.reports import statistics
from app.reports.statistics import NOTHING, Figures, money
from app.services import statistics_maps
from app.web import labels
from app.web.desk import facts
from app.web.stats import flow
from app.web.stats.asking import View, intensive_groups, kind_name, node_name
from app.web.stats.table import (
    ALL_COLUMNS,
    DRAWN,
    MONEY,
    NUMBER,
    PERCENT,
    TEXT,
    Column,
    Row,
    Table,
    measured,
    rows_of,
)

TOP = 50
_FIELDS = 20


def by_year(view: View) -> Table:
    """All years, with growth."""
    found = view.cells.by_year(view.asked)
    rows = [
        Row(str(year), measured(ALL_COLUMNS, found[year], found.get(year - 1, NOTHING)), href=view.href("overview", year=str(year)))
        for year in sorted(found)
    ]  # fmt: skip
    return Table("years", _("历年变化"), _("数据年度"), ALL_COLUMNS, rows, "line", DRAWN)


def by_growth(view: View) -> Table:
    """How each figure has grown from year to year, in percent."""
    found = view.cells.by_year(view.asked)
    keys = ("products", "units", "patents", "output", "sales", "export", "profit")
    named = {column.key: column.label for column in ALL_COLUMNS}
    columns = [Column(key, named[key], PERCENT) for key in keys]
    rows = [
        Row(str(year), [growth(getattr(found[year], key), getattr(found[year - 1], key)) for key in keys])
        for year in sorted(found) if year - 1 in found
    ]  # fmt: skip
    return Table("growth", _("同比增长（%）"), _("数据年度"), columns, rows, "line", keys)


def by_region(view: View) -> Table:
    """The regions directly below."""
    now, before = (view.cells.by_region(view.asked, view.years)[year] for year in view.years)
    rows = rows_of(ALL_COLUMNS, now, before, labels.region, lambda code: view.href("regions", region=code))
    here = view.asked.region
    extra = {"map": url_for("PublicStatsView.map", region=here)} if statistics_maps.is_there(here) else {}
    return Table(
        "regions", _("地区分布"), _("地区"), ALL_COLUMNS, rows, "map" if extra else "bar", DRAWN, extra=extra
    )


def by_kind(view: View) -> Table:
    """Kinds of units."""
    now, before = (view.cells.by_kind(view.asked, view.years)[year] for year in view.years)
    rows = rows_of(
        ALL_COLUMNS, now, before, kind_name, lambda code: view.href("overview", kind=code), lambda _code: ""
    )
    return Table("kinds", _("单位类型"), _("单位类型"), ALL_COLUMNS, rows, "bar", DRAWN)


def by_patents(view: View) -> Table:
    """Kinds of patents."""
    now, before = (view.cells.by_year(view.asked).get(year, NOTHING) for year in view.years)
    columns = (
        Column("patents", _l("关联专利（件次）")), Column("share", _l("占比（%）"), PERCENT),
        Column("per_product", _l("每个产品关联专利（件）"), NUMBER), Column("growth", _l("同比（%）"), PERCENT),
    )  # fmt: skip
    rows = [
        Row(labels.label("patent", "kind", code), _patent_values(getattr(now, f"{code}s"), getattr(before, f"{code}s"), now))
        for code in ("invention", "utility_model", "design")
    ]  # fmt: skip
    return Table(
        "patents", _("专利类型"), _("专利类型"), columns, rows if now.products else [], "pie", ("patents",)
    )


def _patent_values(count: int, before: int, now: Figures) -> list[int | Decimal | None]:
    each = (Decimal(count) / now.products).quantize(Decimal("0.01")) if now.products else None
    return [count, share(count, now.patents), each, growth(count, before)]


def _by_node(view: View, letter: str, key: str, title: str, head: str) -> Table:
    """The nodes of a classification below the present one, or the uppermost."""
    parent = view.asked.node if view.asked.node.startswith(f"{letter}:") else letter
    found = view.cells.by_node(view.asked, parent, view.years)
    now, before = (found[year] for year in view.years)
    rows = rows_of(ALL_COLUMNS, now, before, node_name, lambda node: view.href(key, node=node), lambda node: node.partition(":")[2])  # fmt: skip
    note = ""
    if view.asked.node and parent == letter:
        note = _("分类筛选只能选一种：本表不受“%(name)s”限制。", name=node_name(view.asked.node))
    return Table(key, title, head, ALL_COLUMNS, rows, "bar", DRAWN, note=note)


def by_industry(view: View) -> Table:
    """The industries below."""
    return _by_node(view, cube.INDUSTRY, "industries", _("行业分布"), _("国民经济行业"))


def by_class(view: View) -> Table:
    """The product classes below."""
    title = _("产品分类分布（示例）") if classifications.scheme().example else _("产品分类分布")
    return _by_node(view, cube.CLASS, "classes", title, _("产品分类"))


def by_intensive(view: View) -> Table:
    """The groups of the patent-intensive industries."""
    found = view.cells.by_node(view.asked, cube.INTENSIVE, view.years)
    now, before = (found[year] for year in view.years)
    names = intensive_groups()
    rows = rows_of(
        ALL_COLUMNS, now, before, lambda node: names.get(node[2:], node[2:]),
        lambda node: view.href("trend", node=node), lambda node: node[2:],
    )  # fmt: skip
    note = _("对照表为暂定，官方表载入前可能有遗漏。") if classifications.intensive_is_provisional() else ""
    return Table("intensive", _("专利密集型产业（2019）"), _("产业大类"), ALL_COLUMNS, rows, "bar", DRAWN, note=note)  # fmt: skip


def ranking(view: View) -> Table:
    """The units with the most."""
    columns = (
        Column("place", _l("地区"), TEXT), Column("kind", _l("单位类型"), TEXT), Column("sales", _l("销售收入（万元）"), MONEY),
        Column("products", _l("在册产品（个）")), Column("patents", _l("关联专利（件次）")),
        Column("output", _l("产值（万元）"), MONEY), Column("export", _l("出口额（万元）"), MONEY),
    )  # fmt: skip
    rows = [
        Row(row.name, [labels.region(row.province or ""), kind_name(row.kind), money(row.sales), row.products, row.patents,
                       money(row.output), money(row.export)])
        for row in statistics.top_units(view.asked, view.order, TOP)
    ]  # fmt: skip
    note = _("按单位的全部产品排列，不受分类筛选限制；最多列出 %(n)s 家。", n=TOP)
    return Table("ranking", _("单位排行"), _("单位名称"), columns, rows, "bar", (view.order,), note=note)


def cohort(view: View) -> list[Table]:
    """How products filed in a year are kept up to date in the years after."""
    found = view.cells.cohorts(view.asked)
    filed, data = sorted({key[0] for key in found}), sorted({key[1] for key in found})
    most = {f: max(found.get((f, y), NOTHING).products for y in data) for f in filed}
    counts = [Row(str(f), [found.get((f, y), NOTHING).products or None for y in data]) for f in filed]
    rates = [Row(str(f), [_rate(found.get((f, y)), most[f]) for y in data]) for f in filed]
    number = [Column(f"y{year}", str(year)) for year in data]
    percent = [Column(f"y{year}", str(year), PERCENT) for year in data]
    head, keys = _("首个数据年度"), [column.key for column in number]
    note = _("各行为同一年备案的产品，各列为数据年度；更新率以该行在册最多的一年为 100%。")
    return [
        Table("cohort_rate", _("更新率（%）"), head, percent, rates, "heat", keys, note=note),
        Table("cohort", _("更新产品数（个）"), head, number, counts, "", keys),
    ]


def _rate(figures: Figures | None, most: int) -> Decimal | None:
    return None if figures is None else share(figures.products, most)


def funnel(view: View) -> Table:
    """From submission through filing to recognition, of one data year."""
    columns = (Column("to", _l("去向"), TEXT), Column("products", _l("产品数（个）")))
    rows = [Row(source, [target, count]) for source, target, count in flow.steps(view)]
    note = _(
        "以首个数据年度为本年的提交，加上往年备案中本年数据已更新的产品。认定各阶段取以本年数据参评的批次。"
    )
    return Table("funnel", _("从备案到认定"), _("来源"), columns, rows, "sankey", ("products",), note=note)


def review(view: View) -> list[Table]:
    """How long staff took and what they returned, in the calendar year after the data year."""
    first, last = f"{view.asked.year + 1}-01", f"{view.asked.year + 1}-12"
    found = statistics.review_by_month(view.asked.region, first, last)
    months, kinds = {row.month for row in found}, {row.kind for row in found}
    by_month = [Row(each, _decisions([row for row in found if row.month == each])) for each in sorted(months)]
    by_case = [
        Row(labels.label("review_case", "kind", each), _decisions([row for row in found if row.kind == each]))
        for each in sorted(kinds)
    ]
    year = view.asked.year + 1
    note = _("用时从提交到作出决定，按自然日计算；逾期指晚于办结期限。不受分类和单位类型筛选限制。")
    fields = [
        Row(facts.label(row.kind, row.field), [labels.label("review_case", "kind", row.kind), int(row.times)])
        for row in statistics.returned_fields(view.asked.region, first, last, _FIELDS)
    ]
    return [
        Table("review_months", _("%(year)s 年各月审核", year=year), _("月份"), _DECISIONS, by_month, "line", _DRAWN, note=note),
        Table("review_kinds", _("%(year)s 年各类事项", year=year), _("事项"), _DECISIONS, by_case, "bar", _DRAWN),
        Table("review_fields", _("%(year)s 年退回最多的字段", year=year), _("字段"), (Column("kind", _l("事项"), TEXT), Column("times", _l("次数"))), fields, "bar", ("times",)),
    ]  # fmt: skip


_DECISIONS = (
    Column("decided", _l("办结（件）")), Column("returned", _l("退回（件）")), Column("return_rate", _l("退回率（%）"), PERCENT),
    Column("days", _l("平均用时（天）"), NUMBER), Column("late", _l("逾期（件）")), Column("on_time", _l("按时率（%）"), PERCENT),
)  # fmt: skip
_DRAWN = ("decided", "days", "return_rate", "on_time")


def _decisions(rows: list) -> list[int | Decimal | None]:
    decided, returned, late, hours = (
        sum(int(getattr(row, n)) for row in rows) for n in ("decided", "returned", "late", "hours")
    )
    days = (Decimal(hours) / 24 / decided).quantize(Decimal("0.1")) if decided else None
    return [decided, returned, share(returned, decided), days, late, share(decided - late, decided)]


def overview(view: View) -> list[Table]:
    """The most important at one look."""
    return [by_year(view), by_region(view), by_industry(view), by_intensive(view), by_kind(view)]


Builder = Callable[[View], list[Table]]
#: every page: its title and its tables
PAGES: dict[str, tuple[str, Builder]] = {
    "overview": (_l("统计概览"), overview),
    "regions": (_l("地区分布"), lambda view: [by_region(view)]),
    "industries": (_l("行业分布"), lambda view: [by_industry(view)]),
    "classes": (_l("产品分类分布"), lambda view: [by_class(view)]),
    "intensive": (_l("专利密集型产业"), lambda view: [by_intensive(view)]),
    "kinds": (_l("单位类型"), lambda view: [by_kind(view)]),
    "patents": (_l("专利类型分布"), lambda view: [by_patents(view)]),
    "trend": (_l("历年变化"), lambda view: [by_year(view), by_growth(view)]),
    "ranking": (_l("单位排行"), lambda view: [ranking(view)]),
    "cohort": (_l("年度更新"), cohort),
    "funnel": (_l("从备案到认定"), lambda view: [funnel(view)]),
    "review": (_l("审核用时与退回"), review),
}
