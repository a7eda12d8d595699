"""The outbox: messages are rows written in the transaction that causes them, and sent by a job after it.

A message goes to each person at most once per ``dedupe_key``, whatever is repeated, raced or restarted. Delivery is
tried again with growing pauses; what cannot be delivered stays as ``dead``, visible to staff.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from app.db import session
from app.models import Outbox
from app.notify import recipients, templates
from app.notify.delivery import BLOT, Delivered, deliver

__all__ = ["CHANNELS", "Delivered", "deliver", "forget_secrets", "post"]

#: Set in ``session.info`` while the transaction has written messages.
WAITING = "messages_waiting"
CHANNELS = ("inapp", "email", "sms")
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def post(
    template: str,
    *,
    dedupe_key: str,
    now: datetime,
    params: Mapping[str, object],
    unit_id: int | None = None,
    user_ids: Iterable[int] = (),
    email: str | None = None,
    mobile: str | None = None,
    channels: Collection[str] = CHANNELS,
    link: str | None = None,
    language: str = "zh",
    secret: bool = False,
) -> str:
    """Write a message to the outbox, in the caller's transaction; returns the message's number (``text_id``).

    It goes to the users of ``user_ids``, or else to those of ``unit_id``, each in their own language, and to the bare
    addresses ``email`` and ``mobile`` in ``language``. ``dedupe_key`` names the occasion (at most 120 characters): the
    same occasion writes nothing twice. ``secret`` texts are blotted out once sent, and never shown in the system.
    Raises ``templates.UnknownTemplate``, and jinja2's ``UndefinedError`` for a missing parameter.
    """
    if len(dedupe_key) > 120:
        raise ValueError("the dedupe key is longer than 120 characters")
    text_id = hashlib.sha256(dedupe_key.encode()).hexdigest()[:12].upper()
    values = {**params, "text_id": text_id}
    texts: dict[str, templates.Text] = {}
    rows = []
    for to in recipients.of(unit_id, user_ids, email, mobile, language):
        if to.channel not in channels or (secret and to.channel == "inapp"):
            continue
        if to.language not in texts:
            texts[to.language] = templates.render(template, to.language, values)
        text = texts[to.language]
        if to.channel == "sms" and not text.sms:
            continue
        common = {"text_id": text_id, "dedupe_key": dedupe_key, "template": template, "unit_id": unit_id,
                  "link": link, "secret": secret, "tries": 0, "created_at": now, "next_try_at": now}  # fmt: skip
        rows.append(common | _addressed(to, text, now))
    _insert(rows)
    return text_id


def forget_secrets(now: datetime) -> None:
    """Blot out the codes that the message box has shown for a day."""
    old = (Outbox.secret, Outbox.created_at < now - timedelta(days=1), Outbox.body != BLOT)
    change = update(Outbox).where(*old).values(body=BLOT, sms=None)
    session.execute(change.execution_options(synchronize_session=False))


def _insert(rows: list[dict[str, Any]]) -> None:
    """Add the rows that are not there yet; the database decides, so two at once write one."""
    if rows:
        session.info[WAITING] = True  # whoever commits may have them delivered at once
        insert = _INSERTS[session.get_bind().dialect.name]
        session.execute(insert(Outbox).on_conflict_do_nothing(), rows)


def _addressed(to: recipients.Recipient, text: templates.Text, now: datetime) -> dict[str, Any]:
    """What differs between the rows of one message. In the system a message has arrived as soon as it is written."""
    arrived = to.channel == "inapp"
    sms = {"template": text.sms_template, "params": text.sms_params} if to.channel == "sms" else None
    return {
        "channel": to.channel,
        "address": to.address,
        "user_id": to.user_id,
        "subject": text.subject,
        "body": text.sms if to.channel == "sms" else text.body,
        "sms": sms,
        "state": "sent" if arrived else "waiting",
        "sent_at": now if arrived else None,
    }
