"""Reads of the filing's records, and the checker, over REST."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import schemas
from app.api.base import Api, RecordApi, operation
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Problem
from app.services import fieldsets, filings
from app.services.checking import check_document
from app.web.interface import PolicyInterface
from app.web.security import current_actor
from app.web.text import in_english, render

READ = ("can_read",)
EVERY_READER = dict.fromkeys(("Unit", "Reviewer", "RecognitionOfficer", "IPOffice", "Auditor", "Admin"), READ)


FINDING = schemas.obj({
    "rule": schemas.TEXT, "no": schemas.ANYTHING, "clause": schemas.TEXT, "official": schemas.FLAG, "stage": schemas.TEXT,
    "severity": schemas.one_of("block", "warn", "info"), "field": schemas.or_null(schemas.TEXT), "message": schemas.TEXT,
    "good": schemas.or_null(schemas.TEXT), "bad": schemas.or_null(schemas.TEXT),
})  # fmt: skip
#: a saved record's new version, and what of it could not be taken
SAVED = schemas.result(
    schemas.obj({"id": schemas.ID, "version": schemas.VERSION}), problems=schemas.array(schemas.PROBLEM)
)


def saved_answer(record: Any, problems: Iterable[Problem]) -> dict[str, Any]:
    """What ``SAVED`` describes."""
    said = [{"field": p.field, "message": render(p.message), "rule": p.rule} for p in problems]
    return {"result": {"id": record.id, "version": record.version}, "problems": said}


class ProductApi(RecordApi):
    """Products; a unit may also save a draft."""

    resource_name = "products"
    area = "filing"
    datamodel = PolicyInterface(m.Product)
    roles = {**EVERY_READER, "Unit": (*READ, "can_write")}
    list_columns = (
        "filing_no",
        "name",
        "class_code",
        "industry_code",
        "takes_part",
        "filing_year",
        "updated_year",
        "state",
        "filed_on",
    )
    show_columns = (
        *list_columns,
        "model",
        "models_reason",
        "nature",
        "stage",
        "introduction",
        "launch_date",
        "province",
        "version",
    )
    filter_columns = ("state", "nature")
    text_columns = ("name", "filing_no")
    order_columns = ("filed_on",)
    #: what the caller may set; state, numbers and owner are set by the process alone
    writable = tuple(field.name for field in fieldsets.PRODUCT)

    @operation(
        "PUT", "/<pk>", _l("保存草稿的产品信息"), body=lambda api: schemas.some(api.takes(), "version"),
        answer=SAVED, example={"version": 1, "name": "电动船用锂离子电池"}, errors=(404, 409, 422),
    )  # fmt: skip
    def put(self, pk: str, data: dict[str, Any]) -> Any:
        """Save a draft's product information, however incomplete; problems of single fields are listed."""
        product = self.datamodel.find(pk)
        version = data.pop("version")
        saved = filings.save_step(current_actor(), product.id, 1, data, version, utc_now())
        session.flush()
        return saved_answer(saved.product, saved.problems)

    def takes(self) -> dict[str, schemas.Schema]:
        """What the caller may set."""
        return {"version": schemas.VERSION, **dict.fromkeys(self.writable, schemas.TYPED)}


class ProductYearApi(RecordApi):
    """Products' data of each year."""

    resource_name = "product-years"
    area = "filing"
    datamodel = PolicyInterface(m.ProductYear)
    roles = EVERY_READER
    list_columns = ("product_id", "year", "output_value", "sales", "export", "profit", "state")
    show_columns = (*list_columns, "volume", "volume_unit", "domestic_share", "world_share")
    filter_columns = ("state", "year")


class PatentApi(RecordApi):
    """Units' patents."""

    resource_name = "patents"
    area = "patents"
    datamodel = PolicyInterface(m.Patent)
    roles = EVERY_READER
    list_columns = ("application_no", "title", "kind", "legal_state", "obtained", "filing_date", "expiry")
    show_columns = (*list_columns, "patentees", "inventors", "grant_date", "publication_no", "ipc", "source")
    filter_columns = ("kind", "legal_state", "obtained")
    text_columns = ("application_no", "title")


class UnitApi(RecordApi):
    """Filing units."""

    resource_name = "units"
    area = "units"
    datamodel = PolicyInterface(m.Unit)
    roles = EVERY_READER
    list_columns = ("name", "uscc", "kind", "province", "state")
    show_columns = (
        *list_columns,
        "city",
        "district",
        "address",
        "legal_representative",
        "founded",
        "industry_code",
    )
    filter_columns = ("state", "kind", "province")
    text_columns = ("name", "uscc")


class AssetYearApi(RecordApi):
    """Units' yearly assets."""

    resource_name = "assets"
    area = "units"
    datamodel = PolicyInterface(m.AssetYear)
    roles = EVERY_READER
    list_columns = ("year", "revenue", "total_profit", "total_assets", "rnd_spending", "employees", "state")
    show_columns = (
        *list_columns,
        "cost",
        "net_profit",
        "intangible_assets",
        "tax",
        "export",
        "rnd_staff",
        "valid_patents",
        "statement_seal",
    )
    filter_columns = ("state", "year")


class CaseApi(RecordApi):
    """Submissions and their outcome."""

    resource_name = "cases"
    area = "filing"
    datamodel = PolicyInterface(m.Case)
    roles = dict.fromkeys(("Unit", "Reviewer", "Auditor", "Admin"), READ)
    list_columns = ("receipt_no", "kind", "title", "round", "state", "due_on", "submitted_at")
    show_columns = (*list_columns, "due_provisional", "closed_at", "reason")
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no", "title")


class CheckApi(Api):
    """The checker: the same rules as in the wizard, for a filing given as JSON."""

    resource_name = "filing-checks"
    area = "filing"
    roles = dict.fromkeys(("Unit", "Reviewer", "Admin"), ("can_read",))

    @operation(
        "POST", "/", _l("检查一份以 JSON 给出的备案，逐条说明"), access="read", body={"type": "object"},
        answer=schemas.result(schemas.array(FINDING)), example={"name": "一种储能柜"}, errors=(422,),
    )  # fmt: skip
    def post(self, data: dict[str, Any]) -> Any:
        """Check a filing: one finding an entry, with rule, clause, severity, field and message in the reader's language."""
        language = "en" if in_english() else "zh"
        return {"result": check_document(data, utc_now(), language, render)}
