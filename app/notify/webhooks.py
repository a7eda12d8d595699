"""What webhooks are told: frozen at the event and written in its transaction; sent by a job after it (``outbox``'s way).

A delivery is tried again with growing pauses, and is dead after the last; at least once, in no promised order.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app import models as m
from app.db import session
from app.domain.clock import BEIJING

#: Set in ``session.info`` while the transaction has written deliveries.
WAITING = "webhooks_waiting"
#: rows written by one statement
_AT_ONCE = 500


@dataclass(frozen=True)
class Happening:
    """An event at one subject: whose it is and where, and what is told of it."""

    unit_id: int
    #: codes of province, city and district
    places: tuple[str | None, str | None, str | None]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Listeners:
    """The webhooks that an event may concern."""

    rows: tuple[Any, ...]

    def of(self, unit_id: int, places: Iterable[str | None]) -> list[Any]:
        """Those that may know of a unit's rows: its own, and those of the offices it is in the region of."""
        regions = {"000000", *(place for place in places if place)}
        return [row for row in self.rows if row.unit_id == unit_id or row.region_code in regions]


def listeners(event: str) -> Listeners:
    """The active webhooks that asked for an event."""
    table = m.Webhook.__table__.c
    query = select(table.id, table.unit_id, table.region_code, table.events).where(table.active.is_(True))
    return Listeners(tuple(row for row in session.execute(query) if event in row.events))


def post(event: str, happenings: Iterable[Happening], heard_by: Listeners, now: datetime) -> int:
    """Write what each webhook is told of each happening, in the caller's transaction; returns how many deliveries."""
    rows = []
    for happening in happenings:
        hearing = heard_by.of(happening.unit_id, happening.places)
        if hearing:
            event_id, text = frozen(event, happening.data, now)
            rows += [delivery(webhook, event, event_id, text, now) for webhook in hearing]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(m.WebhookDelivery), rows[start : start + _AT_ONCE])
    if rows:
        session.info[WAITING] = True
    return len(rows)


def frozen(event: str, data: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    """A new id for an event and the text that is sent, at every try the same."""
    event_id = secrets.token_hex(16)
    at = now.astimezone(BEIJING).isoformat(timespec="seconds")
    content = {"id": event_id, "event": event, "at": at, "data": data}
    return event_id, json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":"))


def delivery(webhook: Any, event: str, event_id: str, text: str, now: datetime) -> dict[str, Any]:
    """The row of a delivery that waits to be sent."""
    return {
        "webhook_id": webhook.id, "unit_id": webhook.unit_id, "region_code": webhook.region_code, "event_id": event_id,
        "event": event, "payload": text, "state": "waiting", "tries": 0, "next_try_at": now, "created_at": now,
    }  # fmt: skip


def by_webhook(claimed: Iterable[Any]) -> list[list[Any]]:
    """Deliveries in the order they happened, those of one webhook together."""
    found: dict[int, list[Any]] = defaultdict(list)
    for each in claimed:
        found[each.webhook_id].append(each)
    return list(found.values())
