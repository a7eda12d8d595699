"""Generated views of the records of recognition: staff and auditors read and export them; the process changes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import models as m
from app.db import session
from app.reports import search
from app.web import listing
from app.web.base import RecordView
from app.web.interface import PolicyInterface
from app.web.records import READ, READ_ONLY, STAFF_READ

#: those who run recognition, and the auditor: what objectors and reviewers wrote is for nobody else
OFFICERS_READ = {"RecognitionOfficer": READ, "Auditor": READ, "Admin": READ}


def by_product(column: Any) -> Any:
    """What a list is searched by: the products that the text finds, as the condition on ``column``."""
    return lambda text: column.in_(select(search.places(text).subquery().c[1]))


class RoundRecordView(RecordView):
    """Records of one round each: the list can be limited to a round."""

    def spec(self) -> listing.ListSpec:
        """The filters, and the rounds, newest first."""
        spec = super().spec()
        newest = select(m.RecognitionRound).order_by(m.RecognitionRound.year.desc())
        rounds = {str(each.id): each.title for each in session.scalars(newest)}
        return replace(spec, filters={"round_id": rounds, **spec.filters})


class RecognitionRoundView(RecordView):
    """Rounds 认定批次."""

    datamodel = PolicyInterface(m.RecognitionRound)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("认定批次")
    list_columns = ["year", "title", "data_year", "filing_deadline", "supplement_deadline", "scheme", "state"]
    order_columns = ["year"]
    base_order = ("year", "desc")
    filter_columns = ("state",)
    text_columns = ("title",)
    show_columns = [*list_columns, "notice_days", "evaluators", "scheme_hash", "published_at", "changed_at"]
    label_columns = {
        "year": _l("认定年度"),
        "title": _l("批次名称"),
        "data_year": _l("数据年度"),
        "filing_deadline": _l("备案截止日期"),
        "supplement_deadline": _l("补充信息截止日期"),
        "scheme": _l("评价方案"),
        "state": _l("状态"),
        "notice_days": _l("公示期（工作日）"),
        "evaluators": _l("每个产品的评审人数"),
        "scheme_hash": _l("方案的哈希值（SHA-256）"),
        "published_at": _l("发布时间"),
        "changed_at": _l("修改时间"),
    }


class RecognitionRecordView(RoundRecordView):
    """Every product's way through every round."""

    datamodel = PolicyInterface(m.Recognition)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("产品认定")
    list_columns = ["round", "product", "unit", "state", "score", "recognised_on", "valid_until"]
    order_columns = ["score", "valid_until"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    text_columns = ("reason",)
    search_hint = _l("产品名称、单位名称、备案编号或专利号")
    show_columns = [
        *list_columns,
        "machine_score",
        "expert_score",
        "supplement_due",
        "notice",
        "reason",
        "changed_at",
    ]
    label_columns = {
        "round_id": _l("批次"),
        "round": _l("批次"),
        "product": _l("产品"),
        "unit": _l("备案单位"),
        "state": _l("状态"),
        "score": _l("总分"),
        "recognised_on": _l("认定日期"),
        "valid_until": _l("有效期至"),
        "machine_score": _l("数据得分"),
        "expert_score": _l("专家得分"),
        "supplement_due": _l("延期后的补充截止日期"),
        "notice": _l("公示公告"),
        "reason": _l("理由"),
        "changed_at": _l("修改时间"),
    }

    def spec(self) -> listing.ListSpec:
        """Found by the product's and unit's names and numbers."""
        return replace(super().spec(), number=by_product(m.Recognition.product_id))


class ScreeningRunView(RoundRecordView):
    """Runs of the initial screening; their results have a page of their own in the round."""

    datamodel = PolicyInterface(m.ScreeningRun)
    roles = OFFICERS_READ
    base_permissions = READ_ONLY
    list_title = _l("初筛运行")
    list_columns = ["round", "number", "state", "candidates", "passed", "created_at", "applied_at"]
    order_columns = ["created_at"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    show_columns = [*list_columns, "scheme_hash", "input_hash", "result_hash", "finished_at"]
    label_columns = {
        "round_id": _l("批次"),
        "round": _l("批次"),
        "number": _l("序号"),
        "state": _l("状态"),
        "candidates": _l("候选产品数"),
        "passed": _l("通过数"),
        "created_at": _l("发起时间"),
        "applied_at": _l("生效时间"),
        "scheme_hash": _l("方案的哈希值（SHA-256）"),
        "input_hash": _l("输入数据的哈希值（SHA-256）"),
        "result_hash": _l("结果的哈希值（SHA-256）"),
        "finished_at": _l("结束时间"),
    }


class SupplementView(RecordView):
    """What units added 补充信息."""

    datamodel = PolicyInterface(m.Supplement)
    roles = OFFICERS_READ
    base_permissions = READ_ONLY
    list_title = _l("补充信息")
    list_columns = ["recognition", "submitted_at", "changed_at"]
    order_columns = ["submitted_at", "changed_at"]
    base_order = ("id", "desc")
    show_columns = ["recognition", "submitted_at", "created_at", "changed_at"]
    label_columns = {
        "recognition": _l("产品"),
        "submitted_at": _l("提交时间"),
        "created_at": _l("创建时间"),
        "changed_at": _l("修改时间"),
    }


class EvaluationView(RecordView):
    """Reviewers' scores; for those who run the round, not for the reviewers."""

    datamodel = PolicyInterface(m.Evaluation)
    roles = OFFICERS_READ
    base_permissions = READ_ONLY
    list_title = _l("评审评分")
    list_columns = ["recognition", "reviewer", "state", "total", "submitted_at"]
    order_columns = ["submitted_at", "total"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    show_columns = [*list_columns, "comment", "reason", "changed_at"]
    label_columns = {
        "recognition": _l("产品"),
        "reviewer": _l("评审人员"),
        "state": _l("状态"),
        "total": _l("专家得分"),
        "submitted_at": _l("提交时间"),
        "comment": _l("评语"),
        "reason": _l("回避理由"),
        "changed_at": _l("修改时间"),
    }


class PublicNoticeView(RoundRecordView):
    """Public notices 公示."""

    datamodel = PolicyInterface(m.PublicNotice)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("公示公告")
    list_columns = ["round", "title", "starts_on", "ends_on", "days", "provisional", "state"]
    order_columns = ["starts_on", "ends_on"]
    base_order = ("id", "desc")
    filter_columns = ("state",)
    text_columns = ("title",)
    show_columns = [*list_columns, "body", "created_at", "changed_at"]
    label_columns = {
        "round_id": _l("批次"),
        "round": _l("批次"),
        "title": _l("标题"),
        "starts_on": _l("公示起始日"),
        "ends_on": _l("公示截止日"),
        "days": _l("公示期（工作日）"),
        "provisional": _l("暂定"),
        "state": _l("状态"),
        "body": _l("正文"),
        "created_at": _l("创建时间"),
        "changed_at": _l("修改时间"),
    }


class ObjectionRecordView(RecordView):
    """Objections and tips. Who raised them is for those who handle recognition, and for the auditor."""

    datamodel = PolicyInterface(m.Objection)
    roles = OFFICERS_READ
    base_permissions = READ_ONLY
    list_title = _l("异议与线索")
    list_columns = ["receipt_no", "kind", "product", "state", "created_at", "decided_at"]
    order_columns = ["created_at", "decided_at"]
    base_order = ("id", "desc")
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no",)
    search_hint = _l("受理号")
    show_columns = [*list_columns, "name", "contact", "text", "decision"]
    label_columns = {
        "receipt_no": _l("受理号"),
        "kind": _l("类别"),
        "product": _l("产品"),
        "state": _l("状态"),
        "created_at": _l("受理时间"),
        "decided_at": _l("决定时间"),
        "name": _l("姓名或名称"),
        "contact": _l("联系方式"),
        "text": _l("内容"),
        "decision": _l("处理决定"),
    }


class CertificateRecordView(RecordView):
    """Certificates of recognition as they were issued."""

    datamodel = PolicyInterface(m.Certificate)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("认定证书")
    list_columns = ["number", "product_name", "unit_name", "year", "issued_on", "valid_until", "revoked_on"]
    order_columns = ["number", "issued_on", "valid_until"]
    base_order = ("id", "desc")
    text_columns = ("number", "product_name", "unit_name")
    search_hint = _l("证书编号、产品或单位名称")
    show_columns = [*list_columns, "model", "key_id", "revoked_reason"]
    label_columns = {
        "number": _l("证书编号"),
        "product_name": _l("产品名称"),
        "unit_name": _l("备案单位"),
        "year": _l("认定年度"),
        "issued_on": _l("颁发日期"),
        "valid_until": _l("有效期至"),
        "revoked_on": _l("撤销日期"),
        "model": _l("规格型号"),
        "key_id": _l("签名密钥"),
        "revoked_reason": _l("撤销原因"),
    }
