"""T-W02: a request with an Idempotency-Key does its work once, however often and however close together it is sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.services import idempotency, tokens
from tests.support.acts import do
from tests.support.factories import actor_of
from tests.support.world import World


@pytest.fixture
def world(world: World, app: Flask) -> World:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]
    return world


@pytest.fixture
def token(world: World) -> str:
    owner = actor_of(session.get_one(m.User, world.users["unit_a"]))
    _, text = do(tokens.create, owner, "数据同步", ("filing:write",), 30, now=utc_now())
    session.rollback()
    return f"Bearer {text}"


def save(world: World, token: str, key: str, name: str = "储能柜", version: int = 1) -> Any:
    """Save the draft's name, as version 1 was read."""
    address = f"/api/v1/products/{world.records['a']['draft']}"
    headers = {"Authorization": token, idempotency.HEADER: key}
    return world.app.test_client().put(address, json={"version": version, "name": name}, headers=headers)


def versions(world: World) -> tuple[str, int]:
    session.rollback()
    product = session.get_one(m.Product, world.records["a"]["draft"])
    session.refresh(product)
    return product.name, product.version


def test_T_W02_the_same_request_is_answered_alike_and_done_once(world: World, token: str) -> None:
    first, again = save(world, token, "k-1"), save(world, token, "k-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json()
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert versions(world) == ("储能柜", 2)
    assert save(world, token, "k-2").status_code == 409


def test_T_W02_another_request_under_the_same_key_is_refused(world: World, token: str) -> None:
    save(world, token, "k-1")
    other = save(world, token, "k-1", name="另一个")
    assert other.status_code == 422
    assert other.get_json()["problems"][0]["field"] == idempotency.HEADER
    assert versions(world) == ("储能柜", 2)


def test_T_W02_two_at_once_do_the_work_once(world: World, token: str) -> None:
    answers: list[Any] = []
    together = threading.Barrier(4)

    def send() -> None:
        together.wait()
        answers.append(save(world, token, "k-1"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert len({answer.get_data() for answer in answers}) == 1
    assert versions(world) == ("储能柜", 2)


def test_a_refused_request_leaves_its_key_free(world: World, token: str) -> None:
    assert save(world, token, "k-1", version=7).status_code == 409
    assert save(world, token, "k-1").status_code == 200


def test_a_key_is_its_owners_and_lives_for_a_day(world: World, token: str) -> None:
    save(world, token, "k-1")
    with transaction(Actor.system()):
        session.execute(update(m.KeptAnswer).values(created_at=utc_now() - timedelta(days=1)))
    assert save(world, token, "k-1", version=2, name="充电柜").status_code == 200
    other = actor_of(session.get_one(m.User, world.users["unit_b"]))
    with transaction(other):
        assert idempotency.begin(other, "k-1", "anything", utc_now()) is None
    with transaction(Actor.system()):
        idempotency.tidy(utc_now() + timedelta(days=1))
        assert session.execute(select(func.count()).select_from(m.KeptAnswer)).scalar_one() == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "中文", "a b"])
def test_T_Q02_an_unusable_key_is_refused(world: World, token: str, key: str) -> None:
    answer = save(world, token, key.encode().decode("latin-1"))
    assert (answer.status_code, versions(world)[1]) == (422, 1)
