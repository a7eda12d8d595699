"""The demonstration: made-up units in rounds that went through the real use cases, in whatever year it is loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import models as m
from app.domain.recognition import verdict
from app.domain.recognition.public_notice import valid_until
from app.services import demo
from app.services.demo import past_rounds
from app.services.recognition import verification

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


@given(st.dates(date(2026, 1, 1), date(2060, 12, 31)))
def test_last_years_certificates_are_in_force_and_those_before_have_expired(today: date) -> None:
    older, last = past_rounds.stories(datetime(today.year, today.month, today.day, 2, tzinfo=UTC))
    assert valid_until(older.decided_on) < today
    assert last.decided_on < today <= valid_until(last.decided_on)
    assert (older.year, last.year) == (today.year - 2, today.year - 1)


def test_where_the_calendar_of_a_year_is_missing_the_round_is_left_out(session: Any) -> None:
    assert [story.year for story in past_rounds.playable(NOW)] == [2024, 2025]
    assert past_rounds.playable(datetime(2041, 3, 1, 2, tzinfo=UTC)) == []


def test_rounds_are_closed_with_certificates_of_every_verdict_and_nothing_is_loaded_twice(
    session: Any,
) -> None:
    def facts() -> Any:
        session.rollback()
        rounds = session.execute(
            select(m.RecognitionRound.year, m.RecognitionRound.state).order_by(m.RecognitionRound.year)
        ).all()
        objections = session.scalars(select(m.Objection.state).order_by(m.Objection.state)).all()
        tokens = session.scalars(select(m.Certificate.token).order_by(m.Certificate.id)).all()
        return rounds, objections, [verification.online(token, NOW)[0].verdict for token in tokens]

    demo.load(NOW, products=0)
    before = facts()
    assert before == (
        [(2024, "closed"), (2025, "closed"), (2026, "published")],
        ["rejected", "upheld"],
        [verdict.EXPIRED, verdict.EXPIRED, verdict.VALID, verdict.REVOKED, verdict.VALID, verdict.VALID],
    )
    names = session.scalars(select(m.Certificate.unit_name).distinct()).all()
    assert all(name.startswith("示例") for name in names)

    demo.load(NOW, products=0)
    assert facts() == before
