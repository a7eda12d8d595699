"""Until when a product's further information can be given: the round's last day, or one an officer granted."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, func

from app import models as m
from app.domain.clock import local_date


def of(recognition: m.Recognition) -> date:
    """The last day on which it can be submitted."""
    return recognition.supplement_due or recognition.round.supplement_deadline


def column() -> ColumnElement[date]:
    """``of`` in SQL, for queries that join the round."""
    return func.coalesce(m.Recognition.supplement_due, m.RecognitionRound.supplement_deadline)


def passed(recognition: m.Recognition, now: datetime) -> bool:
    """Whether that day is over in Beijing; the day itself counts whole."""
    return local_date(now) > of(recognition)
