"""A round whose products are in public notice, the officer who runs it, and a recognised product with its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from app import models as m
from app.domain.actor import Actor
from app.services.recognition import certificates, screening
from tests.services.conftest import Cast, cast, first_cast
from tests.support import factories as make
from tests.support.acts import do
from tests.support.evaluations import Stage, machine_scores, make_stage
from tests.support.notices import make_notice, make_officer, make_recognition, make_round

__all__ = ["cast", "first_cast"]


@dataclass
class InNotice:
    """Olga, the officer; a notice from ``TODAY`` on with a product of unit A, ``recognition``, in it."""

    officer: Actor
    round: m.RecognitionRound
    notice: m.PublicNotice
    product: m.Product
    recognition: m.Recognition


@pytest.fixture
def officer(cast: Cast, session: Any) -> Actor:
    """Olga."""
    made = make_officer(username="olga")
    session.commit()
    return made


@pytest.fixture
def in_notice(cast: Cast, officer: Actor, session: Any) -> InNotice:
    """A product of unit A in a notice of ten working days, to the end of 24 September 2025."""
    round_ = make_round()
    notice = make_notice(round_)
    product = make.make_product(cast.unit, state="filed")
    recognition = make_recognition(product, round_, "in_notice", notice_id=notice.id)
    session.commit()
    return InNotice(officer, round_, notice, product, recognition)


@pytest.fixture
def recognised(cast: Cast, session: Any) -> m.Recognition:
    """A product of unit A recognised today, with two patents."""
    patents = [make.make_patent(cast.unit), make.make_patent(cast.unit)]
    product = make.make_product(cast.unit, state="filed", patents=patents)
    found = make_recognition(
        product, make_round(), "recognised", recognised_on=make.TODAY, valid_until=date(2026, 9, 9)
    )
    session.commit()
    return found


@pytest.fixture
def certificate(recognised: m.Recognition, officer: Actor) -> m.Certificate:
    """Its certificate."""
    return do(lambda actor, now: certificates.issue(recognised, actor, now), officer)


@pytest.fixture
def stage(session: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A round that is evaluated; the points from data are the same for all."""
    monkeypatch.setattr(screening, "machine_scores", machine_scores)
    return make_stage()
