"""Writing messages: to whom, once, and in the transaction that causes them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.models import Outbox
from app.notify import outbox
from tests.notify.conftest import NOW

FACTS = {"title": "散热装置", "receipt_no": "SL2026112200001", "filing_no": "ZLCP2025430000123"}


def post(key: str = "filing_approved:1", template: str = "filing_approved", **more: Any) -> str:
    return outbox.post(template, **{"dedupe_key": key, "now": NOW, "params": FACTS} | more)


def written(rows: Any) -> list[tuple[str, str]]:
    return [(row.channel, row.address) for row in rows.scalars(select(Outbox).order_by(Outbox.id))]


def test_D13_a_unit_is_told_in_the_system_by_mail_and_by_SMS(rows: Any, people: Any) -> None:
    post(unit_id=people.id, link="/my/cases/1")
    messages = list(rows.scalars(select(Outbox).where(Outbox.user_id.is_not(None)).order_by(Outbox.id)))
    assert {(each.channel, each.state) for each in messages} == {
        ("inapp", "sent"),
        ("email", "waiting"),
        ("sms", "waiting"),
    }
    assert {each.address for each in messages} - {f"user:{each.user_id}" for each in messages} == {
        "li@example.cn", "smith@example.cn", "13800000001", "13800000002"}  # fmt: skip
    assert {each.unit_id for each in messages} == {people.id}


def test_everybody_reads_their_own_language_under_the_same_number(rows: Any, people: Any) -> None:
    text_id = post(unit_id=people.id)
    found = {row.address: row for row in rows.scalars(select(Outbox))}
    assert found["li@example.cn"].subject == "产品备案已通过：散热装置"
    assert found["smith@example.cn"].subject == "Filing approved: 散热装置"
    assert {row.text_id for row in found.values()} == {text_id}
    assert text_id in found["13800000001"].body
    assert found["13800000002"].sms == {
        "template": "",
        "params": {"receipt_no": FACTS["receipt_no"], "filing_no": FACTS["filing_no"], "text_id": text_id},
    }


def test_T_W02_the_same_occasion_writes_nothing_twice(rows: Any, people: Any) -> None:
    first = post(unit_id=people.id)
    before = written(rows)
    assert post(unit_id=people.id) == first
    assert written(rows) == before
    assert post("filing_approved:2", unit_id=people.id) != first


def test_users_can_be_named_and_nobody_else_is_told(rows: Any, people: Any) -> None:
    user = next(row.user_id for row in _posted(rows, people) if row.address == "smith@example.cn")
    rows.rollback()
    post(user_ids=[user, user], unit_id=people.id)
    assert sorted(written(rows)) == [
        ("email", "smith@example.cn"),
        ("inapp", f"user:{user}"),
        ("sms", "13800000002"),
    ]


def _posted(rows: Any, people: Any) -> list[Outbox]:
    post(unit_id=people.id)
    return list(rows.scalars(select(Outbox)))


def test_a_unit_without_users_is_told_at_its_contact_address(rows: Any, people: Any) -> None:
    from app.models import Account

    rows.execute(Account.__table__.delete())  # type: ignore[attr-defined]
    post(unit_id=people.id)
    assert sorted(written(rows)) == [
        ("email", "contact@example.cn"), ("inapp", f"unit:{people.id}"), ("sms", "13800000009")]  # fmt: skip


def test_a_code_goes_to_a_bare_address_only(rows: Any) -> None:
    post(
        "code:1", "code_register", params={"code": "123456", "minutes": 5}, mobile="13900000000", secret=True
    )
    assert written(rows) == [("sms", "13900000000")]


def test_a_secret_is_not_shown_in_the_system(rows: Any, people: Any) -> None:
    post("code:1", "code_reset", params={"code": "123456", "minutes": 5}, unit_id=people.id, secret=True)
    assert {channel for channel, _ in written(rows)} == {"email", "sms"}


def test_channels_can_be_chosen_and_templates_without_SMS_send_none(rows: Any, people: Any) -> None:
    post(unit_id=people.id, channels=("email",))
    assert {channel for channel, _ in written(rows)} == {"email"}
    rows.rollback()
    post("u:1", "case_assigned", params={**FACTS, "reason": "x"}, unit_id=people.id)
    assert {channel for channel, _ in written(rows)} == {"email", "inapp"}


def test_T_D02_nothing_is_written_when_the_transaction_fails(rows: Any, people: Any) -> None:
    post(unit_id=people.id)
    rows.rollback()
    assert written(rows) == []


def test_a_key_that_does_not_fit_is_an_error(rows: Any) -> None:
    with pytest.raises(ValueError, match="120"):
        post("x" * 121)


def test_a_unit_writes_messages_to_others_from_within_its_own_scope(rows: Any, people: Any) -> None:
    from app.db import acting
    from app.domain.actor import UNIT, Actor

    with acting(Actor(999, "u", frozenset({UNIT}), unit_id=people.id + 1)):
        post(unit_id=people.id)
    assert len(written(rows)) == 6


def test_codes_in_the_message_box_are_blotted_out_after_a_day(rows: Any) -> None:
    from datetime import timedelta

    post(
        "code:1", "code_register", params={"code": "123456", "minutes": 5}, mobile="13900000000", secret=True
    )
    outbox.forget_secrets(NOW + timedelta(hours=23))
    assert "123456" in rows.scalar(select(Outbox.body))
    outbox.forget_secrets(NOW + timedelta(hours=25))
    assert rows.scalar(select(Outbox.body)) == "******"
