"""The results of a screening run, page by page: the highest score first, found by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, literal, select, true, tuple_
from sqlalchemy.orm import contains_eager

from app import models as m
from app.db import session
from app.domain.errors import NotFound
from app.domain.normal import is_blank
from app.reports import search

#: where a page goes on: the score and the product it ended with
Place = tuple[Decimal, int]


@dataclass(frozen=True)
class Wanted:
    """Which results: those that passed or not, of a class (its code or how it begins), of products a text finds."""

    passed: bool | None = None
    class_code: str = ""
    text: str = ""

    @property
    def is_limited(self) -> bool:
        """Whether anything limits them."""
        return self != Wanted()


@dataclass(frozen=True)
class Page:
    """Results with their products and units, and where the next page begins."""

    rows: Sequence[m.ScreeningResult]
    following: Place | None


def page(run: m.ScreeningRun, wanted: Wanted, after: Place | None, size: int) -> Page:
    """One page of a run's results."""
    query = _products(_query(run, wanted))
    if after is not None:
        score, product_id = m.ScreeningResult.score, m.ScreeningResult.product_id
        here = tuple_(literal(after[0], score.type), literal(after[1], product_id.type))
        query = query.where(tuple_(score, product_id) < here)
    rows = session.scalars(query.limit(size + 1)).all()
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], None if last is None else (last.score, last.product_id))


def every(run: m.ScreeningRun, wanted: Wanted) -> Iterator[m.ScreeningResult]:
    """All of them, as they are read (for exports)."""
    yield from session.scalars(_products(_query(run, wanted)).execution_options(yield_per=1000))


def find(run: m.ScreeningRun, product_id: int) -> m.ScreeningResult:
    """What a run found for a product; NotFound where it did not have it."""
    query = _products(_query(run, Wanted())).where(m.ScreeningResult.product_id == product_id)
    found: m.ScreeningResult | None = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _query(run: m.ScreeningRun, wanted: Wanted) -> Select[Any]:
    r = m.ScreeningResult
    conditions: list[Any] = [true() if wanted.passed is None else r.passed.is_(wanted.passed)]
    if wanted.class_code:
        conditions.append(r.detail.startswith(f'["{wanted.class_code}', autoescape=True))
    if not is_blank(wanted.text):
        conditions.append(r.product_id.in_(select(search.places(wanted.text).subquery().c[1])))
    query = select(r).where(r.run_id == run.id, *conditions)
    return query.order_by(r.score.desc(), r.product_id.desc())


def _products(query: Select[Any]) -> Select[Any]:
    product = contains_eager(m.ScreeningResult.product)
    joined = query.join(m.ScreeningResult.product).join(m.Product.unit)
    return joined.options(product, product.contains_eager(m.Product.unit))
