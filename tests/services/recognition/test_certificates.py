"""Certificates of recognition: issued, revoked, withdrawn (E7, E8), and what a revoked filing does to them (T-W09)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, RuleError
from app.domain.recognition import statement
from app.services import revocations
from app.services.recognition import certificates, keys, verification
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do
from tests.support.notices import make_recognition, make_round

NOW, TODAY = make.NOW, make.TODAY


def issue(recognition: m.Recognition, actor: Actor) -> m.Certificate:
    with transaction(actor):
        return certificates.issue(recognition, actor, NOW)


def issue_and_fail(recognition: m.Recognition, actor: Actor) -> None:
    with transaction(actor):
        certificates.issue(recognition, actor, NOW)
        raise RuntimeError


def withdraw(recognition: m.Recognition, actor: Actor, reason: str = "所附材料不实") -> None:
    with transaction(actor):
        certificates.withdraw(recognition, reason, actor, NOW)


def verdict_of(certificate: m.Certificate, today: date = TODAY) -> str:
    now = NOW + timedelta(days=(today - TODAY).days)
    return verification.online(certificate.token, now)[0].verdict


def test_E7_a_certificate_says_what_was_recognised(
    recognised: m.Recognition, officer: Actor, cast: Cast
) -> None:
    certificate = issue(recognised, officer)

    assert certificate.number == "ZLMJ2025000001"
    assert (certificate.product_name, certificate.unit_name, certificate.year) == (
        recognised.product.name, cast.unit.name, 2025,
    )  # fmt: skip
    assert (certificate.issued_on, certificate.valid_until) == (TODAY, date(2026, 9, 9))
    assert [set(patent) for patent in certificate.patents] == [{"number", "title", "kind"}] * 2
    assert len(certificate.token) <= 300


def test_E7_its_token_is_verified_online_and_offline(certificate: m.Certificate) -> None:
    finding, found = verification.online(certificate.token, NOW)
    offline = verification.check(certificate.token, verification.Trust.own(NOW), NOW)

    assert (finding.verdict, found) == ("valid", certificate)
    assert offline.holds
    assert finding.statement == statement.Statement(
        certificate.number, certificate.product_name, certificate.unit_name, 2025, date(2026, 9, 9), 2, certificate.key_id
    )  # fmt: skip


def test_N5_numbers_have_no_gaps_also_when_one_is_taken_back(
    cast: Cast, recognised: m.Recognition, officer: Actor, session: Any
) -> None:
    others = [
        make_recognition(make.make_product(cast.unit, name, state="filed"), recognised.round, "recognised")
        for name in ("电动叉车用锂离子电池", "电动船用锂离子电池")
    ]  # fmt: skip
    session.commit()
    first = issue(recognised, officer).number
    with pytest.raises(RuntimeError):
        issue_and_fail(others[0], officer)
    assert [first, *(issue(each, officer).number for each in others)] == [
        "ZLMJ2025000001", "ZLMJ2025000002", "ZLMJ2025000003",
    ]  # fmt: skip


def test_T_W02_issuing_twice_gives_one_certificate(
    recognised: m.Recognition, officer: Actor, session: Any
) -> None:
    assert issue(recognised, officer).id == issue(recognised, officer).id
    assert len(session.scalars(select(m.Certificate)).all()) == 1


@pytest.mark.parametrize("state", ["candidate", "proposed", "in_notice", "objected", "refused", "withdrawn"])
def test_T_W01_only_a_recognised_product_gets_a_certificate(
    cast: Cast, session: Any, officer: Actor, state: str
) -> None:
    recognition = make_recognition(make.make_product(cast.unit, state="filed"), make_round(), state)
    session.commit()
    with pytest.raises(Conflict):
        issue(recognition, officer)
    assert session.scalars(select(m.NumberSeries.last).where(m.NumberSeries.scope.like("ZLMJ%"))).all() == []


def test_E8_a_withdrawn_recognition_shows_as_revoked_and_the_unit_is_told_why(
    recognised: m.Recognition, certificate: m.Certificate, officer: Actor, session: Any
) -> None:
    withdraw(recognised, officer)

    assert (recognised.state, recognised.reason) == ("withdrawn", "所附材料不实")
    assert (certificate.revoked_on, certificate.revoked_reason) == (TODAY, "所附材料不实")
    assert verdict_of(certificate) == "revoked"
    message = session.scalars(select(m.Outbox).where(m.Outbox.template == "recognition_withdrawn")).first()
    assert certificate.number in message.body
    assert "所附材料不实" in message.body


@pytest.mark.parametrize("reason", ["", " ", "　", "\u200b"])
def test_T_W05_a_withdrawal_needs_a_reason(
    recognised: m.Recognition, certificate: m.Certificate, officer: Actor, reason: str
) -> None:
    with pytest.raises(RuleError):
        withdraw(recognised, officer, reason)
    assert certificate.revoked_on is None


def test_only_officers_withdraw_a_recognition(
    cast: Cast, recognised: m.Recognition, certificate: m.Certificate, officer: Actor
) -> None:
    for actor in (cast.rui, cast.auditor):
        with pytest.raises(NotAllowed):
            withdraw(recognised, actor)
    withdraw(recognised, officer)
    with pytest.raises(Conflict):
        withdraw(recognised, officer)


def test_E8_after_its_last_day_a_certificate_has_expired(certificate: m.Certificate) -> None:
    assert verdict_of(certificate, date(2026, 9, 9)) == "valid"
    assert verdict_of(certificate, date(2026, 9, 10)) == "expired"


def test_N3_a_new_key_signs_and_the_old_one_still_verifies(
    cast: Cast, recognised: m.Recognition, certificate: m.Certificate, officer: Actor, session: Any
) -> None:
    with transaction(Actor.system()):
        keys.rotate("statement", keys.makers("示例", NOW)["statement"], NOW)
    another = make.make_product(cast.unit, "电动叉车用锂离子电池", state="filed")
    other = make_recognition(another, recognised.round, "recognised")
    session.commit()
    later = issue(other, officer)

    assert later.key_id != certificate.key_id
    assert (verdict_of(certificate), verdict_of(later)) == ("valid_retired", "valid")


def test_a_key_once_retired_does_not_come_back(session: Any) -> None:
    old = keys.active("statement")
    with transaction(Actor.system()):
        keys.rotate("statement", keys.makers("示例", NOW)["statement"], NOW)
        with pytest.raises(Conflict):
            keys.rotate("statement", lambda: keys.NewKey(old.id, old.public), NOW)


# ---------------------------------------------------------------- a revoked filing (T-W09)


def ask_revocation(cast: Cast, product: m.Product, **values: Any) -> m.Case:
    return do(revocations.request, cast.anna, product.id, "off_market", "已停产", product.version, **values)


def test_T_W09_asking_to_revoke_a_filing_with_a_certificate_needs_a_confirmation_that_names_it(
    cast: Cast, recognised: m.Recognition, certificate: m.Certificate
) -> None:
    with pytest.raises(RuleError) as refused:
        ask_revocation(cast, recognised.product)
    (problem,) = refused.value.problems
    assert problem.field == "effects_confirmed"
    assert certificate.number in str(problem.message)

    assert ask_revocation(cast, recognised.product, confirmed=True).state == "open"
    assert verdict_of(certificate) == "valid"


def test_T_W09_approving_needs_a_confirmation_too_and_revokes_the_certificate(
    cast: Cast, recognised: m.Recognition, certificate: m.Certificate
) -> None:
    case = ask_revocation(cast, recognised.product, confirmed=True)

    with pytest.raises(RuleError, match=certificate.number):
        approve(cast.rui, case, override_note="已核实")
    assert (recognised.state, case.state) == ("recognised", "open")

    approve(cast.rui, case, confirmed=True)
    assert (recognised.product.state, recognised.state) == ("revoked", "withdrawn")
    assert recognised.product.filing_no in (recognised.reason or "")
    assert verdict_of(certificate) == "revoked"


@pytest.mark.parametrize("state", ["candidate", "evaluating", "in_notice", "objected"])
def test_T_W09_a_recognition_under_way_ends_with_the_filing(cast: Cast, session: Any, state: str) -> None:
    product = make.make_product(cast.unit, state="filed")
    recognition = make_recognition(product, make_round(), state)
    session.commit()

    with pytest.raises(RuleError, match="认定程序"):
        ask_revocation(cast, product)
    approve(cast.rui, ask_revocation(cast, product, confirmed=True), confirmed=True)

    assert recognition.state == "refused"
    assert session.scalars(select(m.Outbox).where(m.Outbox.template == "recognition_dropped")).all()


@pytest.mark.parametrize("state", ["screened_out", "not_passed", "refused", "expired", "withdrawn"])
def test_T_W09_a_recognition_that_has_ended_asks_for_nothing(cast: Cast, session: Any, state: str) -> None:
    product = make.make_product(cast.unit, state="filed")
    recognition = make_recognition(product, make_round(), state)
    session.commit()

    approve(cast.rui, ask_revocation(cast, product))

    assert recognition.state == state
