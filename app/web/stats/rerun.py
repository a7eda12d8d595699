"""A saved view run again, as tables: totals then and now, cells that differ, products that make the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import models as m
from app.reports.statistics import Figures, money
from app.services.saved_views import CAME, CHANGED, COMPARED, WENT, Change, Rerun
from app.web.stats.table import ALL_COLUMNS, COUNT, MONEY, TEXT, Column, Row, Table, Value
from app.web.text import render

LISTED = 200
KINDS = {CAME: _l("新进入"), WENT: _l("已离开"), CHANGED: _l("有变动")}
_AMOUNTS = ("intensive_sales", "output", "sales", "export", "profit")
_LABELS: dict[str, Any] = {column.key: column.label for column in ALL_COLUMNS} | {
    "inventions": _l("发明（件次）"), "utility_models": _l("实用新型（件次）"), "designs": _l("外观设计（件次）"),
    "intensive_sales": _l("专利密集型产业销售收入（万元）"),
}  # fmt: skip


def totals(found: Rerun) -> Table:
    """The totals as kept, as added up again from the facts of then, and as they are now."""
    columns = (
        Column("kept", _l("保存时")), Column("again", _l("按保存时数据重算")), Column("now", _l("现在")), Column("change", _l("差异")),
    )  # fmt: skip
    rows = []
    for name in Figures._fields:
        kept, again, now = (getattr(figures, name) for figures in (found.kept, found.again, found.now))
        convert = money if name in _AMOUNTS else int
        rows.append(
            Row(str(_LABELS[name]), [convert(kept), convert(again), convert(now), convert(now - kept)])
        )
    return Table("totals", _("合计"), _("指标"), columns, rows)


def cells(saved: m.SavedView, tables: Sequence[Table]) -> list[Table]:
    """Each of the page's tables whose values differ from those kept: row, column, then and now."""
    kept = {table["key"]: table for table in saved.tables}
    found = [_differences(kept[table.key], table) for table in tables if table.key in kept]
    return [table for table in found if table.rows]


def _differences(kept: Mapping[str, Any], table: Table) -> Table:
    columns = (
        Column("what", _l("指标"), TEXT),
        Column("kept", _l("保存时"), TEXT),
        Column("now", _l("现在"), TEXT),
    )
    old = {row[0]: row for row in kept["rows"]}
    new = {row.code or row.label: row for row in table.rows}
    place = {key: number + 2 for number, key in enumerate(kept["columns"])}
    rows = []
    for key in [*old, *(key for key in new if key not in old)]:
        label = new[key].label if key in new else old[key][1]
        for number, column in enumerate(table.columns):
            if column.kind == TEXT:  # names, in the language they were saved in
                continue
            before = old[key][place[column.key]] if key in old and column.key in place else None
            value = new[key].values[number] if key in new else None
            after = None if value is None else str(value)
            if before != after:
                rows.append(Row(label, [str(column.label), before, after]))
    return Table(table.key, table.title, table.head, columns, rows)


def changes(found: Rerun, limit: int | None = None) -> Table:
    """The products that make the difference."""
    amounts = [_amount(name) for name in COMPARED]
    columns = (
        Column("filing_no", _l("备案编号"), TEXT), Column("unit", _l("备案单位"), TEXT), Column("kind", _l("变化"), TEXT),
        Column("why", _l("原因"), TEXT), *amounts,
    )  # fmt: skip
    rows = [
        Row(c.product, [c.filing_no, c.unit, str(KINDS[c.kind]), render(c.why), *_values(c)])
        for c in found.changes[:limit]
    ]
    return Table("changes", _("差异涉及的产品"), _("产品名称"), columns, rows)


def _amount(name: str) -> Column:
    return Column(name, _("%(name)s变化", name=str(_LABELS[name])), MONEY if name in _AMOUNTS else COUNT)


def _values(change: Change) -> list[Value]:
    return [
        money(change.difference(place)) if name in _AMOUNTS else change.difference(place)
        for place, name in enumerate(COMPARED)
    ]


def balance(found: Rerun) -> dict[str, Any]:
    """How the difference adds up: products came, went and changed, and whether their figures explain all of it."""
    kinds = {kind: sum(change.kind == kind for change in found.changes) for kind in KINDS}
    explained = (
        all(
            sum(change.difference(place) for change in found.changes)
            == getattr(found.now, name) - getattr(found.again, name)
            for place, name in enumerate(COMPARED)
        )
        and kinds[CAME] - kinds[WENT] == found.now.products - found.again.products
    )
    place = COMPARED.index("sales")
    sales: Decimal = money(sum(change.difference(place) for change in found.changes))
    return {
        "kinds": [(KINDS[kind], count) for kind, count in kinds.items()],
        "explained": explained,
        "sales": sales,
    }
