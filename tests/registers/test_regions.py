"""Provinces, cities and districts."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from app.domain.normal import DATA
from app.registers import regions


def test_the_provinces_are_those_of_the_checked_table(session: Any) -> None:
    with (DATA / "provinces.csv").open(encoding="utf-8") as file:
        expected = [(row["code"], row["name"]) for row in csv.DictReader(file)]
    assert [(province.code, province.name) for province in regions.provinces()] == expected
    assert len(expected) == 34


def test_every_division_stands_in_its_parent(session: Any) -> None:
    divisions = {division.code: division for division in regions.library()}
    assert len(divisions) > 3000
    for division in divisions.values():
        assert len(division.code) == 6
        assert (division.parent is None) == (division.level == 1)
        if division.parent:
            assert divisions[division.parent].level == division.level - 1
            assert division.code[:2] == division.parent[:2]


@pytest.mark.parametrize(
    ("province", "city", "district", "text"),
    [
        ("430000", "430100", "430104", "湖南省长沙市岳麓区"),
        ("110000", "110100", "110108", "北京市海淀区"),
        ("500000", "500200", "500229", "重庆市城口县"),
        ("420000", "429000", "429004", "湖北省仙桃市"),
        ("650000", "659000", "659001", "新疆维吾尔自治区石河子市"),
        ("440000", "441900", None, "广东省东莞市"),
        ("710000", None, None, "台湾省"),
    ],
)
def test_places_of_every_kind_are_valid_and_have_their_name(
    session: Any, province: str, city: str | None, district: str | None, text: str
) -> None:
    assert regions.is_valid(province, city, district)
    assert regions.full_name(province, city, district) == text


@pytest.mark.parametrize(
    "place",
    [
        (None, None, None), ("430000", None, None), ("430000", "430100", None), ("430000", "110100", "110108"),
        ("430000", "430100", "110108"), ("440000", "441900", "430104"), ("999999", None, None), ("", "", ""),
    ],
)  # fmt: skip
def test_incomplete_and_contradictory_places_are_invalid(session: Any, place: tuple[str | None, ...]) -> None:
    assert not regions.is_valid(*place)


def test_names_of_single_codes(session: Any) -> None:
    assert (regions.name("000000"), regions.name("430000"), regions.name("999999")) == (
        "全国",
        "湖南省",
        "999999",
    )
    assert regions.children("430104") == []
