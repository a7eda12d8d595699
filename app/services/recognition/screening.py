"""Initial screening 初筛 (mission E3, N9): a run judges all products of a round by its frozen scheme and is kept; running
again changes nothing but adds a run. Applying a run makes its verdicts the products' states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from app import audit, policies
from app import models as m
from app.db import reading, session, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.machines import OFFICERS, RECOGNITION
from app.domain.recognition import scheme as schemes
from app.domain.recognition.scheme import SCREENING, Scheme
from app.domain.recognition.scoring import hundredths
from app.domain.text import N_
from app.registers.bulk import fill
from app.services import background
from app.services.background import Task
from app.services.recognition import details, engine, facts, rounds
from app.services.recognition.comparison import Differences as Differences
from app.services.recognition.comparison import compare as compare
from app.services.recognition.engine import Scores
from app.services.recognition.explaining import Criterion as Criterion
from app.services.recognition.explaining import Explained as Explained
from app.services.recognition.explaining import explain as explain
from app.services.recognition.explaining import least_change as least_change
from app.services.recognition.machine_scores import machine_score as machine_score
from app.services.recognition.machine_scores import machine_scores as machine_scores
from app.services.recognition.what_if import figures_offered as figures_offered
from app.services.recognition.what_if import what_if as what_if
from app.services.workflow import fire_many

KIND = "screening"
CHUNK = 25_000


@dataclass(frozen=True)
class Applied:
    """How many products a run let pass and screened out, and how many of them were judged otherwise before."""

    passed: int
    screened_out: int
    changed: int


@dataclass(frozen=True)
class _Plan:
    run_id: int
    scope: facts.Scope
    scheme: Scheme


def start(round_id: int, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Begin a run in the background; Conflict while another one of the round is under way."""
    run_ = plan(round_id, actor, now)
    title = f"{run_.round.title} #{run_.number}"
    arguments = {"run_id": run_.id, "round_id": round_id}
    return background.start(KIND, title, actor, now, arguments, total=run_.candidates)


def plan(round_id: int, actor: Actor, now: datetime) -> m.ScreeningRun:
    """A run that waits to be done (``run``); whoever has no worker does it at once."""
    _officers_only(actor)
    round_ = policies.find(session(), m.RecognitionRound, round_id, actor)
    session.refresh(round_, with_for_update=True)
    if round_.state != "published":
        raise Conflict(N_("只有已发布的批次可以初筛"))
    if background.under_way((KIND,), round_id):
        raise Conflict(N_("本批次的初筛正在进行，请等待完成"))
    count = session.scalar(
        select(func.count()).select_from(m.Recognition).where(m.Recognition.round_id == round_id)
    )
    if not count:
        raise Conflict(N_("本批次还没有候选产品，请先汇集候选产品"))
    _give_up_lost(round_id, now)
    last = session.scalar(select(func.max(m.ScreeningRun.number)).where(m.ScreeningRun.round_id == round_id))
    run_ = m.ScreeningRun(
        round_id=round_id, number=(last or 0) + 1, scheme_hash=round_.scheme_hash or "", candidates=count,
        created_by=actor.user_id, created_at=now,
    )  # fmt: skip
    session.add(run_)
    session.flush()
    return run_


def run(task: Task) -> Mapping[str, Any]:
    """Do a run, in steps; begun anew where it was interrupted. Of its inputs and results the hashes are kept."""
    run_id, whole = int(task.arguments["run_id"]), False
    planned = _begin(task.actor, run_id)
    try:
        if planned is not None:
            _carry_out(task, planned)
        whole = True
    finally:
        if not whole:
            _end(task.actor, run_id, {"state": "failed"})
    return _outcome(task.actor, run_id)


def apply(run_id: int, actor: Actor, now: datetime) -> Applied:
    """Make the newest run's verdicts the states of all products that have not been asked for more; T-W02: once."""
    _officers_only(actor)
    run_ = policies.find(session(), m.ScreeningRun, run_id, actor)
    session.refresh(run_, with_for_update=True)
    if run_.state != "done":
        raise Conflict(N_("只有已完成的初筛可以采用"))
    if run_.applied_at is not None:
        raise Conflict(N_("这次初筛的结果已经采用"))
    if run_.round.state != "published":
        raise Conflict(N_("只有已发布的批次可以初筛"))
    if newest(run_.round_id) is not run_:
        raise Conflict(N_("只能采用最近一次初筛的结果"))
    rounds.refuse_busy(run_.round_id)
    run_.applied_at = now
    passes, fails = _verdict(run_, True), _verdict(run_, False)
    otherwise = or_(
        and_(m.Recognition.state == "passed", fails), and_(m.Recognition.state == "screened_out", passes)
    )
    changed = fire_many(RECOGNITION, "screen_again", otherwise, actor, now)
    passed = fire_many(RECOGNITION, "screen_in", passes, actor, now)
    screened_out = fire_many(RECOGNITION, "screen_out", fails, actor, now)
    return Applied(passed, screened_out, changed)


def newest(round_id: int) -> m.ScreeningRun | None:
    """The last run of a round that was completed."""
    query = select(m.ScreeningRun).where(m.ScreeningRun.round_id == round_id, m.ScreeningRun.state == "done")
    return session.scalars(query.order_by(m.ScreeningRun.number.desc()).limit(1)).first()


def result_of(recognition: m.Recognition) -> m.ScreeningResult | None:
    """What the last run that was applied found for a product; None where none was."""
    query = (
        select(m.ScreeningResult)
        .join(m.ScreeningRun, m.ScreeningRun.id == m.ScreeningResult.run_id)
        .where(
            m.ScreeningRun.round_id == recognition.round_id,
            m.ScreeningRun.applied_at.is_not(None),
            m.ScreeningResult.product_id == recognition.product_id,
        )
        .order_by(m.ScreeningRun.number.desc())
    )
    return session.scalars(query.limit(1)).first()


# ---------------------------------------------------------------- the run


def _begin(actor: Actor, run_id: int) -> _Plan | None:
    """Forget what an interrupted attempt left; None where the run is done already."""
    with transaction(actor):
        _officers_only(actor)
        run_ = session.get(m.ScreeningRun, run_id)
        if run_ is None:
            raise NotFound
        if run_.state != "waiting":
            return None
        session.execute(delete(m.ScreeningResult).where(m.ScreeningResult.run_id == run_id))
        scheme = schemes.read(run_.round.frozen_scheme or {})
        return _Plan(run_id, facts.scope(run_.round), scheme)


def _carry_out(task: Task, planned: _Plan) -> None:
    indicators = planned.scheme.machine(SCREENING)
    with reading() as connection:
        columns = facts.load(connection, planned.scope, facts.needed(indicators))
    session.rollback()
    task.step(0, len(columns))
    scores = engine.score(columns, indicators, planned.scheme.min_class)
    pass_points = hundredths(planned.scheme.pass_score)
    found = _write(task, planned.run_id, scores, pass_points)
    values = {
        "state": "done", "candidates": len(columns), "passed": int(scores.passed(pass_points).sum()),
        "input_hash": columns.digest(), "result_hash": found, "benchmarks": _benchmarks(scores),
    }  # fmt: skip
    if not _end(task.actor, planned.run_id, values):
        raise Conflict(N_("这次初筛已被中止，请重新发起"))


def _write(task: Task, run_id: int, scores: Scores, pass_points: int) -> str:
    """Keep the results; SHA-256 over all of them, hex."""
    found, total = sha256(scores.columns.product.tobytes() + scores.total.tobytes()), len(scores.columns)
    for start_ in range(0, total, CHUNK):
        rows = list(details.rows(run_id, scores, pass_points, start_, min(start_ + CHUNK, total)))
        found.update("\n".join([row[-1] for row in rows]).encode())
        with transaction(task.actor):
            fill(session.connection(), _RESULTS, rows)
        task.step(min(start_ + CHUNK, total), total)
    return found.hexdigest()


_RESULTS: Any = m.ScreeningResult.__table__


def _benchmarks(scores: Scores) -> dict[str, Any]:
    return {
        "indicators": {each.indicator.id: each.benchmarks for each in scores.criteria},
        "parents": scores.columns.parents,
    }


def _end(actor: Actor, run_id: int, values: dict[str, Any]) -> bool:
    """Note how a run ended; False where it is not under way any more."""
    session.rollback()
    with transaction(actor):
        changed: Any = session.execute(
            update(m.ScreeningRun)
            .where(m.ScreeningRun.id == run_id, m.ScreeningRun.state == "waiting")
            .values(finished_at=utc_now(), **values)
        )
        noted = {name: values[name] for name in _NOTED if name in values}
        if changed.rowcount:
            audit.record(session(), "change", "screening_run", run_id, **noted)
        return bool(changed.rowcount)


_NOTED = ("state", "candidates", "passed", "input_hash", "result_hash")


def _outcome(actor: Actor, run_id: int) -> Mapping[str, Any]:
    with transaction(actor):
        run_ = session.get_one(m.ScreeningRun, run_id)
        return {
            "run_id": run_.id, "round_id": run_.round_id, "candidates": run_.candidates, "passed": run_.passed,
            "link": f"/recognition/{run_.round_id}/screening/{run_.id}",
        }  # fmt: skip


# ---------------------------------------------------------------- before and after


def _give_up_lost(round_id: int, now: datetime) -> None:
    """Runs that nobody is doing any more: their job failed."""
    lost = (m.ScreeningRun.round_id == round_id, m.ScreeningRun.state == "waiting")
    session.execute(update(m.ScreeningRun).where(*lost).values(state="failed", finished_at=now))


def _verdict(run_: m.ScreeningRun, passed: bool) -> ColumnElement[bool]:
    judged = select(m.ScreeningResult.product_id).where(
        m.ScreeningResult.run_id == run_.id, m.ScreeningResult.passed.is_(passed)
    )
    return and_(m.Recognition.round_id == run_.round_id, m.Recognition.product_id.in_(judged))


def _officers_only(actor: Actor) -> None:
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("您的角色不能执行该操作"))
