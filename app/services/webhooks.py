"""Webhooks 事件推送 of units and IP offices: set up, tried out, rotated, paused, removed; what was sent, and again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from app import audit, policies
from app import models as m
from app.db import session
from app.domain import webhooks as rules
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.text import N_
from app.notify import webhook_delivery
from app.notify import webhooks as told
from app.services import records
from app.services.fields import Field, line, read

MOST = 10
#: how long what was sent can be read, and sent again
KEPT = timedelta(days=60)


def create(actor: Actor, name: str, url: str, events: Sequence[str], now: datetime) -> tuple[m.Webhook, str]:
    """A webhook of the actor's unit or office, and its secret, which nobody can see again."""
    _owners_only(actor)
    values = _checked(name, url, events)
    if len(listed(actor)) >= MOST:
        raise RuleError([Problem("name", N_("最多设置 {n} 个推送地址，请先删除不用的", n=MOST))])
    office = actor.unit_id is None
    webhook = m.Webhook(
        unit_id=actor.unit_id, region_code=actor.region_code if office else None, user_id=actor.user_id,
        salt=secrets.token_hex(16), created_at=now, changed_at=now, **values,
    )  # fmt: skip
    session.add(webhook)
    session.flush()
    return webhook, webhook_delivery.secret(webhook.salt)


def change(
    actor: Actor, webhook_id: int, version: int | None, name: str, url: str, events: Sequence[str], now: datetime
) -> m.Webhook:  # fmt: skip
    """Other name, address or events; what waits goes to the new address."""
    webhook = of(actor, webhook_id)
    records.expect(webhook, version)
    for field, value in _checked(name, url, events).items():
        setattr(webhook, field, value)
    return _saved(webhook, now)


def set_active(actor: Actor, webhook_id: int, active: bool, now: datetime) -> m.Webhook:
    """Pause or go on. What happens while it is paused is not sent later; what waited before is."""
    webhook = of(actor, webhook_id)
    webhook.active = active
    return _saved(webhook, now)


def rotate(actor: Actor, webhook_id: int, now: datetime) -> tuple[m.Webhook, str]:
    """A new secret; for a day both sign, so that the receiver can change over meanwhile."""
    webhook = of(actor, webhook_id)
    webhook.old_salt, webhook.old_until = webhook.salt, now + rules.OVERLAP
    webhook.salt = secrets.token_hex(16)
    return _saved(webhook, now), webhook_delivery.secret(webhook.salt)


def remove(actor: Actor, webhook_id: int) -> None:
    """Forget a webhook, with all that it was or was to be told."""
    webhook = of(actor, webhook_id)
    session.execute(delete(m.WebhookDelivery).where(m.WebhookDelivery.webhook_id == webhook.id))
    session.delete(webhook)
    session.flush()


def ping(actor: Actor, webhook_id: int, now: datetime) -> int:
    """Send the event ``ping``, to try the address out; the delivery's id."""
    webhook = _active(actor, webhook_id)
    event_id, text = told.frozen(rules.PING, {"webhook": webhook.name}, now)
    return _again(webhook, rules.PING, event_id, text, now)


def replay(actor: Actor, delivery_id: int, now: datetime) -> int:
    """Send again what was sent or has failed, under the same id of the event; the new delivery's id."""
    one = delivery(actor, delivery_id)
    webhook = _active(actor, one.webhook_id)
    if one.state == "waiting":
        raise Conflict(N_("该推送仍在等待发送，不必重发"))
    audit.record(session(), "change", "webhook", webhook.id, unit_id=webhook.unit_id, replayed=one.id)
    return _again(webhook, one.event, one.event_id, one.payload, now)


def of(actor: Actor, webhook_id: int) -> m.Webhook:
    """One of the actor's unit's or office's own; NotFound for any other."""
    _owners_only(actor)
    return policies.find(session(), m.Webhook, webhook_id, actor)


def delivery(actor: Actor, delivery_id: int) -> m.WebhookDelivery:
    """What one of the own webhooks was told; NotFound for any other's."""
    _owners_only(actor)
    return policies.find(session(), m.WebhookDelivery, delivery_id, actor)


def listed(actor: Actor) -> list[m.Webhook]:
    """The webhooks of the actor's unit or office."""
    _owners_only(actor)
    condition = policies.visible(m.Webhook, actor)
    query = select(m.Webhook).order_by(m.Webhook.id)
    return list(session.scalars(query if condition is None else query.where(condition)))


def counts(webhook_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """How many deliveries each webhook has in each state."""
    query = (
        select(m.WebhookDelivery.webhook_id, m.WebhookDelivery.state, func.count())
        .where(m.WebhookDelivery.webhook_id.in_(webhook_ids))
        .group_by(m.WebhookDelivery.webhook_id, m.WebhookDelivery.state)
    )
    return {(webhook_id, state): count for webhook_id, state, count in session.execute(query)}


def tidy(now: datetime) -> None:
    """Forget what was sent, or failed for good, long ago."""
    old = m.WebhookDelivery.created_at < now - KEPT
    session.execute(delete(m.WebhookDelivery).where(old, m.WebhookDelivery.state != "waiting"))


def _owners_only(actor: Actor) -> None:
    if actor.unit_id is None and not actor.region_code:
        raise NotAllowed(N_("事件推送供备案单位和知识产权管理部门使用"))


def _active(actor: Actor, webhook_id: int) -> m.Webhook:
    webhook = of(actor, webhook_id)
    if not webhook.active:
        raise Conflict(N_("该推送地址已暂停，请先恢复"))
    return webhook


def _again(webhook: m.Webhook, event: str, event_id: str, text: str, now: datetime) -> int:
    row = told.delivery(webhook, event, event_id, text, now)
    session.info[told.WAITING] = True
    return session.execute(insert(m.WebhookDelivery).values(row).returning(m.WebhookDelivery.id)).scalar_one()


def _saved(webhook: m.Webhook, now: datetime) -> m.Webhook:
    webhook.changed_at = now
    session.flush()
    return webhook


def _checked(name: str, url: str, events: Sequence[str]) -> dict[str, object]:
    wanted = (
        Field("name", N_("名称"), line(100), empty=""),
        Field(
            "url",
            N_("推送地址"),
            lambda text: rules.read_url(text, loopback=webhook_delivery.allows_loopback()),
            empty="",
        ),
    )
    values, problems = read({"name": name, "url": url}, wanted)
    missing = {"name": N_("请填写名称"), "url": N_("请填写完整的网址，如 https://example.com/hook")}
    problems += [Problem(field, missing[field]) for field, value in values.items() if not value]
    if not events:
        problems.append(Problem("events", N_("请选择至少一种事件")))
    elif set(events) - set(rules.EVENTS):
        problems.append(Problem("events", N_("请从列表中选择")))
    if problems:
        raise RuleError(problems)
    return {**values, "events": [event for event in rules.EVENTS if event in events]}
