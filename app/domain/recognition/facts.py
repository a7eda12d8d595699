"""What a formula of an evaluation scheme may read: a closed list of figures, each with its name and unit."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.text import N_, Message

_MONEY, _PERCENT, _COUNT, _YEARS = N_("万元"), Message("%"), N_("件"), N_("年")


@dataclass(frozen=True)
class Fact:
    """A figure of a product; ``source`` says where it comes from: ``data`` of the filing, or the ``supplement``."""

    name: str
    label: Message
    unit: Message | None
    source: str = "data"


def _data(name: str, label: Message, unit: Message | None) -> Fact:
    return Fact(name, label, unit)


def _answer(name: str, label: Message, unit: Message | None) -> Fact:
    return Fact(name, label, unit, "supplement")


_ALL = (
    # the product's own data of the data year, and of the year before
    _data("sales", N_("销售收入"), _MONEY),
    _data("sales_before", N_("上年销售收入"), _MONEY),
    _data("output_value", N_("产值"), _MONEY),
    _data("profit", N_("利润总额"), _MONEY),
    _data("profit_before", N_("上年利润总额"), _MONEY),
    _data("export", N_("出口额"), _MONEY),
    _data("volume", N_("销售数量"), None),
    _data("domestic_share", N_("国内市场占有率"), _PERCENT),
    _data("world_share", N_("全球市场占有率"), _PERCENT),
    # the unit's assets of the data year
    _data("unit_revenue", N_("单位营业收入"), _MONEY),
    _data("unit_rnd_spending", N_("单位研发投入"), _MONEY),
    # the patents linked in the data year
    _data("patents", N_("关联专利数"), _COUNT),
    _data("valid_patents", N_("有效专利数"), _COUNT),
    _data("valid_inventions", N_("有效发明专利数"), _COUNT),
    _data("valid_core_patents", N_("有效核心专利数"), _COUNT),
    _data("valid_contribution", N_("有效核心专利的贡献率合计"), _PERCENT),
    _data("kept_years", N_("有效专利最长维持年限"), _YEARS),
    _data("remaining_years", N_("有效专利最长剩余年限"), _YEARS),
    # what the unit adds in the supplement
    _answer("claims", N_("核心专利权利要求总项数"), N_("项")),
    _answer("family_countries", N_("境外同族专利覆盖的国家或地区数"), N_("个")),
    _answer("challenges_survived", N_("经无效宣告请求审查后维持有效的次数"), N_("次")),
    _answer("licence_income", N_("专利许可、转让收入"), _MONEY),
    _answer("pledge_amount", N_("专利质押融资金额"), _MONEY),
    _answer("awards", N_("核心专利获得的奖项数"), N_("项")),
    _answer("patented_features", N_("由核心专利实现的主要功能占比"), _PERCENT),
    _answer("price_premium", N_("相对同类产品的价格溢价"), _PERCENT),
    _answer("substitution", N_("技术被替代的难度"), None),
)

#: every figure by its name, in the order of the filing
FACTS: dict[str, Fact] = {fact.name: fact for fact in _ALL}
DATA = tuple(fact.name for fact in _ALL if fact.source == "data")
ANSWERS = tuple(fact.name for fact in _ALL if fact.source == "supplement")
