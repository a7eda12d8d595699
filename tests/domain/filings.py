"""A filing in which nothing is wrong, to be changed in the one thing a test is about."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.domain.filing import Filing, FilingUnit, Finding, LinkedPatent, YearAssets, check_filing, load_rules

TODAY = date(2025, 6, 2)
RULES = load_rules()

PATENT = LinkedPatent(
    number="201510222662.8",
    title="一种手机面板的强化方法",
    kind="invention",
    patentees=("蓝思科技股份有限公司",),
    legal_state="valid",
    grant_date=date(2017, 10, 10),
    expiry=date(2035, 5, 4),
    core=True,
    contribution=Decimal("100.00"),
)
UNIT = FilingUnit(
    name="蓝思科技股份有限公司", kind="enterprise", uscc="914403001922038216", makes_or_sells=True
)
ASSETS = YearAssets(
    year=2024,
    complete=True,
    has_statement=True,
    revenue=Decimal("5000.00"),
    profit=Decimal("600.00"),
    export=Decimal("1000.00"),
)
GOOD = Filing(
    today=TODAY,
    unit=UNIT,
    name="手机防护玻璃",
    model="无",
    nature="goods",
    stage="end",
    class_code="3051.01",
    class_name="技术玻璃",
    class_nature="goods",
    class_stage="end",
    class_is_leaf=True,
    industry_code="3051",
    industry_name="技术玻璃制品制造",
    industry_is_leaf=True,
    takes_part=True,
    introduction="由铝硅酸盐玻璃经切割、研磨、化学强化和镀膜制成，贴合在手机屏幕表面，防止划伤和破裂。",
    year=2024,
    output_value=Decimal("900.00"),
    sales=Decimal("800.00"),
    volume=Decimal("120000.00"),
    volume_unit="片",
    export=Decimal("100.00"),
    profit=Decimal("90.00"),
    domestic_share=Decimal("12.50"),
    world_share=Decimal("3.00"),
    assets=ASSETS,
    patents=(PATENT,),
)


def findings(filing=GOOD, step=None, fields=None, **changes) -> list[Finding]:
    """The findings of the good filing with some fields changed."""
    return check_filing(replace(filing, **changes), RULES, step, fields)


def severities(**changes) -> dict[str, str]:
    """Rule id to severity of what is found in the good filing with some fields changed."""
    return {found.rule.id: found.severity for found in findings(**changes)}


def with_patent(**changes) -> dict[str, str]:
    """As ``severities``, with the only linked patent changed."""
    return severities(patents=(replace(PATENT, **changes),))


def with_assets(**changes) -> dict[str, str]:
    """As ``severities``, with the unit's assets changed."""
    return severities(assets=replace(ASSETS, **changes))


def with_unit(**changes) -> dict[str, str]:
    """As ``severities``, with the unit changed."""
    return severities(unit=replace(UNIT, **changes))
