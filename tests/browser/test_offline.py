"""The page that is kept and verifies without a network (N3), in a real browser that has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from app import models as m
from app.domain.recognition import statement
from app.services.recognition import certificates
from tests.support import factories as make
from tests.support.acts import do
from tests.support.notices import at, make_officer, make_recognition, make_round

LAST = date(2026, 9, 9)


@pytest.fixture
def issued(session: Any) -> list[m.Certificate]:
    """Two certificates, the second of them revoked since."""
    officer, round_, unit = make_officer(), make_round(), make.make_unit()
    products = [make.make_product(unit, name, state="filed") for name in ("车用锂电池", "船用锂电池")]
    recognitions = [
        make_recognition(each, round_, "recognised", recognised_on=make.TODAY, valid_until=LAST)
        for each in products
    ]
    session.commit()
    made = [do(lambda a, now, r=r: certificates.issue(r, a, now), officer) for r in recognitions]
    do(lambda a, now: certificates.withdraw(recognitions[1], "材料不实", a, now), officer)
    return made


@pytest.fixture
def page(
    client: FlaskClient, issued: list[m.Certificate], chromium: Browser, tmp_path: Path
) -> Iterator[Page]:
    """The page as somebody keeps it, opened where there is no network."""
    kept = tmp_path / "offline.html"
    kept.write_text(client.get("/v/offline.html").text, encoding="utf-8")
    alone = chromium.new_context(offline=True)
    alone.clock.set_fixed_time(at("2026-09-09"))
    page = alone.new_page()
    page.goto(kept.as_uri())
    yield page
    alone.close()


def verdict(page: Page, code: str, printed: str = "") -> str:
    """What the page says of a code; ``printed`` is the number on the paper."""
    page.fill("#code", code)
    page.fill("#printed", printed)
    page.evaluate("delete document.getElementById('answer').dataset.verdict")
    page.get_by_role("button", name="核验").click()
    answer = page.locator("#answer[data-verdict]")
    expect(answer).to_be_visible()
    expect(answer.locator("strong")).not_to_be_empty()
    return answer.get_attribute("data-verdict") or ""


def by_another_key(token: str) -> str:
    """The same words, signed by somebody else."""
    return statement.sign(statement.read(token)[0], Ed25519PrivateKey.generate())


def test_T_V02_the_six_kinds_of_certificate_are_told_apart_without_a_network(
    page: Page, issued: list[m.Certificate]
) -> None:
    good, revoked = issued
    token = good.token
    flipped = token[:-40] + ("A" if token[-40] != "A" else "B") + token[-39:]

    assert verdict(page, token) == verdict(page, f"https://example.cn/v/{token}", good.number) == "valid"
    assert verdict(page, flipped) == "forged"
    assert verdict(page, by_another_key(token)) == "other_key"
    assert verdict(page, token, revoked.number) == "other_certificate"
    assert verdict(page, revoked.token) == "revoked"
    assert verdict(page, "https://example.cn/v/abc") == "unreadable"
    page.context.clock.set_fixed_time(at("2026-09-10"))
    assert verdict(page, token) == "expired"
