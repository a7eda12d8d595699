"""Products of a unit from a table, as drafts to be submitted one by one; name and model tell them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import contributions, patent_number
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.normal import InputError, clean, name_key
from app.domain.text import N_, Name
from app.registers import classifications
from app.services import fieldsets, filings, yeardata
from app.services.fields import read
from app.services.imports import words
from app.services.imports.targets import YES_NO, Column, Context, Line, Outcome, RowTarget, same

_FIELDS = tuple(field for field in fieldsets.PRODUCT if field.name != "picture_file_id")
_LIST = re.compile(r"[;；\n]+")
_AMOUNT = Name("万元", "CNY 10,000")
_PERCENT = Name("百分数，0 至 100", "Per cent, 0 to 100")
Links = dict[int, tuple[bool, Decimal | None]]


class Products(RowTarget):
    """产品备案草稿."""

    kind = "products"
    columns = (
        Column("name", Name("产品名称", "Product name"), required=True),
        Column("model", Name("规格型号", "Model"), required=True),
        Column("models_reason", Name("多个型号属同一产品的理由", "Why several models are one product")),
        Column("nature", Name("产品性质", "Nature of product"), words=words.NATURES),
        Column("stage", Name("产品阶段", "Stage"), words=words.STAGES),
        Column("class_code", Name("产品分类", "Product class"), ("产品分类代码",), note=Name("代码", "Code")),
        Column("industry_code", Name("产业分类", "Industry class"), ("国民经济行业代码",),
               note=Name("GB/T 4754 四位代码", "Four digits of GB/T 4754")),
        Column("takes_part", Name("是否参与认定", "Takes part in recognition"), words=YES_NO),
        Column("introduction", Name("产品简介", "Introduction")),
        Column("launch_date", Name("上市日期", "Launch date")),
        Column("output_value", Name("产值", "Output value"), note=_AMOUNT),
        Column("sales", Name("销售收入", "Sales revenue"), note=_AMOUNT),
        Column("volume", Name("销售数量", "Sales volume")),
        Column("volume_unit", Name("数量单位", "Unit of quantity")),
        Column("export", Name("出口额", "Export"), note=_AMOUNT),
        Column("profit", Name("利润总额", "Total profit"), note=_AMOUNT),
        Column("domestic_share", Name("国内市场占有率", "Domestic market share"), note=_PERCENT),
        Column("world_share", Name("国际市场占有率", "World market share"), note=_PERCENT),
        Column("core", Name("核心专利及贡献率", "Core patents and contributions"),
               note=Name("专利号:贡献率，多个之间用分号", "Number:contribution, separated by semicolons")),
        Column("other", Name("其他关联专利", "Other linked patents"),
               note=Name("专利号，多个之间用分号", "Numbers, separated by semicolons")),
    )  # fmt: skip

    def key(self, cells: Mapping[str, str]) -> str | None:
        """Name and model."""
        if not cells.get("name") or not cells.get("model"):
            return None
        return f"{name_key(clean(cells['name']))}|{clean(cells['model'])}"

    def take_one(self, line: Line, context: Context) -> Outcome:
        """Begin a draft or save one that is there, as the wizard does."""
        values, figures, links = _read(line, context.actor.unit_id or 0)
        product = _present(values, context.actor.unit_id or 0)
        if product is not None and _is_same(product, values, figures, links):
            return Outcome("same", product)
        verdict = "change" if product else "new"
        product = product or filings.start_draft(context.actor, context.now)
        data: dict[str, Any] = {**values, **figures}
        if links is not None:
            data["links"] = [
                {"patent_id": each, "core": core, "contribution": share} for each, (core, share) in links.items()
            ]  # fmt: skip
        saved = filings.save_step(
            context.actor, product.id, product.draft_step, data, product.version, context.now
        )
        if saved.problems:
            raise RuleError(saved.problems)
        return Outcome(verdict, product)

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """The unit's drafts."""
        query = select(m.Product).where(
            m.Product.unit_id == context.actor.unit_id, m.Product.state.in_(filings.EDITABLE)
        )
        for product in session.scalars(query.order_by(m.Product.name_key, m.Product.model, m.Product.id)):
            year = yeardata.year_of(product, product.filing_year)
            for_year = {field.name for field in fieldsets.YEAR}
            row = [
                c.word(getattr(year if c.name in for_year else product, c.name), english=context.english)
                for c in self.columns[:-2]
            ]
            yield [*row, _written(year, core=True), _written(year, core=False)]


def _written(year: m.ProductYear, *, core: bool) -> str:
    numbers = sorted(
        (link.patent.application_no, link.contribution) for link in year.links if link.core == core
    )
    parts = [(patent_number.parse(number).display, share) for number, share in numbers]
    return ";".join(number if share is None else f"{number}:{share}" for number, share in parts)


def _read(line: Line, unit_id: int) -> tuple[dict[str, Any], dict[str, Any], Links | None]:
    """What a row says of the product, its year and its patents; RuleError with all its faults."""
    values, problems = read(line.cells, _FIELDS)
    figures, unread = read(line.cells, fieldsets.YEAR)
    problems = [*problems, *unread, *_unknown_codes(values)]
    links: Links | None = None
    if "core" in line.cells or "other" in line.cells:
        links = {}
        for name in ("core", "other"):
            problems += _add_links(links, name, line.cells.get(name, ""), unit_id)
    if problems:
        raise RuleError(problems)
    return values, figures, links


def _unknown_codes(values: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(name, N_("没有代码“{code}”", code=values[name]))
        for name, scheme in (("class_code", "class"), ("industry_code", "industry"))
        if values.get(name) and classifications.get(scheme, values[name]) is None
    ]


def _add_links(links: Links, name: str, text: str, unit_id: int) -> list[Problem]:
    problems = []
    for part in filter(None, (each.strip() for each in _LIST.split(text))):
        number, _, share = part.replace("：", ":").partition(":")
        try:
            compact = patent_number.parse(number).compact
            found = contributions.parse_share(share) if share.strip() else None
        except InputError as error:
            problems.append(Problem(name, N_("“{text}”：{reason}", text=part[:40], reason=error.message)))
            continue
        own = select(m.Patent.id).where(m.Patent.unit_id == unit_id, m.Patent.application_no == compact)
        patent_id = session.scalar(own)
        if patent_id is None:
            problems.append(
                Problem(
                    name, N_("“{text}”：{reason}", text=part[:40], reason=N_("本单位的专利信息中没有该专利"))
                )
            )
        else:
            links[patent_id] = (name == "core", found if name == "core" else None)
    return problems


def _present(values: Mapping[str, Any], unit_id: int) -> m.Product | None:
    """The draft with the row's name and model; Conflict where such a product was handed in already."""
    same_name = select(m.Product).where(
        m.Product.unit_id == unit_id, m.Product.name_key == name_key(values.get("name", "")),
        m.Product.model == values.get("model"),
    )  # fmt: skip
    found = list(session.scalars(same_name.order_by(m.Product.id)))
    draft = next((product for product in found if product.state in filings.EDITABLE), None)
    if found and draft is None:
        raise Conflict(N_("同名同型号的产品已提交或备案，不能再作为草稿导入"))
    return draft


def _is_same(
    product: m.Product, values: Mapping[str, Any], figures: Mapping[str, Any], links: Links | None
) -> bool:
    year = yeardata.year_of(product, product.filing_year)
    present = {link.patent_id: (link.core, link.contribution) for link in year.links}
    return same(product, values) and same(year, figures) and links in (None, present)
