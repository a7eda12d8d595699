"""People who look at page after page of the demonstration, and what is wrong with a page."""

from __future__ import annotations

from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from app.services.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.people import HEIGHT, NARROW, WIDE, Person

SERIOUS = ("serious", "critical")
#: rule, impact and the first places of each violation: all else axe knows of a page would only be carried over
VIOLATIONS = """async options => (await axe.run(options)).violations.map(
    rule => [rule.id, rule.impact, rule.nodes.slice(0, 3).map(node => node.target)])"""
#: over when the page has been drawn anew, charts that watch their own size included
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
#: texts of labels, headings, buttons and hints that are more Chinese than English, data apart
CHINESE_WORDS = """() => [...document.querySelectorAll(
    'label, button, legend, th, h2, h3, nav a, summary, .help-block, .btn, .badge-state, .side-nav a')]
  .filter(e => e.checkVisibility() && !e.closest('[lang=zh-CN]:not(html), tbody, .hits, .phrases, .site-user'))
  .map(e => e.textContent.trim())
  .filter(text => (text.match(/[\\u4e00-\\u9fff]/g) || []).length > (text.match(/[a-z]/gi) || []).length)"""
#: the switches of every page, and how a page shows that one is on
SWITCHES = {"/language": "html[lang=en]", "/large-type": "html.large-type"}


@dataclass
class Visits:
    """One browser a person, kept for all pages of the module; ``switched`` is the switch they turned on, if any."""

    chromium: Browser
    demo: Demo
    switched: str = ""
    people: dict[str | None, Person] = field(default_factory=dict)

    def of(self, name: str | None) -> Person:
        """Somebody's browser, signed in."""
        if name not in self.people:
            self.people[name] = person = Person(self.chromium, self.demo.url)
            if name:
                person.sign_in(name, PASSWORD)
            for switch in SWITCHES:  # whatever others who use the account have chosen meanwhile
                turn(person, switch, on=switch == self.switched)
        self.people[name].complaints.clear()
        return self.people[name]

    def leave(self) -> None:
        """Everybody leaves their account as they found it."""
        for person in self.people.values():
            if self.switched:
                turn(person, self.switched, on=False)
            person.leave()


def turn(person: Person, switch: str, *, on: bool) -> None:
    """Turn a switch of the page's head on or off, whatever the language."""
    person.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    page = person.go("/accessibility")
    if bool(page.locator(SWITCHES[switch]).count()) != on:
        page.locator(f'form[action="{switch}"] button').click()
    expect(page.locator(SWITCHES[switch])).to_have_count(int(on))


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical on a page."""
    page.evaluate(AXE_SCRIPT)
    return violations(page)


def violations(page: Page, *, colours: bool = True) -> list[str]:
    """What axe, already on the page, finds serious or critical; looking at ``colours`` takes most of its time. It need
    not fetch our style sheets anew to see whether they turn the page round."""
    options = {
        "resultTypes": ["violations"],
        "preload": False,
        "rules": {"color-contrast": {"enabled": colours}},
    }
    found = page.evaluate(VIOLATIONS, options)
    return [f"{rule} at {targets}" for rule, impact, targets in found if impact in SERIOUS]


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def misfits(person: Person, path: str) -> list[str]:
    """What is wrong with a page at both widths: faults axe finds, parts that stick out, complaints of the console.

    The window is made narrow after the page has come: what a page folds away on phones is then looked at as well.
    """
    page = person.page
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    answer = page.goto(path)
    assert answer and answer.status == 200
    expect(page.get_by_role("main")).to_be_visible()
    found: list[str] = []
    page.evaluate(AXE_SCRIPT)
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.evaluate(DRAWN)
        found += [f"{width}: {fault}" for fault in violations(page, colours=width == WIDE)]
        if overhang(page) > 0:
            found.append(f"{width}: wider than the window by {overhang(page)} pixels")
    return found + person.complaints
