"""The statistics follow the data: what comes, goes and changes, a rebuild that finds the same, figures of the past."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app import models as m
from app.domain.actor import IP_OFFICE, REVIEWER, Actor
from app.domain.errors import NotFound, RuleError
from app.domain.machines import FILING
from app.reports import facts
from app.reports import statistics as reports
from app.reports.statistics import Asked, Cells, Figures
from app.services import saved_views, statistics
from app.services.workflow import fire
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW

YEAR = make.DATA_YEAR
HUNAN, GUANGDONG, CHANGSHA, COUNTRY = "430000", "440000", "430100", "000000"
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def hunan(session: Any) -> m.Unit:
    """A unit in Changsha with two products on file."""
    unit = make.make_unit("长沙甲机械有限公司")
    make.make_product(unit, "锂电池", state="filed", figures={"export": Decimal(10)})
    make.make_product(unit, "叶轮机叶片", state="filed")
    return unit


@pytest.fixture
def guangdong(session: Any) -> m.Unit:
    """A unit in Guangzhou with one product on file, one pending and a draft."""
    unit = make.make_unit("广州乙机械有限公司", province=GUANGDONG, city="440100", district="440106")
    make.make_product(unit, "锰酸盐", state="filed")
    make.make_product(unit, "软件产品", state="pending")
    make.make_product(unit, "草稿产品")
    return unit


@pytest.fixture
def counted(session: Any, hunan: m.Unit, guangdong: m.Unit) -> None:
    """Both units, counted."""
    session.commit()
    statistics.refresh(NOW)


def figures(region: str = COUNTRY, node: str = "", year: int = YEAR) -> Figures:
    """What the cells say."""
    state = reports.state()
    assert state is not None
    return Cells(state.generation).by_year(Asked(region, year, node)).get(year, reports.NOTHING)


def number() -> int:
    """The number of the data."""
    state = reports.state()
    assert state is not None
    return state.number


def cells(session: Any) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """All cells in force that are not nothing."""
    state = reports.state()
    assert state is not None
    table = m.StatCell.__table__.c
    rows = session.execute(select(m.StatCell.__table__).where(table.generation == state.generation))
    return {tuple(row[1:7]): tuple(row[7:]) for row in rows if any(row[7:])}


def test_products_count_when_their_filing_is_in_force(counted: None) -> None:
    assert figures().products == 3
    assert figures().units == 2
    assert (figures(HUNAN).products, figures(HUNAN).units, figures(HUNAN).sales) == (2, 1, 200_000)
    assert figures(HUNAN).export == 1_000
    assert figures(CHANGSHA).products == 2
    assert figures("430102").products == 2
    assert figures(GUANGDONG).patents == 1


def test_a_pending_filing_is_only_on_the_way(counted: None) -> None:
    state = reports.state()
    assert state is not None
    flow = Cells(state.generation).flow(Asked(COUNTRY, YEAR))
    assert flow == {"s:filed": 3, "s:pending": 1, "t:yes": 3, f"y:{YEAR}": 3}


def test_a_revoked_filing_leaves_the_figures_within_a_minute(
    session: Any, counted: None, hunan: m.Unit
) -> None:
    product = session.scalars(select(m.Product).where(m.Product.name == "锂电池")).one()
    fire(
        FILING,
        product,
        "request_revocation",
        make.make_owner(hunan),
        LATER,
        values={"revocation_reason": "off_market"},
    )
    session.commit()
    statistics.refresh(LATER)
    assert figures(HUNAN).products == 2, "asked for is not decided"
    session.refresh(product)
    fire(
        FILING, product, "approve_revocation", Actor.system(), LATER, values={"revoked_on": date(2025, 9, 10)}
    )
    session.commit()
    statistics.refresh(LATER)
    assert figures(HUNAN).products == 1
    assert figures(HUNAN).units == 1
    assert figures(COUNTRY).products == 2


def test_a_unit_that_moves_takes_its_figures_along(session: Any, counted: None, hunan: m.Unit) -> None:
    session.get_one(m.Unit, hunan.id).province = GUANGDONG
    session.get_one(m.Unit, hunan.id).city = "440100"
    session.get_one(m.Unit, hunan.id).district = None
    session.get_one(m.Unit, hunan.id).changed_at = LATER
    session.commit()
    statistics.refresh(LATER)
    assert figures(HUNAN) == reports.NOTHING
    assert figures(GUANGDONG).products == 3
    assert figures(GUANGDONG).units == 2


def test_refreshing_again_changes_nothing(session: Any, counted: None) -> None:
    before, seen = cells(session), number()
    session.rollback()
    statistics.refresh(LATER)
    assert cells(session) == before
    assert number() == seen


def test_a_rebuild_finds_the_same_cells(session: Any, counted: None, hunan: m.Unit) -> None:
    make.make_product(
        session.get_one(m.Unit, hunan.id), "黄牛", state="filed", created_at=LATER, changed_at=LATER
    )
    session.commit()
    statistics.refresh(LATER)
    before = cells(session)
    session.rollback()
    statistics.rebuild(LATER)
    assert cells(session) == before
    left = session.scalars(select(m.StatCell.generation).distinct()).all()
    assert len(left) == 1, "cells of earlier generations are gone"


def test_what_an_interrupted_rebuild_left_is_not_counted(session: Any, counted: None) -> None:
    before = cells(session)
    session.execute(update(m.StatCell).values(generation=m.StatCell.generation))
    session.add(m.StatCell(
        generation=2, region=COUNTRY, node="", year=YEAR, kind="enterprise", region_parent="-", node_parent="-",
        **dict.fromkeys(Figures._fields, 7),
    ))  # fmt: skip
    session.commit()
    assert cells(session) == before
    statistics.rebuild(LATER)
    assert cells(session) == before


def test_changed_classifications_make_the_cells_anew(session: Any, counted: None) -> None:
    assert figures(node="i:38").products == 3
    session.execute(update(m.StatState).values(branches="of another table"))
    session.commit()
    statistics.refresh(LATER)
    state = reports.state()
    assert state is not None
    assert state.generation == 2
    assert state.branches == facts.fingerprint(facts.branches())
    assert figures(node="i:38").products == 3


def test_figures_of_the_past_are_the_sum_of_the_facts_of_then(
    session: Any, counted: None, hunan: m.Unit
) -> None:
    asked, then, before = Asked(HUNAN, YEAR, "i:3841"), number(), figures(HUNAN, "i:3841")
    year = session.scalars(select(m.ProductYear).where(m.ProductYear.unit_id == hunan.id)).first()
    year.sales, year.changed_at = Decimal(1500), LATER
    session.commit()
    statistics.refresh(LATER)
    assert figures(HUNAN, "i:3841").sales == before.sales + 50_000
    assert reports.asof(asked, then) == before
    assert reports.asof(asked, number()) == figures(HUNAN, "i:3841")


@pytest.mark.parametrize("node", ["", "i:C", "i:38", "i:3841", "p", "p:05"])
def test_cells_and_facts_agree_for_every_kind_of_node(counted: None, node: str) -> None:
    assert reports.asof(Asked(COUNTRY, YEAR, node), number()) == figures(COUNTRY, node)


def test_N10_a_difference_is_explained_by_the_products_that_came_went_and_changed(
    session: Any, counted: None, hunan: m.Unit, guangdong: m.Unit
) -> None:
    office = make.actor_of(make.make_user(IP_OFFICE, region_code=COUNTRY))
    session.commit()
    asked, state = Asked(COUNTRY, YEAR), reports.state()
    assert state is not None
    saved = do(saved_views.save, office, "全国", "overview", {}, state, saved_views.current(asked, state), [])
    view_id = saved.id
    products = {p.name: p for p in session.scalars(select(m.Product))}
    make.make_product(
        session.get_one(m.Unit, hunan.id), "黄牛", state="filed", created_at=LATER, changed_at=LATER
    )
    changed = products["叶轮机叶片"].years[0]
    changed.sales, changed.changed_at = Decimal(700), LATER
    fire(FILING, products["锰酸盐"], "request_revocation", make.make_owner(session.get_one(m.Unit, guangdong.id)), LATER,
         values={"revocation_reason": "off_market"})  # fmt: skip
    fire(
        FILING,
        products["锰酸盐"],
        "approve_revocation",
        Actor.system(),
        LATER,
        values={"revoked_on": date(2025, 9, 10)},
    )
    session.commit()
    statistics.refresh(LATER)
    state = reports.state()
    assert state is not None
    found = saved_views.rerun(saved_views.own(office, view_id), asked, state)
    assert found.reproduced
    assert {(c.product, c.kind) for c in found.changes} == {
        ("黄牛", "came"),
        ("叶轮机叶片", "changed"),
        ("锰酸盐", "went"),
    }
    place = saved_views.COMPARED.index("sales")
    assert sum(c.difference(place) for c in found.changes) == found.now.sales - found.kept.sales == -30_000


def test_a_saved_view_needs_a_name_of_its_own(session: Any, counted: None) -> None:
    office = make.actor_of(make.make_user(IP_OFFICE, region_code=HUNAN))
    session.commit()
    state = reports.state()
    assert state is not None
    keep = ("overview", {}, state, reports.NOTHING, [])
    do(saved_views.save, office, "湖南", *keep)
    for name in ("湖南", "  ", "长" * 101):
        with pytest.raises(RuleError):
            do(saved_views.save, office, name, *keep)


def test_T_I09_nobody_opens_anothers_saved_view(session: Any, counted: None) -> None:
    office = make.actor_of(make.make_user(IP_OFFICE, region_code=HUNAN))
    reviewer = make.actor_of(make.make_user(REVIEWER))
    session.commit()
    state = reports.state()
    assert state is not None
    saved = do(saved_views.save, office, "湖南", "overview", {}, state, reports.NOTHING, [])
    with pytest.raises(NotFound):
        do(saved_views.own, reviewer, saved.id)
    with pytest.raises(NotFound):
        do(saved_views.remove, reviewer, saved.id)


def test_T_I05_an_office_asks_for_its_own_region_or_below(counted: None) -> None:
    office = Actor(1, "office", frozenset({IP_OFFICE}), region_code=HUNAN)
    assert reports.scope(office) == HUNAN
    assert reports.scope(office, CHANGSHA) == CHANGSHA
    for region in (COUNTRY, GUANGDONG, "440100", "999999", "43", "430000 "):
        with pytest.raises(NotFound):
            reports.scope(office, region)
    with pytest.raises(NotFound):
        reports.scope(Actor(1, "office", frozenset({IP_OFFICE})))


def test_decisions_are_counted_by_month_and_region(session: Any, hunan: m.Unit) -> None:
    product = session.scalars(select(m.Product).where(m.Product.unit_id == hunan.id)).first()
    reviewer = make.make_user(REVIEWER)
    for place, state in enumerate(("approved", "returned")):
        case = m.Case(
            receipt_no=f"SL{place}", kind="filing", subject_id=product.id, unit_id=hunan.id, title="电池", state=state,
            snapshot={}, findings=[], subject_version=1, submitted_at=NOW - timedelta(days=3), due_on=date(2025, 9, 9),
            round=1, closed_at=NOW - timedelta(days=place), decided_by=reviewer.id,
        )  # fmt: skip
        session.add(case)
        session.flush()
        if state == "returned":
            session.add(m.Remark(case_id=case.id, unit_id=hunan.id, field="name", text="名称不清"))
    session.commit()
    statistics.refresh(NOW)
    (row,) = reports.review_by_month(HUNAN, "2025-01", "2025-12")
    assert tuple(row) == ("2025-09", "filing", 2, 1, 1, 24 * 5)
    assert reports.review_by_month(GUANGDONG, "2025-01", "2025-12") == []
    ((kind, field, times),) = reports.returned_fields(CHANGSHA, "2025-01", "2025-12", 5)
    assert (kind, field, int(times)) == ("filing", "name", 1)


def test_units_are_ranked_within_a_region(counted: None) -> None:
    names = [row.name for row in reports.top_units(Asked(COUNTRY, YEAR), "sales", 10)]
    assert names == ["长沙甲机械有限公司", "广州乙机械有限公司"]
    assert [row.name for row in reports.top_units(Asked("440100", YEAR), "products", 10)] == [
        "广州乙机械有限公司"
    ]
