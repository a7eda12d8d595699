"""Long work in the background: claimed once, done by the worker, shown to whoever started it and to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import jobs
from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.text import N_
from app.services import background
from app.services.background import Task
from tests.support.factories import NOW, make_owner, make_unit


@pytest.fixture
def person(app: Flask) -> Actor:
    who = make_owner(make_unit())
    session.commit()
    return who


def started(who: Actor, **arguments: Any) -> int:
    with transaction(who):
        return background.start("export", "产品", who, NOW, arguments, total=3).id


def job(job_id: int) -> m.BackgroundJob:
    session.rollback()
    session.expire_all()
    return session.get_one(m.BackgroundJob, job_id)


def test_work_is_done_in_the_name_of_who_started_it_and_its_result_is_kept(person: Actor) -> None:
    job_id, seen = started(person, year=2025), []

    def work(task: Task) -> Mapping[str, Any]:
        seen.append((task.actor, task.arguments))
        task.step(2, 3)
        assert (job(job_id).done, job(job_id).total, job(job_id).state) == (2, 3, "running")
        return {"rows": 3}

    assert background.run_waiting({"export": work}) == 1
    assert seen == [(person, {"year": 2025})]
    assert (job(job_id).state, job(job_id).result) == ("done", {"rows": 3})
    assert background.run_waiting({"export": work}) == 0


def test_a_refusal_ends_the_work_and_says_why(person: Actor) -> None:
    job_id = started(person)

    def work(_task: Task) -> Mapping[str, Any]:
        raise Conflict(N_("一次最多批量处理 {limit} 件", limit=5))

    background.run_waiting({"export": work})
    assert job(job_id).state == "failed"
    assert str(background.failure(job(job_id))) == "一次最多批量处理 5 件"


def test_what_breaks_is_failed_with_its_number_and_undone(person: Actor) -> None:
    job_id = started(person)

    def work(_task: Task) -> Mapping[str, Any]:
        session.add(m.Parameter(name="half", value="1"))
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        background.run_waiting({"export": work})
    assert job(job_id).state == "failed"
    assert str(job_id) in str(background.failure(job(job_id)))
    assert session.get(m.Parameter, "half") is None


def test_work_whose_worker_died_is_taken_up_again_three_times_at_most(person: Actor) -> None:
    job_id, runs = started(person), []
    for _ in range(background.TRIES + 1):
        lost = job(job_id)
        if lost.tries:
            lost.state, lost.seen_at = "running", background.utc_now() - 2 * background.SILENT
        session.commit()
        background.run_waiting({"export": lambda task: runs.append(task.id) or {}})
    assert runs == [job_id] * background.TRIES
    assert job(job_id).state == "failed"


def test_work_under_way_is_not_begun_twice(person: Actor) -> None:
    job_id, inner = started(person), []

    def work(_task: Task) -> Mapping[str, Any]:
        inner.append(background.run_waiting({"export": work}))
        return {}

    assert background.run_waiting({"export": work}) == 1
    assert inner == [0]
    assert job(job_id).finished_at >= NOW - timedelta(days=1)


def test_T_I09_nobody_sees_the_work_of_others(person: Actor) -> None:
    job_id = started(person)
    stranger = make_owner(make_unit())
    assert background.own(person, job_id).id == job_id
    for other in (stranger, Actor.anonymous()):
        with pytest.raises(NotFound):
            background.own(other, job_id)


def test_every_kind_of_work_has_a_name() -> None:
    from app.web.labels import JOB_KINDS

    assert set(jobs.HANDLERS) <= set(JOB_KINDS)
