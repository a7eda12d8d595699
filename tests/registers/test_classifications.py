"""Classifications: trees, search, the example scheme, and tables put in their place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.domain.errors import RuleError
from app.registers import classifications as c
from app.registers.pinyin import spell

Write = Callable[..., Path]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def found(scheme: str, text: str, **options: Any) -> list[str]:
    return [node.code for node in c.search(scheme, text, **options)]


def problems(scheme: str, path: Path) -> list[str]:
    with pytest.raises(RuleError) as refused:
        c.load_classification(scheme, path)
    return [str(problem.message) for problem in refused.value.problems]


def test_industries_are_a_tree_of_four_levels(session: Any) -> None:
    assert len(c.children("industry")) == 20
    assert [node.code for node in c.children("industry", "392")] == ["3921", "3922"]
    node = c.get("industry", "3922")
    assert node is not None
    assert node.path == ("制造业", "计算机、通信和其他电子设备制造业", "通信设备制造")
    assert node.is_leaf
    levels = select(m.Industry.level, func.count()).group_by(m.Industry.level).order_by(m.Industry.level)
    assert [tuple(row) for row in session.execute(levels)] == [(1, 20), (2, 97), (3, 473), (4, 1382)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("3922", "3922"), ("392", "3921"), ("通信终端", "3922"), ("终端 通信", "3922"), ("txzdsbzz", "3922"), ("txzd", "3922"),
        ("tongxinzhongduan", "3922"), ("锂", "3841"), ("３９２２", "3922"), ("LLZDC", "3841"), ("lilizi", "3841"),
    ],
)  # fmt: skip
def test_industries_are_found_by_code_name_initials_and_pinyin(session: Any, text: str, first: str) -> None:
    assert found("industry", text)[0] == first


def test_search_gives_leaves_unless_asked_for_all_and_keeps_the_limit(session: Any) -> None:
    assert "65" not in found("industry", "软件", limit=100)
    assert "65" in found("industry", "软件", limit=100, leaves_only=False)
    assert len(found("industry", "制造", limit=7)) == 7
    assert found("industry", " ") == found("industry", "%") == found("industry", "没有这种行业") == []


def test_a_word_of_what_stands_above_finds_what_is_below(session: Any) -> None:
    assert "6531" in found("industry", "软件和信息技术服务业", limit=50)


def test_polyphones_are_read_in_their_compound() -> None:
    assert spell("重庆银行LED 3号") == ("cqyhled3h", "chongqingyinhangled3hao")


def test_the_example_scheme_is_labelled_and_covers_every_industry_class(session: Any) -> None:
    assert c.scheme().example
    assert "示例" in c.scheme().name
    unsettled = select(func.count()).where(
        m.ProductClass.is_leaf, m.ProductClass.nature.is_(None) | m.ProductClass.stage.is_(None)
    )
    assert session.execute(unsettled).scalar_one() == 0
    covered = {node.code[1:5] for node in c.search("class", "p", limit=5000) if node.code.startswith("P")}
    assert len(covered) == 1382


@pytest.mark.parametrize(
    ("name", "above", "nature", "stage"),
    [
        ("黄牛", "牛", "goods", "end"),
        ("肉制品", "肉制品及副产品", "goods", "end"),
        ("应用软件产品", "应用软件开发", "goods", "end"),
        ("应用软件设计服务", "应用软件开发", "service", "end"),
        ("锰酸盐", "无机盐", "goods", "intermediate"),
        ("锂电池", "锂离子电池", "goods", "end"),
    ],
)
def test_the_manuals_own_examples_have_their_place(
    session: Any, name: str, above: str, nature: str, stage: str
) -> None:
    node = c.search("class", name)[0]
    assert (node.name, node.path[-1], node.nature, node.stage) == (name, above, nature, stage)


def test_an_intensive_industry_is_recognised_as_of_a_provisional_table(session: Any) -> None:
    match = c.is_intensive("3922")
    assert match is not None
    assert (match.group_name, match.subgroup_code, match.provisional) == ("信息通信技术制造业", "0101", True)
    assert c.is_intensive("0111") is None
    assert c.is_intensive(None) is None
    assert c.intensive_is_provisional()


def test_an_official_intensive_table_replaces_the_provisional_one(session: Any, write: Write) -> None:
    head = "大类代码,大类名称,中类代码,中类名称,行业代码,行业名称\n"
    result = c.load_classification(
        "intensive", write("a.csv", head + "01,甲,0101,乙,3922*,通信终端设备制造\n")
    )
    assert str(result) == "loaded=1 missing_in_use=none"
    match = c.is_intensive("3922")
    assert match is not None
    assert (match.partial, match.provisional) == (True, False)
    assert c.is_intensive("3921") is None
    assert not c.intensive_is_provisional()


def test_a_wrong_intensive_table_is_refused_row_by_row_and_changes_nothing(
    session: Any, write: Write
) -> None:
    head = "大类代码,大类名称,中类代码,中类名称,行业代码,行业名称\n"
    rows = "01,甲,0101,乙,9999,\n01,甲,0101,,3921,\n01,甲,0101,乙,3922,别名\n01,甲,0101,乙,3911,\n01,甲,0101,乙,3911,\n"
    assert problems("intensive", write("a.csv", head + rows)) == [
        "第 2 行：9999 不是 GB/T 4754-2017 的四位小类", "第 3 行：“中类名称”不能为空",
        "第 4 行：3922 的名称应为“通信终端设备制造”", "第 6 行：代码 3911 重复",
    ]  # fmt: skip
    assert c.is_intensive("3921") is not None


def test_another_product_classification_replaces_the_example(session: Any, write: Write) -> None:
    unit = m.Unit(name="甲", name_key="甲", uscc="91350100M000100Y43", created_at=NOW, changed_at=NOW)
    session.add(unit)
    session.flush()
    session.add(
        m.Product(unit_id=unit.id, class_code="P3922", filing_year=2025, created_at=NOW, changed_at=NOW)
    )
    session.flush()
    table = "代码,名称,上级代码,产品类型,产品阶段\n1,电子产品,,实物产品,\n11,手机,1,,终端产品\n12,芯片,1,,中间材料\n2,服务,,技术服务,\n"
    result = c.load_classification("class", write("分类.csv", table), name="正式分类", version="2026")
    assert (result.rows, result.missing) == (4, ("P3922",))
    assert c.scheme() == ("正式分类", "2026", False)
    chip, service = c.get("class", "12"), c.get("class", "2")
    assert chip is not None
    assert service is not None
    assert (chip.nature, chip.stage, chip.is_leaf, chip.path) == (
        "goods",
        "intermediate",
        True,
        ("电子产品",),
    )
    assert (service.nature, service.stage, service.is_leaf) == ("service", "end", True)
    assert found("class", "xp") == ["12"]


def test_a_wrong_product_classification_is_refused_row_by_row(session: Any, write: Write) -> None:
    table = (
        "代码,名称,上级代码,产品类型,产品阶段\n1,甲,2,实物产品,终端产品\n2,乙,1,,\n3,,,实物产品,终端产品\n4,丁,9,实物产品,终端产品\n"
        "中,戊,,实物产品,终端产品\n5,己,,,\n6,庚,,实物产品,\n6,辛,,实物产品,终端产品\n7,壬,,东西,终端产品\n"
    )
    assert problems("class", write("a.csv", table)) == [
        "第 4 行：名称不能为空，也不能超过 200 个字", "第 6 行：代码“中”应为 1 至 20 位字母、数字、点或短横",
        "第 9 行：代码 6 重复", "第 2 行：上级代码“2”不存在或循环", "第 3 行：上级代码“1”不存在或循环",
        "第 5 行：上级代码“9”不存在或循环", "第 7 行：“”不是可用的值，请填写：实物产品、实物、技术服务、服务",
        "第 8 行：“”不是可用的值，请填写：中间材料、中间产品、终端产品、最终产品",
        "第 10 行：“东西”不是可用的值，请填写：实物产品、实物、技术服务、服务",
    ]  # fmt: skip
    assert c.scheme().example


def test_industries_can_be_loaded_as_the_standard_prints_them(session: Any, write: Write) -> None:
    """Sections are named on a row of their own, above their divisions."""
    result = c.load_classification(
        "industry", write("a.csv", "代码,类别名称\nA,农业\n01,种植\n011,谷物\n0111,稻谷\n")
    )
    assert result.rows == 4
    rice = session.get(m.Industry, "0111")
    assert (rice.level, rice.parent, rice.section, rice.initials) == (4, "011", "A", "dg")


def test_wrong_industries_are_refused(session: Any, write: Write) -> None:
    assert problems("industry", write("a.csv", "代码,名称\n0111,稻谷\nZ1,错\n")) == [
        "第 2 行：上级代码 011 不在本行之前", "第 3 行：代码“Z1”应为一位字母或二至四位数字",
    ]  # fmt: skip
    assert problems("nothing", write("b.csv", "代码,名称\nA,农业\n")) == [
        "分类只有 industry、class、intensive"
    ]
    assert problems("industry", write("c.csv", "代码,名称\n")) == ["文件中没有内容"]
