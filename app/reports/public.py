"""What everybody may know of a filed product: explicit columns, read as tables, never as records.

No contact, no finances, no remarks, no internal ids, nothing that has not been approved; core patents are not told apart
from others (mission D15). The public pages and the public API show nothing but these values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.clock import local_date
from app.domain.machines import VERIFIED_STATES
from app.policies import PUBLISHED
from app.registers import classifications, regions
from app.registers.classifications import IntensiveMatch
from app.reports import search
from app.reports.search_index import PUBLIC_STATES, SEARCH, SHOWN_STATES, position


@dataclass(frozen=True, order=True)
class PublicPatent:
    """A linked patent: ``number`` as written (``ZL 2015 1 0222662.8``); ``kind`` and ``legal_state`` are codes."""

    number: str
    title: str
    kind: str
    legal_state: str


@dataclass(frozen=True)
class PublicYear:
    """A data year of a product; only data that staff approved, on ``approved_on``, have patents here."""

    year: int
    updated: bool = False
    approved_on: date | None = None
    patents: tuple[PublicPatent, ...] = ()


@dataclass(frozen=True)
class PublicProduct:
    """A product as the public sees it; ``years`` from the newest on, down to the year of filing."""

    filing_no: str
    name: str
    model: str | None
    nature: str | None
    stage: str | None
    unit_name: str
    province_name: str
    class_code: str | None
    class_path: tuple[str, ...]
    industry_code: str | None
    industry_path: tuple[str, ...]
    intensive: IntensiveMatch | None
    #: names of its group and subgroup
    intensive_path: tuple[str, ...]
    state: str
    filed_on: date
    revoked_on: date | None
    filing_year: int
    updated_year: int | None
    years: tuple[PublicYear, ...]

    @property
    def revoked(self) -> bool:
        """Whether the filing is no longer in force."""
        return self.state == "revoked"

    @property
    def patents(self) -> tuple[PublicPatent, ...]:
        """The patents of the last approved year."""
        return next((year.patents for year in self.years if year.updated), ())


@dataclass(frozen=True)
class Figures:
    """Figures of the home page, as they were at ``at``."""

    products: int
    units: int
    filed_today: int
    #: products whose recognition is in force
    recognised: int
    at: datetime


def shown_state(state: str) -> str:
    """The state of a filing as the public is told it."""
    return SHOWN_STATES.get(state, state)


def product(filing_no: str, today: date, *, english: bool = False) -> PublicProduct | None:
    """The filed (or since revoked) product with this number, else None: unpublished ones do not exist here.

    ``english``: regions, classes and industries by their English names.
    """
    p, unit = m.Product.__table__.c, m.Unit.__table__.c
    query = (
        select(p.id, p.filing_no, p.name, p.model, p.nature, p.stage, p.class_code, p.industry_code, p.province, p.state,
               p.filed_on, p.revoked_on, p.filing_year, p.updated_year, unit.name.label("unit_name"))
        .join_from(m.Product.__table__, m.Unit.__table__, unit.id == p.unit_id)
        .where(p.filing_no == filing_no, p.state.in_(PUBLIC_STATES))
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    return None if row is None else _shown(row, today, english)


def newest(count: int) -> list[search.Hit]:
    """The products filed last."""
    return search.find("", limit=count).rows


def figures(now: datetime) -> Figures:
    """The figures at ``now``, counted anew; the pages keep them for a minute."""
    product, unit = m.Product.__table__.c, m.Unit.__table__.c

    def count(condition: ColumnElement[bool], what: Any = None) -> int:
        counted = func.count() if what is None else func.count(what.distinct())
        return session.execute(select(counted).where(condition)).scalar_one()

    recognition = m.Recognition.__table__.c
    return Figures(
        products=count(product.state.in_(PUBLISHED)), units=count(unit.state.in_(VERIFIED_STATES)),
        filed_today=count(SEARCH.c.position < position(local_date(now), 0)),
        recognised=count(recognition.state == "recognised", recognition.product_id), at=now,
    )  # fmt: skip


def _shown(row: Any, today: date, english: bool) -> PublicProduct:
    values = dict(row._mapping) | {"state": shown_state(row.state)}
    approved = dict(_approved_years(values.pop("id")))
    province = values.pop("province")
    last = max(today.year - 1 if row.state in PUBLISHED else 0, row.filing_year, *approved)
    years = tuple(approved.get(year) or PublicYear(year) for year in range(last, row.filing_year - 1, -1))
    match = classifications.is_intensive(row.industry_code)
    return PublicProduct(
        **values, province_name=regions.name(province, english=english) if province else "",
        class_path=_path("class", row.class_code, english),
        industry_path=_path("industry", row.industry_code, english),
        intensive=match, intensive_path=_groups(match, english), years=years,
    )  # fmt: skip


def _approved_years(product_id: int) -> Iterator[tuple[int, PublicYear]]:
    year, link, patent = (model.__table__ for model in (m.ProductYear, m.PatentLink, m.Patent))
    query = (
        select(
            year.c.year,
            year.c.approved_at,
            patent.c.application_no,
            patent.c.title,
            patent.c.kind,
            patent.c.legal_state,
        )
        .select_from(
            year.outerjoin(link, link.c.product_year_id == year.c.id).outerjoin(
                patent, patent.c.id == link.c.patent_id
            )
        )
        .where(year.c.product_id == product_id, year.c.state == "updated")
    )
    found: dict[tuple[int, datetime | None], list[PublicPatent]] = {}
    for number, approved_at, application_no, title, kind, legal_state in session.execute(query):
        patents = found.setdefault((number, approved_at), [])
        if application_no is not None:
            shown = patent_number.PatentNumber(application_no).display
            patents.append(PublicPatent(shown, title or "", kind, legal_state))
    for (number, approved_at), patents in found.items():
        yield (
            number,
            PublicYear(number, True, approved_at and local_date(approved_at), tuple(sorted(patents))),
        )


def _path(scheme: str, code: str | None, english: bool) -> tuple[str, ...]:
    node = classifications.get(scheme, code)
    if node is None:
        return ()
    return (*node.path_en, node.name_en) if english else (*node.path, node.name)


def _groups(match: IntensiveMatch | None, english: bool) -> tuple[str, ...]:
    if match is None:
        return ()
    if english:
        return match.group_name_en, match.subgroup_name_en
    return match.group_name, match.subgroup_name
