"""How many of the products found are of which region, industry, class, year and state, so that a search can be narrowed.

All hits are counted, up to as many as pages count at all; of more, some of the newest. The recognised, of which there
are few, the index counts. Of everything, with nothing asked, there are the sums that a job makes every few minutes
(``services.portal``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, extract, func, select

from app import models as m
from app.db import db, session
from app.registers import classifications
from app.registers.cache import Kept
from app.reports import search
from app.reports.search import COUNT_LIMIT, SearchFilters
from app.reports.search_index import PUBLIC_STATES, SHOWN_STATES, for_everybody, ids_at, is_at

#: what hits are counted by, in the order of the page
KEYS = ("province", "industry", "class", "year", "state", "recognised", "intensive")
#: those that the products themselves tell
TALLIED = tuple(key for key in KEYS if key != "recognised")
YES = "1"
_LIFE_SECONDS = 60.0

Values = dict[str, dict[str, int]]


class _Row(NamedTuple):
    """What some products have in common and how many they are."""

    province: str | None
    industry_code: str | None
    class_code: str | None
    state: str
    year: int
    number: int


@dataclass(frozen=True)
class Facets:
    """``values``: key → code → number of hits, the most first.

    ``newest``: only so many of the newest hits were counted; ``at``: the numbers are of this time.
    """

    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    newest: int | None = None
    at: datetime | None = None


def of(text: str, filters: SearchFilters, found: search.Found) -> Facets:
    """What a search has found, counted."""
    is_all = found.count <= COUNT_LIMIT
    if not is_all and not text.strip() and filters == SearchFilters():
        known = _known.get()
        if known is not None:
            return Facets(known.values, at=known.at)
    places = found.newest if is_all else found.newest[: search.SAMPLE]
    rows = session.execute(_alike_at(db.engine.dialect.name), ids_at(places)).all()
    public = [row for row in map(_Row._make, rows) if row.state in PUBLIC_STATES]
    recognised = _recognised(text, filters, found)
    values = tally(public, filters) | {"recognised": {YES: recognised} if recognised else {}}
    return Facets(values, None if is_all else sum(row.number for row in public))


def _recognised(text: str, filters: SearchFilters, found: search.Found) -> int:
    """How many hits are recognised: asked of the index only where the page does not show it."""
    if filters.recognised:
        return found.count
    if len(found.rows) == found.count:
        return sum(hit.recognised for hit in found.rows)
    return search.count(text, replace(filters, recognised=True))


def of_everything() -> Values:
    """All that the public finds, counted anew: for a job, it reads every product."""
    r = m.Recognition.__table__.c
    public = m.Product.state.in_(PUBLIC_STATES)
    values = tally(map(_Row._make, session.execute(_alike().where(public))), SearchFilters())
    recognised = select(func.count(r.product_id.distinct())).where(r.state == "recognised")
    number = session.execute(recognised).scalar_one()
    return values | {"recognised": {YES: number} if number else {}}


def tally(rows: Iterable[_Row], filters: SearchFilters) -> Values:
    """The numbers by key and code. Codes of classifications are those directly below what is chosen already."""
    below = _Below({"industry": filters.industry, "class": filters.product_class})
    counted: dict[str, Counter[str]] = {key: Counter() for key in TALLIED}
    for row in rows:
        industry, product_class = below["industry", row.industry_code], below["class", row.class_code]
        intensive = below["intensive", row.industry_code]
        codes = (row.province, industry, product_class, str(row.year), SHOWN_STATES.get(row.state), intensive)
        for key, code in zip(TALLIED, codes, strict=True):
            if code is not None:
                counted[key][code] += row.number
    return {key: dict(sorted(counted[key].items(), key=lambda item: (-item[1], item[0]))) for key in TALLIED}


class _Below(dict[tuple[str, str | None], str | None]):
    """(classification, code) → the code or what stands above it that is directly below what is chosen (None: at the
    top), looked up once; and whether an industry is patent-intensive."""

    def __init__(self, chosen: Mapping[str, str | None]) -> None:
        super().__init__()
        self._chosen = chosen

    def __missing__(self, asked: tuple[str, str | None]) -> str | None:
        self[asked] = found = self._look_up(*asked)
        return found

    def _look_up(self, scheme: str, code: str | None) -> str | None:
        if scheme == "intensive":
            return YES if classifications.is_intensive(code) else None
        return classifications.directly_below(scheme, self._chosen[scheme], code)


def _alike() -> Select[Any]:
    """Products by what they have in common, and how many they are."""
    p = m.Product.__table__.c
    columns = (p.province, p.industry_code, p.class_code, p.state, extract("year", p.filed_on))
    return select(*columns, func.count()).group_by(*columns)


@cache
def _alike_at(dialect: str) -> Select[Any]:
    """Those at some places. Their state is looked at afterwards: with it as a condition SQLite takes an index of states,
    four times as slow as looking them up."""
    return for_everybody(_alike().where(is_at(dialect)))


def _load() -> m.PublicCounts | None:
    counts = session.execute(select(m.PublicCounts)).scalar_one_or_none()
    if counts is not None:
        session.expunge(counts)
    return counts


_known = Kept(_load, _LIFE_SECONDS)
