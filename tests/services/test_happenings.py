"""Whoever asked to be told hears of what happens to rows it may see, in the transaction in which it happens."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import models as m
from app.db import acting, db, session, transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.domain.machines import FILING, RECOGNITION
from app.domain.webhooks import EVENTS
from app.notify import webhooks as told
from app.services import happenings, webhooks
from app.services.recognition import certificates
from app.services.workflow import fire, fire_many
from tests.support.acts import do
from tests.support.factories import NOW, actor_of, make_product, make_reviewer, make_unit, make_user
from tests.support.world import World

URL = "https://hook.example.com/zp"


def who(world: World, name: str) -> Actor:
    return actor_of(session.get_one(m.User, world.users[name]))


def hook(actor: Actor, *events: str, name: str = "ERP") -> int:
    webhook, _secret = do(webhooks.create, actor, name, URL, events or tuple(EVENTS))
    return webhook.id


def heard(webhook_id: int) -> list[tuple[str, dict[str, Any]]]:
    """The events a webhook is to be told, with what is told of them."""
    session.rollback()
    query = select(m.WebhookDelivery).where(m.WebhookDelivery.webhook_id == webhook_id)
    return [
        (one.event, json.loads(one.payload)["data"])
        for one in session.scalars(query.order_by(m.WebhookDelivery.id))
    ]


def test_unit_and_office_of_the_region_hear_of_a_filing_others_do_not(world: World) -> None:
    hooks = {name: hook(who(world, name)) for name in ("unit_a", "unit_b", "office")}
    product = session.get_one(m.Product, world.records["a"]["pending"])
    reviewer = make_reviewer()
    session.commit()
    with transaction(reviewer):
        fire(FILING, product, "return", reviewer, NOW, note="请核对", values={"name": "退回的产品"})
    [(event, data)] = heard(hooks["unit_a"])
    assert event == "filing.returned"
    assert data["product"]["name"] == "退回的产品"
    assert (data["filing"]["state"], data["reason"]) == ("returned", "请核对")
    assert heard(hooks["office"]) == [(event, data)]
    assert heard(hooks["unit_b"]) == []
    product.name = "后来的名称"
    session.commit()
    assert heard(hooks["unit_a"])[0][1]["product"]["name"] == "退回的产品"


def test_of_many_moved_at_once_each_is_told(world: World) -> None:
    own, office = hook(who(world, "unit_a"), "recognition.passed"), hook(who(world, "office"))
    officer = who(world, "officer")
    round_id = world.records["a"]["recognition_round"]
    with transaction(officer):
        assert fire_many(RECOGNITION, "screen_in", m.Recognition.round_id == round_id, officer, NOW) == 2
    [(event, data)] = heard(own)
    assert (event, data["recognition"]["state"]) == ("recognition.passed", "passed")
    assert data["product"]["id"] == world.records["a"]["product"]
    assert heard(office) == [(event, data)]


def test_certificates_and_notices_are_told_to_those_concerned(world: World) -> None:
    own, other = hook(who(world, "unit_a")), hook(who(world, "unit_b"))
    officer = who(world, "officer")
    with transaction(officer):
        recognition = session.get_one(m.Recognition, world.records["a"]["recognition"])
        recognition.notice_id = world.records["a"]["public_notice"]
        session.flush()
        happenings.notice("notice.published", recognition.notice_id, NOW)
        certificate = session.get_one(m.Certificate, world.records["a"]["certificate"])
        certificates.revoke(certificate, "数据不实", officer, NOW)
    (first, notice), (second, revoked) = heard(own)
    assert (first, notice["products"], notice["notice"]["id"]) == (
        "notice.published",
        1,
        recognition.notice_id,
    )
    assert (second, revoked["reason"]) == ("certificate.revoked", "数据不实")
    assert revoked["certificate"]["revoked_on"]
    assert heard(other) == []


def test_nothing_personal_is_told(world: World) -> None:
    own = hook(who(world, "unit_a"))
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    officer = who(world, "officer")
    with transaction(officer):
        fire_many(RECOGNITION, "screen_in", m.Recognition.unit_id == unit.id, officer, NOW)
    text = session.scalars(select(m.WebhookDelivery.payload).where(m.WebhookDelivery.webhook_id == own)).one()
    assert not any(
        secret in text
        for secret in (unit.contact, unit.mobile, unit.email, unit.legal_representative)
        if secret
    )


@pytest.mark.parametrize("verb", ["of", "rotate", "remove", "ping", "set_active", "change"])
def test_T_I01_the_webhooks_of_others_do_not_exist(world: World, verb: str) -> None:
    own = hook(who(world, "unit_a"))
    more: tuple[Any, ...] = {"set_active": (False,), "change": (1, "x", URL, ["filing.approved"])}.get(
        verb, ()
    )
    for name in ("unit_b", "office"):
        with pytest.raises(NotFound):
            do(getattr(webhooks, verb), who(world, name), own, *more)
    with pytest.raises(NotAllowed):
        do(webhooks.listed, who(world, "admin"))


def test_T_I03_deliveries_are_read_by_their_owner_alone(world: World) -> None:
    own = hook(who(world, "unit_a"))
    delivery_id = do(webhooks.ping, who(world, "unit_a"), own)
    for name, seen in (("unit_a", 1), ("unit_b", 0), ("office", 0)):
        actor = who(world, name)
        session.rollback()
        with acting(actor):
            found = session.scalars(select(m.WebhookDelivery.id)).all()
            assert (delivery_id in found) == bool(seen)
    with pytest.raises(NotFound):
        do(webhooks.replay, who(world, "unit_b"), delivery_id)


def test_what_was_sent_is_sent_again_under_the_same_number(world: World) -> None:
    actor = who(world, "unit_a")
    own = hook(actor)
    first = do(webhooks.ping, actor, own)
    with pytest.raises(Conflict):
        do(webhooks.replay, actor, first)
    with transaction(Actor.system()):
        session.get_one(m.WebhookDelivery, first).state = "dead"
    again = session.get_one(m.WebhookDelivery, do(webhooks.replay, actor, first))
    before = session.get_one(m.WebhookDelivery, first)
    assert (again.event_id, again.payload, again.state) == (before.event_id, before.payload, "waiting")
    assert again.id != first


def test_a_paused_webhook_hears_nothing_and_a_removed_one_is_gone_with_its_log(world: World) -> None:
    actor = who(world, "unit_a")
    own = hook(actor)
    do(webhooks.ping, actor, own)
    do(webhooks.set_active, actor, own, False)
    assert told.listeners("filing.approved").rows == ()
    with pytest.raises(Conflict):
        do(webhooks.ping, actor, own)
    do(webhooks.remove, actor, own)
    assert heard(own) == []


def test_the_secret_is_stored_nowhere_and_another_after_rotation(world: World) -> None:
    actor = who(world, "unit_a")
    webhook, secret = do(webhooks.create, actor, "ERP", URL, ["filing.approved"])
    old_salt = webhook.salt
    _, other = do(webhooks.rotate, actor, webhook.id)
    assert secret != other
    session.expire_all()
    row = session.get_one(m.Webhook, webhook.id)
    assert (row.old_salt, row.old_until is not None) == (old_salt, True)
    details = session.scalars(select(m.AuditEvent.detail).where(m.AuditEvent.entity == "webhook")).all()
    assert details
    assert not any(text in detail for detail in details for text in (secret, other, row.salt, old_salt))


@pytest.mark.parametrize(
    ("name", "url", "events", "fields"),
    [("", "", [], {"name", "url", "events"}), ("x", "https://10.0.0.1/", ["nothing"], {"url", "events"}),
     ("x\0", "http://example.com/", ["filing.approved"], {"name", "url"})],
)  # fmt: skip
def test_T_Q03_what_is_wrong_is_said_at_each_field(
    world: World, name: str, url: str, events: list[str], fields: set[str]
) -> None:
    with pytest.raises(RuleError) as refused:
        do(webhooks.create, who(world, "unit_a"), name, url, events)
    assert {problem.field for problem in refused.value.problems} == fields


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_where_nobody_listens_a_transition_asks_once_and_writes_nothing(app: Flask) -> None:
    reviewer = actor_of(make_user(roles.REVIEWER))
    product = make_product(make_unit(), state="pending")
    session.commit()
    asked: list[str] = []
    listen = partial(event.listen, db.engine, "before_cursor_execute")
    listen(lambda _connection, _cursor, statement, *_: asked.append(statement))
    with transaction(reviewer):
        fire(FILING, product, "return", reviewer, NOW, note="请核对")
    assert len([statement for statement in asked if "webhook" in statement]) == 1
