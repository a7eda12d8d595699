"""Every kind of page as people meet it: accessible, whole on a small screen, usable by keyboard, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from app.services.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.people import HEIGHT, NARROW, WIDE, Person
from tests.browser.visits import CHINESE_WORDS, SWITCHES, Visits, faults, misfits, overhang, turn

#: who opens it, and its address; ``{filed}`` and the like are ids of demonstration products and cases in that state
KINDS = [
    *((None, path) for path in (
        "/", "/products", "/products?q=电池", "/products?q=无此产品", "/products/{filing_no}", "/products/{revoked_no}",
        "/products?province=430000&state=filed", "/recognised", "/units", "/articles/", "/articles/?kind=faq", "/articles/1", "/data/",
        "/help", "/accessibility", "/login/", "/register", "/password/forgot", "/password/reset", "/box", "/api/docs",
    )),
    *(("unit1", path) for path in (
        "/my/", "/my/identity/", "/my/identity/change/", "/my/assets/", "/my/assets/{last_year}", "/my/patents/",
        "/my/patents/add", "/my/patents/{patent}", "/my/products/?tab=filed", "/my/products/{filed}",
        "/my/products/{returned}", "/my/products/{returned}/step/1", "/my/products/{returned}/step/2",
        "/my/products/{returned}/step/3", "/my/products/{returned}/step/4", "/my/products/{filed}/revoke",
        "/my/cases/{filing_case}", "/my/messages/", "/password/change", "/my/import/", "/my/import/new?of=products",
    )),
    *(("unit4", path) for path in ("/my/", "/my/identity/", "/my/assets/", "/my/patents/", "/my/products/")),
    *(("reviewer1", path) for path in (
        "/desk/", "/desk/?tab=mine", "/desk/?tab=done", "/desk/cases/{filing_case}", "/desk/cases/{realname_case}",
        "/desk/cases/{update_case}", "/desk/batch/?case={filing_case}", "/desk/messages/", "/desk/stats/",
    )),
    *(("admin", path) for path in (
        "/productview/list/", "/productview/show/{filed}", "/caseview/list/", "/auditeventview/list/", "/auditeventview/show/1",
        "/parameterview/list/", "/phraseview/list/", "/phraseview/add", "/phraseview/edit/1", "/userview/list/",
        "/articleview/list/", "/articleview/show/1", "/articleview/add", "/userview/add", "/roleview/edit/1", "/registerpatentview/list/", "/outboxview/list/",
        "/import/", "/import/new?of=class",
    )),
]  # fmt: skip


@pytest.fixture(scope="module")
def places(demo: Demo) -> dict[str, Any]:
    """What the addresses of ``KINDS`` leave open."""
    products = dict(demo.ask("SELECT state, min(id) FROM product GROUP BY state"))
    cases = dict(
        demo.ask("SELECT kind || '_case', min(id) FROM review_case WHERE state = 'open' GROUP BY kind")
    )
    [(filing_no,)] = demo.ask("SELECT filing_no FROM product WHERE id = ?", products["filed"])
    [(revoked_no,)] = demo.ask("SELECT filing_no FROM product WHERE id = ?", products["revoked"])
    [(patent, last_year)] = demo.ask(
        "SELECT (SELECT min(id) FROM patent), (SELECT max(year) FROM asset_year)"
    )
    return {
        **products,
        **cases,
        "filing_no": filing_no,
        "revoked_no": revoked_no,
        "patent": patent,
        "last_year": last_year,
    }


@pytest.mark.parametrize(("name", "path"), KINDS)
def test_a_page_is_accessible_and_fits(
    name: str | None, path: str, visits: Visits, places: dict[str, Any]
) -> None:
    assert misfits(visits.of(name), path.format(**places)) == []


def test_an_unknown_address_is_answered_by_a_page_of_ours(visits: Visits) -> None:
    page = visits.of(None).page
    answer = page.goto("/no-such-page")
    assert answer and answer.status == 404
    expect(page.get_by_role("link", name="返回首页")).to_be_visible()
    assert faults(page) == []


def test_the_first_key_leads_past_the_menu(visits: Visits) -> None:
    page = visits.of(None).go("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/login/", "/products"])
def test_whoever_tabs_through_a_page_sees_where_they_are(path: str, visits: Visits) -> None:
    page = visits.of(None).go(path)
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement);
            return [document.activeElement.outerHTML.slice(0, 80), style.outlineStyle, parseFloat(style.outlineWidth)];
        }""")
        )
    assert [tag for tag, line, width in seen if line == "none" or width < 2] == []
    assert len({tag for tag, _, _ in seen}) > 8


def test_the_menus_open_and_close_by_keyboard(visits: Visits) -> None:
    page = visits.of("admin").go("/productview/list/")
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    menu = page.locator("summary", has_text="规则与代码")
    menu.focus()
    page.keyboard.press("Enter")
    first = page.get_by_role("link", name="备案规则")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_menu_of_a_small_screen_opens_by_keyboard(visits: Visits) -> None:
    page = visits.of(None).go("/")
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    button = page.get_by_role("button", name="菜单")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_role("navigation", name="主菜单").get_by_role("link", name="产品查询")).to_be_focused()
    assert overhang(page) <= 0


def test_a_class_is_found_and_chosen_by_keyboard(visits: Visits, places: dict[str, Any]) -> None:
    page = visits.of("unit1").go("/my/products/{returned}/step/1".format(**places))
    box = page.locator('[data-field="industry_code"]').get_by_role("combobox")
    box.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("锂离子")
    expect(page.get_by_role("option", name="3841 锂离子电池制造")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("3841 锂离子电池制造")
    page.keyboard.press("Control+a")
    page.keyboard.type("dlzdsb")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.parametrize(("name", "path"), [
    (None, "/"), (None, "/products?q=电池"), ("unit1", "/my/"), ("unit1", "/my/products/{returned}/step/1"),
    ("reviewer1", "/desk/cases/{filing_case}"), ("admin", "/productview/list/"),
    (None, "/data/"), ("unit1", "/my/import/new?of=products"),
])  # fmt: skip
def test_large_type_fits(name: str | None, path: str, large: Visits, places: dict[str, Any]) -> None:
    page = large.of(name).page
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(path.format(**places))
        assert overhang(page) <= 0
    size, height = page.evaluate(
        "(s => [parseFloat(s.fontSize), parseFloat(s.lineHeight)])(getComputedStyle(document.body))"
    )
    assert size >= 18 and height / size >= 1.3
    assert faults(page) == []


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_is_remembered_with_the_account(
    switch: str, somebody: Callable[..., Person], demo: Demo
) -> None:
    first, second = somebody(demo.url), somebody(demo.url)
    first.sign_in("unit3", PASSWORD)  # whose pages nobody else looks at
    turn(first, switch, on=True)
    second.sign_in("unit3", PASSWORD)
    expect(second.page.locator(SWITCHES[switch])).to_have_count(1)
    turn(second, switch, on=False)


@pytest.mark.parametrize(("name", "path"), [
    (None, "/"), (None, "/products"), (None, "/recognised"), (None, "/units"), (None, "/articles/"), (None, "/data/"), (None, "/help"), (None, "/register"), (None, "/login/"), (None, "/accessibility"), (None, "/api/docs"),
    ("unit1", "/my/"), ("unit1", "/my/identity/change/"), ("unit1", "/my/assets/{last_year}"), ("unit1", "/my/patents/add"),
    ("unit1", "/my/products/{returned}"), *(("unit1", f"/my/products/{{returned}}/step/{step}") for step in range(1, 5)),
    ("reviewer2", "/desk/"), ("reviewer2", "/desk/cases/{filing_case}"), ("auditor", "/auditeventview/list/"),
    ("auditor", "/productview/list/"), ("auditor", "/productview/show/{filed}"),
])  # fmt: skip
def test_in_english_nothing_is_left_in_chinese(
    name: str | None, path: str, english: Visits, places: dict[str, Any]
) -> None:
    page = english.of(name).go(path.format(**places))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate(CHINESE_WORDS) == []


def test_the_language_stays_from_page_to_page(somebody: Callable[..., Person], demo: Demo) -> None:
    person = somebody(demo.url)
    person.go("/")
    person.submit("English")
    person.follow("Product search")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Product search")
    person.submit("中文")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("产品查询")
