"""Messages in the system: read by the user they were sent to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import NotFound


def mark_read(actor: Actor, message_id: int, now: datetime) -> m.Outbox:
    """Note that the actor has read a message of their own inbox; a second time changes nothing."""
    message = policies.find(session(), m.Outbox, message_id, actor)
    if message.user_id != actor.user_id or message.channel != "inapp":
        raise NotFound
    if message.read_at is None:
        message.read_at = now
        session.flush()
    return message


def mark_all_read(actor: Actor, now: datetime) -> int:
    """Note that the actor has read everything in their inbox; returns how many messages were new."""
    own = (m.Outbox.user_id == actor.user_id, m.Outbox.channel == "inapp", m.Outbox.read_at.is_(None))
    statement = update(m.Outbox).where(*own).values(read_at=now).execution_options(synchronize_session=False)
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
