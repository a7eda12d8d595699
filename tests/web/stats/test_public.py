"""Public statistics: what everybody may see of few units, and the maps."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.services import statistics
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.visitor import Visitor
from tests.web.stats.conftest import YEAR, Cast

Visit = Callable[..., Visitor]


def rows(visitor: Visitor, table: str) -> Mapping[str, Mapping[str, str]]:
    """A public table as its file has it, by the first column."""
    text = visitor.get(f"/statistics/{table}.csv?year={YEAR}").get_data().decode("utf-8-sig")
    return {next(iter(row.values())): row for row in csv.DictReader(io.StringIO(text))}


@pytest.fixture
def many(cast: Cast, session: Any) -> None:
    """Hunan has four units, Guangdong one, Jiangsu five."""
    for number in range(8):
        place = {"province": "320000", "city": "320100", "district": "320102"} if number > 2 else {}
        make.make_product(make.make_unit(f"示例{number}有限公司", **place), "电池", state="filed")
    session.commit()
    statistics.rebuild(NOW)


def test_T_V04_amounts_of_fewer_than_three_units_are_not_told(many: None, visit: Visit) -> None:
    text = visit().get(f"/statistics/?year={YEAR}").text
    assert "8,765.43" not in text
    found = rows(visit(), "regions")
    assert found["广东省"]["销售收入（万元）"] == ""
    assert found["广东省"]["在册产品（个）"] == "1"
    assert found["江苏省"]["销售收入（万元）"] == "5000.00"


def test_T_V04_nor_can_they_be_worked_out_from_the_total(many: None, visit: Visit) -> None:
    found = rows(visit(), "regions")
    assert Decimal(found["合计"]["销售收入（万元）"]) > 0
    assert found["湖南省"]["销售收入（万元）"] == "", "the next smallest is left out with it"


def test_T_V04_with_too_few_units_in_all_no_amount_is_told(cast: Cast, visit: Visit) -> None:
    for table in ("regions", "kinds", "industries", "years"):
        for row in rows(visit(), table).values():
            assert row["销售收入（万元）"] == row["出口额（万元）"] == ""
    page = visit().get(f"/statistics/?year={YEAR}").text
    assert not re.search(r"4,321\.09|8,765\.43|13,086\.52", page)


def test_T_V03_no_unit_is_named(many: None, visit: Visit) -> None:
    assert "有限公司" not in visit().get(f"/statistics/?year={YEAR}").text


def test_T_Q02_only_the_offered_years_are_shown(cast: Cast, visit: Visit) -> None:
    for year in ("1999", "x", "2024'"):
        assert visit().get(f"/statistics/?year={year}").status_code == 400


def test_the_map_is_there_and_unknown_regions_are_not(cast: Cast, visit: Visit) -> None:
    assert json.loads(visit().get("/statistics/map/000000.json").get_data())["features"]
    for region in ("430100", "999999", "..", "xx"):
        assert visit().get(f"/statistics/map/{region}.json").status_code == 404


def geojson(code: str = "430100") -> bytes:
    """A map with one area."""
    area = {"type": "Feature", "properties": {"name": "长沙市", "adcode": int(code)},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": [area]}).encode()


def upload(visitor: Visitor, content: bytes, region: str = "430000") -> Any:
    """Send a map."""
    visitor.get("/stats/maps/")
    return visitor.post("/stats/maps/", {"region": region, "file": (io.BytesIO(content), "map.json")})


def test_an_administrator_replaces_a_map_and_takes_it_back(cast: Cast, visit: Visit) -> None:
    admin = visit(cast.admin)
    assert upload(admin, geojson()).status_code == 302
    served = json.loads(visit().get("/statistics/map/430000.json").get_data())
    assert served["features"][0]["properties"]["id"] == "430100"
    assert "湖南省" in admin.get("/stats/maps/").text
    assert admin.post("/stats/maps/430000/delete").status_code == 302
    assert admin.post("/stats/maps/430000/delete").status_code == 404


def test_what_is_no_map_of_the_region_is_refused(cast: Cast, visit: Visit) -> None:
    admin = visit(cast.admin)
    documents = (
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"features": []}',
        b'{"features": [1]}',
        b'{"features": [{"properties": 1}]}',
    )
    for content in (*documents, b"[" * 100_000, geojson("440100"), b" " * (5 * 1024 * 1024 + 1)):
        answer = upload(admin, content)
        assert answer.status_code == 422, content[:40]
        assert 'role="alert"' in answer.text


def test_only_administrators_replace_maps(cast: Cast, visit: Visit) -> None:
    for person in (cast.reviewer, cast.office, cast.unit):
        assert visit(person).get("/stats/maps/").status_code == 403
