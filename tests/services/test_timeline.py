"""What a unit sees of its cases: events by role, terms, rounds side by side (mission D11, N2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app import models as m
from app.domain.errors import Conflict, NotFound
from app.domain.machines import FILING
from app.services import filings, timeline, updates
from app.services.workflow import fire
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, send_back, submit
from tests.support.factories import NOW


@pytest.fixture
def product(cast: Cast, session: Any) -> m.Product:
    """A product returned once with two remarks, corrected, and submitted again."""
    made = make.make_product(cast.unit)
    session.commit()
    send_back(cast.rui, submit(cast.anna, made), "请核对", {"model": "请写明型号", "sales": "与报表不符"})
    data = {"model": "DZ-48", "sales": "1100"}
    saved = do(filings.save_step, cast.anna, made.id, 1, data, made.version)
    submit(cast.anna, saved.product)
    return made


def test_events_name_roles_and_no_people(cast: Cast, product: m.Product) -> None:
    events = do(timeline.events, cast.anna, "filing", product.id)

    assert [(event.verb, event.role) for event in events] == [
        ("submit", "Unit"),
        ("return", "Reviewer"),
        ("submit", "Unit"),
    ]
    assert [str(event.target) for event in events] == ["待审核", "不通过", "待审核"]
    assert events[1].note == "请核对"
    assert "rui" not in str(events)


def test_a_products_events_hold_its_updates(cast: Cast, session: Any) -> None:
    made = make.make_product(cast.unit, state="filed")
    session.commit()
    do(updates.start, cast.anna, made.id, now=datetime(2026, 6, 1, tzinfo=UTC))

    assert [event.verb for event in do(timeline.events, cast.anna, "filing", made.id)] == ["start"]


def test_rounds_stand_side_by_side_with_what_changed(cast: Cast, product: m.Product) -> None:
    first, second = do(timeline.rounds, cast.anna, "filing", product.id)

    assert first.remarks == {"model": "请写明型号", "sales": "与报表不符"}
    assert first.changes == ()
    assert {(c.field, c.old, c.new) for c in second.changes} == {
        ("model", "无", "DZ-48"),
        ("sales", "1000.00", "1100.00"),
    }
    assert (first.days_left, second.days_left) == (None, 5)


def test_overdue_days_are_negative(cast: Cast, product: m.Product) -> None:
    rounds = do(timeline.rounds, cast.anna, "filing", product.id, now=datetime(2025, 9, 19, 2, tzinfo=UTC))

    assert rounds[-1].days_left == -2


def test_remarks_stand_beside_the_fields_until_submitted_again(cast: Cast, session: Any) -> None:
    made = make.make_product(cast.unit)
    session.commit()
    case = submit(cast.anna, made)
    assert do(timeline.remarks, cast.anna, "filing", made.id) == {}
    send_back(cast.rui, case, remarks={"model": "请写明型号"})
    assert do(timeline.remarks, cast.anna, "filing", made.id) == {"model": "请写明型号"}
    again = submit(cast.anna, made)
    assert do(timeline.remarks, cast.anna, "filing", made.id) == {}
    do(filings.withdraw, cast.anna, made.id)
    assert do(timeline.remarks, cast.anna, "filing", made.id) == {"model": "请写明型号"}
    assert again.state == "withdrawn"


def test_units_do_not_see_each_others_history(cast: Cast, product: m.Product) -> None:
    with pytest.raises(NotFound):
        do(timeline.events, cast.bo, "filing", product.id)
    assert do(timeline.rounds, cast.bo, "filing", product.id) == []
    assert do(timeline.remarks, cast.bo, "filing", product.id) == {}


@pytest.mark.parametrize("verb", ["approve", "return", "withdraw", "approve_revocation"])
def test_t_w01_a_verb_out_of_turn_is_refused_with_what_is_allowed(
    cast: Cast, session: Any, verb: str
) -> None:
    draft = make.make_product(cast.unit)
    session.commit()

    with pytest.raises(Conflict) as error:
        fire(FILING, draft, verb, cast.rui, NOW)

    assert "草稿" in str(error.value.message)
    assert "提交审核" in str(error.value.message)


def test_an_approved_products_history_is_whole(cast: Cast, session: Any, product: m.Product) -> None:
    _first, second = do(timeline.rounds, cast.rui, "filing", product.id)
    approve(cast.rui, second.case)

    events = do(timeline.events, cast.office, "filing", product.id)
    assert [event.verb for event in events] == ["submit", "return", "submit", "approve"]
