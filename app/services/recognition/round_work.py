"""What takes seconds in a round, done in the background: asked for in a page, which refuses at once what cannot be done,
and carried out by the worker. One at a time for each round.

A decision on a whole list (``_WHOLE``) is one transaction: it happens, and is told, or nothing does. What concerns each
product by itself is done so many units at a time, each with its messages; where it was interrupted it goes on with the
products that are left, which their state tells (docs/decisions/0023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound
from app.domain.text import N_, Message
from app.services import background, records
from app.services.background import Handler, Task
from app.services.recognition import asking, assignment, proposal, public_notice, rounds
from app.services.recognition.proposal import Decision

#: units whose products are dealt with in one transaction: others who write wait less than a second
UNITS = 200


def ask_supplements(round_id: int, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Begin to ask for further information."""
    return _start("ask_supplements", round_id, actor, now, {}, lambda: asking.check(round_id, actor, now))


def begin_evaluation(round_id: int, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Let the evaluation begin."""
    return _start("begin_evaluation", round_id, actor, now, {}, lambda: assignment.check(round_id, actor))


def propose(round_id: int, decision: Decision, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Decide on the list of the proposed."""
    given = {
        "cut": str(decision.cut), "reason": decision.reason, "seen": decision.seen,
        "overrides": {str(key): text for key, text in decision.overrides.items()},
    }  # fmt: skip
    return _start("propose", round_id, actor, now, given, lambda: proposal.check(round_id, decision, actor))


def publish_notice(
    round_id: int, title: str, body: str, starts_on: date, actor: Actor, now: datetime
) -> m.BackgroundJob:
    """Publish a notice."""
    given = {"title": title, "body": body, "starts_on": starts_on.isoformat()}

    def check() -> int:
        return public_notice.check_publish(round_id, title, body, starts_on, actor, now)

    return _start("publish_notice", round_id, actor, now, given, check)


def cancel_notice(notice_id: int, reason: str, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Cancel a notice."""
    given = {"notice_id": notice_id, "reason": reason}
    return _start(
        "cancel_notice", _round_of(notice_id), actor, now, given,
        lambda: public_notice.check_cancel(notice_id, reason, actor),
    )  # fmt: skip


def recognise(notice_id: int, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Recognise the products of a notice; all on the day it is asked for, whenever the work is finished."""
    given = {"notice_id": notice_id, "day": local_date(now).isoformat()}
    return _start(
        "recognise", _round_of(notice_id), actor, now, given,
        lambda: public_notice.check_recognise(notice_id, actor, now),
    )  # fmt: skip


def _start(
    kind: str, round_id: int, actor: Actor, now: datetime, given: Mapping[str, Any], check: Callable[[], int]
) -> m.BackgroundJob:
    """Begin the work, with nothing else under way in the round; a second click finds what the first began (T-W02)."""
    round_ = records.load(m.RecognitionRound, round_id, actor)
    session.refresh(round_, with_for_update=True)
    for job in background.under_way((kind,), round_id):
        if job.user_id == actor.user_id and {**job.arguments, **given} == job.arguments:
            return job
    rounds.refuse_busy(round_id)
    count = check()
    arguments = {**given, "round_id": round_id, "count": count}
    return background.start(kind, round_.title, actor, now, arguments, total=count)


def _round_of(notice_id: int) -> int:
    found = session.scalar(select(m.PublicNotice.round_id).where(m.PublicNotice.id == notice_id))
    if found is None:
        raise NotFound
    return found


# ---------------------------------------------------------------- the worker


def _whole(act: Callable[[Task, datetime], dict[str, Any]]) -> Handler:
    """One transaction, and never again: what came of it is noted in it."""

    def work(task: Task) -> Mapping[str, Any]:
        if not task.kept:
            with transaction(task.actor):
                task.keep(**act(task, utc_now()))
        task.step(task.arguments["count"], task.arguments["count"])
        return task.kept

    return work


def _by_units(act: Callable[[Task, datetime], int], end: Callable[[Task, int], dict[str, Any]]) -> Handler:
    """One transaction for so many units at a time, until ``act`` says that nothing is left."""

    def work(task: Task) -> Mapping[str, Any]:
        count = task.arguments["count"]
        while True:
            with transaction(task.actor):
                did = act(task, utc_now())
                done = task.kept.get("done", 0) + did
                task.keep(done=done)
            task.step(min(done, count), count)
            if not did:
                return end(task, done)

    return work


def _ask(task: Task, now: datetime) -> int:
    round_id = task.arguments["round_id"]
    return asking.ask(round_id, task.actor, now, units=UNITS) if asking.waiting(round_id) else 0


def _asked(task: Task, done: int) -> dict[str, Any]:
    return _result(N_("已通知 {n} 个产品补充信息", n=done), f"{task.arguments['round_id']}/supplements")


def _begin(task: Task, now: datetime) -> dict[str, Any]:
    round_id = task.arguments["round_id"]
    count = assignment.begin(round_id, task.actor, now)
    return _result(N_("已开始评价 {n} 个产品，评审人已收到通知", n=count), f"{round_id}/evaluation")


def _propose(task: Task, now: datetime) -> dict[str, Any]:
    given = task.arguments
    overrides = {int(key): text for key, text in given["overrides"].items()}
    decision = Decision(Decimal(given["cut"]), given["reason"], overrides, given["seen"])
    done = proposal.propose(given["round_id"], decision, task.actor, now)
    said = N_("已列为拟认定 {n} 个，未通过评价 {m} 个", n=done.proposed, m=done.rejected)
    return _result(said, f"{given['round_id']}/proposal")


def _publish(task: Task, now: datetime) -> dict[str, Any]:
    # judged anew: should the worker come to it after the first day, the public would have too few of them
    given = task.arguments
    starts_on = date.fromisoformat(given["starts_on"])
    notice = public_notice.publish(
        given["round_id"], given["title"], given["body"], starts_on, task.actor, now
    )
    return _result(N_("已公示，并已通知各单位"), f"notices/{notice.id}")


def _cancel(task: Task, now: datetime) -> dict[str, Any]:
    notice_id = task.arguments["notice_id"]
    public_notice.cancel(notice_id, task.arguments["reason"], task.actor, now)
    return _result(N_("公示已取消，产品恢复为拟认定"), f"notices/{notice_id}")


def _recognise(task: Task, now: datetime) -> int:
    notice_id, day = task.arguments["notice_id"], date.fromisoformat(task.arguments["day"])
    if not public_notice.waiting(notice_id):
        return 0
    return public_notice.recognise(notice_id, task.actor, now, day=day, units=UNITS)


def _recognised(task: Task, done: int) -> dict[str, Any]:
    return _result(N_("已认定 {n} 个产品", n=done), f"notices/{task.arguments['notice_id']}")


def _result(said: Message, page: str) -> dict[str, Any]:
    return {"said": background.said(said), "link": f"/recognition/{page}"}


HANDLERS: dict[str, Handler] = {
    "ask_supplements": _by_units(_ask, _asked),
    "begin_evaluation": _whole(_begin),
    "propose": _whole(_propose),
    "publish_notice": _whole(_publish),
    "cancel_notice": _whole(_cancel),
    "recognise": _by_units(_recognise, _recognised),
}
