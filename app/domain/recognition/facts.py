"""What a formula of an evaluation scheme may read: a closed list of figures, each with its name and unit."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.text import N_, Message


@dataclass(frozen=True)
class Fact:
    """A figure of a product; ``source`` says where it comes from: ``data`` of the filing, or the ``supplement``.

    ``whole``: things that are counted. ``least`` and ``most`` bound what there can be.
    """

    name: str
    label: Message
    unit: Message | None
    source: str = "data"
    whole: bool = False
    least: int | None = 0
    most: int | None = None


def _money(name: str, label: Message, source: str = "data", *, least: int | None = 0) -> Fact:
    return Fact(name, label, N_("万元"), source, least=least)


def _percent(name: str, label: Message, source: str = "data", *, least: int = 0, most: int = 100) -> Fact:
    return Fact(name, label, Message("%"), source, least=least, most=most)


def _count(
    name: str, label: Message, unit: Message | None, source: str = "data", most: int | None = None
) -> Fact:
    return Fact(name, label, unit, source, whole=True, most=most)


_ANSWER = "supplement"
_ALL = (
    # the product's own data of the data year, and of the year before
    _money("sales", N_("销售收入")),
    _money("sales_before", N_("上年销售收入")),
    _money("output_value", N_("产值")),
    _money("profit", N_("利润总额"), least=None),
    _money("profit_before", N_("上年利润总额"), least=None),
    _money("export", N_("出口额")),
    Fact("volume", N_("销售数量"), None),
    _percent("domestic_share", N_("国内市场占有率")),
    _percent("world_share", N_("全球市场占有率")),
    # the unit's assets of the data year
    _money("unit_revenue", N_("单位营业收入")),
    _money("unit_rnd_spending", N_("单位研发投入")),
    # the patents linked in the data year
    _count("patents", N_("关联专利数"), N_("件")),
    _count("valid_patents", N_("有效专利数"), N_("件")),
    _count("valid_inventions", N_("有效发明专利数"), N_("件")),
    _count("valid_core_patents", N_("有效核心专利数"), N_("件")),
    _percent("valid_contribution", N_("有效核心专利的贡献率合计")),
    _count("kept_years", N_("有效专利最长维持年限"), N_("年")),
    _count("remaining_years", N_("有效专利最长剩余年限"), N_("年")),
    # what the unit adds in the supplement
    _count("claims", N_("核心专利权利要求总项数"), N_("项"), _ANSWER),
    _count("family_countries", N_("境外同族专利覆盖的国家或地区数"), N_("个"), _ANSWER),
    _count("challenges_survived", N_("经无效宣告请求审查后维持有效的次数"), N_("次"), _ANSWER),
    _money("licence_income", N_("专利许可、转让收入"), _ANSWER),
    _money("pledge_amount", N_("专利质押融资金额"), _ANSWER),
    _count("awards", N_("核心专利获得的奖项数"), N_("项"), _ANSWER),
    _percent("patented_features", N_("由核心专利实现的主要功能占比"), _ANSWER),
    _percent("price_premium", N_("相对同类产品的价格溢价"), _ANSWER, least=-100, most=1000),
    _count("substitution", N_("技术被替代的难度"), None, _ANSWER, most=2),
)

#: every figure by its name, in the order of the filing
FACTS: dict[str, Fact] = {fact.name: fact for fact in _ALL}
DATA = tuple(fact.name for fact in _ALL if fact.source == "data")
ANSWERS = tuple(fact.name for fact in _ALL if fact.source == "supplement")
