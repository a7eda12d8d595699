"""Long work in the background: started by somebody in a page, done by the worker, followed on a page of its own.

A job is a row, written in the transaction that starts it. The worker claims it by one conditional update and gives a sign
of life with each step; one that has been silent for ``SILENT`` (its worker died) is taken up again. What a kind does
must therefore bear being done twice, or go on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import selectinload

from app import models as m
from app.db import db, session, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import DomainError, NotFound
from app.domain.text import N_, Message

#: Set in ``session.info`` while the transaction has started work.
WAITING = "work_waiting"
SILENT = timedelta(minutes=10)
TRIES = 3
_WORKER = Actor.system("worker")


@dataclass(frozen=True)
class Task:
    """A job under way: who started it and with what; ``step`` says how far it has come, ``kept`` what an earlier
    attempt that was interrupted has done."""

    id: int
    actor: Actor
    arguments: Mapping[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def step(self, done: int, total: int) -> None:
        """Note how far the work has come, on a connection of its own: what the work is reading goes on. Call it while
        the work itself is not writing."""
        row = update(m.BackgroundJob).where(m.BackgroundJob.id == self.id)
        with db.engine.execution_options(writes=True).begin() as connection:
            connection.execute(row.values(done=done, total=total, seen_at=utc_now()))

    def keep(self, **values: Any) -> None:
        """Note what has been done in the transaction that does it: both are there after a crash, or neither is."""
        self.kept.update(values)
        row = update(m.BackgroundJob).where(m.BackgroundJob.id == self.id).values(result=self.kept)
        session.execute(row.execution_options(unscoped=True, synchronize_session=False))


#: What does a kind of work: runs outside any transaction, returns what the page shows (``m.BackgroundJob.result``).
Handler = Callable[[Task], Mapping[str, Any]]


def start(
    kind: str, title: str, actor: Actor, now: datetime, arguments: Mapping[str, Any], total: int = 0
) -> m.BackgroundJob:
    """Put work into the queue, in the caller's transaction; ``title`` names what it is about (a round, a list)."""
    job = m.BackgroundJob(
        kind=kind,
        title=title[:200],
        arguments=dict(arguments),
        total=total,
        user_id=actor.user_id,
        created_at=now,
    )
    session.add(job)
    session.flush()
    session.info[WAITING] = True
    return job


def own(actor: Actor, job_id: int) -> m.BackgroundJob:
    """A job the actor started; NotFound for any other (abuse.md T-I09)."""
    query = select(m.BackgroundJob).where(
        m.BackgroundJob.id == job_id, m.BackgroundJob.user_id == actor.user_id
    )
    job = session.scalars(query).one_or_none()
    if job is None or actor.user_id is None:
        raise NotFound
    return job


def under_way(kinds: Collection[str], round_id: int) -> list[m.BackgroundJob]:
    """The work of these kinds on a round (its argument ``round_id``) that waits or is being done, whoever started it."""
    jobs = select(m.BackgroundJob).where(
        m.BackgroundJob.kind.in_(kinds), m.BackgroundJob.state.in_(("waiting", "running"))
    )
    started = session.scalars(jobs.execution_options(unscoped=True))
    return [job for job in started if job.arguments.get("round_id") == round_id]


def run_waiting(handlers: Mapping[str, Handler]) -> int:
    """Do all work that waits, one after the other; returns how many jobs were run. For the worker."""
    count = 0
    while (task := _claim(list(handlers))) is not None:
        _run(handlers[task[0]], task[1])
        count += 1
    return count


def _claim(kinds: list[str]) -> tuple[str, Task] | None:
    now = utc_now()
    lost = and_(m.BackgroundJob.state == "running", m.BackgroundJob.seen_at < now - SILENT)
    with transaction(_WORKER):
        query = select(m.BackgroundJob).where(
            m.BackgroundJob.kind.in_(kinds), or_(m.BackgroundJob.state == "waiting", lost)
        )
        job = session.scalars(
            query.order_by(m.BackgroundJob.id).limit(1).with_for_update(skip_locked=True)
        ).first()
        if job is None:
            return None
        if job.tries >= TRIES:
            job.state, job.finished_at, job.error = "failed", now, said(N_("多次中断，已停止；请重新发起"))
            return job.kind, Task(job.id, _WORKER, {"given_up": True})
        job.state, job.seen_at, job.tries = "running", now, job.tries + 1
        return job.kind, Task(job.id, _actor_of(job.user_id), dict(job.arguments), dict(job.result))


def _run(handler: Handler, task: Task) -> None:
    """Do one job; what it raises beyond a refusal ends this round of work (the queue logs it), and the job as failed."""
    if task.arguments.get("given_up"):
        return
    broken = N_("处理时出错，请联系技术支持（任务编号 {id}）", id=task.id)
    ended: dict[str, Any] = {"state": "failed", "error": said(broken)}
    try:
        ended = {"state": "done", "result": dict(handler(task))}
    except DomainError as error:
        ended["error"] = said(error.message)
    finally:
        session.rollback()
        _end(task, ended)


def _end(task: Task, values: Mapping[str, Any]) -> None:
    now = utc_now()
    with transaction(_WORKER):
        row = update(m.BackgroundJob).where(m.BackgroundJob.id == task.id, m.BackgroundJob.state == "running")
        session.execute(row.values(finished_at=now, seen_at=now, **values))


def _actor_of(user_id: int | None) -> Actor:
    """Who started the work, with the roles of today: what they may no longer do is no longer done."""
    if user_id is None:
        return _WORKER
    user = session.get(User, user_id, options=[selectinload(User.roles)])
    account = session.get(m.Account, user_id)
    if user is None or not user.active or account is None:
        return Actor.anonymous()
    roles = frozenset(role.name for role in user.roles)
    return Actor(user_id, user.username, roles, account.unit_id, account.region_code)


def said(message: Message) -> str:
    """A message as a job keeps it, for readers of either language."""
    return json.dumps(
        {"msgid": message.msgid, "params": {name: str(value) for name, value in message.params.items()}},
        ensure_ascii=False,
    )


def failure(job: m.BackgroundJob) -> Message | None:
    """Why the work failed."""
    return _message(job.error)


def outcome(job: m.BackgroundJob) -> Message | None:
    """What came of the work, in words; None for work that says nothing, and while it goes on."""
    return _message(job.result.get("said")) if job.state == "done" else None


def _message(kept: str | None) -> Message | None:
    if not kept:
        return None
    read = json.loads(kept)
    return Message(read["msgid"], read["params"])
