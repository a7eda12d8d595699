"""The signed statement of a certificate: short, verifiable by anybody, and no sign of it can be changed (N3, T-V02)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.recognition import statement, verdict
from app.domain.recognition.statement import BadList, PublicKey, Revocations, Statement
from app.domain.recognition.verdict import Finding, judge

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY_ID = statement.key_id(KEY.public_key())
KEYS = {KEY_ID: PublicKey(KEY.public_key())}
TODAY = date(2026, 1, 15)
NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)

#: what names are made of: everything a database takes
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)


def make_statement(**changes: Any) -> Statement:
    values: dict[str, Any] = {
        "number": "ZLMJ2025000001", "product": "电动自行车用锂离子电池", "unit": "长沙甲示例新能源科技有限公司",
        "year": 2025, "valid_until": date(2026, 11, 30), "patents": 3, "key_id": KEY_ID,
    }  # fmt: skip
    return Statement(**values | changes)


def token(**changes: Any) -> str:
    return statement.sign(make_statement(**changes), KEY)


def ask(text: str, revoked: dict[str, date] | None = None, today: date = TODAY, printed: str = "") -> Finding:
    return judge(text, KEYS, revoked or {}, today, printed)


def test_a_statement_is_read_back_as_it_was_signed() -> None:
    finding = ask(token())
    assert (finding.verdict, finding.statement) == ("valid", make_statement())


def test_the_token_is_short_enough_for_a_code_that_is_printed_small() -> None:
    assert len(token()) <= 200
    assert len(token(product="散" * 120, unit="示" * 120)) <= statement.TOKEN_LENGTH


@given(NAMES, NAMES, st.integers(0, 100_000))
def test_whatever_the_names_the_token_has_at_most_300_signs(product: str, unit: str, patents: int) -> None:
    made = token(product=product, unit=unit, patents=patents)
    read = ask(made).statement
    assert len(made) <= 300
    assert made.isascii()
    assert read is not None
    for said, full in ((read.product, product), (read.unit, unit)):
        assert said == full or (said.endswith("…") and full.startswith(said[:-1]))


@given(st.text("示例", min_size=1, max_size=32), st.text("公司", min_size=1, max_size=31))
def test_names_of_usual_length_are_whole(product: str, unit: str) -> None:
    read = ask(token(product=product, unit=unit)).statement
    assert read is not None
    assert (read.product, read.unit) == (product, unit)


@given(st.data())
def test_T_V02_no_bit_of_a_token_can_be_flipped(data: st.DataObject) -> None:
    made = token()
    place = data.draw(st.integers(0, len(made) - 1))
    changed = ord(made[place]) ^ (1 << data.draw(st.integers(0, 6)))
    finding = ask(made[:place] + chr(changed) + made[place + 1 :])
    assert not finding.holds
    assert finding.statement is None
    assert finding.verdict in ("forged", "other_key", "unreadable")


@given(st.text(max_size=400))
def test_T_V02_no_text_at_all_brings_an_error(text: str) -> None:
    assert not ask(text).holds


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (token(), "valid"),
        (token(valid_until=TODAY), "valid"),
        (token(valid_until=TODAY - timedelta(days=1)), "expired"),
        (token(number="ZLMJ2025000009"), "revoked"),
        (token(number="ZLMJ2025000009", valid_until=date(2025, 1, 1)), "revoked"),
        (statement.sign(make_statement(), OTHER), "other_key"),
        (token()[:-2] + ("AA" if not token().endswith("AA") else "BB"), "forged"),
        (token()[:-10], "unreadable"),
        ("", "unreadable"),
        ("https://example.cn/products/ZLCP2025430000123", "unreadable"),
    ],
)  # fmt: skip
def test_T_V02_each_kind_of_certificate_has_its_own_answer(text: str, answer: str) -> None:
    assert ask(text, {"ZLMJ2025000009": date(2025, 12, 24)}).verdict == answer


def test_T_V02_a_retired_key_still_verifies_and_says_so() -> None:
    keys = {KEY_ID: PublicKey(KEY.public_key(), retired_on=date(2026, 1, 1))}
    finding = judge(token(), keys, {}, TODAY)
    assert (finding.verdict, finding.holds) == ("valid_retired", True)


def test_T_V02_a_code_copied_to_another_product_is_found_by_the_printed_number() -> None:
    assert ask(token(), printed="zlmj 2025000001").verdict == "valid"
    assert ask(token(), printed="ZLMJ2025000002").verdict == "other_certificate"


def test_T_V02_a_forger_who_names_our_key_is_found_out() -> None:
    content = statement.read(token())[1]
    made = statement.text_of(content.removeprefix(b"zhuanpin certificate\n") + OTHER.sign(content))
    assert ask(made).verdict == "forged"


def test_every_answer_is_said_in_its_own_words() -> None:
    titles = [str(title) for title, _meaning in verdict.WORDS.values()]
    meanings = [str(meaning) for _title, meaning in verdict.WORDS.values()]
    assert len(set(titles)) == len(set(meanings)) == len(verdict.WORDS)


def test_the_token_is_found_in_what_a_scanner_gives() -> None:
    for text in (
        token(),
        f"  {token()}\n",
        f"https://example.cn/v/{token()}",
        f"http://x/v/{token()}?from=scan",
    ):
        assert verdict.token_in(text) == token()


def test_the_list_of_revocations_is_dated_and_signed() -> None:
    document = statement.sign_revocations({"ZLMJ2025000009": TODAY}, NOW, KEY)
    assert statement.read_revocations(document, KEYS) == Revocations(NOW, {"ZLMJ2025000009": TODAY})


@pytest.mark.parametrize(
    "change",
    [
        {"payload": '{"format":"zhuanpin-revocations-1","issued_at":"2026-01-15T02:00:00Z","revoked":[]}'},
        {"key_id": "0" * 16}, {"signature": "AAAA"}, {"signature": "?"}, {"payload": None}, {"key_id": []},
    ],
)  # fmt: skip
def test_a_list_that_was_changed_is_refused(change: dict[str, Any]) -> None:
    document = statement.sign_revocations({"ZLMJ2025000009": TODAY}, NOW, KEY)
    with pytest.raises(BadList):
        statement.read_revocations({**document, **change}, KEYS)


def test_a_certificate_s_signature_is_none_under_a_list() -> None:
    document = statement.sign_revocations({}, NOW, KEY)
    payload = document["payload"].encode()
    assert not statement.is_signed(
        b"zhuanpin certificate\n" + payload, statement._bytes(document["signature"]), KEY.public_key()
    )
