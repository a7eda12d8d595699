"""A patent number is read in every written form and refused with a hint when it is something else."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import patent_number as pn

DATA = Path(__file__).parent / "data"


def real_numbers(ok):
    with (DATA / "patents_real.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if (row["checksum_ok"] == "yes") is ok]


@pytest.mark.parametrize("row", real_numbers(True), ids=lambda r: r["as_written"])
def test_T_T10_real_numbers_are_read_as_written(row):
    number = pn.parse(row["as_written"])
    assert number.dotted == row["application_no"]
    assert str(pn.KINDS[number.kind]) == row["type"]


@pytest.mark.parametrize("row", real_numbers(False), ids=lambda r: r["as_written"])
def test_T_T10_wrong_and_invented_numbers_are_refused(row):
    with pytest.raises(pn.NumberError):
        pn.parse(row["as_written"])


@pytest.mark.parametrize(
    "text",
    [
        "ZL201510222662.8",
        "ZL 2015 1 0222662.8",
        "ZL2015102226628",
        "CN201510222662.8",
        "2015102226628",
        "201510222662.8",
        "ｚｌ２０１５１０２２２６６２．８",
        " zl 2015 1 0222662 . 8\n",
        "ZL-2015-1-0222662-8",
        "ZL\u200b201510222662.8",
        "ZL：201510222662.8",
    ],
)
def test_T_T10_T_X05_all_written_forms_are_one_number(text):
    number = pn.parse(text)
    assert (number.compact, number.dotted, number.display, number.year, number.kind) == (
        "2015102226628",
        "201510222662.8",
        "ZL 2015 1 0222662.8",
        2015,
        pn.INVENTION,
    )


def test_T_X05_the_check_character_x_may_be_written_small():
    assert (
        pn.parse("202410084901.x" if pn.check_character("202410084901") == "X" else "zl202411008490.x").check
        == "X"
    )


def test_the_old_form_of_eight_digits():
    number = pn.parse("CN01331070.4")
    assert (number.display, number.year, number.kind) == ("ZL 01 3 31070.4", 2001, pn.DESIGN)
    assert pn.parse("8510000" + "1" + pn.check_character("85100001")).year == 1985


@pytest.mark.parametrize("digit", ["8", "9"])
def test_international_applications_have_digits_of_their_own(digit):
    digits = f"2015{digit}0022266"
    number = pn.parse(digits + pn.check_character(digits))
    assert number.is_pct and number.kind in (pn.INVENTION, pn.UTILITY_MODEL)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ZL201510222662.7", "校验位应为 8"),
        ("CN106844774A", "公开（公告）号"),
        ("CN108427359B", "公开（公告）号"),
        ("CN223137888U", "公开（公告）号"),
        ("CN304218960S", "公开（公告）号"),
        ("CN1234567C", "公开（公告）号"),
        ("PCT/CN2024/120645", "PCT"),
        ("WO2024/123456", "PCT"),
        ("US10123456B2", "外国"),
        ("201510222662", "缺少"),
        ("20151022266.8", "现为 12 位"),
        ("ZL201540222662.8", "专利类型"),
        ("ZL199910222662.8", "年份"),
        ("", "请填写"),
        ("　", "请填写"),
        ("无", "只含数字"),
        ("2015102\x0026628", "请填写"),
        ("ZL2022XXXXXXXX.X", "位"),
    ],
)
def test_T_T10_what_is_no_number_gets_a_hint(text, hint):
    with pytest.raises(pn.NumberError) as refused:
        pn.parse(text)
    assert hint in str(refused.value.message)


@st.composite
def numbers(draw):
    digits = (
        f"{draw(st.integers(2003, 2040))}{draw(st.sampled_from('12389'))}{draw(st.integers(0, 9999999)):07d}"
    )
    return digits + pn.check_character(digits)


@given(numbers())
def test_a_number_survives_each_of_its_written_forms(compact):
    number = pn.parse(compact)
    assert pn.parse(number.display) == pn.parse(number.dotted) == pn.parse(number.compact) == number


@given(numbers(), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(compact, place, shift):
    wrong = compact[:place] + str((int(compact[place]) + shift) % 10) + compact[place + 1 :]
    assert not pn.is_valid(wrong)


@given(st.text(st.characters(), max_size=40))
def test_T_Q03_arbitrary_text_is_a_number_or_refused(text):
    assert pn.is_valid(text) in (True, False)


@pytest.mark.parametrize(
    ("kind", "filed", "end"),
    [
        (pn.INVENTION, date(2015, 5, 4), date(2035, 5, 4)),
        (pn.UTILITY_MODEL, date(2015, 5, 4), date(2025, 5, 4)),
        (pn.DESIGN, date(2021, 5, 31), date(2031, 5, 31)),
        (pn.DESIGN, date(2021, 6, 1), date(2036, 6, 1)),
        (pn.UTILITY_MODEL, date(2024, 2, 29), date(2034, 2, 28)),
    ],
)
def test_the_term_counts_from_the_day_of_filing(kind, filed, end):
    assert pn.term_end(kind, filed) == end


@pytest.mark.parametrize(
    ("text", "code"),
    [("发明", "invention"), ("实用新型专利", "utility_model"), ("DESIGN", "design"), ("商标", None)],
)
def test_kinds_are_read_in_chinese_and_as_codes(text, code):
    assert pn.kind_code(text) == code
