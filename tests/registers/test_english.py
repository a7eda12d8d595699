"""English names of regions and classifications: complete, and found by what somebody types in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app import models as m
from app.registers import classifications as c
from app.registers import english, reference, region_names, regions

CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
NAMES = [
    m.Region.name_en,
    m.Industry.name_en,
    m.ProductClass.name_en,
    m.IntensiveIndustry.group_name_en,
    m.IntensiveIndustry.subgroup_name_en,
]


@pytest.mark.parametrize("column", NAMES, ids=str)
def test_every_row_has_an_english_name(session: Any, column: Any) -> None:
    names = session.scalars(select(column)).all()
    assert names
    assert [name for name in names if not name.strip() or CHINESE.search(name)] == []


def test_industries_of_different_names_differ_in_english_too(session: Any) -> None:
    pairs = {(row.name, row.name_en) for row in session.scalars(select(m.Industry))}
    assert len({chinese for chinese, _ in pairs}) == len({english for _, english in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("chinese", "name"),
    [
        ("陕西省", "Shaanxi"), ("山西省", "Shanxi"), ("内蒙古自治区", "Inner Mongolia"), ("长沙市", "Changsha City"),
        ("哈尔滨市", "Harbin City"), ("乌鲁木齐市", "Urumqi City"), ("呼和浩特市", "Hohhot City"), ("拉萨市", "Lhasa City"),
        ("西安市", "Xi'an City"), ("六安市", "Lu'an City"), ("漯河市", "Luohe City"), ("朝阳区", "Chaoyang District"),
        ("吕梁市", "Lüliang City"), ("沛县", "Peixian County"), ("尉氏县", "Weishi County"), ("浦东新区", "Pudong New Area"),
        ("恩施土家族苗族自治州", "Enshi Tujia and Miao Autonomous Prefecture"),
        ("积石山保安族东乡族撒拉族自治县", "Jishishan Bonan, Dongxiang and Salar Autonomous County"),
        ("东乡族自治县", "Dongxiang Autonomous County"), ("管城回族区", "Guancheng Hui District"),
        ("科尔沁右翼前旗", "Horqin Right Wing Front Banner"), ("清新区", "Qingxin District"),
    ],
)  # fmt: skip
def test_divisions_are_spelt_as_people_know_them(chinese: str, name: str) -> None:
    assert region_names.english(chinese) == name


def test_an_english_address_begins_with_the_smallest(session: Any) -> None:
    assert (
        regions.full_name("430000", "430100", "430104", english=True)
        == "Yuelu District, Changsha City, Hunan"
    )
    assert regions.full_name("110000", "110100", "110108", english=True) == "Haidian District, Beijing"
    assert regions.name("000000", english=True) == "China"


def test_a_product_class_is_called_by_what_is_made(session: Any) -> None:
    names = {
        code: node.name_en for code in ("P3841", "P3841.01", "P0311", "PC") if (node := c.get("class", code))
    }
    assert names == {
        "P3841": "Lithium-ion batteries", "P3841.01": "Lithium batteries", "P0311": "Cattle", "PC": "Manufacturing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("lithium battery", "3841"), ("Batteries", "3844"), ("unmanned", "3963"), ("manufacture of tyres", "2911"),
        ("semiconductor device", "3972"), ("dianchi", "3842"), ("3841", "3841"),
    ],
)  # fmt: skip
def test_industries_are_found_in_english_beside_pinyin_and_codes(session: Any, text: str, first: str) -> None:
    assert first in [node.code for node in c.search("industry", text)[:3]]


def test_english_words_of_what_stands_above_find_what_is_below(session: Any) -> None:
    assert "3911" in [node.code for node in c.search("industry", "communication computers", 40)]


def test_a_table_may_bring_its_own_english_names(session: Any, write: Callable[..., Path]) -> None:
    table = "代码,名称,上级代码,产品类型,产品阶段,英文名称\nX,电池,,实物产品,终端产品,Cells\nY,新电池,,实物产品,终端产品,\n"
    c.load_classification("class", write("own.csv", table), name="自有分类")
    assert {row.code: row.name_en for row in session.scalars(select(m.ProductClass))} == {
        "X": "Cells", "Y": "新电池",
    }  # fmt: skip


def test_a_platform_set_up_before_there_were_english_names_gets_them(session: Any) -> None:
    for column in NAMES:
        session.execute(update(column.class_).values({column.key: ""}))
    reference.load_reference_data()
    session.expire_all()
    assert session.get_one(m.Industry, "3841").name_en == "Manufacture of lithium-ion batteries"
    assert session.get_one(m.ProductClass, "P3841").name_en == "Lithium-ion batteries"
    assert session.get_one(m.Region, "430000").name_en == "Hunan"
    assert session.get_one(m.IntensiveIndustry, "3911").subgroup_name_en == "Manufacture of computers"


def test_an_industry_renamed_in_a_loaded_table_keeps_its_own_name() -> None:
    assert english.industry("3841", "别的名称") == "别的名称"
