"""Submissions over REST: what a unit follows, and what a reviewer does at the desk."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, PK
from app.api.base import RecordApi, operation
from app.domain.clock import utc_now
from app.reports import queue
from app.services import cases, checklist, review
from app.web import listing
from app.web.desk import people
from app.web.interface import PolicyInterface
from app.web.security import current_actor
from app.web.text import render

_DESK = ("can_read", "can_desk")
_REMARKS = {"type": "object", "additionalProperties": schemas.text(2000), "maxProperties": 200}
_ROW = schemas.obj({"id": schemas.ID, "approved": schemas.FLAG, "message": schemas.or_null(schemas.TEXT)})
#: the version that a decision is about: the case's ``subject_version``, as it was read
_SEEN = {"version": schemas.VERSION}


class CaseApi(RecordApi):
    """Submissions and their outcome."""

    resource_name = "cases"
    title = _l("全部审核事项")
    area = "review"
    datamodel = PolicyInterface(m.Case)
    roles = {
        "Unit": ("can_read", "can_urge"), "Reviewer": (*_DESK, "can_decide"), "Auditor": _DESK,
        "Admin": (*_DESK, "can_decide"),
    }  # fmt: skip
    list_columns = ("receipt_no", "kind", "title", "unit", "round", "state", "due_on", "submitted_at")
    show_columns = (
        *list_columns, "subject_id", "subject_version", "snapshot", "findings", "due_provisional", "closed_at", "reason",
    )  # fmt: skip
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no", "title")

    def record(self) -> schemas.Schema:
        """With the remarks on single fields."""
        remark = schemas.obj({"field": schemas.TEXT, "text": schemas.TEXT})
        shown = {name: schemas.column(m.Case, name) for name in self.show_columns}
        return schemas.obj({"id": schemas.ID, **shown, "remarks": schemas.array(remark)})

    def shown(self, record: Any, columns: Any) -> dict[str, Any]:
        """With the remarks where the whole case is shown."""
        row = super().shown(record, columns)
        if columns is self.show_columns:
            row["remarks"] = [{"field": each.field, "text": each.text} for each in record.remarks]
        return row

    @operation(
        "POST", f"/{PK}/urge", _l("催办超过期限的事项"), permission="urge", answer=CHANGED, errors=(409,)
    )
    def urge(self, pk: int) -> Any:
        """Remind staff of a case whose term has passed."""
        return answers.changed(cases.urge(current_actor(), pk, utc_now()))

    @operation(
        "GET", f"/queue/<any({', '.join(queue.TABS)}):tab>", _l("审核工作台的队列"), permission="desk",
        args=lambda api: {name: each for name, each in api.asked().items() if name in ("q", "f_kind", "size", "after")},
        answer=lambda api: schemas.page(api.row()), errors=(400,),
    )  # fmt: skip
    def queue(self, tab: str, args: dict[str, Any]) -> Any:
        """A page of the cases under one heading of the desk, by due date (those done: the latest first)."""
        order = ("closed_at", "desc") if tab == queue.DONE else ("due_on", "asc")
        filters = dict.fromkeys(self.filter_columns)
        spec = listing.ListSpec(m.Case, self.list_columns, (order[0],), order, filters, self.text_columns)
        asking = people.asking(current_actor(), utc_now())
        return self.page(spec, listing.read_query(spec, request.args), queue.heading(tab, asking))

    @operation(
        "GET", "/next", _l("下一件待办事项；没有则为 null"), permission="desk", args={"after": schemas.ID},
        answer=lambda api: schemas.result(schemas.or_null(api.row())), errors=(400,),
    )  # fmt: skip
    def next(self, args: dict[str, Any]) -> Any:
        """The case to decide next."""
        found = review.next_case(current_actor(), utc_now(), args.get("after"))
        return {"result": found and self.shown(found, self.list_columns)}

    @operation("POST", f"/{PK}/claim", _l("领取"), permission="decide", answer=CHANGED, errors=(409,))
    def claim(self, pk: int) -> Any:
        """Take a case in hand."""
        return answers.changed(cases.claim(current_actor(), pk, utc_now()))

    @operation("POST", f"/{PK}/release", _l("放回待领取"), permission="decide", answer=CHANGED, errors=(409,))
    def release(self, pk: int) -> Any:
        """Give it back to the queue."""
        return answers.changed(cases.release(current_actor(), pk))

    @operation(
        "POST", f"/{PK}/reassign", _l("转交其他审核员"), permission="decide", answer=CHANGED, errors=(409,),
        body=schemas.obj({"reviewer_id": schemas.ID, "reason": schemas.text(2000)}),
        example={"reviewer_id": 5, "reason": "休假"},
    )  # fmt: skip
    def reassign(self, pk: int, data: dict[str, Any]) -> Any:
        """Hand it to a colleague, who is told why."""
        done = cases.reassign(current_actor(), pk, data["reviewer_id"], data["reason"], utc_now())
        return answers.changed(done)

    @operation(
        "PUT", f"/{PK}/checklist", _l("保存已核对的要点"), permission="decide", answer=CHANGED, errors=(409,),
        body=schemas.obj({"rules": schemas.array(schemas.text(40), 100)}), example={"rules": ["R05", "R08"]},
    )  # fmt: skip
    def tick(self, pk: int, data: dict[str, Any]) -> Any:
        """Have exactly these points of the checklist ticked."""
        return answers.changed(checklist.tick(current_actor(), pk, data["rules"], utc_now()))

    @operation(
        "POST", f"/{PK}/approve", _l("通过"), permission="decide", answer=CHANGED, errors=(409,),
        body=schemas.some({
            **_SEEN, "override_note": schemas.text(2000), "acknowledged": schemas.FLAG, "confirmed": schemas.FLAG,
        }, "version"),
        example={"version": 7, "override_note": "已与单位核实"},
    )  # fmt: skip
    def approve(self, pk: int, data: dict[str, Any]) -> Any:
        """Approve it as it was seen; warnings are set aside with a note or acknowledged, effects confirmed."""
        case = review.approve(
            current_actor(), pk, data["version"], utc_now(), override_note=data.get("override_note"),
            acknowledged=data.get("acknowledged", False), confirmed=data.get("confirmed", False),
        )  # fmt: skip
        return answers.changed(case)

    @operation(
        "POST", f"/{PK}/return", _l("退回，说明原因，可批注单个字段"), permission="decide", answer=CHANGED,
        errors=(409,), body=schemas.some({**_SEEN, "reason": schemas.text(2000), "remarks": _REMARKS}, "version", "reason"),
        example={"version": 7, "reason": "产品名称不规范", "remarks": {"name": "请去掉“一种”"}},
    )  # fmt: skip
    def send_back(self, pk: int, data: dict[str, Any]) -> Any:
        """Return it with a reason and remarks on fields."""
        case = review.return_(
            current_actor(), pk, data["version"], data["reason"], data.get("remarks", {}), utc_now()
        )
        return answers.changed(case)

    @operation(
        "POST", "/batch", _l("批量通过；policy 为 all 时有一件不能通过则全部不办"), permission="decide",
        answer=schemas.result(schemas.array(_ROW)),
        body=schemas.some({
            "cases": schemas.array(schemas.obj({"id": schemas.ID, **_SEEN}), 1000, 1),
            "policy": schemas.one_of("all", "valid"), "acknowledged": schemas.FLAG,
        }, "cases", "policy"),
        example={"cases": [{"id": 3, "version": 7}, {"id": 4, "version": 2}], "policy": "valid", "acknowledged": True},
    )  # fmt: skip
    def batch(self, data: dict[str, Any]) -> Any:
        """Approve many cases; a result for each."""
        seen = {each["id"]: each["version"] for each in data["cases"]}
        done = review.batch_approve(
            current_actor(), seen, data["policy"], utc_now(), acknowledged=data.get("acknowledged", False)
        )
        return {
            "result": [
                {"id": row.case_id, "approved": row.approved, "message": row.message and render(row.message)}
                for row in done
            ]
        }
