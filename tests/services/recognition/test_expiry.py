"""What time brings about: recognitions end, notices are over, calendars are missed; twice is once."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.registers import calendars
from app.services import maintenance
from app.services.recognition import expiry
from app.services.recognition.expiry import Advanced
from tests.services.conftest import Cast
from tests.services.recognition.conftest import InNotice
from tests.services.recognition.test_public_notice import CALENDAR_2027
from tests.support import factories as make
from tests.support.notices import at, make_recognition, object_to


def advance(day: str) -> Advanced:
    with transaction(Actor.system("test")):
        return expiry.advance(at(day))


def told(session: Any, template: str, to: Actor | None = None) -> list[m.Outbox]:
    query = select(m.Outbox).where(m.Outbox.template == template, m.Outbox.channel == "inapp")
    query = query if to is None else query.where(m.Outbox.user_id == to.user_id)
    return list(session.scalars(query.order_by(m.Outbox.id)))


@pytest.fixture
def recognised(in_notice: InNotice, cast: Cast, session: Any) -> m.Recognition:
    """A recognition of unit B that is valid to the end of 24 September 2026."""
    made = make_recognition(
        make.make_product(cast.other_unit, "充电桩", state="filed"), in_notice.round, "recognised",
        recognised_on=date(2025, 9, 25), valid_until=date(2026, 9, 24),
    )  # fmt: skip
    session.commit()
    return made


def test_a_recognition_ends_the_day_after_its_last_one(recognised: m.Recognition, session: Any) -> None:
    assert (advance("2026-09-24").expired, recognised.state) == (0, "recognised")
    assert (advance("2026-09-25").expired, recognised.state) == (1, "expired")
    assert [message.unit_id for message in told(session, "recognition_expired")] == [recognised.unit_id]


def test_days_on_which_nothing_ran_are_made_up_for(recognised: m.Recognition) -> None:
    assert (advance("2027-03-01").expired, recognised.state) == (1, "expired")


def test_units_are_reminded_once_before_the_end(recognised: m.Recognition, session: Any) -> None:
    advance("2026-08-24")
    assert not told(session, "recognition_expiring")
    for day in ("2026-08-25", "2026-08-26", "2026-09-24"):
        advance(day)
    assert "2026年9月24日" in told(session, "recognition_expiring")[0].body
    assert len(told(session, "recognition_expiring")) == 1


def test_twice_is_once(recognised: m.Recognition, session: Any) -> None:
    advance("2026-09-25")
    rows = len(session.scalars(select(m.Outbox)).all())
    again = advance("2026-09-25")
    assert (again.expired, len(session.scalars(select(m.Outbox)).all())) == (0, rows)


def test_officers_are_told_once_that_a_notice_is_over(in_notice: InNotice, session: Any) -> None:
    object_to(in_notice.product)
    assert advance("2025-09-24").notices_over == 0
    assert [advance(day).notices_over for day in ("2025-09-25", "2025-09-26")] == [1, 1]
    (message,) = told(session, "notice_over", in_notice.officer)
    assert "1 个产品还有未办结的异议" in message.body


def test_a_notice_with_nothing_left_to_decide_ends(in_notice: InNotice, session: Any) -> None:
    session.execute(m.Recognition.__table__.update().values(state="refused"))
    session.commit()
    assert (advance("2025-09-24").notices_ended, advance("2025-09-25").notices_ended) == (0, 1)


def test_T_T01_officers_are_told_weekly_from_november_on_that_a_calendar_is_missing(
    in_notice: InNotice, session: Any, tmp_path: Path
) -> None:
    assert advance("2026-10-31").calendars_missing == 0
    for day in ("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-09"):
        assert advance(day).calendars_missing == 1
    mine = told(session, "calendar_missing", in_notice.officer)
    assert len(mine) == 3  # the weeks of 1, 2 and 9 November
    assert "2027 年的工作日历" in mine[0].body

    path = tmp_path / "2027.csv"
    path.write_text(CALENDAR_2027, encoding="utf-8")
    with transaction(Actor.system()):
        calendars.load_calendar(path)
    assert advance("2026-11-16").calendars_missing == 0


def test_T_T01_provisional_terms_of_cases_are_settled_when_the_calendar_is_loaded(
    cast: Cast, session: Any, app: Flask, tmp_path: Path
) -> None:
    case = m.Case(
        receipt_no="SL1", kind="filing", subject_id=1, unit_id=cast.unit.id, title="电池", state="open", snapshot={},
        findings=[], subject_version=1, submitted_at=at("2026-12-30"), due_on=date(2027, 1, 7), due_provisional=True, round=1,
    )  # fmt: skip
    session.add(case)
    session.commit()
    path = tmp_path / "2027.csv"
    path.write_text(CALENDAR_2027, encoding="utf-8")

    result = app.test_cli_runner().invoke(args=["calendar", "load", str(path)], catch_exceptions=False)

    assert result.exit_code == 0
    session.refresh(case)
    assert (case.due_on, case.due_provisional) == (date(2027, 1, 8), False)


def test_officers_are_reminded_of_objections_on_working_days(in_notice: InNotice, session: Any) -> None:
    object_to(in_notice.product)  # due ten working days on, 24 September
    advance("2025-09-20")
    advance("2025-09-22")
    assert not told(session, "objection_digest")
    advance("2025-09-23")
    advance("2025-09-25")
    due, overdue = [message.body for message in told(session, "objection_digest", in_notice.officer)]
    assert "1 件，其中已逾期 0 件" in due and "1 件，其中已逾期 1 件" in overdue


def test_the_daily_round_advances(recognised: m.Recognition) -> None:
    with transaction(Actor.system("daily")):
        maintenance.daily(at("2026-09-25"))
    assert recognised.state == "expired"


def test_the_command_says_what_it_did(recognised: m.Recognition, app: Flask, session: Any) -> None:
    result = app.test_cli_runner().invoke(args=["advance", "--at", "2026-09-25"], catch_exceptions=False)
    assert "expired: 1" in result.output
    session.refresh(recognised)
    assert recognised.state == "expired"


def test_in_production_the_clock_is_the_machines(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        type(app.config["SETTINGS"]), "production", property(lambda _self: True), raising=False
    )
    result = app.test_cli_runner().invoke(args=["advance", "--at", "2026-09-25"])
    assert result.exit_code == 1 and "the clock is the machine's" in result.output


def test_nothing_to_do_is_nothing_done(session: Any) -> None:
    assert set(astuple(advance("2026-09-25"))) == {0}
