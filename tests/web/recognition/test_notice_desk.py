"""The officer's pages of the notice: the days are counted before it is published, and refusals are said in words."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from tests.support.acts import work
from tests.support.world import World


@pytest.fixture
def world(world: World, no_csrf: None) -> World:
    proposed = session.get_one(m.Product, world.records["a"]["product"])
    session.execute(
        m.Recognition.__table__.update()
        .where(m.Recognition.__table__.c.product_id == proposed.id)
        .values(state="proposed")
    )
    session.commit()
    return world


def typed(**changes: str) -> dict[str, str]:
    return {"title": "公示", "body": "正文", "starts_on": local_date(utc_now()).isoformat()} | changes


def test_the_days_counted_are_shown_before_publishing(world: World) -> None:
    address = f"/recognition/{world.records['a']['recognition_round']}/notices/new"
    html = (
        world.browser("officer")
        .post(address, data=typed(starts_on="2026-02-13", do="count"))
        .get_data(as_text=True)
    )
    for day in ("2026-02-14", "2026-02-24", "2026-03-05"):
        assert day in html
    assert "2026-02-16" not in html


def test_T_T01_a_term_without_calendar_is_announced_as_provisional(world: World) -> None:
    address = f"/recognition/{world.records['a']['recognition_round']}/notices/new"
    html = (
        world.browser("officer")
        .post(address, data=typed(starts_on="2099-12-28", do="count"))
        .get_data(as_text=True)
    )
    assert "缺少 2099、2100 年的工作日历" in html


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_on": "2026-13-01"}, "starts_on"),
        ({"title": " "}, "title"),
        ({"starts_on": "2025-01-01"}, "starts_on"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    world: World, change: Any, field: str
) -> None:
    address = f"/recognition/{world.records['a']['recognition_round']}/notices/new"
    answer = world.browser("officer").post(address, data=typed(**change))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'id="{field}-error"' in html and "正文" in html


def test_publish_see_cancel(world: World) -> None:
    round_id, officer = world.records["a"]["recognition_round"], world.browser("officer")
    answer = officer.post(f"/recognition/{round_id}/notices/new", data=typed())
    assert answer.status_code == 302
    work()
    notice = session.scalars(select(m.PublicNotice).order_by(m.PublicNotice.id.desc())).first()
    assert f"/recognition/notices/{notice.id}" in officer.get(answer.headers["Location"]).get_data(
        as_text=True
    )
    page = officer.get(f"/recognition/notices/{notice.id}").get_data(as_text=True)
    assert "公示中" in page and ("之后才能认定" in page or "工作日历" in page)

    early = officer.post(f"/recognition/notices/{notice.id}/recognise")
    assert early.status_code == 409
    blank = officer.post(f"/recognition/notices/{notice.id}/cancel", data={"reason": "　"})
    assert blank.status_code == 422 and "请填写取消公示的原因" in blank.get_data(as_text=True)
    assert (
        officer.post(f"/recognition/notices/{notice.id}/cancel", data={"reason": "名单有误"}).status_code
        == 302
    )
    busy = officer.post(f"/recognition/{round_id}/notices/new", data=typed())
    assert busy.status_code == 409 and "正在办理上一项工作" in busy.get_data(as_text=True)
    work()
    assert officer.post(f"/recognition/{round_id}/notices/new", data=typed()).status_code == 302


def test_nothing_proposed_is_a_conflict_in_words(world: World) -> None:
    session.execute(m.Recognition.__table__.update().values(state="evaluating"))
    session.commit()
    answer = world.browser("officer").post(
        f"/recognition/{world.records['a']['recognition_round']}/notices/new", data=typed()
    )
    assert answer.status_code == 409 and "没有拟认定的产品" in answer.get_data(as_text=True)


def test_the_rounds_checklist_leads_here_and_the_auditor_only_reads(world: World) -> None:
    round_id = world.records["a"]["recognition_round"]
    assert f"/recognition/{round_id}/notices" in world.browser("officer").get(
        f"/recognition/{round_id}"
    ).get_data(as_text=True)
    assert "/notices/new" not in world.browser("auditor").get(f"/recognition/{round_id}/notices").get_data(
        as_text=True
    )
    assert world.browser("auditor").get(f"/recognition/{round_id}/notices/new").status_code == 403
