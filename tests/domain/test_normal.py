"""What people type is read in one way, whatever its width, blanks and variants."""

import sys
import time
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import normal

ANY_TEXT = st.text(st.characters(), max_size=60)


@given(ANY_TEXT)
def test_cleaning_and_keys_are_idempotent(text):
    assert normal.clean(normal.clean(text)) == normal.clean(text)
    assert normal.clean_lines(normal.clean_lines(text)) == normal.clean_lines(text)
    assert normal.name_key(normal.name_key(text)) == normal.name_key(text)


@given(ANY_TEXT, ANY_TEXT)
def test_similarity_is_symmetric_and_within_bounds(a, b):
    assert 0 <= normal.similarity(a, b) <= 1
    assert normal.similarity(a, b) == normal.similarity(b, a)


def test_similarity_is_the_share_in_the_same_order():
    assert normal.similarity("动力电池", "动力锂电池") == pytest.approx(8 / 9)
    assert normal.similarity("电池", "池电") == pytest.approx(1 / 2)
    assert normal.similarity("电池", "水泵") == 0


def test_T_Q02_names_made_to_be_slow_are_compared_quickly():
    name = "".join("a" + chr(0x4E00 + place) for place in range(100))
    started = time.perf_counter()
    assert max(normal.similarity(name, f"{place}" + "a" * 20_000) for place in range(500)) < 1
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["", " ", "　　", "\u200b\u200d", "\ufeff\n\t", "\u3164", "\u2800", None])
def test_T_W05_blanks_of_every_width_are_blank(text):
    assert normal.is_blank(text)


def test_every_format_character_is_invisible():
    signs = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
    assert normal.clean("".join(signs)) == "" == normal.name_key("".join(signs))


def test_clean_keeps_chinese_punctuation_and_narrows_letters():
    assert normal.clean("　长颈鹿（控股）有限公司，ＡＢＣ　 １２\u200b ") == "长颈鹿（控股）有限公司，ABC 12"


def test_clean_lines_keeps_lines_and_signs():
    assert normal.clean_lines(" ①防水　\r\n\r\n\r\n\r\n25℃ ") == "①防水\n\n25℃"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("华为技术有限公司", "華為技術有限公司"),
        ("长颈鹿（控股）", "长颈鹿(控股)"),
        ("手機 防護玻璃", "手机防护玻璃"),
        ("Ｐ80", "p80"),
        ("混凝土\u200b泵車", "混凝土泵车"),
    ],
)
def test_T_W12_variants_of_a_name_have_one_key(a, b):
    assert normal.name_key(a) == normal.name_key(b)
    assert normal.similarity(a, b) == 1


def test_T_W12_models_stay_apart():
    keys = {normal.name_key(model) for model in ("P80", "P80mini", "P80plus", "P80+")}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,000.00", "1000.00"),
        ("１０００", "1000.00"),
        ("0", "0.00"),
        ("０", "0.00"),
        ("0.00", "0.00"),
        ("-5", "-5.00"),
        ("−5.5", "-5.50"),
        (" 12.3 ", "12.30"),
        ("10000000000000", "10000000000000.00"),
        ("1，234，567.8", "1234567.80"),
    ],
)
def test_T_T08_amounts_are_read(text, amount):
    assert normal.parse_money(text) == Decimal(amount)
    assert normal.parse_money(text).as_tuple().exponent == -2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "1e3",
        "1E3",
        "1.234",
        "10000000000000.01",
        "1000000000000000",
        "9" * 28,
        "9" * 5000,
        "1,00",
        "1,0000",
        "abc",
        "NaN",
        "Infinity",
        "--1",
        "+1",
        "100万",
        "¥100",
        "100元",
        "٣",
        "½",
        "1 000",
        "1\x000",
        ".5",
        "5.",
        "=1+1",
    ],
)
def test_T_T08_what_is_no_amount_is_refused_with_a_sentence(text):
    with pytest.raises(normal.InputError) as refused:
        normal.parse_money(text)
    assert str(refused.value.message)


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=2, allow_nan=False))
def test_every_amount_survives_being_written_and_read(amount):
    assert normal.parse_money(f"{amount:,.2f}") == amount


@given(ANY_TEXT)
def test_T_Q03_arbitrary_text_is_an_amount_or_refused(text):
    try:
        assert normal.parse_money(text).is_finite()
    except normal.InputError as refused:
        assert str(refused.message)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[0m", "\x85", "\ud800"])
def test_T_Q03_control_characters_are_refused(text):
    with pytest.raises(normal.InputError):
        normal.refuse_control(text)


def test_line_ends_and_tabs_are_no_control_characters():
    assert normal.refuse_control("一\r\n\t二") == "一\r\n\t二"
