"""What the public pages keep ready: how many products there are of each kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert

from app import models as m
from app.db import session
from app.reports import facets, search
from app.reports.facets import Values
from app.reports.search import SearchFilters

_COUNTS = m.PublicCounts.__table__


def counted() -> Values | None:
    """Everything the public finds, counted, where it is so much that pages do not count it themselves. It reads every
    product: nobody should be kept from writing meanwhile."""
    return facets.of_everything() if search.count("", SearchFilters()) > search.COUNT_LIMIT else None


def keep(values: Values, now: datetime) -> None:
    """Keep what was counted for the pages."""
    session.execute(delete(_COUNTS))
    session.execute(insert(_COUNTS).values(id=1, values=values, at=now))
