"""Verifying certificates in the browser and by the command, and the pages that hand them out (E7, N3, T-V01, T-V02)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app import models as m
from app.db import db, transaction
from app.domain.actor import RECOGNITION_OFFICER, UNIT, Actor
from app.domain.recognition import verdict
from app.domain.recognition.statement import read, sign
from app.services.recognition import certificates, verification
from tests.support import factories as make
from tests.support.notices import make_recognition, make_round
from tests.support.world import signed_in


@pytest.fixture
def certificate(session: Any) -> m.Certificate:
    """A certificate of today for a product of a unit."""
    product = make.make_product(make.make_unit("长沙甲示例电池有限公司"), state="filed")
    recognition = make_recognition(product, make_round(), "recognised")
    session.commit()
    with transaction(Actor.system()):
        return certificates.issue(recognition, Actor.system(), m_now())


def m_now() -> Any:
    from app.domain.clock import utc_now

    return utc_now()


def revoke(certificate: m.Certificate) -> None:
    with transaction(Actor.system()):
        certificates.withdraw(certificate.recognition, "材料不实", Actor.system(), m_now())


def test_T_V02_each_answer_looks_different(client: FlaskClient, certificate: m.Certificate) -> None:
    token = certificate.token
    forged = token[:-4] + ("AA" if token[-4:-2] != "AA" else "BB") + token[-2:]
    answers = {}
    for name, address in (("valid", f"/v/{token}"), ("forged", f"/v/{forged}"), ("unreadable", "/v/abc"),
                          ("other_certificate", f"/v/?code={token}&number=ZLMJ2020000001"),
                          ("unknown", "/v/?number=ZLMJ2020000001&unit=x")):  # fmt: skip
        answers[name] = client.get(address)
    revoke(certificate)
    answers["revoked"] = client.get(f"/v/{certificate.token}")

    for name, answer in answers.items():
        assert f'data-verdict="{name}"' in answer.text
        assert answer.status_code == (200 if name in ("valid", "revoked") else 404)


def test_E7_scanning_shows_the_product_and_its_patents(
    client: FlaskClient, certificate: m.Certificate
) -> None:
    page = client.get(f"/v/{certificate.token}").text
    for part in (
        certificate.number,
        certificate.product_name,
        certificate.unit_name,
        certificate.patents[0]["number"],
    ):
        assert part in page


def test_why_a_certificate_was_revoked_is_not_public(client: FlaskClient, certificate: m.Certificate) -> None:
    revoke(certificate)
    assert "材料不实" not in client.get(f"/v/{certificate.token}").text


def test_T_V01_guessing_is_limited(client: FlaskClient) -> None:
    answers = {
        client.get(f"/v/guess{n}", environ_base={"REMOTE_ADDR": "203.0.113.66"}).status_code
        for n in range(70)
    }
    assert answers == {404, 429}


def test_T_V01_a_hit_and_a_miss_are_the_same_work(
    certificate: m.Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = certificate.token
    elsewhere = sign(replace(read(token)[0], key_id="0" * 16), Ed25519PrivateKey.generate())
    guesses = {
        "valid": token,
        "forged": f"{token[:-8]}AAAAAAAA",
        "other_key": elsewhere,
        "unreadable": "guess1",
    }
    work: list[str] = []
    checked = verdict.is_signed
    monkeypatch.setattr(verdict, "is_signed", lambda *parts: work.append("signature") or checked(*parts))
    verification.online(token, m_now())  # what is kept in memory is read once
    with each_statement(work):
        done = {name: _work_of(guess, work) for name, guess in guesses.items()}

    assert [verification.online(guess, m_now())[0].verdict for guess in guesses.values()] == list(guesses)
    assert len(set(map(tuple, done.values()))) == 1
    assert done["valid"].count("signature") == 1


def _work_of(guess: str, work: list[str]) -> list[str]:
    work.clear()
    verification.online(guess, m_now())
    return list(work)


@contextmanager
def each_statement(work: list[str]) -> Iterator[None]:
    """Note every statement that is sent to the database, without what it asks for."""

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        work.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_N3_the_command_verifies_with_the_downloaded_keys_and_list_alone(
    app: Flask, client: FlaskClient, certificate: m.Certificate, tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text(client.get("/v/keys.json").text)
    (tmp_path / "list.json").write_text(client.get("/v/revocations.json").text)
    options = ["--keys", str(tmp_path / "keys.json"), "--revocations", str(tmp_path / "list.json")]
    token = certificate.token
    run = app.test_cli_runner()

    valid = run.invoke(args=["certificate", "verify", token, *options])
    copied = run.invoke(args=["certificate", "verify", token, "--number", "ZLMJ2020000001", *options])
    revoke(certificate)
    (tmp_path / "list.json").write_text(client.get("/v/revocations.json").text)
    revoked = run.invoke(args=["certificate", "verify", token, *options])

    assert (valid.exit_code, valid.output.split()[0]) == (0, "valid")
    assert (copied.exit_code, copied.output.split()[0]) == (1, "other_certificate")
    assert (revoked.exit_code, revoked.output.split()[0]) == (1, "revoked")


def test_N3_the_page_to_be_kept_has_keys_and_revocations_in_it(
    client: FlaskClient, certificate: m.Certificate
) -> None:
    revoke(certificate)
    answer = client.get("/v/offline.html")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for part in (certificate.key_id, certificate.number, "crypto.subtle.verify"):
        assert part in answer.text
    for outside in ("<link", "src=", "fetch("):
        assert outside not in answer.text


def test_a_list_somebody_changed_is_refused_by_the_command(
    app: Flask, client: FlaskClient, certificate: m.Certificate, tmp_path: Path
) -> None:
    revoke(certificate)
    document = json.loads(client.get("/v/revocations.json").text)
    document["payload"] = document["payload"].replace(certificate.number, "ZLMJ2020000001")
    (tmp_path / "list.json").write_text(json.dumps(document))
    answer = app.test_cli_runner().invoke(
        args=["certificate", "verify", certificate.token, "--revocations", str(tmp_path / "list.json")]
    )
    assert answer.exit_code == 1
    assert "吊销名单的签名不对" in answer.output


def test_E7_a_unit_downloads_its_certificate_and_marks(
    app: Flask, session: Any, certificate: m.Certificate
) -> None:
    user = make.make_user(UNIT, certificate.unit)
    session.commit()
    browser, own = signed_in(app, user), f"/my/certificates/{certificate.id}"

    assert certificate.number in browser.get("/my/certificates/").text
    assert browser.get(f"{own}.pdf").data.startswith(b"%PDF-")
    assert browser.get(f"{own}/mark.png").data.startswith(b"\x89PNG")
    assert b"<svg" in browser.get(f"{own}/mark.svg").data
    revoke(certificate)
    assert browser.get(f"{own}.pdf").status_code == browser.get(f"{own}/mark.png").status_code == 409


def test_T_I02_another_unit_s_certificate_does_not_exist(
    app: Flask, session: Any, certificate: m.Certificate
) -> None:
    user = make.make_user(UNIT, make.make_unit())
    session.commit()
    browser = signed_in(app, user)
    for path in (".pdf", "/mark.png", "/mark.svg"):
        assert browser.get(f"/my/certificates/{certificate.id}{path}").status_code == 404


def test_E8_an_officer_withdraws_a_recognition_with_a_reason(
    app: Flask, session: Any, no_csrf: None, certificate: m.Certificate
) -> None:
    user = make.make_user(RECOGNITION_OFFICER)
    session.commit()
    browser, address = signed_in(app, user), f"/recognition/certificates/{certificate.id}"
    version = certificate.recognition.version

    assert browser.post(f"{address}/withdraw", data={"reason": "　", "version": version}).status_code == 422
    assert (
        browser.post(f"{address}/withdraw", data={"reason": "材料不实", "version": version + 1}).status_code
        == 409
    )
    assert (
        browser.post(f"{address}/withdraw", data={"reason": "材料不实", "version": version}).status_code
        == 302
    )
    assert "已撤销认定" in browser.get(address).text
