"""Products in rounds over REST: where they stand, what their units add, objections, certificates, background work."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, PK, SAVED
from app.api.base import RecordApi, operation
from app.api.filing import SUBMISSION
from app.api.rounds import OFFICERS
from app.api.viewed import ViewApi
from app.columns import LARGEST_KEY
from app.db import session
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.recognition.supplement_fields import DIMENSIONS
from app.services import background, records
from app.services.recognition import certificates, objections, supplements
from app.web.interface import PolicyInterface
from app.web.recognition.objections import ObjectionDeskView
from app.web.recognition.records import SupplementView
from app.web.security import current_actor
from app.web.unit.certificates import pdf_of

_READ_AND_FILL = {"Unit": ("can_read", "can_fill")}
STAFF_READ = dict.fromkeys((roles.REVIEWER, roles.AUDITOR), answers.READ)
_SCORES = ("machine_score", "expert_score", "score")
_REASON = schemas.text(2000)
_FILE = schemas.obj({"id": schemas.ID, "dimension": schemas.one_of(*DIMENSIONS), "file": answers.FILE})
_SUPPLEMENT = schemas.obj({
    "version": schemas.VERSION, "answers": {"type": "object", "additionalProperties": schemas.TEXT},
    "submitted_at": schemas.or_null(schemas.INSTANT), "files": schemas.array(_FILE),
    "missing": schemas.array(schemas.PROBLEM),
})  # fmt: skip
FILE_PK = f"<int(min=1,max={LARGEST_KEY}):file_key>"


class RecognitionApi(RecordApi):
    """A product's way through a round; scores are for staff and auditors."""

    resource_name = "recognitions"
    area = "recognition"
    title = _l("产品认定")
    datamodel = PolicyInterface(m.Recognition)
    roles = {**STAFF_READ, **dict.fromkeys(OFFICERS, answers.WRITE), **_READ_AND_FILL}
    list_columns = ("round_id", "product", "state", "recognised_on", "valid_until")
    show_columns = (*list_columns, *_SCORES, "supplement_due", "notice_id", "reason", "version")
    filter_columns = ("round_id", "state")

    def shown(self, record: Any, columns: Any) -> dict[str, Any]:
        """Without the scores for units."""
        row = super().shown(record, columns)
        if not (current_actor().is_staff or current_actor().has(roles.AUDITOR)):
            row.update({name: None for name in _SCORES if name in row})
        return row

    @operation(
        "POST", f"/{PK}/extend", _l("延长补充信息的期限"), answer=CHANGED, errors=(409,),
        body=schemas.obj({"until": schemas.DAY, "reason": _REASON}),
        example={"until": "2026-11-15", "reason": "专利权评价报告尚未出具"},
    )  # fmt: skip
    def extend(self, pk: int, data: dict[str, Any]) -> Any:
        """Give a product more time."""
        until = answers.day_of(data, "until")
        return answers.changed(supplements.extend(current_actor(), pk, until, data["reason"], utc_now()))

    @operation(
        "GET",
        f"/{PK}/supplement",
        _l("补充信息，及提交前还缺什么"),
        answer=schemas.result(_SUPPLEMENT),
        errors=(404,),
    )
    def supplement(self, pk: int) -> Any:
        """What the unit has added so far."""
        found = supplements.of(current_actor(), pk)
        given = [
            {"id": each.id, "dimension": each.dimension, "file": answers.file(each.file)}
            for each in found.files
        ]
        return {"result": {
            "version": found.version, "answers": found.answers, "submitted_at": found.submitted_at, "files": given,
            "missing": answers.problem_rows(supplements.missing(found)),
        }}  # fmt: skip

    @operation(
        "PUT", f"/{PK}/supplement", _l("保存补充信息，不必完整"), permission="fill", answer=SAVED, errors=(409,),
        body=schemas.some({
            "version": schemas.VERSION, **{field.name: schemas.TYPED for field in supplements.FIELDS},
        }, "version"),
        example={"version": 1, supplements.FIELDS[0].name: "12"},
    )  # fmt: skip
    def fill(self, pk: int, data: dict[str, Any]) -> Any:
        """Save answers."""
        version = data.pop("version")
        saved = supplements.save(current_actor(), pk, data, version, utc_now())
        return answers.saved(saved.supplement, saved.problems)

    @operation(
        "POST", f"/{PK}/supplement/files", _l("加入一个方面的证明材料"), permission="fill", answer=CHANGED, errors=(409,),
        body=schemas.obj({"version": schemas.VERSION, "file_id": schemas.ID, "dimension": schemas.one_of(*DIMENSIONS)}),
        example={"version": 2, "file_id": 41, "dimension": "protection"},
    )  # fmt: skip
    def add_file(self, pk: int, data: dict[str, Any]) -> Any:
        """Add an uploaded file as evidence of a dimension."""
        supplements.add_file(
            current_actor(), pk, data["file_id"], data["dimension"], data["version"], utc_now()
        )
        return answers.changed(supplements.of(current_actor(), pk))

    @operation(
        "DELETE", f"/{PK}/supplement/files/{FILE_PK}", _l("移除一份证明材料"), permission="fill", answer=CHANGED,
        args={"version": schemas.VERSION}, needs=("version",), errors=(409,),
    )  # fmt: skip
    def remove_file(self, pk: int, file_key: int, args: dict[str, Any]) -> Any:
        """Take a file away."""
        supplements.remove_file(current_actor(), pk, file_key, args["version"], utc_now())
        session.flush()
        return answers.changed(supplements.of(current_actor(), pk))

    @operation(
        "POST", f"/{PK}/supplement/submit", _l("提交补充信息"), permission="fill", body=SUBMISSION, answer=CHANGED,
        errors=(409,), example={"version": 3, "commitment": True},
    )  # fmt: skip
    def submit(self, pk: int, data: dict[str, Any]) -> Any:
        """Hand the supplement in."""
        done = supplements.submit(current_actor(), pk, data["version"], data["commitment"], utc_now())
        return answers.changed(done)

    @operation(
        "POST",
        f"/{PK}/supplement/take-back",
        _l("撤回补充信息"),
        permission="fill",
        answer=CHANGED,
        errors=(409,),
    )
    def take_back(self, pk: int) -> Any:
        """Take it back while there is time."""
        return answers.changed(supplements.take_back(current_actor(), pk, utc_now()))


class CertificateApi(RecordApi):
    """Certificates of recognition."""

    resource_name = "certificates"
    area = "recognition"
    title = _l("认定证书")
    datamodel = PolicyInterface(m.Certificate)
    roles = {**STAFF_READ, **dict.fromkeys(OFFICERS, answers.WRITE), "Unit": answers.READ}
    list_columns = ("number", "product_name", "unit_name", "year", "issued_on", "valid_until", "revoked_on")
    show_columns = (*list_columns, "model", "patents", "revoked_reason", "token", "recognition_id")
    filter_columns = ("year",)
    text_columns = ("number", "product_name", "unit_name")

    @operation(
        "GET", f"/{PK}/pdf", _l("下载带签名的证书"), answers="application/pdf", errors=(404, 409),
        answer={"type": "string", "format": "binary"},
    )  # fmt: skip
    def pdf(self, pk: int) -> Response:
        """The signed PDF."""
        return pdf_of(pk)

    @operation(
        "POST", f"/{PK}/withdraw", _l("撤销认定，证书随之吊销；version 为该产品认定的版本"), answer=CHANGED, errors=(409,),
        body=schemas.obj({"version": schemas.VERSION, "reason": _REASON}),
        example={"version": 9, "reason": "证明材料不实"},
    )  # fmt: skip
    def withdraw(self, pk: int, data: dict[str, Any]) -> Any:
        """Withdraw the recognition with a reason; ``version`` is the recognition's."""
        actor = current_actor()
        recognition = records.load(m.Recognition, self.find(pk).recognition_id, actor)
        certificates.withdraw(recognition, data["reason"], actor, utc_now(), version=data["version"])
        return answers.changed(recognition)


class ObjectionApi(RecordApi):
    """Objections and tips, for those who handle them."""

    resource_name = "objections"
    area = "objections"
    title = _l("异议与线索")
    datamodel = PolicyInterface(m.Objection)
    roles = {
        role: answers.WRITE if "can_work" in allowed else answers.READ
        for role, allowed in ObjectionDeskView.roles.items()
    }
    list_columns = ("receipt_no", "kind", "product", "state", "created_at", "decided_at")
    show_columns = (*list_columns, "name", "contact", "text", "decision", "version")
    filter_columns = ("kind", "state")
    text_columns = ("receipt_no",)

    @operation(
        "POST", f"/{PK}/handle", _l("受理异议或线索"), answer=CHANGED, errors=(409,), example={"version": 1},
        body=schemas.obj({"version": schemas.VERSION}),
    )  # fmt: skip
    def handle(self, pk: int, data: dict[str, Any]) -> Any:
        """Take it up."""
        return answers.changed(objections.handle(current_actor(), pk, data["version"], utc_now()))

    @operation(
        "POST", f"/{PK}/<any(uphold,reject,refuse):verb>", _l("办结：成立、不成立或不予受理，说明理由"), answer=CHANGED,
        errors=(409,), body=schemas.obj({"version": schemas.VERSION, "decision": _REASON}),
        example={"version": 2, "decision": "经核对专利登记簿，关联专利有效，异议不成立"},
    )  # fmt: skip
    def decide(self, pk: int, verb: str, data: dict[str, Any]) -> Any:
        """Decide it with reasons."""
        act = {"uphold": objections.uphold, "reject": objections.reject, "refuse": objections.refuse}[verb]
        return answers.changed(act(current_actor(), pk, data["version"], data["decision"], utc_now()))


class SupplementApi(ViewApi):
    """Further information that units gave, for officers."""

    resource_name = "supplements"
    area = "recognition"
    view = SupplementView


class JobApi(RecordApi):
    """The caller's own background work."""

    resource_name = "jobs"
    area = "account"
    title = _l("后台任务")
    datamodel = PolicyInterface(m.BackgroundJob)
    roles = dict.fromkeys(answers.READERS, answers.READ)
    list_columns = ("kind", "title", "state", "done", "total", "created_at", "finished_at")
    show_columns = (*list_columns, "result")

    def limited(self) -> Any:
        """Only one's own."""
        return m.BackgroundJob.user_id == current_actor().user_id

    def find(self, pk: Any) -> Any:
        """Only one's own."""
        return background.own(current_actor(), super().find(pk).id)
