"""People at browsers of their own, and what they are shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, WebError
from reportlab.pdfgen.canvas import Canvas

WIDE, NARROW = 1440, 360
HEIGHT = 900
PATIENCE = 20_000  # milliseconds
T = TypeVar("T")


class Person:
    """Somebody at a browser; ``complaints`` is what its console reported: script errors, refusals of the policy."""

    def __init__(self, browser: Browser, url: str, width: int = WIDE, **options: Any) -> None:
        self.url = url
        self.context = browser.new_context(
            base_url=url, locale="zh-CN", viewport={"width": width, "height": HEIGHT}, **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.context.on("console", self._listen)
        self.context.on("weberror", self._note)
        self.page: Page = self.context.new_page()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _note(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def go(self, path: str) -> Page:
        """Open a page by its address."""
        self.page.goto(path)
        return self.page

    def press(self, name: str, within: Locator | None = None) -> None:
        """Click a button by its name."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def submit(self, name: str, within: Locator | None = None) -> None:
        """Click a button that leads to another page, and wait until its scripts are there as well."""
        with self.page.expect_navigation():
            self.press(name, within)

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Click a link by its name, and wait as for ``submit``."""
        with self.page.expect_navigation():
            (within or self.page).get_by_role("link", name=name, exact=True).first.click()

    def leave(self) -> None:
        """Close the browser, with all its connections."""
        self.context.close()

    def sign_in(self, name: str, password: str) -> None:
        """Sign in by the form."""
        self.go("/login/")
        self.page.fill("#username", name)
        self.page.fill("#password", password)
        self.submit("登录")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def field(self, name: str) -> Locator:
        """The box of a field of the workspace: label, input, remark, findings."""
        return self.page.locator(f'[data-field="{name}"]')

    def hand_in(self, field: str, file: Path) -> None:
        """Choose a file for an upload and wait until it is stored."""
        box = self.field(field)
        box.locator('input[type="file"]').set_input_files(file)
        box.locator(".file-name", has_text=file.name).wait_for()

    def download(self, name: str, path: Path) -> Path:
        """Click a link that starts a download, and keep what comes."""
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=name, exact=True).first.click()
        download.value.save_as(path)
        return path


def until(found: Callable[[], T], what: str, seconds: float = 40.0) -> T:
    """The first true answer of ``found``, asked again and again; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} seconds"
        time.sleep(0.05)
    return answer


def scan(path: Path, text: str) -> Path:
    """A one-page PDF that stands for a sealed scan."""
    canvas = Canvas(str(path))
    canvas.drawString(72, 760, text)
    canvas.showPage()
    canvas.save()
    return path
