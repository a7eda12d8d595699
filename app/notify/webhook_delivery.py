"""Sending what webhooks are to be told: claim, send with no transaction open, record. Addresses do not wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app import models as m
from app.db import session, transaction
from app.domain import webhooks as rules
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.notify import outbox, webhook_client
from app.notify.delivery import BACKOFF, LEASE, Delivered
from app.notify.errors import ChannelDown, Undeliverable
from app.notify.webhooks import by_webhook
from config import Settings

_WORKER = Actor.system("webhooks")
_AT_ONCE = 8
#: of one webhook in one round: even if each takes as long as it may, they are done within their lease
_OF_ONE = 20
_settings = Settings()


def configure(settings: Settings) -> None:
    """Take the settings that secrets and addresses hang on."""
    global _settings
    _settings = settings


def allows_loopback() -> bool:
    """Whether webhooks may go to this machine."""
    return _settings.webhook_loopback


def secret(salt: str) -> str:
    """The secret that stands behind a salt."""
    return rules.secret(_settings.secret_key, salt)


@dataclass(frozen=True)
class _Claimed:
    """A delivery that this process alone is sending; ``tries`` counts this one."""

    id: int
    webhook_id: int
    event_id: str
    event: str
    payload: str
    tries: int
    url: str
    salt: str
    old_salt: str | None
    old_until: datetime | None


@dataclass(frozen=True)
class _Result:
    """What came of a try: ``state`` is ``sent``, ``waiting`` (again later) or ``dead``."""

    delivery: _Claimed
    state: str
    status: int | None = None
    took_ms: int | None = None
    error: str | None = None
    #: it was not even tried, because the address did not answer just before
    untried: bool = False


def deliver(now: datetime, clock: Callable[[], datetime], limit: int = 100) -> Delivered:
    """Send what is due; a job calls this, with no transaction begun."""
    groups = by_webhook(_claim(now, limit))
    sent = failed = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in as_completed([pool.submit(_send_all, group, clock) for group in groups]):
            results = done.result()
            _record_all(results, now)
            sent += sum(result.state == "sent" for result in results)
            failed += sum(result.state != "sent" for result in results)
    return Delivered(sent, failed)


def _claim(now: datetime, limit: int) -> list[_Claimed]:
    """Take due deliveries by moving their next try: of several processes only one succeeds with each."""
    names = [field.name for field in fields(_Claimed)]
    columns = [
        getattr(m.WebhookDelivery if hasattr(m.WebhookDelivery, name) else m.Webhook, name) for name in names
    ]
    due = (
        select(*columns, m.WebhookDelivery.next_try_at)
        .join(m.Webhook, m.Webhook.id == m.WebhookDelivery.webhook_id)
        .where(
            m.WebhookDelivery.state == "waiting",
            m.WebhookDelivery.next_try_at <= now,
            m.Webhook.active.is_(True),
        )
        .order_by(m.WebhookDelivery.next_try_at, m.WebhookDelivery.id)
        .limit(limit)
    )
    claimed: list[_Claimed] = []
    with transaction(_WORKER):
        for *values, due_at in session.execute(due).all():
            one = _Claimed(**dict(zip(names, values, strict=True)))
            if sum(each.webhook_id == one.webhook_id for each in claimed) >= _OF_ONE:
                continue
            if _change(
                one.id, m.WebhookDelivery.next_try_at == due_at, next_try_at=now + LEASE, tries=one.tries + 1
            ):
                claimed.append(_Claimed(**vars(one) | {"tries": one.tries + 1}))
    return claimed


def _send_all(group: list[_Claimed], clock: Callable[[], datetime]) -> list[_Result]:
    """Send to one address. Where it does not answer, the rest waits without losing a try."""
    results: list[_Result] = []
    for place, one in enumerate(group):
        try:
            results.append(_send(one, clock()))
        except ChannelDown as error:
            results.append(_Result(one, "waiting", error=str(error)))
            results += [
                _Result(each, "waiting", error=str(error), untried=True) for each in group[place + 1 :]
            ]
            break
    return results


def _send(one: _Claimed, now: datetime) -> _Result:
    secrets = [secret(one.salt)]
    if one.old_salt is not None and one.old_until is not None and one.old_until > now:
        secrets.append(secret(one.old_salt))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zhuanpin-Webhook/1",
        "Zhuanpin-Event": one.event,
        "Zhuanpin-Event-Id": one.event_id,
        "Zhuanpin-Signature": rules.signature(secrets, one.payload, now),
    }
    try:
        answer = webhook_client.post(
            one.url, one.payload.encode(), headers, loopback=_settings.webhook_loopback
        )
    except Undeliverable as error:
        return _Result(one, "dead", error=str(error))
    if 200 <= answer.status < 300:
        return _Result(one, "sent", answer.status, answer.took_ms)
    error_text = "redirects are not followed" if 300 <= answer.status < 400 else f"HTTP {answer.status}"
    return _Result(
        one, "dead" if answer.status == 410 else "waiting", answer.status, answer.took_ms, error_text
    )


def _record_all(results: list[_Result], now: datetime) -> None:
    """What came of the tries of one webhook; its maker is told, once a day, of what will not be tried again."""
    with transaction(_WORKER):
        buried = [result for result in results if _record(result, now) == "dead"]
        if buried:
            _tell(buried[0].delivery.webhook_id, now)


def _record(result: _Result, now: datetime) -> str:
    one = result.delivery
    values: dict[str, Any] = {
        "last_status": result.status,
        "took_ms": result.took_ms,
        "last_error": (result.error or "")[:300] or None,
    }
    state = result.state
    if state == "sent":
        values["sent_at"] = now
    elif result.untried:
        values |= {"tries": one.tries - 1, "next_try_at": now + BACKOFF[0]}
    elif state == "waiting" and one.tries <= len(BACKOFF):
        values["next_try_at"] = now + BACKOFF[one.tries - 1]
    else:
        state = "dead"
    _change(one.id, state=state, **values)
    return state


def _tell(webhook_id: int, now: datetime) -> None:
    webhook = session.get(m.Webhook, webhook_id)
    if webhook is not None:
        outbox.post(
            "webhook_failed", dedupe_key=f"webhook_failed:{webhook_id}:{local_date(now)}", user_ids=[webhook.user_id],
            params={"name": webhook.name, "url": webhook.url}, channels=("inapp", "email"), link=f"/webhooks/{webhook_id}",
            now=now,
        )  # fmt: skip


def _change(delivery_id: int, *conditions: Any, **values: Any) -> bool:
    change = update(m.WebhookDelivery).where(
        m.WebhookDelivery.id == delivery_id, m.WebhookDelivery.state == "waiting", *conditions
    )
    done: Any = session.execute(change.values(**values).execution_options(synchronize_session=False))
    return bool(done.rowcount)
