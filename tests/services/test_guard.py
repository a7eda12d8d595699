"""Rows are guarded in the session itself, whatever code reads or writes them (T-I01 … T-I05)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app import models as m
from app import policies
from app.db import acting, metadata, session, transaction
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import NotAllowed, NotFound
from tests.support.factories import NOW, actor_of, make_file, make_owner, make_product, make_unit
from tests.support.world import World


def actor(world: World, name: str) -> Actor:
    return actor_of(session.get_one(m.User, world.users[name]))


def test_every_table_has_a_policy() -> None:
    """A new model is open, limited to its unit, or for staff only; forgetting to say which fails here."""
    said = {model.__tablename__ for model in (*policies.OPEN, *policies.STAFF_ONLY, *policies.SCOPED)}
    ours = {name for name in metadata.tables if not name.startswith("ab_")}
    assert ours - said == set()


@pytest.mark.parametrize("model", policies.UNIT_OWNED, ids=lambda model: model.__tablename__)
def test_T_I03_a_unit_reads_only_its_own_rows(world: World, model: type[Any]) -> None:
    for name in ("unit_a", "unit_b"):
        who = actor(world, name)
        session.rollback()
        with acting(who):
            assert {row.unit_id for row in session.scalars(select(model))} <= {who.unit_id}
            assert set(session.scalars(select(model.unit_id))) <= {who.unit_id}
    with acting(Actor.anonymous()):
        assert session.scalars(select(model)).all() == []


def test_T_I03_relations_are_limited_too(world: World) -> None:
    """A row of unit A that points to unit B's patent (written by somebody with all rights) does not show it."""
    link = session.scalars(
        select(m.PatentLink).where(m.PatentLink.unit_id == world.records["a"]["unit"])
    ).first()
    assert link is not None
    link.patent_id = world.records["b"]["patent"]
    link_id, year_id = link.id, link.product_year_id
    session.commit()
    who = actor(world, "unit_a")
    session.expunge_all()
    with acting(who):
        year = session.scalars(
            select(m.ProductYear)
            .where(m.ProductYear.id == year_id)
            .options(
                selectinload(m.ProductYear.links).joinedload(m.PatentLink.patent),
                joinedload(m.ProductYear.product),
            )
        ).one()
        assert [each.patent for each in year.links if each.id == link_id] == [None]


@pytest.mark.parametrize(
    "name", ["asset_year", "patent", "product", "product_year", "stored_file", "review_case", "unit"]
)
def test_T_I02_find_does_not_tell_foreign_rows_from_missing_ones(world: World, name: str) -> None:
    model = next(each for each in (*policies.SCOPED,) if each.__tablename__ == name)
    who = actor(world, "unit_a")
    session.rollback()
    with acting(who):
        assert policies.find(session(), model, world.records["a"][name], who) is not None
        texts = set()
        for key in (world.records["b"][name], 10**9):
            with pytest.raises(NotFound) as refused:
                policies.find(session(), model, key, who)
            texts.add(str(refused.value))
    assert len(texts) == 1


def test_T_I05_an_office_reads_its_region_without_drafts(world: World) -> None:
    office = actor(world, "office")
    session.rollback()
    with acting(office):
        assert set(session.scalars(select(m.Unit.province))) == {"430000"}
        found = session.scalars(select(m.Product)).all()
        assert {product.unit_id for product in found} == {world.records["a"]["unit"]}
        assert "draft" not in {product.state for product in found}


_FOREIGN: list[Callable[[World], Any]] = [
    lambda w: m.Product(unit_id=w.records["b"]["unit"], filing_year=2024, created_at=NOW, changed_at=NOW),
    lambda w: m.Product(unit_id=w.records["a"]["unit"], filing_year=2024, created_at=NOW, changed_at=NOW,
                        picture_file_id=w.records["b"]["stored_file"]),
    lambda w: m.AssetYear(unit_id=w.records["a"]["unit"], year=2020, created_at=NOW, changed_at=NOW,
                          statement_file_id=w.records["b"]["stored_file"]),
    lambda w: m.PatentLink(unit_id=w.records["a"]["unit"], product_year_id=w.records["a"]["product_year"],
                           patent_id=w.records["b"]["patent"]),
    lambda w: m.PatentLink(unit_id=w.records["a"]["unit"], product_year_id=w.records["b"]["product_year"],
                           patent_id=w.records["a"]["patent"]),
    lambda w: m.Evidence(unit_id=w.records["a"]["unit"], product_year_id=w.records["a"]["product_year"],
                         file_id=w.records["b"]["stored_file"]),
]  # fmt: skip


@pytest.mark.parametrize("make", _FOREIGN)
def test_T_I04_a_unit_stores_no_row_of_or_pointing_to_another(
    world: World, make: Callable[[World], Any]
) -> None:
    who = actor(world, "unit_a")
    with pytest.raises((NotAllowed, NotFound)), transaction(who):
        session.add(make(world))


def test_T_I04_a_row_cannot_be_given_away(world: World) -> None:
    who = actor(world, "unit_a")
    with pytest.raises((NotAllowed, NotFound)), transaction(who):
        session.get_one(m.Patent, world.records["a"]["patent"]).unit_id = world.records["b"]["unit"]


@pytest.mark.parametrize("name", ["office", "auditor"])
def test_readers_write_nothing(world: World, name: str) -> None:
    who = actor(world, name)
    with pytest.raises(NotAllowed), transaction(who):
        session.get_one(m.Unit, world.records["a"]["unit"]).contact = "别人"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(owners=st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_whatever_rows_there_are_each_unit_sees_exactly_its_own(app: Flask, owners: list[int]) -> None:
    units = [make_unit() for _ in range(4)]
    for owner in owners:
        make_product(units[owner], patents=[])
        make_file(units[owner])
    actors = [make_owner(unit) for unit in units]
    session.commit()
    for number, who in enumerate(actors):
        with acting(who):
            assert session.scalar(select(func.count()).select_from(m.Product)) == owners.count(number)
            assert {p.unit_id for p in session.scalars(select(m.Product))} <= {who.unit_id}


def test_two_roles_add_up(world: World) -> None:
    both = Actor(1, "both", frozenset({roles.UNIT, roles.IP_OFFICE}), world.records["b"]["unit"], "430000")
    with acting(both):
        assert len(set(session.scalars(select(m.Product.unit_id)))) == 2
