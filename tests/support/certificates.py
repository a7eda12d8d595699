"""Certificates of recognition as rows, for what shows or gives them away; none of them verifies."""

from __future__ import annotations

from datetime import date
from typing import Any

from app import models as m
from app.db import session
from app.reports import search
from tests.support.factories import TODAY
from tests.support.recognition import make_recognition

#: further than any test looks
LATER = date(2099, 12, 31)


def make_certificate(product: m.Product, round_: m.RecognitionRound, **values: Any) -> m.Certificate:
    """The certificate of a product recognised in a round, in force unless ``values`` say otherwise."""
    recognition = make_recognition(
        round_, product, state="recognised", recognised_on=TODAY, valid_until=LATER
    )
    defaults = {
        "number": f"ZLMJ{round_.year}{recognition.id:06d}", "year": round_.year, "product_name": product.name,
        "unit_name": product.unit.name, "patents": [], "issued_on": TODAY, "valid_until": LATER,
        "token": f"token-{recognition.id}", "key_id": "0" * 16,
    }  # fmt: skip
    certificate = m.Certificate(
        recognition_id=recognition.id, product_id=product.id, unit_id=product.unit_id, **(defaults | values)
    )
    session.add(certificate)
    session.flush()
    search.index_product(product.id)
    return certificate
