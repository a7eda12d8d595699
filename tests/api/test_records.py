"""The API reads and writes over the same policies and services as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from flask_jwt_extended import create_access_token

from app import models as m
from app.db import session
from app.services import accounts
from tests.support.world import World

RESOURCES = {
    "products": "product", "product-years": "product_year", "patents": "patent", "units": "unit", "assets": "asset_year",
    "cases": "review_case",
}  # fmt: skip


@pytest.fixture
def token(world: World) -> dict[str, str]:
    """The header of a program that acts for unit A."""
    user = session.get_one(User, world.users["unit_a"])
    made = create_access_token(str(user.id), additional_claims={"stamp": accounts.token_stamp(user)})
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize(("resource", "table"), RESOURCES.items())
def test_T_I03_a_unit_lists_and_opens_only_its_own(world: World, resource: str, table: str) -> None:
    client = world.browser("unit_a")
    listed = client.get(f"/api/v1/{resource}/").get_json()
    assert listed["count"] == len(listed["result"])
    assert world.records["a"][table] in {row["id"] for row in listed["result"]}
    assert world.records["b"][table] not in {row["id"] for row in listed["result"]}
    assert client.get(f"/api/v1/{resource}/{world.records['a'][table]}").status_code == 200
    assert client.get(f"/api/v1/{resource}/{world.records['b'][table]}").status_code == 404


@pytest.mark.parametrize(
    "data",
    [{"state": "filed"}, {"filing_no": "ZLCP202643000001"}, {"unit_id": 2}, {"score": 100}, {"is_certified": True},
     {"version": 1, "name": "储能柜", "state": "filed"}],
)  # fmt: skip
def test_T_M01_T_I04_what_the_process_sets_cannot_be_put(
    world: World, token: dict[str, str], data: Any
) -> None:
    address = f"/api/v1/products/{world.records['a']['draft']}"
    answer = world.app.test_client().put(address, json=data, headers=token)
    assert answer.status_code == 422
    assert answer.get_json()["problems"][0]["field"] in data
    session.rollback()
    product = session.get_one(m.Product, world.records["a"]["draft"])
    assert (product.state, product.filing_no, product.name) == ("draft", None, "电动船用锂离子电池")


def test_a_draft_is_saved_with_the_version_that_was_read(world: World, token: dict[str, str]) -> None:
    address = f"/api/v1/products/{world.records['a']['draft']}"
    client = world.app.test_client()
    version = client.get(address, headers=token).get_json()["result"]["version"]
    saved = client.put(address, json={"version": version, "name": "储能柜"}, headers=token)
    assert saved.status_code == 200
    stale = client.put(address, json={"version": version, "name": "另一个"}, headers=token)
    assert stale.status_code == 409
    session.rollback()
    assert session.get_one(m.Product, world.records["a"]["draft"]).name == "储能柜"


def test_T_M03_a_filed_product_is_read_only(world: World, token: dict[str, str]) -> None:
    address = f"/api/v1/products/{world.records['a']['product']}"
    assert (
        world.app.test_client().put(address, json={"version": 1, "name": "储能柜"}, headers=token).status_code
        == 409
    )


def test_T_I04_another_units_draft_does_not_exist(world: World, token: dict[str, str]) -> None:
    address = f"/api/v1/products/{world.records['b']['draft']}"
    assert (
        world.app.test_client().put(address, json={"version": 1, "name": "储能柜"}, headers=token).status_code
        == 404
    )


def test_T_C02_a_browsers_session_needs_the_token_of_the_page(world: World) -> None:
    address = f"/api/v1/products/{world.records['a']['draft']}"
    assert world.browser("unit_a").put(address, json={"version": 1, "name": "储能柜"}).status_code == 400


@pytest.mark.parametrize("arguments", ["order=unit_id", "f_password=1", "size=abc", "after=%00"])
def test_T_I08_T_Q02_arguments_outside_the_lists_are_a_bad_request(world: World, arguments: str) -> None:
    assert world.browser("unit_a").get(f"/api/v1/products/?{arguments}").status_code == 400


def test_the_checker_answers_with_rule_clause_and_field(world: World, token: dict[str, str]) -> None:
    answer = world.app.test_client().post(
        "/api/v1/filing-checks/", json={"name": "一种储能柜"}, headers=token
    )
    finding = next(row for row in answer.get_json()["result"] if row["rule"] == "R16")
    assert (finding["severity"], finding["field"]) == ("block", "name")
    assert finding["clause"]
