"""Generated views of the filing's records: staff, IP offices and auditors read them; the process changes them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, false, true

from app import models as m
from app.domain.normal import name_key
from app.reports import search
from app.web import listing
from app.web.base import RecordView
from app.web.interface import PolicyInterface

READ = ("can_list", "can_show", "can_export")
READ_ONLY: list[str] = list(READ)
STAFF_READ = {"Reviewer": READ, "RecognitionOfficer": READ, "Auditor": READ, "Admin": READ}
OFFICE_READ = {**STAFF_READ, "IPOffice": READ}


class ProductView(RecordView):
    """Products 专利产品."""

    datamodel = PolicyInterface(m.Product)
    roles = OFFICE_READ
    base_permissions = READ_ONLY
    list_title = _l("产品")
    list_columns = [
        "filing_no",
        "name",
        "unit",
        "class_code",
        "industry_code",
        "takes_part",
        "filing_year",
        "updated_year",
        "state",
        "filed_on",
    ]
    order_columns = ["filed_on", "filing_no"]
    base_order = ("id", "desc")
    filter_columns = ("state", "nature")
    text_columns = ("name", "filing_no")
    search_hint = _l("产品名称、单位名称、备案编号或专利号")
    show_fieldsets: ClassVar[list[Any]] = [
        (
            _l("产品信息"),
            {
                "fields": [
                    "filing_no",
                    "name",
                    "unit",
                    "model",
                    "models_reason",
                    "nature",
                    "stage",
                    "class_code",
                    "industry_code",
                    "takes_part",
                    "introduction",
                    "launch_date",
                ]
            },
        ),
        (
            _l("状态"),
            {
                "fields": [
                    "state",
                    "filing_year",
                    "updated_year",
                    "filed_on",
                    "rounds",
                    "revocation_reason",
                    "revocation_note",
                    "revoked_on",
                    "created_at",
                    "changed_at",
                ]
            },
        ),
    ]
    label_columns = {
        "id": _l("编号"),
        "filing_no": _l("备案编号"),
        "name": _l("产品名称"),
        "unit": _l("备案单位"),
        "class_code": _l("产品分类"),
        "industry_code": _l("国民经济行业"),
        "takes_part": _l("参与认定"),
        "filing_year": _l("备案年度"),
        "updated_year": _l("更新年度"),
        "state": _l("状态"),
        "filed_on": _l("备案日期"),
        "nature": _l("产品性质"),
        "stage": _l("产品阶段"),
        "model": _l("规格型号"),
        "models_reason": _l("多型号说明"),
        "introduction": _l("产品简介"),
        "launch_date": _l("上市日期"),
        "rounds": _l("提交轮次"),
        "revocation_reason": _l("撤销原因"),
        "revocation_note": _l("撤销说明"),
        "revoked_on": _l("撤销日期"),
        "created_at": _l("创建时间"),
        "changed_at": _l("修改时间"),
    }

    def spec(self) -> listing.ListSpec:
        """Products are found by their index: by part of a name, by number, by patent."""
        return replace(super().spec(), search=search)


class ProductYearView(RecordView):
    """A product's data of each year."""

    datamodel = PolicyInterface(m.ProductYear)
    roles = OFFICE_READ
    base_permissions = READ_ONLY
    list_title = _l("产品年度数据")
    list_columns = ["product", "year", "output_value", "sales", "export", "profit", "state"]
    order_columns = ["year", "sales"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    show_columns = [
        "product",
        "year",
        "output_value",
        "sales",
        "volume",
        "volume_unit",
        "export",
        "profit",
        "domestic_share",
        "world_share",
        "state",
        "committed_at",
        "approved_at",
    ]
    label_columns = {
        "product": _l("产品"),
        "year": _l("数据年度"),
        "output_value": _l("产值（万元）"),
        "sales": _l("销售额（万元）"),
        "volume": _l("销量"),
        "volume_unit": _l("销量单位"),
        "export": _l("出口额（万元）"),
        "profit": _l("利润总额（万元）"),
        "domestic_share": _l("国内市场占有率（%）"),
        "world_share": _l("国际市场占有率（%）"),
        "state": _l("状态"),
        "committed_at": _l("承诺时间"),
        "approved_at": _l("通过时间"),
    }


class UnitView(RecordView):
    """Filing units 备案单位."""

    datamodel = PolicyInterface(m.Unit)
    roles = OFFICE_READ
    base_permissions = READ_ONLY
    list_title = _l("备案单位")
    list_columns = ["name", "uscc", "kind", "province", "contact", "state", "verified_at"]
    order_columns = ["name", "verified_at"]
    base_order = ("id", "desc")
    filter_columns = ("state", "kind")
    text_columns = ("name", "uscc")
    search_hint = _l("单位名称或统一社会信用代码")
    show_columns = [
        "name",
        "uscc",
        "kind",
        "legal_representative",
        "founded",
        "registered_capital",
        "province",
        "city",
        "district",
        "address",
        "industry_code",
        "contact",
        "mobile",
        "email",
        "makes_or_sells",
        "state",
        "verified_at",
    ]
    label_columns = {
        "name": _l("单位名称"),
        "uscc": _l("统一社会信用代码"),
        "kind": _l("单位性质"),
        "legal_representative": _l("法定代表人"),
        "founded": _l("成立日期"),
        "registered_capital": _l("注册资本（万元）"),
        "province": _l("省"),
        "city": _l("市"),
        "district": _l("区县"),
        "address": _l("地址"),
        "industry_code": _l("所属行业"),
        "contact": _l("联系人"),
        "mobile": _l("手机"),
        "email": _l("电子邮箱"),
        "makes_or_sells": _l("制造或销售所备案产品"),
        "state": _l("认证状态"),
        "verified_at": _l("认证时间"),
    }


class AssetYearView(RecordView):
    """Yearly assets 资产信息."""

    datamodel = PolicyInterface(m.AssetYear)
    roles = OFFICE_READ
    base_permissions = READ_ONLY
    list_title = _l("单位资产信息")
    list_columns = [
        "unit",
        "year",
        "revenue",
        "total_profit",
        "total_assets",
        "rnd_spending",
        "employees",
        "state",
    ]
    order_columns = ["year", "revenue"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    show_columns = [
        "unit",
        "year",
        "revenue",
        "cost",
        "total_profit",
        "net_profit",
        "total_assets",
        "intangible_assets",
        "rnd_spending",
        "tax",
        "export",
        "employees",
        "rnd_staff",
        "valid_patents",
        "statement_seal",
        "state",
    ]
    label_columns = {
        "unit": _l("备案单位"),
        "year": _l("年度"),
        "revenue": _l("营业收入（万元）"),
        "cost": _l("营业成本（万元）"),
        "total_profit": _l("利润总额（万元）"),
        "net_profit": _l("净利润（万元）"),
        "total_assets": _l("资产总额（万元）"),
        "intangible_assets": _l("无形资产（万元）"),
        "rnd_spending": _l("研发投入（万元）"),
        "tax": _l("纳税额（万元）"),
        "export": _l("出口额（万元）"),
        "employees": _l("从业人数"),
        "rnd_staff": _l("研发人员"),
        "valid_patents": _l("有效专利数"),
        "statement_seal": _l("利润表印章"),
        "state": _l("状态"),
    }


_PATENT_LABELS: dict[str, Any] = {
    "application_no": _l("申请号"),
    "title": _l("专利名称"),
    "kind": _l("专利类型"),
    "patentees": _l("专利权人"),
    "inventors": _l("发明人"),
    "filing_date": _l("申请日"),
    "grant_date": _l("授权公告日"),
    "publication_no": _l("公开（公告）号"),
    "ipc": _l("IPC主分类"),
    "legal_state": _l("法律状态"),
    "lapse_reason": _l("失效原因"),
    "expiry": _l("届满日"),
}


class PatentView(RecordView):
    """Units' own patents 专利信息."""

    datamodel = PolicyInterface(m.Patent)
    roles = OFFICE_READ
    base_permissions = READ_ONLY
    list_title = _l("单位专利")
    list_columns = [
        "application_no",
        "title",
        "unit",
        "kind",
        "obtained",
        "legal_state",
        "filing_date",
        "source",
    ]
    order_columns = ["application_no"]
    base_order = ("id", "desc")
    filter_columns = ("kind", "legal_state", "obtained", "source")
    text_columns = ("application_no", "title")
    search_hint = _l("专利号或专利名称")
    show_columns = [
        "application_no",
        "title",
        "unit",
        "kind",
        "patentees",
        "inventors",
        "filing_date",
        "grant_date",
        "publication_no",
        "ipc",
        "legal_state",
        "lapse_reason",
        "expiry",
        "obtained",
        "licence_kind",
        "licence_from",
        "licence_until",
        "pledged",
        "records",
        "source",
        "refreshed_at",
    ]
    label_columns = _PATENT_LABELS | {
        "unit": _l("备案单位"),
        "obtained": _l("取得方式"),
        "source": _l("来源"),
        "licence_kind": _l("许可方式"),
        "licence_from": _l("许可起始日"),
        "licence_until": _l("许可截止日"),
        "pledged": _l("已质押"),
        "records": _l("质押、许可等记录"),
        "refreshed_at": _l("更新时间"),
    }

    def spec(self) -> listing.ListSpec:
        """A number is found by the index, a part of a title by looking at all."""
        return replace(super().spec(), number=lambda text: numbered(m.Patent.application_no, text, 6))


def numbered(column: Any, text: str, shortest: int) -> Any:
    """The condition for a patent number as people write it or for its first digits, ``shortest`` at least; else None."""
    number = name_key(text).removeprefix("zl").removeprefix("cn").upper()
    if re.fullmatch(r"[0-9]{8}(?:[0-9]{4})?X", number):
        return column == number
    if not re.fullmatch(r"[0-9]{1,13}", number) or len(number) < shortest:
        return None
    following = str(int(number) + 1).zfill(len(number))
    return and_(column >= number, column < following if len(following) == len(number) else true())


class RegisterPatentView(RecordView):
    """The patent register."""

    datamodel = PolicyInterface(m.RegisterPatent)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("专利登记簿")
    list_columns = [
        "application_no",
        "title",
        "kind",
        "patentees",
        "filing_date",
        "grant_date",
        "legal_state",
    ]
    base_order = ("application_no", "desc")
    filter_columns = ("kind", "legal_state")
    text_columns = ("application_no",)
    search_hint = _l("申请号")
    show_columns = [*_PATENT_LABELS, "source", "loaded_at"]
    label_columns = _PATENT_LABELS | {"source": _l("来源文件"), "loaded_at": _l("载入时间")}

    def spec(self) -> listing.ListSpec:
        """The register is far too large to be looked through: only a number, or its first digits, is found."""
        return replace(super().spec(), number=_in_register)


def _in_register(text: str) -> Any:
    found = numbered(m.RegisterPatent.application_no, text, 1)
    return false() if found is None else found


class StoredFileView(RecordView):
    """Uploaded files: their facts; the bytes are served by the download page."""

    datamodel = PolicyInterface(m.StoredFile)
    roles = {"Auditor": READ, "Admin": READ}
    base_permissions = READ_ONLY
    list_title = _l("上传文件")
    list_columns = ["original_name", "purpose", "size", "media_type", "state", "created_at"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    show_columns = ["original_name", "purpose", "sha256", "size", "media_type", "state", "created_at"]
    label_columns = {
        "original_name": _l("文件名"),
        "purpose": _l("用途"),
        "size": _l("大小（字节）"),
        "media_type": _l("类型"),
        "state": _l("状态"),
        "created_at": _l("上传时间"),
        "sha256": "SHA-256",
    }


class OutboxView(RecordView):
    """Messages sent and to be sent."""

    datamodel = PolicyInterface(m.Outbox)
    roles = {"Auditor": READ, "Admin": READ}
    base_permissions = READ_ONLY
    list_title = _l("消息发送记录")
    list_columns = ["created_at", "channel", "address", "subject", "state", "tries", "sent_at", "last_error"]
    base_order = ("id", "desc")
    filter_columns = ("channel", "state")
    show_columns = [
        "text_id",
        "template",
        "channel",
        "address",
        "subject",
        "state",
        "tries",
        "created_at",
        "sent_at",
        "last_error",
    ]
    label_columns = {
        "text_id": _l("消息编号"),
        "template": _l("模板"),
        "channel": _l("渠道"),
        "address": _l("接收地址"),
        "subject": _l("主题"),
        "state": _l("状态"),
        "tries": _l("尝试次数"),
        "created_at": _l("创建时间"),
        "sent_at": _l("发送时间"),
        "last_error": _l("错误"),
    }


class AuditEventView(RecordView):
    """The audit trail; nobody can change it here or anywhere."""

    datamodel = PolicyInterface(m.AuditEvent)
    roles = {"Auditor": READ, "Admin": READ}
    base_permissions = READ_ONLY
    list_title = _l("审计日志")
    list_columns = ["id", "at", "actor_name", "action", "entity", "entity_id", "ip"]
    base_order = ("id", "desc")
    text_columns = ("actor_name", "action", "entity", "entity_id")
    search_hint = _l("操作人、动作、对象或对象编号")
    show_columns = ["id", "at", "actor_name", "action", "entity", "entity_id", "ip", "detail", "hash"]
    label_columns = {
        "id": _l("序号"),
        "at": _l("时间"),
        "actor_name": _l("操作人"),
        "action": _l("动作"),
        "entity": _l("对象"),
        "entity_id": _l("对象编号"),
        "ip": _l("来源地址"),
        "detail": _l("内容"),
        "hash": _l("散列值"),
    }
