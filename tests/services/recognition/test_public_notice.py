"""The public notice: all proposed products of a round at once; nobody in it is recognised early or under objection."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.registers import calendars
from app.services.recognition import expiry, objections, public_notice
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW, TODAY
from tests.support.notices import FACTS, at, make_recognition, make_round, object_to, publish

END = date(2025, 9, 24)
AFTER = at("2025-09-25")
CALENDAR_2027 = "日期,类型,节日\n" + "".join(
    f"2027-{day},休,假日\n"
    for day in ("01-01", "01-04", "02-08", "05-01", "05-03", "10-01", "10-02", "10-03")
)


@pytest.fixture
def round_(cast: Cast, session: Any) -> m.RecognitionRound:
    made = make_round()
    session.commit()
    return made


@pytest.fixture
def proposed(cast: Cast, session: Any, round_: m.RecognitionRound) -> list[m.Recognition]:
    """Two products of unit A and one of unit B, proposed; one more that is still evaluated."""
    products = [
        make.make_product(unit, name, state="filed")
        for unit, name in ((cast.unit, "锂离子电池"), (cast.unit, "钠离子电池"), (cast.other_unit, "充电桩"))
    ]
    made = [make_recognition(product, round_) for product in products]
    make_recognition(make.make_product(cast.other_unit, "换电柜", state="filed"), round_, "evaluating")
    session.commit()
    return made


@pytest.fixture
def notice(officer: Actor, round_: m.RecognitionRound, proposed: list[m.Recognition]) -> m.PublicNotice:
    return publish(officer, round_)


def recognise(officer: Actor, notice: m.PublicNotice, now: Any = AFTER) -> int:
    with transaction(officer):
        return public_notice.recognise(notice.id, officer, now)


def cancel(
    officer: Actor, notice: m.PublicNotice, reason: str = "名单有误", now: Any = NOW
) -> m.PublicNotice:
    with transaction(officer):
        return public_notice.cancel(notice.id, reason, officer, now)


def load(tmp_path: Path, session: Any, content: str = CALENDAR_2027) -> None:
    path = tmp_path / "2027.csv"
    path.write_text(content, encoding="utf-8")
    with transaction(Actor.system("calendar")):
        calendars.load_calendar(path)


def states(recognitions: list[m.Recognition]) -> list[str]:
    return [recognition.state for recognition in recognitions]


def told(session: Any, template: str, channel: str = "inapp") -> list[m.Outbox]:
    query = select(m.Outbox).where(m.Outbox.template == template, m.Outbox.channel == channel)
    return list(session.scalars(query.order_by(m.Outbox.id)))


# ---------------------------------------------------------------- publishing


def test_all_proposed_products_go_into_the_notice_and_no_others(
    notice: m.PublicNotice, proposed: list[m.Recognition], session: Any
) -> None:
    assert states(proposed) == ["in_notice"] * 3
    assert {recognition.notice_id for recognition in proposed} == {notice.id}
    assert session.scalars(select(m.Recognition.state).where(m.Recognition.notice_id.is_(None))).all() == [
        "evaluating"
    ]


def test_it_ends_after_ten_working_days_the_day_after_the_start_being_the_first(
    notice: m.PublicNotice,
) -> None:
    assert (notice.starts_on, notice.ends_on, notice.days, notice.provisional) == (TODAY, END, 10, False)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        (at("2025-09-19", "17:59"), date(2025, 9, 19), date(2025, 10, 10)),
        (at("2025-09-19", "18:01"), date(2025, 9, 19), date(2025, 10, 10)),
        (at("2026-02-14"), date(2026, 2, 14), date(2026, 3, 6)),
        (at("2026-10-10"), date(2026, 10, 10), date(2026, 10, 23)),
    ],
    ids=["Friday 17:59", "Friday 18:01", "make-up Saturday", "after National Day"],
)
def test_T_T02_the_hour_does_not_count_make_up_days_and_festivals_do(
    officer: Actor, round_: m.RecognitionRound, proposed: Any, moment: Any, start: date, end: date
) -> None:
    assert publish(officer, round_, start, moment).ends_on == end


def test_each_unit_is_told_once_of_all_its_products(notice: m.PublicNotice, cast: Cast, session: Any) -> None:
    messages = told(session, "notice_published", "sms")
    assert sorted(message.unit_id for message in messages) == sorted([cast.unit.id, cast.other_unit.id])
    inapp = next(each for each in told(session, "notice_published") if each.user_id == cast.anna.user_id)
    assert "锂离子电池、钠离子电池" in inapp.body and "2025年9月24日" in inapp.body
    assert "电池" not in messages[0].body


def test_T_W01_nothing_is_publicised_before_it_is_proposed(
    officer: Actor, cast: Cast, session: Any, round_: m.RecognitionRound
) -> None:
    early = make_recognition(make.make_product(cast.unit, state="filed"), round_, "evaluating")
    session.commit()

    with pytest.raises(Conflict, match="没有拟认定的产品"):
        publish(officer, round_)
    assert (early.state, session.scalars(select(m.PublicNotice)).all()) == ("evaluating", [])


def test_T_W02_of_two_officers_who_publish_only_one_does(
    notice: m.PublicNotice, round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    with pytest.raises(Conflict):
        publish(officer, round_)
    assert len(session.scalars(select(m.PublicNotice)).all()) == 1


def test_only_officers_publish_recognise_and_cancel(
    cast: Cast, round_: m.RecognitionRound, proposed: Any, officer: Actor
) -> None:
    for actor in (cast.rui, cast.auditor, cast.anna):
        with pytest.raises(NotAllowed):
            publish(actor, round_)
    made = publish(officer, round_)
    for actor in (cast.rui, cast.auditor, cast.anna):
        with pytest.raises(NotAllowed):
            recognise(actor, made)
        with pytest.raises(NotAllowed):
            cancel(actor, made)


def test_a_notice_needs_a_title_and_may_not_have_begun(
    officer: Actor, round_: m.RecognitionRound, proposed: Any
) -> None:
    for title, day, field in (("　", TODAY, "title"), ("题" * 201, TODAY, "title"), ("题", TODAY - timedelta(1), "starts_on"),
                              ("题", TODAY + timedelta(91), "starts_on")):  # fmt: skip
        with pytest.raises(RuleError) as refused, transaction(officer):
            public_notice.publish(round_.id, title, "", day, officer, NOW)
        assert [problem.field for problem in refused.value.problems] == [field]


def test_a_round_that_is_no_longer_open_has_no_notice(officer: Actor, cast: Cast, session: Any) -> None:
    closed = make_round(2024, state="closed")
    session.commit()
    with pytest.raises(Conflict, match="已发布的批次"):
        publish(officer, closed)


# ---------------------------------------------------------------- recognising


def test_T_W01_nobody_is_recognised_before_the_end(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition]
) -> None:
    for moment in (NOW, at("2025-09-24", "23:59")):
        with pytest.raises(Conflict, match="公示期到 2025-09-24 结束"):
            recognise(officer, notice, moment)
    assert states(proposed) == ["in_notice"] * 3


def test_after_the_end_all_are_recognised_for_a_year(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], session: Any
) -> None:
    assert recognise(officer, notice, at("2025-09-25", "00:00")) == 3

    assert states(proposed) == ["recognised"] * 3
    assert {(r.recognised_on, r.valid_until) for r in proposed} == {(date(2025, 9, 25), date(2026, 9, 24))}
    assert session.get(m.PublicNotice, notice.id).state == "ended"
    assert "2026年9月24日" in told(session, "recognition_recognised")[0].body


def test_T_W01_nobody_is_recognised_with_an_open_objection(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], session: Any
) -> None:
    first, second, _third = proposed
    object_to(first.product)
    object_to(second.product, token="s" * 32)
    taken = session.scalars(select(m.Objection).where(m.Objection.recognition_id == second.id)).one()
    do(objections.handle, officer, taken.id, taken.version)

    assert recognise(officer, notice) == 1
    assert states(proposed) == ["in_notice", "objected", "recognised"]
    assert session.get(m.PublicNotice, notice.id).state == "open"
    with pytest.raises(Conflict, match="未办结的异议"):
        recognise(officer, notice)


def test_once_the_last_objection_is_decided_the_rest_is_recognised_and_the_notice_ends(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], session: Any
) -> None:
    object_to(proposed[0].product)
    recognise(officer, notice)
    objection = session.scalars(select(m.Objection)).one()
    do(objections.refuse, officer, objection.id, objection.version, "没有事实依据", now=AFTER)

    assert recognise(officer, notice) == 1
    assert (states(proposed), session.get(m.PublicNotice, notice.id).state) == (["recognised"] * 3, "ended")


def test_T_W02_recognising_twice_does_it_once(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], session: Any
) -> None:
    recognise(officer, notice)
    with pytest.raises(Conflict, match="已结束或已取消"):
        recognise(officer, notice)
    rows = session.scalars(select(m.Transition).where(m.Transition.verb == "recognise")).all()
    assert len(rows) == 3


def test_T_T01_a_notice_does_not_end_on_a_provisional_day(
    officer: Actor, round_: m.RecognitionRound, proposed: list[m.Recognition], session: Any, tmp_path: Path
) -> None:
    notice = publish(officer, round_, date(2026, 12, 28), at("2026-12-28"))
    assert (notice.ends_on, notice.provisional) == (date(2027, 1, 12), True)
    with pytest.raises(Conflict, match="缺少 2027 年的工作日历"):
        recognise(officer, notice, at("2027-01-20"))
    assert states(proposed) == ["in_notice"] * 3

    load(tmp_path, session)
    with transaction(Actor.system()):
        assert expiry.settle(at("2027-01-11")) == (1, 0)
    assert (notice.ends_on, notice.provisional) == (date(2027, 1, 13), False)
    assert "2027年1月13日" in told(session, "notice_moved")[0].body
    with pytest.raises(Conflict, match="公示期到 2027-01-13 结束"):
        recognise(officer, notice, at("2027-01-13"))
    assert recognise(officer, notice, at("2027-01-14")) == 3


def test_T_T01_recognising_reckons_with_a_calendar_just_loaded(
    officer: Actor, round_: m.RecognitionRound, proposed: list[m.Recognition], session: Any, tmp_path: Path
) -> None:
    notice = publish(officer, round_, date(2026, 12, 28), at("2026-12-28"))
    load(tmp_path, session)

    with pytest.raises(Conflict, match="公示期到 2027-01-13 结束"):
        recognise(officer, notice, at("2027-01-13"))
    assert recognise(officer, notice, at("2027-01-14")) == 3


# ---------------------------------------------------------------- cancelling


def test_a_cancelled_notice_leaves_its_products_proposed_and_says_why(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], session: Any
) -> None:
    cancel(officer, notice)

    assert states(proposed) == ["proposed"] * 3
    assert {recognition.notice_id for recognition in proposed} == {None}
    kept = session.get(m.PublicNotice, notice.id)
    assert (kept.state, kept.reason) == ("cancelled", "名单有误")
    assert "名单有误" in told(session, "notice_cancelled")[0].body


@pytest.mark.parametrize("reason", ["", " 　", "\u200b\u2060"])
def test_T_W05_cancelling_needs_a_reason(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition], reason: str
) -> None:
    with pytest.raises(RuleError) as refused:
        cancel(officer, notice, reason)
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    assert states(proposed) == ["in_notice"] * 3


def test_an_objection_taken_up_goes_on_in_the_next_notice(
    notice: m.PublicNotice,
    officer: Actor,
    round_: m.RecognitionRound,
    proposed: list[m.Recognition],
    session: Any,
) -> None:
    object_to(proposed[0].product)
    objection = session.scalars(select(m.Objection)).one()
    do(objections.handle, officer, objection.id, objection.version)
    cancel(officer, notice)

    again = publish(officer, round_)
    assert states(proposed) == ["objected", "in_notice", "in_notice"]
    assert recognise(officer, again) == 2


def test_a_notice_in_which_somebody_is_recognised_is_not_cancelled(
    notice: m.PublicNotice, officer: Actor, proposed: list[m.Recognition]
) -> None:
    object_to(proposed[0].product, FACTS)
    recognise(officer, notice)
    with pytest.raises(Conflict, match="已有产品认定"):
        cancel(officer, notice, now=AFTER)


def test_a_notice_that_does_not_exist_is_not_found(officer: Actor) -> None:
    for act in (recognise, cancel):
        with pytest.raises(NotFound):
            act(officer, m.PublicNotice(id=12345))
