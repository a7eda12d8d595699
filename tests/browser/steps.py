"""What the steps of the journey share: who takes part, and what they do again and again."""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Post
from tests.browser.people import Person
from tools import server


@dataclass
class Journey:
    """Who takes part, and where."""

    unit: Person
    reviewer: Person
    public: Person
    platform: server.Server
    post: Post
    folder: Path


def open_case(j: Journey, title: str) -> None:
    """Take a case from the queue in hand and open it."""
    page = j.reviewer.go("/desk/")
    j.reviewer.follow(title)
    j.reviewer.submit("领取")
    expect(page.get_by_role("status").filter(has_text="已领取")).to_be_visible()


def decide(j: Journey, verdict: str) -> None:
    """Press the button of the decision, with a note on warnings where there are any."""
    page = j.reviewer.page
    note = page.locator("#override_note")
    if verdict == "通过" and note.count():
        note.fill("已核对。")
    j.reviewer.submit(verdict, page.locator(".case-bar"))
    expect(
        page.get_by_role("status").filter(has_text="已通过" if verdict == "通过" else "已退回")
    ).to_be_visible()


def finding(box: Locator, rule: str, message: str, clause: str, good: str) -> None:
    """A finding stands at its field, with its rule, clause and good example."""
    card = box.locator(".finding").filter(has=box.page.get_by_text(f"{rule} · {clause}", exact=True))
    expect(card).to_contain_text(message)
    expect(card.locator(".example-good")).to_contain_text(good)


def pick(box: Locator, typed: str, wanted: str) -> None:
    """Find a class by typing and choose it from the list."""
    box.get_by_role("combobox").fill(typed)
    box.get_by_role("option", name=wanted).first.click()
    expect(box.get_by_role("combobox")).to_have_value(wanted)


def code_in(texts: list[str]) -> str:
    """The code in the newest of some messages."""
    found = re.search(r"\b\d{6}\b", texts[-1]) if texts else None
    return found.group() if found else ""


def read_mails(post: Post, address: str) -> list[str]:
    """The texts of the mails to an address."""
    parsed: list[Any] = [
        email.message_from_bytes(m.content, policy=email.policy.default) for m in post.mails(address)
    ]
    return [mail.get_content() for mail in parsed]


def pdf_text(path: Path) -> str:
    """What a PDF says."""
    return subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout
