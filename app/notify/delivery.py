"""Sending what the outbox holds: claim, send with no transaction open, record each result at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select, update

from app.db import session, transaction
from app.domain.actor import Actor
from app.models import Outbox
from app.notify import channels
from app.notify.channels import Outgoing, Send
from app.notify.errors import ChannelDown, TryLater, Undeliverable

#: Pauses between tries; after the last one a message is dead.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
#: A claimed message that was not heard of again (the process died) is taken up by others after this time.
LEASE = timedelta(minutes=10)
#: Nobody waits longer for a code, and it has lost its use by then.
SECRET_LIFE = timedelta(minutes=10)
BLOT = "******"

_WORKER = Actor.system("outbox")


@dataclass(frozen=True)
class Delivered:
    """One round: how many messages went out, and how many did not (they are tried again, or dead)."""

    sent: int
    failed: int


@dataclass(frozen=True)
class _Claimed(Outgoing):
    """A message this process alone is sending; ``tries`` counts this one."""

    secret: bool
    tries: int


def deliver(now: datetime, limit: int = 100) -> Delivered:
    """Send what is due; a job calls this, with no transaction begun. A crash repeats one message at most."""
    results: list[bool] = []
    claimed = sorted(claim(now, limit), key=lambda message: (message.channel, message.id))
    for name, group in groupby(claimed, key=lambda message: message.channel):
        results += _send_all(channels.channel(name), list(group), now)
    return Delivered(sum(results), len(results) - sum(results))


def claim(now: datetime, limit: int) -> list[_Claimed]:
    """Take due messages by moving their next try: of several processes only one succeeds with each."""
    names = [field.name for field in fields(_Claimed)]
    with transaction(_WORKER):
        due = (
            select(*(getattr(Outbox, name) for name in names), Outbox.next_try_at)
            .where(Outbox.state == "waiting", Outbox.next_try_at <= now)
            .order_by(Outbox.next_try_at, Outbox.id)
            .limit(limit)
        )
        claimed = []
        for *values, due_at in session.execute(due).all():
            message = _Claimed(**dict(zip(names, values, strict=True)))
            untouched = (Outbox.id == message.id, Outbox.state == "waiting", Outbox.next_try_at == due_at)
            if _change(*untouched, next_try_at=now + LEASE, tries=message.tries + 1):
                claimed.append(_Claimed(**vars(message) | {"tries": message.tries + 1}))
    return claimed


def _send_all(channel: channels.Channel, messages: list[_Claimed], now: datetime) -> list[bool]:
    """Send through one connection. When the channel fails, the rest waits without losing a try."""
    results: list[bool] = []
    waiting = deque(messages)
    try:
        with channel.connect() as send:
            while waiting:
                results.append(_send(send, waiting[0], now, channel.keeps_text))
                waiting.popleft()
    except ChannelDown as error:
        _put_off(waiting.popleft(), str(error), now)
        for message in waiting:
            _record(
                message, next_try_at=now + BACKOFF[0], tries=message.tries - 1, last_error=str(error)[:300]
            )
    return results + [False] * (len(messages) - len(results))


def _send(send: Send, message: _Claimed, now: datetime, keeps_text: bool) -> bool:
    if message.secret and now - message.created_at > SECRET_LIFE:
        _bury(message, "too late for a code")
        return False
    try:
        send(message)
    except Undeliverable as error:
        _bury(message, str(error))
        return False
    except TryLater as error:
        _put_off(message, str(error), now)
        return False
    blotted = {"body": BLOT, "sms": None} if message.secret and not keeps_text else {}
    _record(message, state="sent", sent_at=now, last_error=None, **blotted)
    return True


def _put_off(message: _Claimed, error: str, now: datetime) -> None:
    if message.tries > len(BACKOFF):
        _bury(message, error)
    else:
        _record(message, next_try_at=now + BACKOFF[message.tries - 1], last_error=error[:300])


def _bury(message: _Claimed, error: str) -> None:
    blotted = {"body": BLOT, "sms": None} if message.secret else {}
    _record(message, state="dead", last_error=error[:300], **blotted)


def _record(message: _Claimed, **values: Any) -> None:
    with transaction(_WORKER):
        _change(Outbox.id == message.id, Outbox.state == "waiting", **values)


def _change(*conditions: Any, **values: Any) -> bool:
    change = update(Outbox).where(*conditions).values(**values).execution_options(synchronize_session=False)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]
