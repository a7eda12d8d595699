"""A unified social credit code is accepted or refused with the rule it breaks."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from app.domain import uscc

VECTORS = Path(__file__).parent / "data" / "uscc_vectors.csv"


def vectors():
    with VECTORS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", vectors(), ids=lambda r: r["uscc"])
def test_T_T09_the_published_vectors(row):
    assert uscc.is_valid(row["uscc"]) is (
        row["stdnum_valid"] == "True" and row["org_code_check_ok"] == "True"
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("91350100M000100Y44", "第 18 位校验码"),
        ("914403001922038217", "第 18 位校验码"),
        ("91440300192203821I", "字母 I、O、S、V、Z"),
        ("9I4403001922038216", "第 2 位“I”"),
        ("9144030019220382!6", "不是数字或大写字母"),
        ("110108012345678", "15 位"),
        ("19220382-1", "组织机构代码"),
        ("9144030019220382", "现为 16 位"),
        ("", "请填写"),
        ("　", "请填写"),
        ("9A4403001922038216", "前 8 位"),
    ],
)
def test_T_T09_a_refusal_names_the_rule(text, rule):
    with pytest.raises(uscc.CodeError) as refused:
        uscc.check(text)
    assert rule in str(refused.value.message)


@pytest.mark.parametrize(
    "text",
    [
        "91350100M000100Y43",
        "91350100m000100y43",
        "９１350100M000100Y43",
        " 91350100 M000100Y 43\u200b",
        "91350100-M000100Y4-3",
    ],
)
def test_T_T09_T_X05_width_case_and_blanks_do_not_matter(text):
    assert uscc.check(text) == "91350100M000100Y43"


def a_code(first_eight, eight):
    body = first_eight + eight + uscc.organisation_check(eight)
    return body + stdnum_uscc.calc_check_digit(body)


def test_a_code_of_a_collective_is_accepted_with_both_checks():
    code = a_code("N2320115", "MF000000")
    assert uscc.check(code) == code
    assert uscc.kind_of(code) == uscc.COLLECTIVE


def test_a_wrong_organisation_check_is_found_though_the_last_sign_is_right():
    right = a_code("91320115", "MAED2PCC")
    body = right[:16] + ("1" if right[16] != "1" else "2")
    with pytest.raises(uscc.CodeError) as refused:
        uscc.check(body + stdnum_uscc.calc_check_digit(body))
    assert "组织机构代码" in str(refused.value.message)


@given(
    st.from_regex(r"\A(9[123]|1[12]|5[123]|N[12])[1-6][0-9]{5}\Z"),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
)
def test_every_well_formed_code_is_accepted(first_eight, eight):
    code = a_code(first_eight, eight)
    assert uscc.check(code.lower()) == code


@given(st.text(st.characters(), max_size=30))
def test_T_Q03_arbitrary_text_is_a_code_or_refused(text):
    assert uscc.is_valid(text) in (True, False)


@pytest.mark.parametrize(("code", "kind"), [("92", "个体工商户"), ("91", "企业"), ("12", "事业单位")])
def test_kinds_have_names(code, kind):
    assert str(uscc.KINDS[uscc.kind_of(a_code(code + "110108", "12345678"))]) == kind
