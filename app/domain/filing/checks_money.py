"""Checks of the product's own economic data: rules 9 to 11 (manual 6(1), (1)(2)). All amounts in 万元, as decimals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.domain.filing.filing import Filing, YearAssets
from app.domain.filing.registry import Hit, check

#: A product's sales this many times the unit's revenue are most likely typed in 元 instead of 万元.
WRONG_UNIT = 1000


def _assets(filing: Filing) -> YearAssets | None:
    """The unit's assets of the product's data year."""
    year = filing.data_year if filing.year is None else filing.year
    return filing.assets if filing.assets is not None and filing.assets.year == year else None


def _revenue(filing: Filing) -> Decimal | None:
    assets = _assets(filing)
    return assets.revenue if assets is not None else None


@check("sales")
def sales_positive(filing: Filing) -> Iterator[Hit]:
    """9: no sales last year, no filing (已取得较好的市场经济效益)."""
    if filing.sales is None or filing.sales <= 0:
        yield Hit("sales")


@check("sales", fills=("amount", "revenue"))
def within_unit_revenue(filing: Filing) -> Iterator[Hit]:
    """10: a product cannot sell for more than the whole unit."""
    revenue = _revenue(filing)
    if revenue is not None and filing.sales is not None and filing.sales > revenue:
        yield Hit("sales", {"amount": filing.sales, "revenue": revenue})


@check("output_value", fills=("amount", "revenue"))
def output_within_unit_revenue(filing: Filing) -> Iterator[Hit]:
    """10: more made than the whole unit sold is possible only where it went to stock."""
    revenue = _revenue(filing)
    if revenue is not None and filing.output_value is not None and filing.output_value > revenue:
        yield Hit("output_value", {"amount": filing.output_value, "revenue": revenue})


@check("sales", fills=("amount", "revenue"))
def likely_wrong_unit(filing: Filing) -> Iterator[Hit]:
    """10: amounts typed in 元 instead of 万元."""
    revenue = _revenue(filing)
    if revenue and filing.sales is not None and filing.sales >= revenue * WRONG_UNIT > 0:
        yield Hit("sales", {"amount": filing.sales, "revenue": revenue})


@check("sales", fills=("total", "revenue"))
def sum_within_unit_revenue(filing: Filing) -> Iterator[Hit]:
    """10: nor can all its products together."""
    revenue = _revenue(filing)
    if revenue is None or filing.sales is None or not filing.other_sales or filing.sales > revenue:
        return
    total = filing.sales + filing.other_sales
    if total > revenue:
        yield Hit("sales", {"total": total, "revenue": revenue})


@check("sales", fills=("revenue",))
def equals_unit_revenue(filing: Filing) -> Iterator[Hit]:
    """10: equal to the unit's revenue, or almost all of it though the unit has filed other products."""
    revenue, sales = _revenue(filing), filing.sales
    if not revenue or sales is None or sales > revenue:
        return
    if sales == revenue or (filing.other_products and sales > revenue * filing.limits.sales_share_warning):
        yield Hit("sales", {"revenue": revenue})


@check("export", fills=("amount", "whole"))
def within_unit_export(filing: Filing) -> Iterator[Hit]:
    """10: a product cannot be exported for more than the whole unit exports."""
    assets = _assets(filing)
    whole = assets.export if assets is not None else None
    if whole is not None and filing.export is not None and filing.export > whole:
        yield Hit("export", {"amount": filing.export, "whole": whole})


@check("profit", fills=("profit", "sales"))
def profit_within_sales(filing: Filing) -> Iterator[Hit]:
    """11: profit is part of the sales."""
    if (
        filing.profit is not None
        and filing.sales is not None
        and filing.profit > max(filing.sales, Decimal(0))
    ):
        yield Hit("profit", {"profit": filing.profit, "sales": filing.sales})


@check("profit", fills=("profit", "sales"))
def loss_within_sales(filing: Filing) -> Iterator[Hit]:
    """11: a loss greater than the sales is a margin below -100 %."""
    if filing.profit is not None and filing.sales is not None and 0 < filing.sales < -filing.profit:
        yield Hit("profit", {"profit": filing.profit, "sales": filing.sales})


@check("profit", fills=("profit", "whole"))
def profit_within_unit_profit(filing: Filing) -> Iterator[Hit]:
    """11: more profit than the unit as a whole is possible only where it loses on others."""
    assets = _assets(filing)
    whole = assets.profit if assets is not None else None
    if whole is not None and filing.profit is not None and filing.profit > max(whole, Decimal(0)):
        yield Hit("profit", {"profit": filing.profit, "whole": whole})


@check("export", fills=("export", "sales"))
def export_within_sales(filing: Filing) -> Iterator[Hit]:
    """11: what is exported is sold."""
    if (
        filing.export is not None
        and filing.sales is not None
        and filing.export > max(filing.sales, Decimal(0))
    ):
        yield Hit("export", {"export": filing.export, "sales": filing.sales})


@check("output_value", "volume", "export")
def amounts_not_negative(filing: Filing) -> Iterator[Hit]:
    """11: only profit can be below zero."""
    for name in ("output_value", "volume", "export"):
        value = getattr(filing, name)
        if value is not None and value < 0:
            yield Hit(name)


@check("volume")
def volume_of_sales(filing: Filing) -> Iterator[Hit]:
    """11: who has sales has sold something."""
    if filing.volume == 0 and filing.sales is not None and filing.sales > 0:
        yield Hit("volume")


@check("domestic_share", "world_share")
def shares_within_whole(filing: Filing) -> Iterator[Hit]:
    """11: a market share lies between 0 and 100 %."""
    for name in ("domestic_share", "world_share"):
        value = getattr(filing, name)
        if value is not None and not 0 <= value <= 100:
            yield Hit(name)


@check("year", fills=("year", "expected"))
def year_is_last(filing: Filing) -> Iterator[Hit]:
    """9: the data are those of last year, not of a year still running or long past."""
    if filing.year is not None and filing.year != filing.data_year:
        yield Hit("year", {"year": filing.year, "expected": filing.data_year})
