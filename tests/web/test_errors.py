"""Every error is a page or JSON that says what to do, without values, traces or a 500 of its own."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from app import models as m
from app.db import session
from app.reports import export
from app.web import records
from app.web.interface import PolicyInterface
from tests.support.world import World

SECRET = "91430100MA00000000"


def _database_error(kind: Any) -> Any:
    def raise_it(self: Any, pk: Any) -> Any:
        raise kind("INSERT INTO unit VALUES (?)", {"uscc": SECRET}, Exception(f"UNIQUE failed: {SECRET}"))

    return raise_it


@pytest.mark.parametrize(
    ("kind", "status"), [(IntegrityError, 409), (DataError, 422), (OperationalError, 503)]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_T_Q05_T_D05_a_database_error_shows_a_number_and_no_values(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: Any, status: int, accept: str
) -> None:
    monkeypatch.setattr(PolicyInterface, "find", _database_error(kind))
    answer = world.browser("reviewer").get("/unitview/show/1", headers={"Accept": accept})
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert "错误编号" in text
    assert SECRET not in text
    assert "INSERT" not in text


def test_an_error_of_ours_is_a_page_with_a_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, row: Any, name: str) -> Any:
        raise ZeroDivisionError(SECRET)

    world.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(records.UnitView, "cell", broken)
    answer = world.browser("reviewer").get("/unitview/list/")
    assert answer.status_code == 500
    assert "错误编号" in answer.get_data(as_text=True)
    assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "address", ["/nowhere", "/products/ZLCP999999999999", "/productview/show/999999", "/files/x"]
)
def test_what_is_not_there_is_a_page_with_a_way_on(world: World, address: str) -> None:
    answer = world.browser("reviewer").get(address)
    assert answer.status_code == 404
    assert 'href="/"' in answer.get_data(as_text=True)


def test_a_refused_access_leaves_one_event(world: World) -> None:
    world.browser("unit_a").get("/auditeventview/list/")
    session.rollback()
    events = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "refused")).all()
    assert [event.actor_id for event in events] == [world.users["unit_a"]]
    assert "/auditeventview/list/" in events[0].detail


def test_T_U02_a_request_that_is_too_large_is_cut_off(world: World, no_csrf: None) -> None:
    world.app.config["MAX_CONTENT_LENGTH"] = 1024
    try:
        answer = world.browser("unit_a").post(
            "/my/uploads/", data={"file": (io.BytesIO(b"x" * 5000), "a.pdf")}
        )
    finally:
        world.app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024
    assert answer.status_code == 413
    assert "太大" in answer.get_data(as_text=True)


def test_T_X02_negative_numbers_stay_numbers_in_csv() -> None:
    rows = b"".join(export.stream("csv", ["a", "b"], [[Decimal("-5.00"), -7], ["-5", "+1"]])).decode(
        "utf-8-sig"
    )
    assert rows.splitlines()[1:] == ["-5.00,-7", "'-5,'+1"]
