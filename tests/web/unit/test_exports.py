"""Units take their own lists with them: products of a tab, assets, certificates."""

from __future__ import annotations

import csv
import io

import pytest

from app import models as m
from app.db import session
from tests.support.world import World


def rows(answer: object) -> list[list[str]]:
    content: bytes = answer.data  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_T_I01_the_products_of_a_tab_are_the_units_own(world: World) -> None:
    anna = world.browser("unit_a")

    assert [row[0] for row in rows(anna.get("/my/products/export/filed/csv"))] == [
        "产品名称",
        "电动自行车用锂离子电池",
    ]
    assert [row[0] for row in rows(anna.get("/my/products/export/draft/csv?q=船"))[1:]] == [
        "电动船用锂离子电池"
    ]
    assert len(rows(anna.get("/my/products/export/draft/csv?q=没有"))) == 1
    assert anna.get("/my/products/export/nothing/csv").status_code == 400


def test_T_I01_the_assets_hold_every_figure_of_the_units_own_years(world: World) -> None:
    own = session.get_one(m.AssetYear, world.records["a"]["asset_year"])
    own.revenue, other = 1234, session.get_one(m.AssetYear, world.records["b"]["asset_year"])
    other.revenue = 99_999_999
    session.commit()

    heading, *years = rows(world.browser("unit_a").get("/my/assets/export/csv"))
    assert dict(zip(heading, years[0], strict=True))["营业收入（万元）"] == "1234.00"
    assert len(years) == 1


def test_T_I01_the_certificates_are_the_units_own(world: World) -> None:
    heading, *found = rows(world.browser("unit_a").get("/my/certificates/export/csv"))

    assert heading[0] == "证书编号"
    assert [row[0] for row in found] == [
        session.get_one(m.Certificate, world.records["a"]["certificate"]).number
    ]


@pytest.mark.parametrize(
    "page", ["/my/products/?tab=filed", "/my/assets/", "/my/certificates/", "/my/patents/"]
)
def test_every_list_leads_to_its_files(world: World, page: str) -> None:
    answer = world.browser("unit_a").get(page)
    links = [
        part.split('"')[0] for part in answer.text.split('href="')[1:] if "/export/" in part.split('"')[0]
    ]

    assert len(links) == 3
    assert all(world.browser("unit_a").get(link.replace("&amp;", "&")).status_code == 200 for link in links)
