"""What a unit adds on a product that passed the screening 补充信息: three dimensions of fields (mission E4).

The standard's own indicators are not public: these fields are the example scheme's [A] (domain.md §1), not official
ones. An answer is kept as the text that ``read`` gives back, so that it can be read again as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain import normal
from app.domain.errors import Problem
from app.domain.normal import InputError
from app.domain.text import N_, Message

PROTECTION, VALUE, DEPENDENCE = "protection", "value", "dependence"
DIMENSIONS: dict[str, Message] = {
    PROTECTION: N_("专利保护强度"),
    VALUE: N_("专利价值贡献"),
    DEPENDENCE: N_("产品竞争力对专利依赖度"),
}
#: Kinds of answers: a number of things, 万元 with two decimals, percent with two decimals, one of ``options``, text.
COUNT, MONEY, PERCENT, CHOICE, TEXT = "count", "money", "percent", "choice", "text"
NUMBERS = frozenset({COUNT, MONEY, PERCENT})
TEXT_LENGTH = 2000
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class SupplementField:
    """One question: ``low`` and ``high`` bound numbers, ``options`` are the codes of a choice, the weakest first."""

    name: str
    dimension: str
    kind: str
    label: Message
    hint: Message
    unit: Message | None = None
    required: bool = True
    low: Decimal = Decimal(0)
    high: Decimal = normal.MONEY_LIMIT
    options: Mapping[str, Message] = field(default_factory=dict)

    def read(self, text: str) -> str:
        """The answer as it is kept; InputError says what to write where it cannot be one."""
        return _READERS[self.kind](self, normal.refuse_control(text))


def _read_number(asked: SupplementField, text: str) -> str:
    typed = normal.clean(text)
    if asked.kind == COUNT:
        whole = typed.replace(",", "")
        if not _WHOLE.fullmatch(whole):
            raise InputError(N_("请填写不小于 0 的整数"))
        return _bounded(asked, Decimal(int(whole)))
    if asked.kind == PERCENT:
        return _bounded(asked, _percent(typed.removesuffix("%").strip()))
    return _bounded(asked, normal.parse_money(typed))


def _percent(typed: str) -> Decimal:
    match = re.fullmatch(r"-?[0-9]{1,6}(?:\.([0-9]+))?", typed)
    if match is None:
        raise InputError(N_("请填写数字，如 12.50，不写百分号以外的单位"))
    if len(match.group(1) or "") > 2:
        raise InputError(N_("最多保留两位小数"))
    return Decimal(typed).quantize(normal.CENT)


def _bounded(asked: SupplementField, number: Decimal) -> str:
    if not asked.low <= number <= asked.high:
        raise InputError(N_("应在 {low} 至 {high} 之间", low=f"{asked.low:,f}", high=f"{asked.high:,f}"))
    return f"{number:f}"


def _read_choice(asked: SupplementField, text: str) -> str:
    if text not in asked.options:
        raise InputError(N_("请从列表中选择"))
    return text


def _read_text(_asked: SupplementField, text: str) -> str:
    written = normal.clean_lines(text)
    if len(written) > TEXT_LENGTH:
        raise InputError(N_("最多 {most} 个字，现为 {count} 个", most=TEXT_LENGTH, count=len(written)))
    return written


_READERS = {
    COUNT: _read_number,
    MONEY: _read_number,
    PERCENT: _read_number,
    CHOICE: _read_choice,
    TEXT: _read_text,
}
_YUAN, _PIECES, _TIMES, _PERCENT = N_("万元"), N_("项"), N_("次"), Message("%")

FIELDS: tuple[SupplementField, ...] = (
    SupplementField(
        "claims", PROTECTION, COUNT, N_("核心专利权利要求总项数"),
        N_("各件核心专利授权文本中权利要求项数之和，外观设计按 1 项计"), _PIECES, low=Decimal(1), high=Decimal(100_000),
    ),
    SupplementField(
        "family_countries", PROTECTION, COUNT, N_("境外同族专利覆盖的国家或地区数"),
        N_("不含中国；没有境外同族的填 0"), N_("个国家或地区"), high=Decimal(250),
    ),
    SupplementField(
        "challenges_survived", PROTECTION, COUNT, N_("经无效宣告请求审查后维持有效的次数"),
        N_("含维持部分有效；没有被请求过无效的填 0"), _TIMES, high=Decimal(1000),
    ),
    SupplementField(
        "protection_note", PROTECTION, TEXT, N_("专利保护情况说明"),
        N_("写明核心专利保护的是产品的哪些部分、权利是否稳定、有无维权"),
    ),
    SupplementField(
        "licence_income", VALUE, MONEY, N_("专利许可、转让收入"),
        N_("数据年度内核心专利的许可费和转让费，按实际到账金额；没有的填 0"), _YUAN,
    ),
    SupplementField(
        "pledge_amount", VALUE, MONEY, N_("专利质押融资金额"),
        N_("数据年度内以核心专利质押取得的融资；没有的填 0"), _YUAN,
    ),
    SupplementField(
        "awards", VALUE, COUNT, N_("核心专利获得的奖项数"),
        N_("省部级以上的专利奖、科技奖；没有的填 0"), _PIECES, high=Decimal(1000),
    ),
    SupplementField(
        "value_note", VALUE, TEXT, N_("专利价值贡献说明"),
        N_("写明专利如何带来产品的销售收入；获奖的写明奖项名称、等级和年度"),
    ),
    SupplementField(
        "patented_features", DEPENDENCE, PERCENT, N_("由核心专利实现的主要功能占比"),
        N_("产品主要功能中，由核心专利的技术方案实现的占多少"), _PERCENT, high=Decimal(100),
    ),
    SupplementField(
        "price_premium", DEPENDENCE, PERCENT, N_("相对同类产品的价格溢价"),
        N_("与没有使用该专利的同类产品相比，价格高出多少；低于同类产品的填负数，没有可比产品的不填"), _PERCENT,
        required=False, low=Decimal(-100), high=Decimal(1000),
    ),
    SupplementField(
        "substitution", DEPENDENCE, CHOICE, N_("技术被替代的难度"), N_("按目前市场上能够买到的技术选择"),
        options={
            "easy": N_("有成熟的替代技术"),
            "hard": N_("有替代技术，但性能或成本明显不及"),
            "none": N_("目前没有替代技术"),
        },
    ),
    SupplementField(
        "dependence_note", DEPENDENCE, TEXT, N_("竞争力对专利的依赖说明"),
        N_("写明没有这些专利时，产品的性能、成本或市场会怎样"),
    ),
)  # fmt: skip
BY_NAME: dict[str, SupplementField] = {asked.name: asked for asked in FIELDS}


def of(dimension: str) -> tuple[SupplementField, ...]:
    """The fields of a dimension."""
    return tuple(asked for asked in FIELDS if asked.dimension == dimension)


def number(answers: Mapping[str, str], name: str) -> Decimal | None:
    """An answer as a number, for a scheme's indicators: of a choice, its place among the options from 0 (the weakest);
    None where nothing was answered. KeyError for a name that is no field, ValueError for a text."""
    asked, text = BY_NAME[name], answers.get(name)
    if asked.kind == TEXT:
        raise ValueError(f"{name} is a text")
    if not text:
        return None
    return Decimal(text) if asked.kind in NUMBERS else Decimal(list(asked.options).index(text))


def problems(answers: Mapping[str, str], files: Iterable[str], files_wanted: int) -> list[Problem]:
    """What a supplement lacks: required answers, and in each dimension of ``files`` (one entry per file) the evidence."""
    given = list(files)
    found = [
        Problem(asked.name, N_("请填写{label}", label=asked.label))
        for asked in FIELDS
        if asked.required and not answers.get(asked.name)
    ]
    return found + [
        Problem(files_field(code), N_("“{label}”至少要有 {n} 份证明材料", label=label, n=files_wanted))
        for code, label in DIMENSIONS.items()
        if given.count(code) < files_wanted
    ]


def files_field(dimension: str) -> str:
    """The name under which a problem with the evidence of a dimension is shown."""
    return f"files_{dimension}"
