"""What the public pages keep ready: how many products there are of each kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert

from app import models as m
from app.db import session
from app.reports import facets, search

_COUNTS = m.PublicCounts.__table__


def count_products(now: datetime) -> bool:
    """Count everything the public finds anew, where it is so much that pages do not count it themselves."""
    if not search.has_more_than_counted():
        return False
    values = facets.of_everything()
    session.execute(delete(_COUNTS))
    session.execute(insert(_COUNTS).values(id=1, values=values, at=now))
    return True
