"""The long work of a round in the background: refused at once, done once, and after a crash gone on with, not begun anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app import models as m
from app.db import session as current
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound, RuleError
from app.notify import outbox
from app.services import background
from app.services.recognition import round_work, rounds
from app.services.recognition.proposal import Decision
from tests.services.conftest import Cast
from tests.services.test_races import at_once, die, killed
from tests.support import factories as make
from tests.support.acts import work
from tests.support.evaluations import Stage, score_all, states
from tests.support.factories import NOW, TODAY
from tests.support.notices import TITLE, at, make_notice, make_recognition, make_round
from tests.support.recognition import make_supplemented

AFTER = at("2025-09-25")


class Clock:
    """What the worker takes for now."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(round_work, "utc_now", made)
    return made


@pytest.fixture
def round_(cast: Cast, officer: Actor, clock: Clock) -> m.RecognitionRound:
    """A round in which two products of unit A and one each of units B and C have passed the screening."""
    made, third = make_round(), make.make_unit()
    for unit in (cast.unit, cast.unit, cast.other_unit, third):
        product = make.make_product(unit, f"锂离子电池{unit.id}{make.make_number().year}", state="filed")
        make_recognition(product, made, "passed")
    current.commit()
    return made


def asked_for(officer: Actor, begin_: Callable[..., m.BackgroundJob], *args: Any, now: Any = NOW) -> int:
    with transaction(officer):
        return begin_(*args, officer, now).id


def job(job_id: int) -> m.BackgroundJob:
    current.rollback()
    current.expire_all()
    return current.get_one(m.BackgroundJob, job_id)


def lose(job_id: int) -> None:
    """The worker that did the job has not been heard of for long."""
    lost = job(job_id)
    assert lost.state == "running"
    lost.seen_at = background.utc_now() - 2 * background.SILENT
    current.commit()


def told(template: str) -> dict[int | None, int]:
    """How many messages each unit got in the system."""
    query = select(m.Outbox.unit_id, func.count(m.Outbox.text_id.distinct())).where(
        m.Outbox.template == template
    )
    return dict(current.execute(query.group_by(m.Outbox.unit_id)).all())


def states_of(round_: m.RecognitionRound) -> list[str]:
    current.rollback()
    return list(current.scalars(select(m.Recognition.state).order_by(m.Recognition.id)))


def move(state: str, **values: Any) -> None:
    current.execute(m.Recognition.__table__.update().values(state=state, **values))
    current.commit()


def dying(after: int) -> Callable[..., Any]:
    """What sends messages, until the process dies at the one after so many."""
    sent, post = [], outbox.post

    def instead(*args: Any, **values: Any) -> Any:
        sent.append(values)
        return die() if len(sent) > after else post(*args, **values)

    return instead


def test_each_kind_of_work_has_somebody_who_does_it() -> None:
    assert set(round_work.HANDLERS) == set(rounds.WORK) <= set(jobs.HANDLERS)


def test_all_are_asked_and_the_page_says_how_many(round_: m.RecognitionRound, officer: Actor) -> None:
    job_id = asked_for(officer, round_work.ask_supplements, round_.id)
    assert states_of(round_) == ["passed"] * 4

    work()

    assert states_of(round_) == ["supplement_due"] * 4
    done = job(job_id)
    assert (done.state, done.done, done.total) == ("done", 4, 4)
    assert str(background.outcome(done)) == "已通知 4 个产品补充信息"
    assert set(told("supplement_asked").values()) == {1}


def test_T_D02_killed_in_mid_asking_it_goes_on_with_those_that_are_left(
    round_: m.RecognitionRound, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_work, "UNITS", 1)
    job_id = asked_for(officer, round_work.ask_supplements, round_.id)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "post", dying(after=1))
        assert killed(work)
    assert states_of(round_) == ["supplement_due"] * 2 + ["passed"] * 2
    assert list(told("supplement_asked").values()) == [1]
    assert job(job_id).done == 2

    lose(job_id)
    work()
    assert states_of(round_) == ["supplement_due"] * 4
    assert list(told("supplement_asked").values()) == [1, 1, 1]
    assert current.scalar(select(func.count(m.Supplement.id))) == 4
    assert str(background.outcome(job(job_id))) == "已通知 4 个产品补充信息"


def test_T_D02_killed_in_mid_publishing_there_is_no_notice_and_then_a_whole_one(
    round_: m.RecognitionRound, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    move("proposed")
    job_id = asked_for(officer, round_work.publish_notice, round_.id, TITLE, "正文", TODAY)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "post", dying(after=2))
        assert killed(work)
    assert states_of(round_) == ["proposed"] * 4
    assert current.scalars(select(m.PublicNotice)).all() == [] and told("notice_published") == {}

    lose(job_id)
    work()
    assert states_of(round_) == ["in_notice"] * 4
    assert list(told("notice_published").values()) == [1, 1, 1]


def test_T_D02_killed_after_publishing_it_is_not_published_again(
    round_: m.RecognitionRound, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    move("proposed")
    job_id = asked_for(officer, round_work.publish_notice, round_.id, TITLE, "正文", TODAY)

    with monkeypatch.context() as patch:
        patch.setattr(background, "_end", die)
        assert killed(work)
    assert states_of(round_) == ["in_notice"] * 4

    lose(job_id)
    work()
    notice = current.scalars(select(m.PublicNotice)).one()
    done = job(job_id)
    assert (done.state, done.result["link"]) == ("done", f"/recognition/notices/{notice.id}")


def test_T_D02_killed_in_mid_recognising_every_product_has_one_certificate_in_the_end(
    round_: m.RecognitionRound, officer: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_work, "UNITS", 1)
    notice_id = make_notice(round_).id
    move("in_notice", notice_id=notice_id)
    clock.now = AFTER
    job_id = asked_for(officer, round_work.recognise, notice_id, now=AFTER)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "post", dying(after=2))
        assert killed(work)
    assert states_of(round_) == ["recognised"] * 3 + ["in_notice"]
    assert current.scalar(select(func.count(m.Certificate.id))) == 3

    clock.now = at("2025-09-26")
    lose(job_id)
    work()
    numbers = current.scalars(select(m.Certificate.number).order_by(m.Certificate.id)).all()
    assert numbers == [f"ZLMJ2025{number:06d}" for number in (1, 2, 3, 4)]
    assert current.scalars(select(m.Recognition.recognised_on).distinct()).all() == [AFTER.date()]
    assert list(told("recognition_recognised").values()) == [1, 1, 1]
    assert current.get_one(m.PublicNotice, notice_id).state == "ended"
    assert str(background.outcome(job(job_id))) == "已认定 4 个产品"


def test_T_W02_a_double_click_begins_the_work_once(
    app: Flask, round_: m.RecognitionRound, officer: Actor
) -> None:
    move("proposed")
    round_id = round_.id
    current.rollback()

    def click() -> int:
        return asked_for(officer, round_work.publish_notice, round_id, TITLE, "正文", TODAY)

    first, second = at_once(app, [click, click])
    assert first == second
    work()
    assert len(current.scalars(select(m.PublicNotice)).all()) == 1


def test_T_W02_while_one_thing_is_done_in_a_round_nothing_else_is_begun(
    round_: m.RecognitionRound, officer: Actor, cast: Cast
) -> None:
    asked_for(officer, round_work.ask_supplements, round_.id)
    product = make.make_product(cast.unit, "换电柜", state="filed")
    make_recognition(product, round_, "proposed")
    current.commit()

    with pytest.raises(Conflict, match="正在办理上一项工作"):
        asked_for(officer, round_work.publish_notice, round_.id, TITLE, "正文", TODAY)
    with pytest.raises(Conflict, match="正在办理上一项工作"):
        rounds.refuse_busy(round_.id)
    other = make_round(2024)
    rounds.refuse_busy(other.id)


def test_what_cannot_be_done_is_refused_before_it_is_begun(
    round_: m.RecognitionRound, officer: Actor, cast: Cast
) -> None:
    notice_id = make_notice(round_).id
    current.commit()
    for refusal, begin_, args in (
        (Conflict, round_work.publish_notice, (round_.id, TITLE, "正文", TODAY)),
        (RuleError, round_work.publish_notice, (round_.id, " ", "正文", TODAY)),
        (Conflict, round_work.begin_evaluation, (round_.id,)),
        (Conflict, round_work.propose, (round_.id, Decision(Decimal(50)))),
        (Conflict, round_work.recognise, (notice_id,)),
        (RuleError, round_work.cancel_notice, (notice_id, "　")),
        (NotFound, round_work.recognise, (10**9,)),
        (NotFound, round_work.ask_supplements, (10**9,)),
    ):
        with pytest.raises(refusal):
            asked_for(officer, begin_, *args)
    move("not_passed")
    with pytest.raises(Conflict, match="没有初筛通过"):
        asked_for(officer, round_work.ask_supplements, round_.id)
    assert current.scalars(select(m.BackgroundJob)).all() == []


def test_a_notice_whose_first_day_is_over_before_it_is_published_is_not(
    round_: m.RecognitionRound, officer: Actor, clock: Clock
) -> None:
    move("proposed")
    job_id = asked_for(officer, round_work.publish_notice, round_.id, TITLE, "正文", TODAY)
    clock.now = at("2025-09-11")
    work()
    assert "起始日不能早于今天" in str(background.failure(job(job_id)))
    assert states_of(round_) == ["proposed"] * 4


def test_who_is_no_officer_any_more_does_nothing(
    round_: m.RecognitionRound, officer: Actor, cast: Cast
) -> None:
    job_id = asked_for(officer, round_work.ask_supplements, round_.id)
    job(job_id).user_id = cast.rui.user_id
    current.commit()
    work()
    assert job(job_id).state == "failed" and states_of(round_) == ["passed"] * 4


def test_the_evaluation_begins_and_the_list_is_decided(stage: Stage, clock: Clock) -> None:
    made = make_supplemented(stage.round, stage.unit)
    current.commit()
    asked_for(stage.ou, round_work.begin_evaluation, stage.round.id)
    work()
    assert states([made]) == ["evaluating"]
    score_all(stage, made)
    job_id = asked_for(stage.ou, round_work.propose, stage.round.id, Decision(Decimal(0), "得分不足"))
    work()
    assert states([made]) == ["proposed"]
    assert str(background.outcome(job(job_id))) == "已列为拟认定 1 个，未通过评价 0 个"
