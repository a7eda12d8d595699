"""What reviewers are told each morning: how much of what they have in hand, or could take, is due."""

from __future__ import annotations

from datetime import datetime

from app.domain.clock import local_date
from app.domain.workdays import add_working_days
from app.registers import calendars
from app.reports import queue
from app.services import notices


def remind_reviewers(now: datetime) -> int:
    """Tell every reviewer who has cases due by the next working day, or overdue, in hand or unclaimed; at most once a
    day, on working days. Returns how many were told."""
    calendar, today = calendars.calendar(), local_date(now)
    if not calendar.is_working(today):
        return 0
    due = queue.due_by_holder(today, add_working_days(today, 1, calendar).day)
    unclaimed = due.pop(None, (0, 0))[0]
    told = notices.reviewers() if unclaimed else [user_id for user_id in due if user_id is not None]
    for user_id in told:
        mine, overdue = due.get(user_id, (0, 0))
        notices.desk_digest(user_id, now, due=mine, overdue=overdue, unclaimed=unclaimed)
    return len(told)
