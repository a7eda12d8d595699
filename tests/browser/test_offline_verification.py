"""T-V02, N3: the page that was kept verifies certificates in a browser without a network, each answer in its own words."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, expect

from app.domain.clock import local_date, utc_now
from app.domain.recognition.statement import read, sign
from tests.browser.demo import Demo

#: certificates of the demonstration's past rounds in each state: (what the answer is, which certificates it is for)
STATES = {
    "valid": "revoked_on IS NULL AND valid_until >= ?",
    "expired": "revoked_on IS NULL AND valid_until < ?",
    "revoked": "revoked_on IS NOT NULL AND valid_until >= ?",
}


@pytest.fixture
def scanned(demo: Demo) -> dict[str, tuple[str, str]]:
    """What was scanned and the number that is printed beside it, by the answer to it."""
    today = local_date(utc_now()).isoformat()
    found = {
        name: ("", str(demo.ask(f"SELECT token FROM certificate WHERE {which} LIMIT 1", today)[0][0]))
        for name, which in STATES.items()
    }
    token = found["valid"][1]
    elsewhere = sign(replace(read(token)[0], key_id="0" * 16), Ed25519PrivateKey.generate())
    return found | {
        "forged": ("", f"{token[:-8]}AAAAAAAA"),
        "other_key": ("", elsewhere),
        "other_certificate": ("ZLMJ2000000001", token),
        "unreadable": ("", "guess"),
    }


def test_T_V02_the_kept_page_answers_without_a_network(
    demo: Demo, chromium: Browser, scanned: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    kept = tmp_path / "offline.html"
    kept.write_bytes(urllib.request.urlopen(f"{demo.url}/v/offline.html").read())
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(kept.as_uri())

    words = {}
    for answer, (printed, token) in scanned.items():
        page.fill("#code", f"{demo.url}/v/{token}")
        page.fill("#printed", printed)
        page.get_by_role("button").click()
        expect(page.locator(f"#answer[data-verdict={answer}]")).to_be_visible()
        words[answer] = page.locator("#answer").inner_text()
    context.close()

    assert len(set(words.values())) == len(scanned)
