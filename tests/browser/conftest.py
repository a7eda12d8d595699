"""A real browser (the system's Chromium), servers that take mail and SMS, and the platform as people meet it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.demo import Demo, shared_demo
from tests.browser.people import PATIENCE, Person
from tests.browser.visits import Visits
from tests.conftest import run_folder
from tests.notify.conftest import FreePort, Gateway, Mailbox

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
]  # fmt: skip


#: the same browser with and without the window nobody looks at, which takes as much work as the pages themselves
PROGRAMS = ("chromium-headless-shell", "chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; each person gets a context of their own in it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: browser tests need the program `chromium`")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def somebody(chromium: Browser) -> Iterator[Callable[..., Person]]:
    """``somebody(url)`` sits down at a new browser; at the end of the test no console may have complained."""
    people: list[Person] = []

    def sit_down(url: str, **options: Any) -> Person:
        people.append(Person(chromium, url, **options))
        return people[-1]

    yield sit_down
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.leave()
    assert not complaints


@pytest.fixture(scope="session")
def demo(request: pytest.FixtureRequest) -> Demo:
    """The platform with its demonstration data, which other tests look at too: change only what is your own."""
    return shared_demo(run_folder(request.config))


@pytest.fixture(scope="module")
def visits(chromium: Browser, demo: Demo) -> Iterator[Visits]:
    """Everybody who looks at pages here."""
    visits = Visits(chromium, demo)
    yield visits
    visits.leave()


@pytest.fixture(scope="module")
def english(chromium: Browser, demo: Demo) -> Iterator[Visits]:
    """The same people, having chosen English."""
    visits = Visits(chromium, demo, "/language")
    yield visits
    visits.leave()


@pytest.fixture(scope="module")
def large(chromium: Browser, demo: Demo) -> Iterator[Visits]:
    """The same people, having chosen large type."""
    visits = Visits(chromium, demo, "/large-type")
    yield visits
    visits.leave()


@dataclass(frozen=True)
class Post:
    """A mail server and an SMS gateway, and what they took."""

    mailbox: Mailbox
    mail_port: int
    gateway: Gateway

    def mails(self, address: str) -> list[Any]:
        """The envelopes for an address, oldest first."""
        return [envelope for envelope in self.mailbox.taken if address in envelope.rcpt_tos]

    def texts(self, mobile: str) -> list[str]:
        """The SMS for a number, oldest first."""
        return [sms["text"] for sms in self.gateway.requests if sms["mobile"] == mobile]


@pytest.fixture
def post() -> Iterator[Post]:
    """Servers of our own for mail and SMS."""
    mailbox = Mailbox()
    controller = FreePort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    with Gateway() as gateway:
        threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield Post(mailbox, controller.port, gateway)
        gateway.shutdown()
    controller.stop()
