"""The fields of the further information: how answers are read, what is missing (mission E4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.normal import InputError
from app.domain.recognition import supplement_fields as fields
from tests.support.supplements import WHOLE

FILES = ("protection", "value", "dependence")


def read(name: str, text: str) -> str:
    return fields.BY_NAME[name].read(text)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("claims", "１，２００".replace("，", ","), "1200"),
        ("family_countries", " 0 ", "0"),
        ("licence_income", "1,234.5", "1234.50"),
        ("pledge_amount", "１０００", "1000.00"),
        ("patented_features", "66.7%", "66.70"),
        ("price_premium", "-5", "-5.00"),
        ("substitution", "none", "none"),
        ("value_note", "  一等奖 \r\n 2024 年 ", "一等奖\n2024 年"),
    ],
)
def test_answers_are_kept_as_they_read_best(name: str, typed: str, kept: str) -> None:
    assert read(name, typed) == kept


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("claims", "0"), ("claims", "1.5"), ("claims", "-1"), ("claims", "9" * 12), ("family_countries", "251"),
        ("licence_income", "1e3"), ("licence_income", "-1"), ("licence_income", "5 万元"), ("pledge_amount", "1.005"),
        ("patented_features", "100.01"), ("patented_features", "33.333"), ("patented_features", "多半"),
        ("price_premium", "-101"), ("substitution", "impossible"), ("value_note", "字" * 2001),
        ("value_note", "一\x00二"),
    ],
)  # fmt: skip
def test_T_T08_what_cannot_be_an_answer_is_refused(name: str, typed: str) -> None:
    with pytest.raises(InputError):
        read(name, typed)


@given(st.sampled_from(fields.FIELDS), st.text(max_size=40))
def test_whatever_is_typed_is_refused_or_kept_the_same_when_read_again(
    asked: fields.SupplementField, typed: str
) -> None:
    try:
        kept = asked.read(typed)
    except InputError:
        return
    assert asked.kind == fields.TEXT or asked.read(kept) == kept
    if asked.kind in fields.NUMBERS:
        assert asked.low <= fields.number({asked.name: kept}, asked.name) <= asked.high


def test_a_whole_supplement_lacks_nothing() -> None:
    assert fields.problems(WHOLE, FILES, 1) == []


@pytest.mark.parametrize("name", [asked.name for asked in fields.FIELDS if asked.required])
def test_each_required_answer_is_asked_for_beside_its_field(name: str) -> None:
    answers = {key: text for key, text in WHOLE.items() if key != name}

    assert [problem.field for problem in fields.problems(answers, FILES, 1)] == [name]


def test_each_dimension_needs_its_own_evidence() -> None:
    found = fields.problems(WHOLE, ("value", "value"), 1)

    assert [problem.field for problem in found] == ["files_protection", "files_dependence"]
    assert fields.problems(WHOLE, (), 0) == []


def test_answers_are_numbers_for_the_scheme() -> None:
    assert fields.number(WHOLE, "licence_income") == Decimal("120.00")
    assert fields.number(WHOLE, "substitution") == Decimal(1)
    assert fields.number(WHOLE, "price_premium") is None
    with pytest.raises(ValueError):
        fields.number(WHOLE, "value_note")
    with pytest.raises(KeyError):
        fields.number(WHOLE, "ghost")


def test_every_dimension_asks_something_and_names_are_used_once() -> None:
    assert all(fields.of(dimension) for dimension in fields.DIMENSIONS)
    assert len(fields.BY_NAME) == len(fields.FIELDS)
