"""A filing as the checker sees it: plain values, no record, no file. Money in 万元, shares in percent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.contributions import Link
from app.domain.filing.reading import read
from app.domain.machines import VERIFIED_STATES

GOODS = "goods"
SERVICE = "service"
INTERMEDIATE = "intermediate"
END = "end"
OFF_MARKET = "off_market"
PATENTS_LAPSED = "patents_lapsed"

#: The words a code may also be given by, in JSON and in imported tables.
_UNIT_KINDS = {
    "企业": "enterprise", "高等院校": "university", "科研院所": "institute", "新型研发机构": "new_rnd",
    "社会组织": "social", "其他": "other",
}  # fmt: skip
_NATURES = {"实物产品": GOODS, "技术服务": SERVICE}
_STAGES = {"中间材料": INTERMEDIATE, "终端产品": END}
_PATENT_KINDS = {"发明": "invention", "实用新型": "utility_model", "外观设计": "design"}
_LEGAL_STATES = {"审中": "pending", "有权": "valid", "失效": "lapsed"}
_OBTAINED = {"自主申请": "own", "受让": "assigned", "许可": "licensed", "作价入股": "contributed"}
_REASONS = {"产品已退出市场": OFF_MARKET, "关联专利全部失效": PATENTS_LAPSED}
_STATES = {
    "未认证": "unverified", "待审核": "pending", "不通过": "returned", "已认证": "verified",
    "变更待审核": "change_pending", "变更不通过": "change_returned",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the checks compare with; an administrator may change each (``domain.parameters`` has the same names)."""

    title_similarity: Decimal = Decimal("0.90")
    duplicate_similarity: Decimal = Decimal("0.90")
    sales_share_warning: Decimal = Decimal("0.95")
    models_reason_min: int = 10
    introduction_min: int = 30
    introduction_max: int = 1000
    intermediate_as_end: bool = False


@dataclass(frozen=True, kw_only=True)
class FilingUnit:
    """The unit that files."""

    name: str = ""
    former_names: tuple[str, ...] = ()
    kind: str = field(default="", metadata={"words": _UNIT_KINDS})
    uscc: str = ""
    makes_or_sells: bool | None = None
    realname_state: str = field(default="verified", metadata={"words": _STATES})

    @property
    def is_verified(self) -> bool:
        """Whether the real-name check was passed (a change under way does not undo it)."""
        return self.realname_state in VERIFIED_STATES


@dataclass(frozen=True, kw_only=True)
class YearAssets:
    """The unit's assets of the data year; ``complete`` when all that is required is there."""

    year: int | None = None
    complete: bool = False
    has_statement: bool | None = None
    revenue: Decimal | None = None
    profit: Decimal | None = None
    export: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class LinkedPatent:
    """A patent linked to the product, with what the unit's patent base knows of it."""

    number: str = ""
    title: str = ""
    abstract: str = ""
    kind: str = field(default="", metadata={"words": _PATENT_KINDS})
    patentees: tuple[str, ...] = ()
    legal_state: str = field(default="", metadata={"words": _LEGAL_STATES})
    grant_date: date | None = None
    expiry: date | None = None
    obtained: str = field(default="own", metadata={"words": _OBTAINED})
    has_proof: bool = False
    pledged: bool = False
    core: bool = False
    contribution: Decimal | None = None

    @property
    def link(self) -> Link:
        """Its share in the product."""
        return Link(self.core, self.contribution)


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """A file that proves the product's data."""

    name: str = ""
    media_type: str = ""


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Another filing that may be the same product; ``own``: by the same unit. ``patents``: numbers linked to it."""

    name: str = ""
    model: str = ""
    class_code: str = ""
    unit_name: str = ""
    own: bool = False
    filing_no: str = ""
    patents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Filing:
    """Everything a check needs. What is not filled in yet is empty or None; ``today`` is the day in Beijing.

    ``class_is_leaf`` and ``industry_is_leaf`` are None where the trees were not asked. ``other_sales`` is the sum of
    the unit's other filed products of the same year, ``other_products`` their number. ``revocation_reason`` is None
    unless a revocation is asked for.
    """

    today: date
    unit: FilingUnit = FilingUnit()
    name: str = ""
    model: str = ""
    models_reason: str = ""
    nature: str = field(default="", metadata={"words": _NATURES})
    stage: str = field(default="", metadata={"words": _STAGES})
    class_code: str = ""
    class_name: str = ""
    class_name_en: str = ""
    class_nature: str = field(default="", metadata={"words": _NATURES})
    class_stage: str = field(default="", metadata={"words": _STAGES})
    class_is_leaf: bool | None = None
    industry_code: str = ""
    industry_name: str = ""
    industry_name_en: str = ""
    industry_is_leaf: bool | None = None
    takes_part: bool | None = None
    introduction: str = ""
    year: int | None = None
    output_value: Decimal | None = None
    sales: Decimal | None = None
    volume: Decimal | None = None
    volume_unit: str = ""
    export: Decimal | None = None
    profit: Decimal | None = None
    domestic_share: Decimal | None = None
    world_share: Decimal | None = None
    assets: YearAssets | None = None
    patents: tuple[LinkedPatent, ...] = ()
    evidence: tuple[EvidenceFile, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    other_sales: Decimal = Decimal(0)
    other_products: int = 0
    revocation_reason: str | None = field(default=None, metadata={"words": _REASONS})
    limits: Limits = field(default=Limits(), metadata={"given": False})

    @property
    def data_year(self) -> int:
        """The year whose data a filing of today carries: the year before."""
        return self.today.year - 1

    @property
    def core_numbers(self) -> frozenset[str]:
        """The numbers of the core patents as typed."""
        return frozenset(patent.number for patent in self.patents if patent.core)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, Any], today: date | None = None, limits: Limits | None = None
    ) -> Filing:
        """From parsed JSON. The product's fields stand at the top or in an object ``product``; ``today`` fills in
        where the data name no day, ``limits`` are never taken from them. RuleError lists every value that cannot be
        read and every unknown field, by path."""
        given = {**data, **product} if isinstance(product := data.get("product"), Mapping) else dict(data)
        given.pop("product", None)
        if today is not None:
            given.setdefault("today", today)
        return replace(read(cls, given), limits=limits or Limits())
