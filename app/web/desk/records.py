"""The generated view of cases: every one, open and closed; the work itself is done at the review desk."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_appbuilder.actions import action
from flask_babel import lazy_gettext as _l

from app import models as m
from app.web.base import RecordView
from app.web.desk import people
from app.web.desk.queue import claim_each
from app.web.interface import PolicyInterface
from app.web.records import READ, READ_ONLY, STAFF_READ


class CaseView(RecordView):
    """Every case, open and closed; the work itself is done at the review desk."""

    datamodel = PolicyInterface(m.Case)
    roles = {**STAFF_READ, **dict.fromkeys(people.WORKERS, (*READ, "claim", "approve"))}
    base_permissions = [*READ_ONLY, "claim", "approve"]
    list_title = _l("审核事项")
    list_columns = [
        "receipt_no",
        "kind",
        "title",
        "unit",
        "round",
        "state",
        "due_on",
        "claimer",
        "submitted_at",
    ]
    order_columns = ["due_on", "submitted_at"]
    base_order = ("id", "desc")
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no", "title")
    search_hint = _l("受理号或标题")
    show_columns = [
        "receipt_no",
        "kind",
        "title",
        "unit",
        "round",
        "state",
        "due_on",
        "submitted_at",
        "claimer",
        "closed_at",
        "reason",
        "override_note",
    ]
    label_columns = {
        "receipt_no": _l("受理号"),
        "kind": _l("事项"),
        "title": _l("标题"),
        "unit": _l("备案单位"),
        "round": _l("轮次"),
        "state": _l("状态"),
        "due_on": _l("办结期限"),
        "claimer": _l("承办人"),
        "submitted_at": _l("提交时间"),
        "closed_at": _l("办结时间"),
        "reason": _l("退回理由"),
        "override_note": _l("提醒处理说明"),
    }

    @action("claim", _l("领取"))
    def claim(self, items: Any) -> Any:
        """Take cases in hand."""
        claim_each([case.id for case in (items if isinstance(items, list) else [items])])
        return redirect(url_for("DeskView.index", tab="mine"))

    @action("approve", _l("批量通过"))
    def approve(self, items: Any) -> Any:
        """Approve cases, after a page that asks to confirm."""
        chosen = items if isinstance(items, list) else [items]
        return redirect(url_for("DeskBatchView.confirm", case=[case.id for case in chosen]))
