"""Filings and yearly updates over REST: what the wizard does, step by step, and the checker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, FINDINGS, GONE, PK, RECEIPT, SAVED, VERSIONED
from app.api.base import Api, RecordApi, operation
from app.columns import LARGEST_KEY
from app.db import session
from app.domain.clock import utc_now
from app.reports import search
from app.services import fieldsets, filings, revocations, updates, yeardata
from app.services.checking import check_document
from app.services.checks import Finding
from app.web import listing
from app.web.interface import PolicyInterface
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.unit.flows import FilingFlow, Flow, UpdateFlow

FIGURES = tuple(field.name for field in fieldsets.YEAR)
LINK = schemas.some(
    {"patent_id": schemas.ID, "core": schemas.FLAG, "contribution": {"type": ["string", "number", "null"], "maxLength": 20}},
    "patent_id",
)  # fmt: skip
LINKS = schemas.obj({"version": schemas.VERSION, "links": schemas.array(LINK, yeardata.LINK_LIMIT)})
EVIDENCE = schemas.obj(
    {"version": schemas.VERSION, "file_id": schemas.ID, "kind": schemas.one_of(*yeardata.EVIDENCE_KINDS)}
)
SUBMISSION = schemas.obj({"version": schemas.VERSION, "commitment": schemas.FLAG})
EVIDENCE_PK = f"<int(min=1,max={LARGEST_KEY}):evidence_id>"
#: who reads a filing whole, with its evidence
_WHOLE = ("can_read", "can_read_whole")
ROLES = {**answers.EVERY_READER, **dict.fromkeys(("Reviewer", "RecognitionOfficer", "Auditor", "Admin"), _WHOLE),
         "Unit": (*_WHOLE, "can_write")}  # fmt: skip


class FlowApi(RecordApi):
    """What a filing and a yearly update have in common: figures, linked patents, evidence, check, submission."""

    area = "filing"
    roles = ROLES
    flow: ClassVar[Any]
    #: how it is taken back
    take_back: ClassVar[Any]
    #: what the caller may set; state, numbers and owner are set by the process alone
    writable: ClassVar[tuple[str, ...]] = FIGURES

    def load(self, pk: int) -> Flow:
        """The filing or update, or 404."""
        found: Flow = self.flow.load(current_actor(), pk)
        return found

    def takes(self) -> schemas.Schema:
        """What a save takes."""
        typed = dict.fromkeys(self.writable, schemas.TYPED)
        return schemas.some({"version": schemas.VERSION, **typed}, "version")

    @operation(
        "GET", f"/{PK}/whole", _l("备案或更新的全部内容：年度数据、关联专利、证明材料"), permission="read_whole",
        answer=lambda api: schemas.result(_whole_schema(api)), errors=(404,),
    )  # fmt: skip
    def whole(self, pk: int) -> Any:
        """Everything of it."""
        flow = self.load(pk)
        return {
            "result": {
                "record": self.shown(flow.record, self.show_columns),
                "version": flow.record.version,
                "figures": {name: getattr(flow.year, name) for name in FIGURES},
                "links": [_link(link) for link in flow.year.links],
                "evidence": [
                    {"id": each.id, "kind": each.kind, "file": answers.file(each.file)}
                    for each in flow.year.evidence
                ],
            }
        }

    @operation(
        "PUT", f"/{PK}", _l("保存，不必完整"), body=lambda api: api.takes(), answer=SAVED,
        example={"version": 1, "sales": "1200.50"}, errors=(409,),
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Save it, however incomplete; problems of single fields are listed."""
        return self._save(pk, 1, data)

    @operation(
        "PUT", f"/{PK}/patents", _l("设定关联专利及核心专利的贡献率"), body=LINKS, answer=SAVED, errors=(409,),
        example={"version": 2, "links": [{"patent_id": 1, "core": True, "contribution": "100.00"}]},
    )  # fmt: skip
    def patents(self, pk: int, data: dict[str, Any]) -> Any:
        """Make these the linked patents."""
        return self._save(pk, 2, data)

    def _save(self, pk: int, step: int, data: dict[str, Any]) -> Any:
        flow = self.load(pk)
        problems = flow.save(step, data, data.pop("version"), utc_now())
        session.flush()
        return answers.saved(flow.record, problems)

    @operation(
        "POST", f"/{PK}/patents/split", _l("核心专利平均分配 100.00% 的贡献率"), body=VERSIONED, answer=CHANGED,
        example={"version": 3}, errors=(409,),
    )  # fmt: skip
    def split(self, pk: int, data: dict[str, Any]) -> Any:
        """Share 100.00 % evenly among the core patents."""
        flow = self.load(pk)
        flow.split_evenly(data["version"], utc_now())
        return self._changed(flow)

    @operation(
        "POST", f"/{PK}/evidence", _l("加入已上传的证明材料"), body=EVIDENCE, answer=CHANGED, errors=(409,),
        example={"version": 4, "file_id": 17, "kind": "sales"},
    )  # fmt: skip
    def add_evidence(self, pk: int, data: dict[str, Any]) -> Any:
        """Add an uploaded file as evidence."""
        flow = self.load(pk)
        flow.add_evidence(data["file_id"], data["kind"], data["version"], utc_now())
        return self._changed(flow)

    @operation(
        "DELETE", f"/{PK}/evidence/{EVIDENCE_PK}", _l("移除证明材料"), args={"version": schemas.VERSION},
        needs=("version",), answer=CHANGED, errors=(409,),
    )  # fmt: skip
    def remove_evidence(self, pk: int, evidence_id: int, args: dict[str, Any]) -> Any:
        """Take evidence away."""
        flow = self.load(pk)
        flow.remove_evidence(evidence_id, args["version"], utc_now())
        return self._changed(flow)

    def _changed(self, flow: Flow) -> Any:
        session.flush()
        return answers.changed(flow.record)

    @operation(
        "GET", f"/{PK}/findings", _l("按备案规则检查现有内容"), permission="read_whole", answer=FINDINGS, errors=(404,)
    )  # fmt: skip
    def findings(self, pk: int) -> Any:
        """What the checker finds in what is stored."""
        language = "en" if in_english() else "zh"
        return {"result": [found.to_dict(language, render) for found in _found(self.load(pk))]}

    @operation(
        "POST", f"/{PK}/submit", _l("提交审核"), body=SUBMISSION, answer=RECEIPT, errors=(409,), status=201,
        example={"version": 5, "commitment": True},
    )  # fmt: skip
    def submit(self, pk: int, data: dict[str, Any]) -> Any:
        """Hand it in for review; the promise of truth (``commitment``) is part of it."""
        return answers.receipt(self.load(pk).submit(data["version"], data["commitment"], utc_now()))

    @operation("POST", f"/{PK}/withdraw", _l("撤回尚未审核的提交"), answer=CHANGED, errors=(409,))
    def withdraw(self, pk: int) -> Any:
        """Take the submission back while nobody has decided."""
        return answers.changed(type(self).take_back(current_actor(), pk, utc_now()))


def _found(flow: Flow) -> list[Finding]:
    return flow.findings(utc_now())


def _link(link: m.PatentLink) -> dict[str, Any]:
    return {
        "patent_id": link.patent_id, "application_no": link.patent.application_no, "title": link.patent.title,
        "core": link.core, "contribution": link.contribution,
    }  # fmt: skip


def _whole_schema(api: FlowApi) -> schemas.Schema:
    link = {name: schemas.column(m.PatentLink, name) for name in ("patent_id", "core", "contribution")}
    named = {name: schemas.column(m.Patent, name) for name in ("application_no", "title")}
    evidence = {"id": schemas.ID, "kind": schemas.column(m.Evidence, "kind"), "file": answers.FILE}
    return schemas.obj({
        "record": api.record(), "version": schemas.VERSION,
        "figures": schemas.obj({name: schemas.column(m.ProductYear, name) for name in FIGURES}),
        "links": schemas.array(schemas.obj({**link, **named})), "evidence": schemas.array(schemas.obj(evidence)),
    })  # fmt: skip


class ProductApi(FlowApi):
    """Products and their filing."""

    resource_name = "products"
    title = _l("产品")
    datamodel = PolicyInterface(m.Product)
    flow = FilingFlow
    take_back = staticmethod(filings.withdraw)
    list_columns = (
        "filing_no", "name", "unit", "class_code", "industry_code", "takes_part", "filing_year", "updated_year", "state", "filed_on",
    )  # fmt: skip
    show_columns = (
        *list_columns, "model", "models_reason", "nature", "stage", "introduction", "launch_date", "province", "version",
    )  # fmt: skip
    filter_columns = ("state", "nature")
    text_columns = ("name", "filing_no")
    order_columns = ("filed_on",)
    writable = (*(field.name for field in fieldsets.PRODUCT), *FIGURES)

    def spec(self) -> listing.ListSpec:
        """Products are found by their index: by part of a name, by number, by patent."""
        return replace(super().spec(), search=search)

    @operation("POST", "/", _l("新建备案草稿"), answer=CHANGED, errors=(409,), status=201)
    def start(self) -> Any:
        """Begin a filing."""
        return answers.changed(filings.start_draft(current_actor(), utc_now()))

    @operation(
        "POST", f"/{PK}/copy", _l("以现有产品为底稿新建备案"), answer=CHANGED, errors=(409,), status=201
    )
    def copy(self, pk: int) -> Any:
        """Begin a filing with another product's information and patents."""
        return answers.changed(filings.copy(current_actor(), pk, utc_now()))

    @operation(
        "DELETE", f"/{PK}", _l("删除从未提交过的草稿"), args={"version": schemas.VERSION}, needs=("version",),
        answer=GONE, errors=(409,),
    )  # fmt: skip
    def delete(self, pk: int, args: dict[str, Any]) -> Any:
        """Delete a draft that was never submitted."""
        filings.delete_draft(current_actor(), pk, args["version"])
        return answers.gone(pk)

    @operation("POST", f"/{PK}/update", _l("开始本年度更新"), answer=CHANGED, errors=(409,), status=201)
    def update(self, pk: int) -> Any:
        """Begin this year's update; what is answered is the year's data."""
        return answers.changed(updates.start(current_actor(), pk, utc_now()))

    @operation(
        "POST", f"/{PK}/revocation", _l("申请撤销备案"), answer=RECEIPT, errors=(409,), status=201,
        body=schemas.some({
            "version": schemas.VERSION, "reason": schemas.one_of(*revocations.REASONS), "note": schemas.text(2000),
            "confirmed": schemas.FLAG,
        }, "version", "reason"),
        example={"version": 6, "reason": "off_market", "note": "2025 年 3 月停产", "confirmed": True},
    )  # fmt: skip
    def revoke(self, pk: int, data: dict[str, Any]) -> Any:
        """Ask staff to revoke the filing; ``confirmed`` where a recognition would end with it."""
        case = revocations.request(
            current_actor(), pk, data["reason"], data.get("note", ""), data["version"], utc_now(),
            confirmed=data.get("confirmed", False),
        )  # fmt: skip
        return answers.receipt(case)

    @operation("POST", f"/{PK}/revocation/withdraw", _l("撤回撤销申请"), answer=CHANGED, errors=(409,))
    def withdraw_revocation(self, pk: int) -> Any:
        """Take the request back while nobody has decided."""
        return answers.changed(revocations.withdraw(current_actor(), pk, utc_now()))


class ProductYearApi(FlowApi):
    """Products' data of each year; those after the year of filing are updates."""

    resource_name = "product-years"
    title = _l("产品年度数据")
    datamodel = PolicyInterface(m.ProductYear)
    flow = UpdateFlow
    take_back = staticmethod(updates.withdraw)
    list_columns = ("product_id", "year", "output_value", "sales", "export", "profit", "state")
    show_columns = (*list_columns, "volume", "volume_unit", "domestic_share", "world_share", "version")
    filter_columns = ("state", "year")


class CheckApi(Api):
    """The checker: the same rules as in the wizard, for a filing given as JSON."""

    resource_name = "filing-checks"
    area = "filing"
    roles = dict.fromkeys(("Unit", "Reviewer", "Admin"), ("can_read",))

    @operation(
        "POST", "/", _l("检查一份以 JSON 给出的备案，逐条说明"), access="read", body={"type": "object"},
        answer=FINDINGS, example={"name": "一种储能柜"},
    )  # fmt: skip
    def post(self, data: dict[str, Any]) -> Any:
        """Check a filing: one finding an entry, with rule, clause, severity, field and message in the reader's language."""
        language = "en" if in_english() else "zh"
        return {"result": check_document(data, utc_now(), language, render)}
