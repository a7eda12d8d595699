"""A reviewer's own evaluations over REST: points and comment, handed in for good; nobody else's are seen."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, PK, SAVED
from app.api.base import RecordApi, operation
from app.db import session
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import NotFound
from app.services.recognition import evaluation
from app.web.interface import PolicyInterface
from app.web.security import current_actor

_POINTS = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number"], "maxLength": 20},
    "maxProperties": 100,
}
SHEET = schemas.some(
    {"version": schemas.VERSION, "scores": _POINTS, "comment": schemas.text(2000)}, "version", "scores"
)
_EXAMPLE = {"version": 1, "scores": {"claims": 8, "substitution": "6.5"}, "comment": "权利要求覆盖完整"}


class EvaluationApi(RecordApi):
    """What a reviewer scores."""

    resource_name = "evaluations"
    area = "recognition"
    title = _l("评审评分")
    datamodel = PolicyInterface(m.Evaluation)
    roles = {roles.REVIEWER: answers.WRITE}
    list_columns = ("recognition", "state", "total", "submitted_at")
    show_columns = (*list_columns, "scores", "comment", "version")
    filter_columns = ("state",)

    def limited(self) -> Any:
        """Only one's own, also where all have scored."""
        return m.Evaluation.reviewer_id == current_actor().user_id

    def find(self, pk: Any) -> Any:
        """The same for a single one."""
        found = super().find(pk)
        if found.reviewer_id != current_actor().user_id:
            raise NotFound
        return found

    @operation(
        "PUT", f"/{PK}", _l("保存评分草稿"), body=SHEET, answer=SAVED, errors=(409,), example=_EXAMPLE
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Keep a draft, however incomplete."""
        saved = evaluation.save(current_actor(), pk, *_sheet(data), utc_now())
        session.flush()
        return answers.saved(saved.evaluation, saved.problems)

    @operation(
        "POST", f"/{PK}/score", _l("提交评分，提交后不能修改"), body=SHEET, answer=CHANGED, errors=(409,), example=_EXAMPLE
    )  # fmt: skip
    def score(self, pk: int, data: dict[str, Any]) -> Any:
        """Hand the points in."""
        return answers.changed(evaluation.score(current_actor(), pk, *_sheet(data), utc_now()))

    @operation(
        "POST", f"/{PK}/recuse", _l("申请回避"), body=schemas.obj({"reason": schemas.text(2000)}), errors=(409,),
        answer=schemas.result(schemas.obj({"replaced": schemas.FLAG})), example={"reason": "曾任该单位顾问"},
    )  # fmt: skip
    def recuse(self, pk: int, data: dict[str, Any]) -> Any:
        """Decline it for a conflict of interest; whether another reviewer was found at once."""
        found = evaluation.recuse(current_actor(), self.find(pk).id, data["reason"], utc_now())
        return {"result": {"replaced": found is not None}}


def _sheet(data: dict[str, Any]) -> tuple[dict[str, str], str, int]:
    """Points by indicator, comment and version, as the service takes them."""
    points = {name: str(value) for name, value in data["scores"].items()}
    return points, data.get("comment", ""), data["version"]
