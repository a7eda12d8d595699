"""What everybody may know of recognised products 认定产品 and of the units 备案单位 that have filed: explicit columns, read as
tables. No contact, no amounts, no ids of records; lists go on after a number or name that everybody sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select

from app import models as m
from app.db import session
from app.domain.normal import name_key
from app.domain.recognition.verdict import EXPIRED, REVOKED, VALID
from app.reports.search_index import PUBLIC_STATES

PAGE = 50
COUNT_LIMIT = 10_000
CERTIFICATE_STATES = (VALID, EXPIRED, REVOKED)

_C, _P, _U = (model.__table__.c for model in (m.Certificate, m.Product, m.Unit))
Row = TypeVar("Row")


@dataclass(frozen=True)
class PublicCertificate:
    """A certificate of recognition; ``state``: valid, expired or revoked. The names are those at its issue."""

    number: str
    filing_no: str
    product_name: str
    unit_name: str
    province: str | None
    year: int
    issued_on: date
    valid_until: date
    revoked_on: date | None
    state: str


@dataclass(frozen=True)
class PublicUnit:
    """A unit with filed products."""

    name: str
    kind: str
    province: str | None
    city: str | None
    products: int
    key: str


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """A page of a list; ``count`` is exact up to COUNT_LIMIT, ``after`` leads on."""

    rows: list[Row]
    count: int
    after: str | None

    @property
    def has_more_than_counted(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > COUNT_LIMIT


@dataclass(frozen=True)
class Wanted:
    """What a list is limited to: words, taken literally, a province, and of certificates a year and a state."""

    text: str = ""
    province: str | None = None
    year: int | None = None
    state: str | None = None


def recognised(today: date, wanted: Wanted, after: str | None = None) -> Listed[PublicCertificate]:
    """Certificates of products that the public sees, the last number first; ``after``: those below a number."""
    query = _certificates().where(*_fitting(wanted, today))
    page = query.order_by(_C.number.desc()).limit(PAGE + 1)
    rows = session.execute(page if after is None else page.where(_C.number < after)).all()
    shown = [_certificate(row, today) for row in rows[:PAGE]]
    return Listed(shown, _count(query), shown[-1].number if len(rows) > PAGE else None)


def certificates_of(filing_no: str, today: date) -> list[PublicCertificate]:
    """The certificates of a product, the newest first."""
    query = _certificates().where(_P.filing_no == filing_no).order_by(_C.number.desc())
    return [_certificate(row, today) for row in session.execute(query)]


def years_recognised() -> list[int]:
    """The years there are certificates of, the newest first."""
    return list(session.scalars(select(_C.year).distinct().order_by(_C.year.desc())))


def units(wanted: Wanted, after: str | None = None) -> Listed[PublicUnit]:
    """Units that the public finds products of, by name; ``after``: those past a unit's ``key``."""
    published = (_P.unit_id == _U.id, _P.state.in_(PUBLIC_STATES))
    products = select(func.count()).where(*published).correlate(m.Unit.__table__).scalar_subquery()
    query = select(
        _U.name, _U.kind, _U.province, _U.city, products.label("products"), _U.name_key.label("key")
    )
    query = query.select_from(m.Unit.__table__).where(exists().where(*published).correlate(m.Unit.__table__))
    if wanted.province:
        query = query.where(_U.province == wanted.province)
    if wanted.text:
        query = query.where(_U.name_key.contains(name_key(wanted.text), autoescape=True))
    page = query.order_by(_U.name_key).limit(PAGE + 1)
    rows = session.execute(page if after is None else page.where(_U.name_key > after)).all()
    shown = [PublicUnit(*row) for row in rows[:PAGE]]
    return Listed(shown, _count(query), shown[-1].key if len(rows) > PAGE else None)


def _certificates() -> Select[Any]:
    columns = (_C.number, _P.filing_no, _C.product_name, _C.unit_name, _P.province, _C.year, _C.issued_on, _C.valid_until,
               _C.revoked_on)  # fmt: skip
    tables = m.Certificate.__table__.join(m.Product.__table__, _P.id == _C.product_id)
    # of an expression, or SQLite would begin with all products in these states
    return select(*columns).select_from(tables).where(func.coalesce(_P.state, "").in_(PUBLIC_STATES))


def _fitting(wanted: Wanted, today: date) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        columns = (_C.product_name, _C.unit_name, _P.filing_no, _C.number)
        yield or_(*[column.icontains(wanted.text, autoescape=True) for column in columns])
    if wanted.province:
        yield _P.province == wanted.province
    if wanted.year:
        yield _C.year == wanted.year
    if wanted.state == REVOKED:
        yield _C.revoked_on.is_not(None)
    elif wanted.state:
        yield _C.revoked_on.is_(None)
        yield _C.valid_until >= today if wanted.state == VALID else _C.valid_until < today


def _certificate(row: Any, today: date) -> PublicCertificate:
    state = REVOKED if row.revoked_on else VALID if row.valid_until >= today else EXPIRED
    return PublicCertificate(**row._mapping, state=state)


def _count(query: Select[Any]) -> int:
    some = query.with_only_columns(literal(1).label("one")).order_by(None).limit(COUNT_LIMIT + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()
