"""Two units in two provinces, counted; an IP office of one of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask

from app.db import session
from app.domain.actor import ADMIN, IP_OFFICE, REVIEWER, UNIT
from app.services import statistics
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.kept import kept_cast
from tests.support.visitor import Visitor
from tests.support.world import signed_in

YEAR = make.DATA_YEAR


class Cast:
    """The people, by user id, and the units."""

    def __init__(self) -> None:
        self.hunan = make.make_unit("长沙甲机械有限公司")
        self.guangdong = make.make_unit(
            "广州乙机械有限公司", province="440000", city="440100", district="440106"
        )
        make.make_product(self.hunan, "锂电池", state="filed", figures={"sales": Decimal("4321.09")})
        make.make_product(self.guangdong, "叶轮机叶片", state="filed", figures={"sales": Decimal("8765.43")})
        self.office = make.make_user(IP_OFFICE, region_code="430000").id
        self.reviewer = make.make_user(REVIEWER).id
        self.admin = make.make_user(ADMIN).id
        self.unit = make.make_user(UNIT, self.hunan).id


def make_cast() -> Cast:
    """Everybody, committed and counted."""
    made = Cast()
    session.commit()
    statistics.refresh(NOW)
    return made


first_cast, cast = kept_cast(make_cast)


@pytest.fixture
def visit(app: Flask) -> Callable[..., Visitor]:
    """A browser of somebody, by user id; of nobody for None."""

    def opened(user_id: int | None = None) -> Visitor:
        visitor = Visitor(app)
        visitor.client = signed_in(app, user_id)
        return visitor

    return opened
