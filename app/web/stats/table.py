"""A table of figures: what a page shows, a chart is drawn from, a file holds and a saved view keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain.statistics import growth, share
from app.reports.statistics import NOTHING, Figures, Rows, money

COUNT, MONEY, PERCENT, NUMBER, TEXT = "count", "money", "percent", "number", "text"
Value = int | Decimal | str | None


@dataclass(frozen=True)
class Column:
    """A column: its key, heading and kind; what it means stands in ``note``."""

    key: str
    label: Any
    kind: str = COUNT
    note: Any = ""


@dataclass(frozen=True)
class Row:
    """A row: what it is about, its code, its values in the order of the columns, where it leads. A total is not drawn."""

    label: str
    values: Sequence[Value]
    code: str = ""
    href: str | None = None
    is_total: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its chart: ``bar``, ``line``, ``map``, ``pie``, ``sankey``, ``heat``, or none. ``drawn`` are the
    columns that can be drawn, the first one at once; ``extra`` is what the chart needs besides (the map's address)."""

    key: str
    title: str
    head: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    chart: str = ""
    drawn: Sequence[str] = ()
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_codes(self) -> bool:
        """Whether rows have codes of a classification."""
        return any(row.code for row in self.rows)

    def header(self) -> list[str]:
        """The headings of a file."""
        return [self.head, *([_("代码")] if self.has_codes else []), *(str(c.label) for c in self.columns)]

    def values(self) -> Iterable[list[Value]]:
        """The rows of a file: the same values as on the page, as numbers."""
        for row in self.rows:
            yield [row.label, *([row.code] if self.has_codes else []), *row.values]

    def kept(self) -> dict[str, Any]:
        """The table as a saved view keeps it."""
        rows = [[row.code or row.label, row.label, *map(_plain, row.values)] for row in self.rows]
        return {"key": self.key, "columns": [column.key for column in self.columns], "rows": rows}


def _plain(value: Value) -> str | None:
    return None if value is None else str(value)


def shown(value: Value, kind: str) -> str:
    """A value as people read it."""
    if value is None:
        return "—"
    if kind == COUNT:
        return f"{value:,}"
    if kind == MONEY:
        return f"{value:,.2f}"
    return f"{value:,.1f}" if kind == PERCENT else str(value)


Of = Callable[[Figures, Figures], Value]

PRODUCTS = Column("products", _l("在册产品（个）"), COUNT, _l("备案有效、且当年数据经审核通过的产品数"))
UNITS = Column("units", _l("备案单位（家）"), COUNT, _l("有在册产品的单位数；同一单位在一个单元格内只计一次"))
NEW = Column("new", _l("新增备案（个）"), COUNT, _l("以该年度为首个数据年度备案的在册产品数"))
PATENTS = Column(
    "patents", _l("关联专利（件次）"), COUNT, _l("当年数据关联的专利数；一件专利关联两个产品计两次")
)
PER_PRODUCT = Column("per_product", _l("每个产品关联专利（件）"), NUMBER, _l("关联专利 ÷ 在册产品"))
INTENSIVE = Column("intensive", _l("专利密集型产业产品（个）"), COUNT, _l("产业分类属于专利密集型产业（2019）的在册产品数"))  # fmt: skip
INTENSIVE_SHARE = Column("intensive_share", _l("专利密集型产业占比（%）"), PERCENT, _l("专利密集型产业产品 ÷ 在册产品"))  # fmt: skip
OUTPUT = Column("output", _l("产值（万元）"), MONEY, _l("在册产品当年产值之和"))
SALES = Column("sales", _l("销售收入（万元）"), MONEY, _l("在册产品当年销售收入之和"))
SALES_GROWTH = Column("sales_growth", _l("销售收入同比（%）"), PERCENT, _l("与上一数据年度同口径相比；上年为零时不计算"))  # fmt: skip
EXPORT = Column("export", _l("出口额（万元）"), MONEY, _l("在册产品当年出口额之和"))
PROFIT = Column("profit", _l("利润总额（万元）"), MONEY, _l("在册产品当年利润总额之和"))

#: how each column's value comes from the figures of the year and of the year before
MEASURED: dict[str, Of] = {
    "products": lambda now, _before: now.products,
    "units": lambda now, _before: now.units,
    "new": lambda now, _before: now.new,
    "patents": lambda now, _before: now.patents,
    "per_product": lambda now, _before: per_product(now),
    "intensive": lambda now, _before: now.intensive,
    "intensive_share": lambda now, _before: share(now.intensive, now.products),
    "output": lambda now, _before: money(now.output),
    "sales": lambda now, _before: money(now.sales),
    "sales_growth": lambda now, before: growth(now.sales, before.sales),
    "export": lambda now, _before: money(now.export),
    "profit": lambda now, _before: money(now.profit),
}
#: every column that stands for a measure, in the order of the tables
ALL_COLUMNS = (PRODUCTS, UNITS, NEW, PATENTS, PER_PRODUCT, INTENSIVE, INTENSIVE_SHARE, OUTPUT, SALES, SALES_GROWTH,
               EXPORT, PROFIT)  # fmt: skip
DRAWN = ("sales", "products", "units", "patents", "output", "export", "profit", "intensive_share")


def per_product(figures: Figures) -> Decimal | None:
    """Patents per product, with two decimals."""
    if not figures.products:
        return None
    return (Decimal(figures.patents) / figures.products).quantize(Decimal("0.01"))


def measured(columns: Sequence[Column], now: Figures, before: Figures) -> list[Value]:
    """The values of a row."""
    return [MEASURED[column.key](now, before) for column in columns]


def rows_of(
    columns: Sequence[Column], now: Rows, before: Rows, name: Callable[[str], str],
    href: Callable[[str], str | None] = lambda _code: None, code: Callable[[str], str] = lambda code: code,
) -> list[Row]:  # fmt: skip
    """A row for each code, those with the most sales first."""
    order = sorted(now, key=lambda key: (-now[key].sales, key))
    return [
        Row(name(key), measured(columns, now[key], before.get(key, NOTHING)), code(key), href(key))
        for key in order
    ]
