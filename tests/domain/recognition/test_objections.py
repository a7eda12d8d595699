"""The pass phrase of an objection: the same for the same form, forgiving in how it is typed, kept as a hash only."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition.objections import SIGNS, is_token, pass_hash, pass_phrase

TOKEN = "A1b2C3d4E5f6G7h8I9j0K1"


def test_the_same_form_gives_the_same_phrase_and_another_one_another() -> None:
    assert pass_phrase(TOKEN) == pass_phrase(TOKEN) != pass_phrase(TOKEN + "x")


def test_a_phrase_is_made_of_signs_nobody_mistakes() -> None:
    phrase = pass_phrase(TOKEN)
    assert [len(group) for group in phrase.split("-")] == [4, 4, 4, 4]
    assert set(phrase) <= {*SIGNS, "-"}
    assert len(set(SIGNS)) == 32 and not {"0", "O", "1", "I"} & set(SIGNS)


@pytest.mark.parametrize(
    "change", [str.lower, lambda text: text.replace("-", " "), lambda text: text.replace("-", "")]
)
def test_a_phrase_may_be_typed_in_any_way(change: object) -> None:
    phrase = pass_phrase(TOKEN)
    assert pass_hash(change(phrase)) == pass_hash(phrase)  # type: ignore[operator]


def test_a_phrase_may_be_typed_in_full_width() -> None:
    phrase = pass_phrase(TOKEN)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in phrase)
    assert pass_hash(wide) == pass_hash(phrase)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_hashed(typed: str) -> None:
    assert len(pass_hash(typed)) == 64


def test_only_tokens_of_forms_are_taken() -> None:
    assert is_token(secrets.token_urlsafe(24))
    assert not any(map(is_token, ["", "short", "x" * 65, "空" * 24, "a b" * 10, "t" * 30 + "\n"]))
