"""The reviewers' morning reminder (mission P: reminders)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.services import cases, digests
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do, submit
from tests.support.factories import NOW


def remind(now: datetime) -> int:
    with transaction(Actor.system("daily")):
        return digests.remind_reviewers(now)


def told(session: Any) -> dict[int, str]:
    query = select(m.Outbox).where(m.Outbox.template == "desk_digest", m.Outbox.channel == "inapp")
    return {message.user_id: message.body for message in session.scalars(query)}


def submitted(cast: Cast, session: Any, *names: str) -> list[m.Case]:
    made = [make.make_product(cast.unit, name, patents=[make.make_patent(cast.unit)]) for name in names]
    session.commit()
    return [submit(cast.anna, product) for product in made]


def test_who_holds_due_cases_is_told_once_a_day(cast: Cast, session: Any) -> None:
    first, second = submitted(cast, session, "铅酸电池", "镍氢电池")
    do(cases.claim, cast.rui, first.id)
    do(cases.claim, cast.rong, second.id)
    session.get_one(m.Case, second.id).due_on += timedelta(days=30)
    session.commit()
    day = datetime(2025, 9, 18, 0, tzinfo=UTC)  # a Thursday, the day after the term

    assert (remind(day), remind(day + timedelta(hours=3))) == (1, 1)

    assert list(told(session)) == [cast.rui.user_id]
    assert "到期的有 1 件，其中已逾期 1 件" in told(session)[cast.rui.user_id]


def test_unclaimed_due_cases_are_told_to_all_reviewers(cast: Cast, session: Any) -> None:
    submitted(cast, session, "铅酸电池")

    remind(NOW + timedelta(days=6))

    assert set(told(session)) == {cast.rui.user_id, cast.rong.user_id, cast.admin.user_id}


def test_nobody_is_told_on_a_day_off_or_when_nothing_is_due(cast: Cast, session: Any) -> None:
    submitted(cast, session, "铅酸电池")

    assert remind(NOW) == 0
    assert remind(datetime(2025, 9, 20, 2, tzinfo=UTC)) == 0  # a Saturday
    assert told(session) == {}
