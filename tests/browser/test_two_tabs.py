"""What people do to forms in earnest: two tabs, double clicks, the Back button, a session that ends, a page reloaded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.services.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.people import Person

SAVED = re.compile(r"已于 \d\d:\d\d 自动保存")


@pytest.fixture
def unit(somebody: Callable[..., Person], demo: Demo) -> Person:
    """Somebody of a unit whose products other tests leave alone."""
    person = somebody(demo.url)
    person.sign_in("unit2", PASSWORD)
    return person


@pytest.fixture
def draft(unit: Person) -> Page:
    """The first step of a new draft, open."""
    unit.go("/my/products/")
    unit.page.get_by_role("button", name="备案产品", exact=True).first.click()
    expect(unit.page.locator("#name")).to_be_visible()
    return unit.page


def ready_draft(unit: Person, name: str) -> Page:
    """The last step of a draft that may be submitted, open: a copy of a filed product under another name."""
    page = unit.go("/my/products/?tab=filed")
    unit.follow("紫外光可降解农用地膜")
    page.get_by_text("更多", exact=True).click()
    unit.submit("复制为新的草稿")
    page.fill("#name", name)
    for field, amount in {"output_value": "900", "sales": "880", "volume": "70", "profit": "90"}.items():
        page.fill(f"#{field}", amount)
    page.fill("#volume_unit", "吨")
    for _ in range(3):
        unit.submit("保存并进入下一步")
    expect(page.get_by_text("没有必须修改的问题，可以提交。")).to_be_visible()
    page.check("#commitment")
    return page


def cases_of(demo: Demo, page: Page) -> int:
    """How many cases there are of the product whose page or step is open."""
    product = re.search(r"/products/(\d+)", page.url)
    assert product
    query = "SELECT count(*) FROM review_case WHERE kind = 'filing' AND subject_id = ?"
    return int(demo.ask(query, product.group(1))[0][0])


def end_session(demo: Demo, person: Person) -> None:
    """Let the session be idle for longer than sessions may be."""
    [token] = [cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "session"]
    change = "UPDATE web_session SET seen_at = datetime(seen_at, '-31 minutes') WHERE id = ?"
    demo.ask(change, hashlib.sha256(token.encode()).hexdigest())


def sign_in_again(page: Page) -> None:
    """Sign in on the page one was sent to."""
    page.wait_for_url("**/login/**")
    page.fill("#username", "unit2")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)


def test_T_M07_what_one_tab_saved_is_not_overwritten_by_the_other(draft: Page, unit: Person) -> None:
    other = unit.context.new_page()
    other.goto(draft.url)
    draft.fill("#name", "农用降解薄膜")
    expect(draft.locator(".save-state")).to_have_text(SAVED)
    other.fill("#name", "大棚薄膜")
    other.get_by_role("button", name="保存并进入下一步").click()
    warning = other.get_by_role("alert").filter(has_text="您的修改没有保存")
    expect(warning).to_contain_text("农用降解薄膜")
    expect(other.locator("#name")).to_have_value("大棚薄膜")
    draft.reload()
    expect(draft.locator("#name")).to_have_value("农用降解薄膜")
    unit.complaints.clear()  # the browser itself reports an answer 409


def test_T_M07_autosave_of_an_old_tab_stops_and_shows_both_values(draft: Page, unit: Person) -> None:
    other = unit.context.new_page()
    other.goto(draft.url)
    draft.fill("#model", "LW-5")
    expect(draft.locator(".save-state")).to_have_text(SAVED)
    other.fill("#model", "LW-6")
    warning = other.get_by_role("alert").filter(has_text="LW-5")
    expect(warning).to_be_visible()
    expect(other.locator(".save-state")).to_have_text("没有保存")
    warning.get_by_role("button", name="载入最新内容").click()
    expect(other.locator("#model")).to_have_value("LW-5")
    unit.complaints.clear()  # the browser itself reports an answer 409


def test_T_W02_a_double_click_submits_once(unit: Person, demo: Demo) -> None:
    page = ready_draft(unit, "果园用降解反光膜")
    address = page.url
    page.get_by_role("button", name="提交审核").dblclick()
    expect(page.get_by_role("heading", name="受理回执")).to_be_visible()
    page.goto(address.partition("/step/")[0])
    assert cases_of(demo, page) == 1


def test_T_W02_of_two_tabs_that_submit_one_is_told_so(unit: Person, demo: Demo) -> None:
    page = ready_draft(unit, "育苗用降解衬膜")
    other = unit.context.new_page()
    other.goto(page.url)
    other.check("#commitment")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("heading", name="受理回执")).to_be_visible()
    other.get_by_role("button", name="提交审核").click()
    expect(other.get_by_role("main")).to_contain_text("待审核")
    other.goto(other.url.partition("/submit")[0].partition("/step/")[0])
    assert cases_of(demo, other) == 1
    unit.complaints.clear()  # the browser itself reports an answer 409


def test_T_S08_after_signing_out_back_shows_nothing_private(unit: Person) -> None:
    page = unit.go("/my/products/")
    expect(page.get_by_role("heading", name="产品备案")).to_be_visible()
    page.locator(".nav-right summary").click()
    unit.submit("退出登录")
    expect(page.get_by_role("link", name="登录", exact=True).first).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/login/"))
    expect(page.get_by_role("main")).not_to_contain_text("紫外光可降解农用地膜")


def test_T_S04_what_was_typed_outlives_the_session(unit: Person, demo: Demo) -> None:
    page = unit.go("/my/assets/2023")
    page.fill("#revenue", "52,345.67")
    page.fill("#employees", "433")
    end_session(demo, unit)
    unit.press("暂存")
    sign_in_again(page)
    expect(page).to_have_url(re.compile("/my/assets/2023"))
    expect(page.locator("#revenue")).to_have_value("52,345.67")
    expect(page.locator("#employees")).to_have_value("433")
    unit.complaints.clear()


def test_T_S04_the_wizard_says_that_the_session_ended_and_keeps_the_text(
    draft: Page, unit: Person, demo: Demo
) -> None:
    address = draft.url
    end_session(demo, unit)
    draft.fill("#name", "温室用降解薄膜")
    draft.fill("#model", "WS-1")
    expect(draft.locator(".save-state")).to_contain_text("登录已超时")
    draft.get_by_role("button", name="保存并进入下一步").click()
    sign_in_again(draft)
    expect(draft).to_have_url(re.compile(re.escape(address)))
    expect(draft.locator("#name")).to_have_value("温室用降解薄膜")
    expect(draft.locator("#model")).to_have_value("WS-1")
    unit.complaints.clear()  # the browser itself reports the answers 401


def test_what_was_saved_by_itself_is_there_after_a_reload(draft: Page, unit: Person) -> None:
    draft.fill("#name", "苗床用降解薄膜")
    draft.fill("#sales", "1,234.50")
    draft.select_option("#nature", label="实物产品")
    expect(draft.locator(".save-state")).to_have_text(SAVED)
    draft.reload()
    expect(draft.locator("#name")).to_have_value("苗床用降解薄膜")
    expect(draft.locator("#sales")).to_have_value("1,234.50")
    expect(draft.locator("#nature")).to_have_value("goods")
