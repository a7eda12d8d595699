"""The desk in figures, and the reviewers' inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.services import cases
from tests.support.acts import approve, do, send_back
from tests.support.factories import NOW, TODAY
from tests.web.desk.conftest import Browser, Cast, filings, plain


def row(page: str, heading: str, name: str) -> str:
    """A row of a table on the page of figures."""
    return page.split(heading)[1].split(name)[1]


def test_the_figures_count_what_waits_and_what_was_decided(cast: Cast, session: Any, rui: Browser) -> None:
    waiting, late, passed, returned = filings(cast, session, "甲电池", "乙电池", "丙电池", "丁电池")
    do(cases.claim, cast.rong, waiting.id)
    approve(cast.rui, passed, acknowledged=True, now=NOW + timedelta(days=1))
    send_back(
        cast.rui, returned, "请核对", {"name": "名称不清", "model": "请填写"}, now=NOW + timedelta(days=3)
    )
    session.get_one(m.Case, late.id).due_on = TODAY - timedelta(days=1)
    session.commit()

    page = rui.text("/desk/stats/?days=30")

    assert row(page, "待办 ", "产品备案").startswith(" 2 1 0 1 0")
    assert row(page, "承办情况", "荣 测试").startswith(" 1 0 2025-09-17")
    assert row(page, "办结 事项", "产品备案").startswith(" 2 1 50.0 % 2.0 3.0")
    assert "产品名称" in page.split("退回最多的字段")[1]
    assert "名称不清" in page


def test_an_empty_desk_has_empty_figures(cast: Cast, rui: Browser) -> None:
    assert rui.text("/desk/stats/").count("没有数据") == 5


@pytest.mark.parametrize("days", ["0", "x", "31", "9" * 30])
def test_t_q02_only_the_offered_periods_are_counted(cast: Cast, rui: Browser, days: str) -> None:
    assert rui.get(f"/desk/stats/?days={days}").status_code == 400


def test_a_handed_on_case_is_told_and_read(
    cast: Cast, session: Any, case: m.Case, browser: Callable[..., Browser]
) -> None:
    do(cases.reassign, cast.rui, case.id, cast.rong.user_id, "休假")
    rong = browser(cast.rong)
    mine = select(m.Outbox).where(m.Outbox.user_id == cast.rong.user_id, m.Outbox.channel == "inapp")
    message = session.scalars(mine).one()

    assert "消息 1" in rong.text("/desk/")
    assert message.subject in rong.get("/desk/messages/").text
    answer = rong.post(f"/desk/messages/{message.id}/read")
    assert answer.location == f"/desk/cases/{case.id}"
    assert "消息 1" not in rong.text("/desk/")


def test_nobody_reads_or_marks_anothers_messages(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    do(cases.reassign, cast.rui, case.id, cast.rong.user_id, "休假")
    mine = select(m.Outbox).where(m.Outbox.user_id == cast.rong.user_id, m.Outbox.channel == "inapp")
    message = session.scalars(mine).one()

    assert message.subject not in plain(rui.get("/desk/messages/").text)
    assert rui.post(f"/desk/messages/{message.id}/read").status_code == 404
    rui.post("/desk/messages/read")
    session.rollback()
    assert session.scalars(mine).one().read_at is None
