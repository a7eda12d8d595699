"""What the platform does by itself: forget what has expired, keep legal states and calendars up to date, remind."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from app import models as m
from app.db import session
from app.services import digests, exports, idempotency, patents, updates, webhooks
from app.services.imports import batches
from app.services.recognition import expiry


def tidy(now: datetime) -> None:
    """Delete ended sessions, used codes, answers kept for repeated requests, what webhooks were told and old counts of failed sign-ins."""
    session.execute(delete(m.WebSession).where(m.WebSession.seen_at < now - timedelta(days=1)))
    session.execute(delete(m.OneTimeCode).where(m.OneTimeCode.created_at < now - timedelta(days=2)))
    idempotency.tidy(now)
    webhooks.tidy(now)
    session.execute(delete(m.SigninFailure).where(m.SigninFailure.at < now - timedelta(days=2)))


def daily(now: datetime) -> None:
    """Once a day: refresh patents from the register, bring recognition to where it stands today, remind units of yearly
    updates and reviewers of what is due, forget what imports can no longer be undone with, delete exports that have
    been kept long enough."""
    patents.refresh_all(now)
    expiry.advance(now)
    updates.remind(now)
    batches.forget_old(now)
    digests.remind_reviewers(now)
    exports.expire(now)
