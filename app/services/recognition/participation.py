"""A unit's side of the rounds: which of its products take part, why others do not, what is known of the screening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.domain.text import Message
from app.services.recognition import candidates, screening
from app.services.recognition.explaining import Explained, explain


@dataclass(frozen=True)
class Standing:
    """A product in a round: its recognition, or why it has none (code and sentence, as ``candidates`` tells them).

    Neither where it meets the conditions and the candidates have not been gathered since.
    """

    product: m.Product
    recognition: m.Recognition | None = None
    reasons: list[tuple[str, Message]] = field(default_factory=list)


def rounds() -> list[m.RecognitionRound]:
    """The rounds units see, the newest first: not those being prepared."""
    query = select(m.RecognitionRound).where(m.RecognitionRound.state != "draft")
    return list(session.scalars(query.order_by(m.RecognitionRound.year.desc())))


def standings(products: Iterable[m.Product], round_: m.RecognitionRound, now: datetime) -> list[Standing]:
    """How each of some products stands in a round, in the order given; two statements, whatever their number."""
    given = list(products)
    ids = [product.id for product in given]
    entered = select(m.Recognition).where(
        m.Recognition.round_id == round_.id, m.Recognition.product_id.in_(ids)
    )
    known = {
        each.product_id: each for each in session.scalars(entered.options(joinedload(m.Recognition.round)))
    }
    data = select(m.ProductYear).where(
        m.ProductYear.year == round_.data_year, m.ProductYear.product_id.in_(ids)
    )
    years = {each.product_id: each for each in session.scalars(data)}
    return [
        Standing(product, known[product.id])
        if product.id in known
        else Standing(product, None, candidates.explained(product, years.get(product.id), round_, now))
        for product in given
    ]


def counts(round_id: int, unit_id: int) -> dict[str, int]:
    """How many of a unit's products are in each state of a round."""
    query = select(m.Recognition.state, func.count().label("number")).where(
        m.Recognition.round_id == round_id, m.Recognition.unit_id == unit_id
    )
    return {row.state: row.number for row in session.execute(query.group_by(m.Recognition.state))}


def screening_of(recognition: m.Recognition) -> Explained | None:
    """What the screening found of a product, once it has been made its verdict; runs on trial are the officers' own."""
    if recognition.state == "candidate":
        return None
    found = screening.result_of(recognition)
    return None if found is None else explain(found, found.run)
