"""How a round judges, over REST: its schemes as data, what other figures would change, the line of the proposed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, GONE, PK
from app.api.base import Api, RecordApi, operation
from app.api.rounds import JOB, OFFICERS, started
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import Problem, RuleError
from app.domain.recognition import evaluation as rules
from app.domain.text import N_
from app.services.recognition import proposal, round_work, rounds, schemes, screening
from app.web.interface import PolicyInterface
from app.web.security import current_actor

JUDGES = {**dict.fromkeys(OFFICERS, answers.WRITE), roles.AUDITOR: answers.READ}
DOCUMENT = {"type": "object"}
_NAME = schemas.text(1000)
#: points of a line: text, so that nothing is rounded on the way
_POINTS = schemas.text(20)
_SHIFTS = schemas.array(
    schemas.obj(
        {"product_id": schemas.ID, "name": schemas.TEXT, "now": schemas.AMOUNT, "then": schemas.AMOUNT}
    )
)
_OUTCOME = schemas.obj({
    **dict.fromkeys(("candidates", "passed_now", "passed_then", "joining_count", "dropping_count"), schemas.COUNT),
    "joining": _SHIFTS, "dropping": _SHIFTS, "document": DOCUMENT,
})  # fmt: skip
_LIST = schemas.obj({
    "cut": schemas.AMOUNT, "above": schemas.COUNT, "below": schemas.COUNT, "unfinished": schemas.COUNT,
    "reason": schemas.TEXT, "seen": schemas.TEXT,
})  # fmt: skip
_DECISION = schemas.some({
    "cut": _POINTS, "seen": schemas.text(100), "reason": schemas.text(2000),
    "overrides": schemas.array(schemas.obj({"recognition_id": schemas.ID, "reason": schemas.text(2000)}), 1000),
}, "cut", "seen")  # fmt: skip


class SchemeApi(RecordApi):
    """Evaluation schemes; the document is the one that the page exports as a file."""

    resource_name = "schemes"
    area = "recognition"
    title = _l("评价方案")
    datamodel = PolicyInterface(m.EvaluationScheme)
    roles = JUDGES
    list_columns = ("name", "example")
    show_columns = (*list_columns, "content", "version")
    text_columns = ("name",)

    @operation(
        "POST", "/", _l("新建评价方案"), body=schemas.obj({"document": DOCUMENT}), answer=CHANGED, status=201,
        example={"document": {"name": "2026 年评价方案", "pass_score": 60, "dimensions": []}},
    )  # fmt: skip
    def create(self, data: dict[str, Any]) -> Any:
        """Keep a new scheme; every fault is named at its place."""
        return answers.changed(schemes.create(current_actor(), data["document"], utc_now()))

    @operation(
        "PUT", f"/{PK}", _l("修改没有用于已发布批次的评价方案"), answer=CHANGED, errors=(409,),
        body=schemas.obj({"version": schemas.VERSION, "document": DOCUMENT}),
        example={"version": 1, "document": {"name": "2026 年评价方案", "pass_score": 65, "dimensions": []}},
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Change it as a whole."""
        return answers.changed(
            schemes.change(current_actor(), pk, data["document"], data["version"], utc_now())
        )

    @operation(
        "POST", f"/{PK}/copy", _l("复制评价方案"), body=schemas.obj({"name": _NAME}), answer=CHANGED, status=201,
        example={"name": "2026 年评价方案（修订）"},
    )  # fmt: skip
    def copy(self, pk: int, data: dict[str, Any]) -> Any:
        """A new scheme like this one, under another name."""
        return answers.changed(schemes.copy(current_actor(), pk, data["name"], utc_now()))

    @operation("DELETE", f"/{PK}", _l("删除没有批次使用的评价方案"), answer=GONE, errors=(409,))
    def delete(self, pk: int) -> Any:
        """Delete it."""
        schemes.remove(current_actor(), pk)
        return answers.gone(pk)


class JudgingApi(Api):
    """What an officer weighs before a decision on a whole round, and the decision."""

    resource_name = "rounds"
    area = "recognition"
    roles = JUDGES

    @operation(
        "POST", f"/{PK}/what-if", _l("初筛试算：改变权重和阈值，看谁会通过；不改变任何数据"), access="read",
        body=schemas.obj({"changes": {"type": "object", "additionalProperties": schemas.TYPED, "maxProperties": 1000}}),
        answer=schemas.result(_OUTCOME), example={"changes": {"pass_score": "55"}},
    )  # fmt: skip
    def what_if(self, pk: int, data: dict[str, Any]) -> Any:
        """Who would pass and who would drop; weights are brought to 100 as in the page. Names are places in the document."""
        round_ = rounds.load(pk, current_actor())
        return {"result": asdict(screening.what_if(round_, data["changes"]))}

    @operation(
        "GET", f"/{PK}/proposal", _l("拟认定名单：分数线以上和以下的产品数；seen 用于作出决定"),
        args={"cut": _POINTS, "most": schemas.COUNT}, answer=schemas.result(_LIST), errors=(422,),
    )  # fmt: skip
    def proposal(self, pk: int, args: dict[str, Any]) -> Any:
        """The line by points, or for at most so many products; the scheme's own where neither is asked for."""
        round_ = rounds.load(pk, current_actor())
        rows = proposal.ready(round_.id)
        cut = proposal.line_of(rounds.scheme_of(round_), rows, args.get("cut", ""), args.get("most"))
        above = sum(rules.is_above(row.score, cut) for row in rows)
        return {"result": {
            "cut": cut, "above": above, "below": len(rows) - above, "unfinished": proposal.unfinished(round_.id),
            "reason": proposal.usual_reason(cut), "seen": proposal.fingerprint(rows),
        }}  # fmt: skip

    @operation(
        "POST", f"/{PK}/proposal", _l("按分数线决定拟认定的产品（后台）；overrides 为逐个说明理由的例外"),
        body=_DECISION, answer=JOB, errors=(409,), status=201,
        example={"cut": "60.00", "seen": "0" * 64, "overrides": [{"recognition_id": 1, "reason": "核心专利已被宣告无效"}]},
    )  # fmt: skip
    def decide(self, pk: int, data: dict[str, Any]) -> Any:
        """Propose those that reach the line and reject the others, all at once; 409 where the list has changed."""
        overrides = {each["recognition_id"]: each["reason"] for each in data.get("overrides", [])}
        if len(overrides) < len(data.get("overrides", [])):
            raise RuleError([Problem("overrides", N_("同一产品只能列一次"))])
        decision = proposal.Decision(
            proposal.read_line(data["cut"]), data.get("reason"), overrides, data["seen"]
        )
        return started(round_work.propose(pk, decision, current_actor(), utc_now()))
