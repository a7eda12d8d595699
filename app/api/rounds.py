"""The officer's work on a round over REST, step by step; long steps go on in the background."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import CHANGED, COUNTED, GONE, PK, VERSIONED
from app.api.base import RecordApi, operation
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import NotFound
from app.services.recognition import candidates, certificate_files, round_work, rounds, screening
from app.web.interface import PolicyInterface
from app.web.security import current_actor

OFFICERS = (roles.RECOGNITION_OFFICER, roles.ADMIN)
WATCHERS = {
    **dict.fromkeys(OFFICERS, answers.WRITE),
    roles.AUDITOR: answers.READ,
    roles.REVIEWER: answers.READ,
}
_TYPED = {field.name: schemas.TYPED for field in rounds.FIELDS}
JOB = schemas.result(schemas.obj({"job_id": schemas.ID}))
_REASON = schemas.text(2000)


def started(job: m.BackgroundJob) -> dict[str, Any]:
    """What ``JOB`` describes."""
    return {"result": {"job_id": job.id}}


class RoundApi(RecordApi):
    """Rounds; units see those that are published."""

    resource_name = "rounds"
    area = "recognition"
    title = _l("认定批次")
    datamodel = PolicyInterface(m.RecognitionRound)
    roles = {**answers.EVERY_READER, **WATCHERS}
    list_columns = ("year", "title", "data_year", "filing_deadline", "supplement_deadline", "state")
    show_columns = (
        *list_columns,
        "notice_days",
        "evaluators",
        "scheme",
        "scheme_hash",
        "published_at",
        "version",
    )
    filter_columns = ("state", "year")
    text_columns = ("title",)
    base_order = ("year", "desc")

    def limited(self) -> Any:
        """What is only planned is for those who run recognition."""
        return None if current_actor().has(*WATCHERS) else m.RecognitionRound.state != "draft"

    def find(self, pk: Any) -> Any:
        """The same for a single round."""
        found = super().find(pk)
        if found.state == "draft" and not current_actor().has(*WATCHERS):
            raise NotFound
        return found

    @operation(
        "POST", "/", _l("新建认定批次"), body=schemas.obj(_TYPED), answer=CHANGED, status=201,
        example={"year": 2026, "data_year": 2025, "title": "2026 年度认定", "filing_deadline": "2026-09-15",
                 "supplement_deadline": "2026-10-31", "notice_days": 10, "evaluators": 2, "scheme_id": 1},
    )  # fmt: skip
    def create(self, data: dict[str, Any]) -> Any:
        """Plan a round."""
        return answers.changed(rounds.create(current_actor(), data, utc_now()))

    @operation(
        "PUT", f"/{PK}", _l("修改认定批次"), body=schemas.some({"version": schemas.VERSION, **_TYPED}, "version"),
        answer=CHANGED, errors=(409,), example={"version": 1, "supplement_deadline": "2026-11-15"},
    )  # fmt: skip
    def put(self, pk: int, data: dict[str, Any]) -> Any:
        """Change it; of a published round only what may still change."""
        version = data.pop("version")
        return answers.changed(rounds.change(current_actor(), pk, data, version, utc_now()))

    @operation("DELETE", f"/{PK}", _l("删除从未发布的批次"), answer=GONE, errors=(409,))
    def delete(self, pk: int) -> Any:
        """Give up a round that was never published."""
        rounds.remove(current_actor(), pk)
        return answers.gone(pk)

    @operation(
        "POST", f"/{PK}/publish", _l("发布批次，固定评价方案"), body=VERSIONED, answer=CHANGED, errors=(409,),
        example={"version": 2},
    )  # fmt: skip
    def publish(self, pk: int, data: dict[str, Any]) -> Any:
        """Publish it with its scheme frozen."""
        return answers.changed(rounds.publish(current_actor(), pk, utc_now(), version=data["version"]))

    @operation(
        "POST",
        f"/{PK}/close",
        _l("结束批次"),
        body=VERSIONED,
        answer=CHANGED,
        errors=(409,),
        example={"version": 3},
    )
    def close(self, pk: int, data: dict[str, Any]) -> Any:
        """End it."""
        return answers.changed(rounds.close(current_actor(), pk, utc_now(), version=data["version"]))

    @operation("POST", f"/{PK}/candidates", _l("汇集候选产品，返回新增数"), answer=COUNTED, errors=(409,))
    def gather(self, pk: int) -> Any:
        """Collect the candidates; how many are new."""
        return answers.counted(candidates.gather(pk, current_actor(), utc_now()).added)

    @operation("POST", f"/{PK}/screening", _l("开始一次初筛（后台）"), answer=JOB, errors=(409,), status=201)
    def screen(self, pk: int) -> Any:
        """Begin a run of the initial screening."""
        return started(screening.start(pk, current_actor(), utc_now()))

    @operation(
        "POST",
        f"/{PK}/supplements",
        _l("通知初筛通过的单位补充信息（后台）"),
        answer=JOB,
        errors=(409,),
        status=201,
    )
    def ask(self, pk: int) -> Any:
        """Ask all that passed for further information."""
        return started(round_work.ask_supplements(pk, current_actor(), utc_now()))

    @operation(
        "POST",
        f"/{PK}/evaluation",
        _l("分配评审人员，开始评审（后台）"),
        answer=JOB,
        errors=(409,),
        status=201,
    )
    def evaluate(self, pk: int) -> Any:
        """Let the evaluation of all supplemented products begin."""
        return started(round_work.begin_evaluation(pk, current_actor(), utc_now()))

    @operation(
        "POST", f"/{PK}/notices", _l("公示拟认定的产品（后台）"), answer=JOB, errors=(409,), status=201,
        body=schemas.some({
            "title": schemas.text(200), "body": schemas.text(20_000), "starts_on": schemas.DAY,
        }, "title", "starts_on"),
        example={"title": "2026 年度拟认定专利密集型产品公示", "starts_on": "2026-12-01"},
    )  # fmt: skip
    def notice(self, pk: int, data: dict[str, Any]) -> Any:
        """Put every proposed product into a public notice."""
        starts_on = answers.day_of(data, "starts_on")
        body = data.get("body", "")
        actor = current_actor()
        return started(round_work.publish_notice(pk, data["title"], body, starts_on, actor, utc_now()))

    @operation(
        "POST", f"/{PK}/certificates", _l("生成缺少的证书文件（后台）"), answer=JOB, errors=(409,), status=201
    )
    def make_files(self, pk: int) -> Any:
        """Make all certificates' files that are missing."""
        self.find(pk)
        return started(certificate_files.start(pk, current_actor(), utc_now()))


class ScreeningRunApi(RecordApi):
    """Runs of the initial screening."""

    resource_name = "screening-runs"
    area = "recognition"
    title = _l("初筛运行")
    datamodel = PolicyInterface(m.ScreeningRun)
    roles = {**dict.fromkeys(OFFICERS, answers.WRITE), roles.AUDITOR: answers.READ}
    list_columns = (
        "round_id",
        "number",
        "state",
        "candidates",
        "passed",
        "created_at",
        "finished_at",
        "applied_at",
    )
    show_columns = (*list_columns, "scheme_hash", "input_hash", "result_hash")
    filter_columns = ("round_id", "state")

    @operation(
        "POST", f"/{PK}/apply", _l("采用初筛结果"), errors=(409,),
        answer=schemas.result(schemas.obj(dict.fromkeys(("passed", "screened_out", "changed"), schemas.COUNT))),
    )  # fmt: skip
    def apply(self, pk: int) -> Any:
        """Make the run's verdicts the states of the products."""
        done = screening.apply(pk, current_actor(), utc_now())
        return {"result": {"passed": done.passed, "screened_out": done.screened_out, "changed": done.changed}}


class NoticeApi(RecordApi):
    """Public notices."""

    resource_name = "notices"
    area = "recognition"
    title = _l("公示公告")
    datamodel = PolicyInterface(m.PublicNotice)
    roles = {**answers.EVERY_READER, **dict.fromkeys(OFFICERS, answers.WRITE)}
    list_columns = ("round_id", "title", "starts_on", "ends_on", "days", "provisional", "state")
    show_columns = (*list_columns, "body", "reason", "version")
    filter_columns = ("round_id", "state")
    text_columns = ("title",)

    @operation(
        "POST",
        f"/{PK}/recognise",
        _l("认定公示期满且没有异议的产品（后台）"),
        answer=JOB,
        errors=(409,),
        status=201,
    )
    def recognise(self, pk: int) -> Any:
        """Recognise whoever may be."""
        return started(round_work.recognise(pk, current_actor(), utc_now()))

    @operation(
        "POST", f"/{PK}/cancel", _l("取消公示（后台）"), body=schemas.obj({"reason": _REASON}), answer=JOB, errors=(409,), status=201,
        example={"reason": "名单有误，更正后重新公示"},
    )  # fmt: skip
    def cancel(self, pk: int, data: dict[str, Any]) -> Any:
        """Cancel a notice before anybody in it is recognised."""
        return started(round_work.cancel_notice(pk, data["reason"], current_actor(), utc_now()))
