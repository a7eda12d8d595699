"""Products proposed for recognition, their public notice, and what people object to in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from app import models as m
from app.db import session, transaction
from app.domain.actor import RECOGNITION_OFFICER, Actor
from app.domain.recognition.objections import pass_hash
from app.services.recognition import objections, public_notice
from app.services.recognition.objections import Raised, Receipt
from tests.support import factories as make
from tests.support.factories import DATA_YEAR, NOW, TODAY

Record = TypeVar("Record")
TITLE = "2025 年度拟认定专利密集型产品公示"
FACTS = "该产品的专利已经失效，与公示的信息不符，附有登记簿副本。"


def at(day: str, time: str = "10:00") -> datetime:
    """An instant in Beijing."""
    return datetime.fromisoformat(f"{day}T{time}:00+08:00")


def make_officer(**values: Any) -> Actor:
    """A recognition officer."""
    return make.actor_of(make.make_user(RECOGNITION_OFFICER, **values))


def make_round(year: int = DATA_YEAR + 1, **values: Any) -> m.RecognitionRound:
    """A published round on last year's data."""
    scheme = _stored(
        m.EvaluationScheme(name=f"测试方案 {year}", content={}, example=True, created_at=NOW, changed_at=NOW)
    )
    defaults = {
        "data_year": year - 1, "title": f"{year} 年度专利密集型产品认定", "filing_deadline": date(year, 9, 15),
        "supplement_deadline": date(year, 10, 31), "scheme_id": scheme.id, "frozen_scheme": {}, "scheme_hash": "0" * 64,
        "state": "published", "published_at": NOW, "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return _stored(m.RecognitionRound(year=year, **(defaults | values)))


def make_recognition(
    product: m.Product, round_: m.RecognitionRound, state: str = "proposed", **values: Any
) -> m.Recognition:
    """A product's way through a round."""
    return _stored(
        m.Recognition(
            round_id=round_.id, product_id=product.id, product_year_id=product.years[0].id, unit_id=product.unit_id,
            state=state, **({"created_at": NOW, "changed_at": NOW} | values),
        )
    )  # fmt: skip


def make_notice(round_: m.RecognitionRound, **values: Any) -> m.PublicNotice:
    """A notice of ten working days from today on, its products given elsewhere."""
    defaults = {
        "title": TITLE, "body": "现将拟认定的产品予以公示。", "starts_on": TODAY, "ends_on": date(2025, 9, 24), "days": 10,
        "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return _stored(m.PublicNotice(round_id=round_.id, **(defaults | values)))


def make_objection(product: m.Product, **values: Any) -> m.Objection:
    """A tip on a product, just received."""
    number = f"YY20250910{product.id:05d}"
    defaults = {
        "receipt_no": number, "pass_hash": pass_hash(number), "kind": "tip", "product_id": product.id, "text": FACTS,
        "name": "王五", "contact": "13900000000", "ip": "203.0.113.7", "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return _stored(m.Objection(**(defaults | values)))


def publish(
    officer: Actor, round_: m.RecognitionRound, starts_on: date = TODAY, now: datetime = NOW
) -> m.PublicNotice:
    """The notice of all proposed products, published as an officer does."""
    with transaction(officer):
        return public_notice.publish(round_.id, TITLE, "现将拟认定的产品予以公示。", starts_on, officer, now)


def raised(
    product: m.Product, text: str = FACTS, *, ip: str = "203.0.113.7", token: str = "t" * 32, **typed: str
) -> Raised:
    """What somebody types into the form."""
    return Raised({"filing_no": product.filing_no or "", "text": text, **typed}, ip, token)


def object_to(
    product: m.Product, text: str = FACTS, *, now: datetime = NOW, actor: Actor | None = None, **given: str
) -> Receipt:
    """Raise an objection (or tip) as anybody does."""
    with transaction(actor or Actor.anonymous()):
        return objections.raise_(raised(product, text, **given), None, now)


def _stored(record: Record) -> Record:
    session.add(record)
    session.flush()
    return record
