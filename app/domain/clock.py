"""Time as the rules see it: instants are aware UTC datetimes, days are days of Beijing time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The present instant; only entry points (pages, jobs, commands) call it, everything below is given the time."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The day in Beijing on which ``moment`` falls."""
    return moment.astimezone(BEIJING).date()
