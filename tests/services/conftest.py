"""The fixed cast of the use cases' tests: two units with their people, two reviewers, an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from app import models as m
from app.domain.actor import ADMIN, AUDITOR, IP_OFFICE, Actor
from tests.support import factories
from tests.support.kept import kept_cast


@dataclass
class Cast:
    """Who plays: Anna and Ali of unit A, Bo of unit B, the reviewers Rui and Rong, the administrator."""

    unit: m.Unit
    other_unit: m.Unit
    anna: Actor
    ali: Actor
    bo: Actor
    rui: Actor
    rong: Actor
    admin: Actor
    auditor: Actor
    office: Actor


def make_cast() -> Cast:
    """Everybody, stored; both units are verified and have last year's assets."""
    unit = factories.make_unit("长沙甲示例电池有限公司")
    other = factories.make_unit("长沙乙示例电池有限公司")
    for each in (unit, other):
        factories.make_assets(each)
    return Cast(
        unit=unit,
        other_unit=other,
        anna=factories.make_owner(unit, username="anna"),
        ali=factories.make_owner(unit, username="ali"),
        bo=factories.make_owner(other, username="bo"),
        rui=factories.make_reviewer(username="rui"),
        rong=factories.make_reviewer(username="rong"),
        admin=factories.actor_of(factories.make_user(ADMIN, username="root1")),
        auditor=factories.actor_of(factories.make_user(AUDITOR, username="audit1")),
        office=factories.actor_of(factories.make_user(IP_OFFICE, username="office1", region_code="430000")),
    )


first_cast, cast = kept_cast(make_cast)
