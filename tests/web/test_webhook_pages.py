"""The pages of webhooks: set up, tried out, looked through, sent again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from tests.support.world import World

FORM = {
    "name": "ERP",
    "url": "https://hook.example.com/zp",
    "events": ["filing.approved", "notice.published"],
}


pytestmark = pytest.mark.usefixtures("no_csrf")


def newest() -> m.WebhookDelivery:
    session.rollback()
    return session.scalars(select(m.WebhookDelivery).order_by(m.WebhookDelivery.id.desc())).first()  # type: ignore[return-value]


def test_an_address_is_set_up_its_secret_shown_once_and_tried_out(world: World) -> None:
    browser = world.browser("office")
    assert "还没有推送地址" in browser.get("/webhooks/").text
    wrong = browser.post("/webhooks/new", data=FORM | {"url": "http://10.0.0.1/"})
    assert (wrong.status_code, "http://10.0.0.1/" in wrong.text) == (422, True)
    assert wrong.text.count("checked") == 2
    made = browser.post("/webhooks/new", data=FORM)
    secret = made.text.split('value="zpwh_')[1].split('"')[0]
    address = f"/webhooks/{session.scalars(select(m.Webhook.id).where(m.Webhook.name == 'ERP')).one()}"
    assert browser.post(f"{address}/ping").status_code == 302
    shown = browser.get(address).text
    assert "测试推送" in shown
    assert secret not in shown
    assert '"webhook": "ERP"' in browser.get(f"/webhooks/deliveries/{newest().id}").text.replace("&#34;", '"')


def test_what_failed_is_found_and_sent_again(world: World) -> None:
    browser, own = world.browser("unit_a"), world.records["a"]
    with transaction(Actor.system()):
        session.get_one(m.WebhookDelivery, own["webhook_delivery"]).state = "dead"
    assert "产品备案通过" in browser.get(f"/webhooks/{own['webhook']}?f_state=dead").text
    assert "没有推送记录" in browser.get(f"/webhooks/{own['webhook']}?f_state=sent").text
    assert browser.post(f"/webhooks/deliveries/{own['webhook_delivery']}/replay").status_code == 302
    assert (newest().state, newest().event_id) == ("waiting", "0" * 32)


def test_T_M07_an_old_form_overwrites_nothing(world: World) -> None:
    browser, address = world.browser("unit_a"), f"/webhooks/{world.records['a']['webhook']}"
    assert browser.post(f"{address}/edit", data=FORM | {"version": "1"}).status_code == 302
    stale = browser.post(f"{address}/edit", data=FORM | {"version": "1", "name": "另一个"})
    assert (stale.status_code, "另一个" in stale.text) == (409, True)
    assert browser.post(f"{address}/pause").status_code == 302
    assert "已暂停" in browser.get(address).text
    assert "zpwh_" in browser.post(f"{address}/rotate").text
    assert browser.post(f"{address}/remove").status_code == 302
    assert browser.get(address).status_code == 404


def test_the_pages_are_in_english_too(world: World) -> None:
    browser = world.browser("unit_a")
    browser.post("/language", data={"language": "en"}, headers={"Origin": "http://localhost"})
    assert "Filing approved" in browser.get(f"/webhooks/{world.records['a']['webhook']}").text
    assert "Address" in browser.get("/webhooks/new").text
