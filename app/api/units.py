"""What a unit keeps of itself, over REST: real-name data, yearly assets, patents, files, messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, COUNTED, GONE, PK, RECEIPT, SAVED, VERSIONED
from app.api.base import Api, RecordApi, operation
from app.api.viewed import ViewApi
from app.db import session
from app.documents import storage
from app.domain.clock import utc_now
from app.services import assets, fieldsets, inbox, patents, realname
from app.services.fields import Field
from app.web import files, listing
from app.web.interface import PolicyInterface
from app.web.records import RegisterPatentView, numbered
from app.web.security import current_actor

YEAR = "<int(min=2000,max=2100):year>"
_PATENT = (*fieldsets.PATENT, *fieldsets.PATENT_HOLDING)


def _typed(*fields: Field) -> dict[str, schemas.Schema]:
    return {field.name: schemas.TYPED for field in fields}


class UnitApi(RecordApi):
    """Filing units; a unit changes its own."""

    resource_name = "units"
    title = _l("备案单位")
    area = "units"
    datamodel = PolicyInterface(m.Unit)
    roles = answers.UNIT_WRITES
    list_columns = ("name", "uscc", "kind", "province", "state")
    show_columns = (
        *list_columns, "city", "district", "address", "legal_representative", "founded", "industry_code", "version",
    )  # fmt: skip
    filter_columns = ("state", "kind", "province")
    text_columns = ("name", "uscc")

    @operation(
        "PUT", f"/{PK}", _l("保存单位信息，不必完整"), answer=SAVED, errors=(409,),
        body=schemas.some({
            "version": schemas.VERSION, **_typed(*fieldsets.UNIT_NAME, *fieldsets.UNIT),
            "former_names": schemas.array(schemas.text(200), realname.FORMER_NAMES),
            "qualifications": schemas.array(schemas.one_of(*fieldsets.QUALIFICATIONS), len(fieldsets.QUALIFICATIONS)),
        }, "version"),
        example={"version": 1, "contact": "张三", "former_names": ["长沙甲机械厂"]},
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Save what the unit says of itself; once it is verified, only how to reach it."""
        version = data.pop("version")
        saved = realname.save(current_actor(), pk, data, version, utc_now())
        session.flush()
        return answers.saved(saved.unit, saved.problems)

    @operation(
        "POST", f"/{PK}/submit", _l("提交实名认证"), body=VERSIONED, answer=RECEIPT, errors=(409,), status=201,
        example={"version": 2},
    )  # fmt: skip
    def submit(self, pk: int, data: dict[str, Any]) -> Any:
        """Hand in the real-name check."""
        return answers.receipt(realname.submit(current_actor(), pk, data["version"], utc_now()))

    @operation("POST", f"/{PK}/withdraw", _l("撤回实名认证"), answer=CHANGED, errors=(409,))
    def withdraw(self, pk: int) -> Any:
        """Take the real-name check back while nobody has decided."""
        return answers.changed(realname.withdraw(current_actor(), pk, utc_now()))

    @operation(
        "POST", f"/{PK}/change", _l("申请变更单位名称、代码等认证信息"), answer=RECEIPT, errors=(409,), status=201,
        body=schemas.some({"version": schemas.VERSION, **_typed(*realname.CHANGE)}, "version"),
        example={"version": 3, "name": "长沙甲机械股份有限公司", "licence_file_id": 21},
    )  # fmt: skip
    def change(self, pk: int, data: dict[str, Any]) -> Any:
        """Apply for a change of what staff verified."""
        version = data.pop("version")
        return answers.receipt(realname.submit_change(current_actor(), pk, data, version, utc_now()))

    @operation("POST", f"/{PK}/change/withdraw", _l("放弃变更申请"), answer=CHANGED, errors=(409,))
    def withdraw_change(self, pk: int) -> Any:
        """Give the change up."""
        return answers.changed(realname.withdraw_change(current_actor(), pk, utc_now()))


class AssetYearApi(RecordApi):
    """Units' yearly assets; a unit writes its own, by year."""

    resource_name = "assets"
    title = _l("单位资产信息")
    area = "units"
    datamodel = PolicyInterface(m.AssetYear)
    roles = answers.UNIT_WRITES
    list_columns = (
        "unit",
        "year",
        "revenue",
        "total_profit",
        "total_assets",
        "rnd_spending",
        "employees",
        "state",
    )
    show_columns = (
        *list_columns, "cost", "net_profit", "intangible_assets", "tax", "export", "rnd_staff", "valid_patents",
        "statement_seal", "version",
    )  # fmt: skip
    filter_columns = ("state", "year")
    body = schemas.some({"version": schemas.or_null(schemas.VERSION), **_typed(*fieldsets.ASSET)}, "version")

    @operation(
        "PUT", f"/years/{YEAR}", _l("保存年度资产信息，不必完整；尚未开始的年度 version 为 null"), body=body,
        answer=SAVED, errors=(409,), example={"version": None, "revenue": "86000.00", "employees": 120},
    )  # fmt: skip
    def put(self, year: int, data: dict[str, Any]) -> Any:
        """Save a year's assets."""
        version = data.pop("version")
        saved = assets.save(current_actor(), year, data, version, utc_now())
        return answers.saved(saved.assets, saved.problems)

    @operation(
        "POST", f"/years/{YEAR}/complete", _l("保存并确认年度资产信息已填完"), body=body, answer=CHANGED, errors=(409,),
        example={"version": 2, "statement_file_id": 33, "statement_seal": "auditor"},
    )  # fmt: skip
    def complete(self, year: int, data: dict[str, Any]) -> Any:
        """Save a year's assets and declare them complete."""
        version = data.pop("version")
        return answers.changed(assets.complete(current_actor(), year, data, version, utc_now()))


class PatentApi(RecordApi):
    """Units' patents; a unit keeps its own base."""

    resource_name = "patents"
    title = _l("单位专利")
    area = "patents"
    datamodel = PolicyInterface(m.Patent)
    roles = answers.UNIT_WRITES
    list_columns = (
        "application_no",
        "title",
        "unit",
        "kind",
        "legal_state",
        "obtained",
        "filing_date",
        "expiry",
    )
    show_columns = (
        *list_columns,
        "patentees",
        "inventors",
        "grant_date",
        "publication_no",
        "ipc",
        "source",
        "version",
    )
    filter_columns = ("kind", "legal_state", "obtained")
    text_columns = ("application_no", "title")

    def spec(self) -> listing.ListSpec:
        """A number is found by the index, a part of a title by looking at all."""
        return replace(super().spec(), number=lambda text: numbered(m.Patent.application_no, text, 6))

    @operation(
        "POST", "/import", _l("按单位名称导入本单位的专利，或更新已有的"), errors=(409,),
        answer=schemas.result(schemas.obj(dict.fromkeys(("added", "refreshed", "unchanged", "lapsed"), schemas.COUNT))),
    )  # fmt: skip
    def import_own(self) -> Any:
        """Take the unit's patents from the register; again: refresh them."""
        done = patents.import_own(current_actor(), utc_now())
        return {"result": {"added": done.added, "refreshed": done.refreshed, "unchanged": done.unchanged,
                           "lapsed": done.lapsed}}  # fmt: skip

    @operation(
        "POST", "/", _l("手工添加曾用名下、受让或许可的专利"), answer=CHANGED, status=201,
        body=schemas.some({"application_no": schemas.text(60), **_typed(*_PATENT)}, "application_no"),
        example={"application_no": "ZL 2015 1 0222662.8", "obtained": "assigned", "proof_file_id": 12},
    )  # fmt: skip
    def add(self, data: dict[str, Any]) -> Any:
        """Add a patent; what the register knows of it is filled in."""
        return answers.changed(patents.add_by_hand(current_actor(), data, utc_now()))

    @operation(
        "PUT", f"/{PK}", _l("修改专利的取得方式和证明"), answer=CHANGED, errors=(409,),
        body=schemas.some({"version": schemas.VERSION, **_typed(*_PATENT)}, "version"),
        example={"version": 1, "obtained": "licensed", "licence_kind": "sole", "licence_from": "2024-01-01"},
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Change a patent; its facts only where the register does not know it."""
        version = data.pop("version")
        return answers.changed(patents.edit(current_actor(), pk, data, version, utc_now()))

    @operation(
        "DELETE", f"/{PK}", _l("从专利信息中删除未使用的专利"), args={"version": schemas.VERSION}, needs=("version",),
        answer=GONE, errors=(409,),
    )  # fmt: skip
    def delete(self, pk: int, args: dict[str, Any]) -> Any:
        """Take a patent out of the base."""
        patents.remove(current_actor(), pk, args["version"], utc_now())
        return answers.gone(pk)


class RegisterPatentApi(ViewApi):
    """The register of patents, as far as it was imported."""

    resource_name = "register-patents"
    area = "patents"
    view = RegisterPatentView


class FileApi(Api):
    """Files: a unit uploads them, then names their id in a record; whoever sees the record downloads them."""

    resource_name = "files"
    area = "files"
    roles = {**answers.EVERY_READER, "Unit": answers.WRITE}

    @operation(
        "POST", "/", _l("上传文件，返回的 id 填入记录"), status=201, sends="multipart/form-data",
        answer=schemas.result(answers.FILE),
        body=schemas.obj({
            "purpose": schemas.one_of(*storage.PURPOSES), "file": {"type": "string", "format": "binary"},
        }),
    )  # fmt: skip
    def upload(self) -> Any:
        """Check and store a file."""
        actor, purpose, sent = current_actor(), request.form.get("purpose", ""), files.sent()
        if purpose not in storage.PURPOSES or sent is None or actor.unit_id is None:
            raise BadRequest
        limits = storage.Limits.of(purpose)
        file = files.received(sent, purpose, actor.unit_id, limits)
        return {"result": answers.file(storage.keep(file, limits))}

    @operation(
        "GET", "/<string(maxlength=32):token>", _l("下载已上传的文件"), answers="application/octet-stream",
        answer={"type": "string", "format": "binary"}, errors=(404,),
    )  # fmt: skip
    def download(self, token: str) -> Response:
        """The file as a download under its own name."""
        return files.send(files.find(token), inline=False)


class MessageApi(RecordApi):
    """The caller's own messages."""

    resource_name = "messages"
    title = _l("消息")
    area = "messages"
    datamodel = PolicyInterface(m.Outbox)
    roles = dict.fromkeys(answers.READERS, answers.WRITE)
    exclude_route_methods = {"get"}
    list_columns = show_columns = ("subject", "body", "link", "created_at", "read_at")
    text_columns = ("subject", "body")

    def limited(self) -> Any:
        """Only one's own, in the system."""
        return (m.Outbox.user_id == current_actor().user_id) & (m.Outbox.channel == "inapp")

    @operation("POST", f"/{PK}/read", _l("标为已读"), answer=GONE)
    def read(self, pk: int) -> Any:
        """Mark a message as read."""
        return answers.gone(inbox.mark_read(current_actor(), pk, utc_now()).id)

    @operation("POST", "/read", _l("全部标为已读"), answer=COUNTED)
    def read_all(self) -> Any:
        """Mark all as read."""
        return answers.counted(inbox.mark_all_read(current_actor(), utc_now()))
