"""The contributions of the core patents are decimals that make exactly 100.00 (T-T07)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contributions import Link, parse_share, problems, split_evenly, total
from app.domain.normal import InputError


def core(*shares):
    return [Link(True, None if share is None else Decimal(share)) for share in shares]


@pytest.mark.parametrize(
    "shares", [["100"], ["100.00"], ["33.34", "33.33", "33.33"], ["9.09"] * 10 + ["9.10"], ["0.01", "99.99"]]
)
def test_T_T07_exactly_one_hundred_is_accepted(shares):
    assert problems(core(*shares)) == []


@pytest.mark.parametrize(
    ("shares", "field", "words"),
    [
        (["33.33"] * 3, "patents", "99.99"),
        (["33.34"] * 3, "patents", "100.02"),
        (["101"], "patents.0.contribution", "不超过 100"),
        (["0"], "patents.0.contribution", "大于 0"),
        (["0", "100"], "patents.0.contribution", "大于 0"),
        (["-10", "110"], "patents.0.contribution", "大于 0"),
        (["33.333", "66.667"], "patents.0.contribution", "两位小数"),
        (["NaN"], "patents.0.contribution", "两位小数"),
        (["1e30"], "patents.0.contribution", "两位小数"),
        ([None, "100"], "patents.0.contribution", "请填写"),
        ([], "patents", "至少"),
    ],
)
def test_T_T07_anything_else_is_refused_beside_its_field(shares, field, words):
    first = problems(core(*shares))[0]
    assert (first.field, first.rule) == (field, "R22")
    assert words in str(first.message)


def test_T_T07_other_patents_have_no_share():
    links = [*core("100"), Link(False, Decimal("0"))]
    assert [problem.field for problem in problems(links)] == ["patents.1.contribution"]
    assert problems([*core("100"), Link(False)]) == []


@given(st.integers(1, 10_000))
def test_T_T07_an_even_split_is_exact_and_even(count):
    shares = split_evenly(count)
    assert len(shares) == count
    assert sum(shares) == Decimal("100.00")
    assert max(shares) - min(shares) <= Decimal("0.01")
    assert all(share.as_tuple().exponent == -2 for share in shares)
    assert problems(core(*shares)) == []


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_T_T07_only_exact_sums_pass(parts):
    shares = [Decimal(part).scaleb(-2) for part in parts]
    assert (problems(core(*shares)) == []) is (sum(parts) == 10_000)
    assert total(core(*shares)) == sum(shares)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_there_is_no_split_among_none_or_too_many(count):
    with pytest.raises(ValueError, match="between"):
        split_evenly(count)


@pytest.mark.parametrize(
    ("text", "share"),
    [("33.33", "33.33"), (" ３３．３３％ ", "33.33"), ("100", "100.00"), ("0", "0.00"), ("-1", "-1.00")],
)
def test_T_T07_shares_are_read(text, share):
    assert parse_share(text) == Decimal(share)


@pytest.mark.parametrize("text", ["33.333", "−", "-", "abc", "1e1", "3,3", "\x00"])
def test_T_T07_what_is_no_share_is_refused(text):
    with pytest.raises(InputError):
        parse_share(text)


def test_an_empty_share_is_none():
    assert parse_share("　") is None
