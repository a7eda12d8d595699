"""Only a legal person that makes or sells the product may file; a refusal cites the clause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import eligibility

GOOD_CODE = "914403001922038216"


def rules(name="华为技术有限公司", uscc=GOOD_CODE, kind="enterprise", makes_or_sells=True):
    return [problem.rule for problem in eligibility.problems(name, uscc, kind, makes_or_sells)]


def test_a_company_that_makes_its_product_may_file():
    assert rules() == []


@pytest.mark.parametrize(
    "name",
    [
        "中国石油化工股份有限公司湖南分公司",
        "某某机械有限公司第二分厂",
        "某某百货有限公司东街分店",
        "某某证券有限公司营业部",
        "某某公司驻长沙办事处",
        "某某（德国）公司上海代表处",
        "某某设计研究院有限公司西南分院",
        "某某律师事务所长沙分所",
        "某某有限公司深圳分公司（筹）",
        "某某有限公司　分公司",
    ],
)
def test_a_branch_may_not_file(name):
    assert rules(name=name) == ["R01"]


@pytest.mark.parametrize(
    "name", ["长沙分析仪器有限公司", "上海分众传媒有限公司", "江苏部件制造有限公司", "北京处方药业有限公司"]
)
def test_a_name_that_only_looks_like_a_branch_may_file(name):
    assert rules(name=name) == []


def test_a_self_employed_person_may_not_file():
    assert rules(uscc="92430100MA4L00000X") == ["R01-person"]


@pytest.mark.parametrize("kind", ["university", "institute", "enterprise", "other"])
def test_who_neither_makes_nor_sells_may_not_file(kind):
    assert rules(kind=kind, makes_or_sells=False) == ["R02"]
    assert rules(kind=kind) == []


def test_every_refusal_cites_the_clause():
    for problem in eligibility.problems("某公司分公司", "92" + GOOD_CODE[2:], "university", False):
        assert "操作手册 (1)(1)" in str(problem.message)


@given(st.text(st.characters()), st.text(st.characters()), st.text(), st.booleans())
def test_T_Q03_arbitrary_units_are_judged(name, uscc, kind, makes_or_sells):
    assert isinstance(eligibility.problems(name, uscc, kind, makes_or_sells), list)
