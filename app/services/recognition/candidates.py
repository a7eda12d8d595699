"""Candidates of a round (mission E2), and why the other products are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, literal, or_, select, text

from app import audit, policies
from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import BEIJING, local_date
from app.domain.errors import Conflict, NotAllowed
from app.domain.machines import OFFICERS, RECOGNITION
from app.domain.recognition import candidacy
from app.domain.recognition.candidacy import REASONS
from app.domain.text import N_, Message

#: so many new candidates change what a database knows of its table
_MANY = 1_000


@dataclass(frozen=True)
class Gathered:
    """How many products became candidates now, how many there are, and per reason how many are none.

    A product that lacks several things counts under each of them; ``excluded_products`` counts it once.
    """

    added: int
    candidates: int
    excluded_products: int
    excluded: dict[str, int]


def exclusions(
    product: m.Product, year: m.ProductYear | None, round_: m.RecognitionRound, now: datetime
) -> list[Message]:
    """Why ``product`` is no candidate of ``round_``, in words; empty where it is one.

    ``year`` are its data of the round's data year, None where it has none.
    """
    return [message for _, message in explained(product, year, round_, now)]


def explained(
    product: m.Product, year: m.ProductYear | None, round_: m.RecognitionRound, now: datetime
) -> list[tuple[str, Message]]:
    """As ``exclusions``, each with its code (``domain.recognition.candidacy.REASONS``)."""
    filing = candidacy.Filing(
        state=product.state,
        filed_on=product.filed_on,
        takes_part=product.takes_part,
        data_state=year.state if year else None,
        approved_on=local_date(year.approved_at) if year and year.approved_at else None,
        sales=year.sales if year else None,
    )
    terms = candidacy.Terms(round_.data_year, round_.filing_deadline)
    today = local_date(now)
    return [
        (reason, candidacy.sentence(reason, filing, terms, today))
        for reason in candidacy.exclusions(filing, terms)
    ]


def gather(round_id: int, actor: Actor, now: datetime) -> Gathered:
    """Make every product that qualifies a candidate of the round; again: those that have come to qualify since."""
    round_ = policies.find(session(), m.RecognitionRound, round_id, actor)
    _officers_only(actor)
    if round_.state != "published":
        raise Conflict(N_("只有已发布的批次可以确定候选产品"))
    added = _add(round_, now)
    audit.record(session(), "create", "recognition", "", round=round_.id, count=added)
    return _counted(round_, added)


def tally(round_: m.RecognitionRound) -> Gathered:
    """How many candidates there are, and per reason how many products are none; nothing is added."""
    return _counted(round_, 0)


def excluded(round_: m.RecognitionRound, reason: str | None = None) -> Select[tuple[m.Product]]:
    """The products that are no candidates (for one reason); the order and the limit are the caller's."""
    tests = _tests(round_)
    wanted = or_(*tests.values()) if reason is None else tests[reason]
    return _filings(select(m.Product), round_).where(wanted)


def _add(round_: m.RecognitionRound, now: datetime) -> int:
    r = m.Recognition
    known = select(r.id).where(r.round_id == round_.id, r.product_id == m.Product.id).exists()
    values: dict[Any, Any] = {
        r.round_id: literal(round_.id), r.product_id: m.Product.id, r.product_year_id: m.ProductYear.id,
        r.unit_id: m.Product.unit_id, r.state: literal(RECOGNITION.initial), r.version: literal(1),
        r.created_at: literal(now, r.created_at.type), r.changed_at: literal(now, r.changed_at.type),
    }  # fmt: skip
    rows = _filings(select(*values.values()), round_).where(~or_(*_tests(round_).values()), ~known)
    statement = insert(r).from_select(list(values), rows.order_by(m.Product.id))
    # PostgreSQL's driver would else be asked for the new ids and forget the number
    result: Any = session.execute(statement, execution_options={"preserve_rowcount": True})
    added = int(result.rowcount)
    if added >= _MANY and session.connection().dialect.name == "postgresql":
        # taken for empty still, the table would be gone through once for each product by the screening that follows
        session.execute(text(f"ANALYZE {r.__tablename__}"))
    return added


def _counted(round_: m.RecognitionRound, added: int) -> Gathered:
    tests = _tests(round_)
    total = func.count().filter(or_(*tests.values()))
    columns: list[Any] = [total, *(func.count().filter(test) for test in tests.values())]
    products, *counts = tuple(session.execute(_filings(select(*columns), round_)).one())
    candidates = session.scalar(
        select(func.count()).select_from(m.Recognition).where(m.Recognition.round_id == round_.id)
    )
    by_reason = {reason: count for reason, count in zip(tests, counts, strict=True) if count}
    return Gathered(added, candidates or 0, products, by_reason)


def _filings(query: Select[Any], round_: m.RecognitionRound) -> Select[Any]:
    """Every product that was ever handed in, with its data of the data year where it has them."""
    data = and_(m.ProductYear.product_id == m.Product.id, m.ProductYear.year == round_.data_year)
    return query.select_from(m.Product).outerjoin(m.ProductYear, data).where(m.Product.state != "draft")


def _tests(round_: m.RecognitionRound) -> dict[str, ColumnElement[bool]]:
    """The rules of ``domain.recognition.candidacy`` as conditions; never NULL, so that they can be negated."""
    p, y = m.Product, m.ProductYear
    after = datetime.combine(round_.filing_deadline + timedelta(days=1), time(), BEIJING)
    tests = {
        "not_filed": p.state.not_in(("filed", "revoked", "revocation_pending")),
        "revoked": p.state.in_(("revoked", "revocation_pending")),
        "filed_late": and_(p.state == "filed", func.coalesce(p.filed_on > round_.filing_deadline, True)),
        "not_taking_part": ~func.coalesce(p.takes_part, False),
        "no_data": y.id.is_(None),
        "data_not_approved": and_(y.id.is_not(None), y.state != "updated"),
        "data_late": and_(y.state == "updated", func.coalesce(y.approved_at >= after, False)),
        "no_sales": and_(y.id.is_not(None), func.coalesce(y.sales <= 0, True)),
    }
    return {reason: case((tests[reason], True), else_=False) for reason in REASONS}


def _officers_only(actor: Actor) -> None:
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("您的角色不能执行该操作"))
