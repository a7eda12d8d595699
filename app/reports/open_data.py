"""The open data: a row for every product the public finds, with a schema; the same values as on the products' pages.

Explicit columns, read as tables, in batches: no contact, no amounts, no remarks, no ids of records (abuse.md T-V03).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.recognition.verdict import EXPIRED, REVOKED, VALID
from app.domain.text import N_, Message
from app.registers import classifications, regions
from app.reports.search_index import PUBLIC_STATES, SHOWN_STATES

BATCH = 2_000
_C, _L, _P, _T, _U, _Y = (
    model.__table__.c for model in (m.Certificate, m.PatentLink, m.Product, m.Patent, m.Unit, m.ProductYear)
)


@dataclass(frozen=True)
class Field:
    """A column: its name, what it holds, and its type in JSON."""

    name: str
    meaning: Message
    kind: str = "string"
    nullable: bool = True


FIELDS = (
    Field("filing_no", N_("备案编号"), nullable=False),
    Field("name", N_("产品名称"), nullable=False),
    Field("model", N_("规格型号")),
    Field("nature", N_("产品性质：goods 实物产品，service 技术服务")),
    Field("stage", N_("产品阶段：intermediate 中间材料，end 终端产品")),
    Field("unit_name", N_("备案单位"), nullable=False),
    Field("province_code", N_("省级行政区划代码（GB/T 2260）")),
    Field("province", N_("省级行政区")),
    Field("class_code", N_("产品分类代码")),
    Field("class_name", N_("产品分类名称")),
    Field("industry_code", N_("国民经济行业代码（GB/T 4754-2017）")),
    Field("industry_name", N_("国民经济行业名称")),
    Field("patent_intensive", N_("行业是否属于专利密集型产业（2019）"), "boolean", nullable=False),
    Field("filed_on", N_("备案日期"), nullable=False),
    Field("filing_year", N_("备案数据年度"), "integer", nullable=False),
    Field("updated_year", N_("最近更新年度"), "integer"),
    Field("state", N_("备案状态：filed 已备案，revoked 已撤销"), nullable=False),
    Field("revoked_on", N_("撤销日期")),
    Field("patents", N_("最近更新年度的关联专利号；CSV 中以分号隔开"), "array", nullable=False),
    Field("certificate_no", N_("最近一份认定证书的编号")),
    Field("certificate_year", N_("认定年度"), "integer"),
    Field("certificate_valid_until", N_("认定证书有效期至")),
    Field("certificate_state", N_("证书状态：valid 有效，expired 已到期，revoked 已撤销")),
)
NAMES = tuple(field.name for field in FIELDS)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line of the JSON file."""
    properties = {}
    for field in FIELDS:
        kind: Any = [field.kind, "null"] if field.nullable else field.kind
        properties[field.name] = {"type": kind, "description": str(field.meaning)}
        if field.kind == "array":
            properties[field.name]["items"] = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "专利产品备案与认定公开数据", "type": "object",
        "properties": properties, "required": list(NAMES), "additionalProperties": False,
    }  # fmt: skip


def records(today: date) -> Iterator[dict[str, Any]]:
    """Every product the public finds, by its place in the platform; ``today`` decides which certificates are in force."""
    last = 0
    while rows := session.execute(_products(last)).all():
        last = rows[-1].id
        ids = [row.id for row in rows]
        patents, certificates = _patents(ids), _certificates(ids, today)
        for row in rows:
            yield _record(row, patents.get(row.id, []), certificates.get(row.id))


def _products(after: int) -> Any:
    columns = (_P.id, _P.filing_no, _P.name, _P.model, _P.nature, _P.stage, _U.name.label("unit_name"), _P.province,
               _P.class_code, _P.industry_code, _P.filed_on, _P.filing_year, _P.updated_year, _P.state, _P.revoked_on)  # fmt: skip
    tables = m.Product.__table__.join(m.Unit.__table__, _U.id == _P.unit_id)
    found = select(*columns).select_from(tables).where(_P.id > after, _P.state.in_(PUBLIC_STATES))
    return found.order_by(_P.id).limit(BATCH)


def _patents(ids: Collection[int]) -> dict[int, list[str]]:
    tables = (
        m.ProductYear.__table__.join(m.Product.__table__, _P.id == _Y.product_id)
        .join(m.PatentLink.__table__, _L.product_year_id == _Y.id)
        .join(m.Patent.__table__, _T.id == _L.patent_id)
    )
    query = select(_Y.product_id, _T.application_no).select_from(tables)
    query = query.where(_Y.product_id.in_(ids), _Y.state == "updated", _Y.year == _P.updated_year)
    found: dict[int, list[str]] = defaultdict(list)
    for product_id, number in session.execute(query.order_by(_T.application_no)):
        found[product_id].append(patent_number.PatentNumber(number).display)
    return found


def _certificates(ids: Collection[int], today: date) -> dict[int, dict[str, Any]]:
    query = select(_C.product_id, _C.number, _C.year, _C.valid_until, _C.revoked_on).where(
        _C.product_id.in_(ids)
    )
    found: dict[int, dict[str, Any]] = {}
    for product_id, number, year, valid_until, revoked_on in session.execute(query.order_by(_C.number)):
        state = REVOKED if revoked_on else VALID if valid_until >= today else EXPIRED
        found[product_id] = {"certificate_no": number, "certificate_year": year,
                             "certificate_valid_until": valid_until.isoformat(), "certificate_state": state}  # fmt: skip
    return found


def _record(row: Any, patents: Sequence[str], certificate: dict[str, Any] | None) -> dict[str, Any]:
    product_class = classifications.get("class", row.class_code)
    industry = classifications.get("industry", row.industry_code)
    return {
        "filing_no": row.filing_no, "name": row.name, "model": row.model, "nature": row.nature, "stage": row.stage,
        "unit_name": row.unit_name, "province_code": row.province,
        "province": regions.name(row.province) if row.province else None, "class_code": row.class_code,
        "class_name": product_class and product_class.name, "industry_code": row.industry_code,
        "industry_name": industry and industry.name,
        "patent_intensive": classifications.is_intensive(row.industry_code) is not None,
        "filed_on": row.filed_on.isoformat(), "filing_year": row.filing_year, "updated_year": row.updated_year,
        "state": SHOWN_STATES[row.state], "revoked_on": row.revoked_on.isoformat() if row.revoked_on else None,
        "patents": list(patents), **(certificate or dict.fromkeys(NAMES[-4:])),
    }  # fmt: skip
