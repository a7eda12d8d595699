"""The public's half with real clicks: from the first page to what was looked for, without an account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.demo import Demo
from tests.browser.people import NARROW, Person

TIP = "该产品的型号与市场上销售的不一致，备案信息可能不实。"


def test_a_citizen_finds_a_product_narrows_the_search_and_verifies_its_certificate(
    demo: Demo, somebody: Callable[..., Person]
) -> None:
    citizen = somebody(demo.url)
    page = citizen.go("/")
    page.get_by_role("searchbox").fill("净化")
    citizen.submit("查询产品")
    hits = page.locator(".hits > li")
    expect(hits.first.locator("mark").first).to_have_text("净化")
    before = hits.count()

    hunan = page.get_by_role("region", name="地区").get_by_role("listitem").filter(has_text="湖南省")
    number = int(hunan.locator(".facet-count").inner_text())
    citizen.follow("湖南省", hunan)
    expect(hits).to_have_count(number)
    expect(page.locator("#province")).to_have_value("430000")
    with page.expect_navigation():
        page.locator(".facet-chosen").get_by_role("link").click()
    expect(hits).to_have_count(before)

    page.get_by_label("只看已认定的专利密集型产品").check()
    page.locator("#state").select_option(label="已备案")
    citizen.submit("查询")
    expect(hits.first.locator(".badge-state", has_text="已认定")).to_be_visible()
    with page.expect_navigation():
        hits.filter(has_text="含磷废水净化器").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("含磷废水净化器")
    valid = page.get_by_role("row").filter(has_text="有效").last
    with page.expect_navigation():
        valid.get_by_role("link").click()
    expect(page.locator(".verdict")).to_contain_text("有效")


def test_what_is_not_found_says_why_and_a_patent_number_is_found_as_it_is_written(
    demo: Demo, somebody: Callable[..., Person]
) -> None:
    [(number, name)] = demo.ask(
        "SELECT t.application_no, p.name FROM product p JOIN product_year y ON y.product_id = p.id AND y.state = 'updated'"
        " JOIN patent_link l ON l.product_year_id = y.id JOIN patent t ON t.id = l.patent_id"
        " WHERE p.state = 'filed' ORDER BY p.id LIMIT 1"
    )
    citizen = somebody(demo.url)
    page = citizen.go("/products")
    page.locator("#q").fill("不存在的产品")
    citizen.submit("查询")
    expect(page.get_by_role("status")).to_contain_text("没有找到符合条件的产品")
    expect(page.locator("#q")).to_have_value("不存在的产品")

    page.locator("#q").fill(f"ZL {number[:4]} {number[4:-1]}.{number[-1]}")
    citizen.submit("查询")
    expect(page.locator(".hits")).to_contain_text(name)


def test_somebody_tells_of_a_wrong_filing_on_a_phone_and_follows_it(
    demo: Demo, somebody: Callable[..., Person]
) -> None:
    citizen = somebody(demo.url, width=NARROW)
    page = citizen.go("/products?q=净化")
    expect(page.locator("#province")).to_be_hidden()
    page.locator("summary", has_text="筛选条件").click()
    expect(page.locator("#province")).to_be_visible()
    with page.expect_navigation():
        page.locator(".hits").get_by_role("link").first.click()
    citizen.follow("提出异议或线索", page.locator("main"))
    page.locator("#text").fill("短")
    citizen.submit("提交")
    expect(page.locator("#text-error")).to_be_visible()
    expect(page.locator("#text")).to_have_value("短")
    page.locator("#text").fill(TIP)
    citizen.submit("提交")
    expect(page.get_by_role("heading", level=1)).to_have_text("已受理您的线索")
    receipt, phrase = page.locator("#receipt-no").inner_text(), page.locator("#pass-phrase").inner_text()

    citizen.go("/objections/")
    page.locator("#receipt_no").fill(receipt)
    page.locator("#phrase").fill("不是这个密码")
    citizen.submit("查询")
    expect(page.locator("#receipt_no")).to_have_value(receipt)
    page.locator("#phrase").fill(phrase)
    citizen.submit("查询")
    expect(page.get_by_role("main")).to_contain_text("已受理，等待工作人员核查")
    citizen.complaints.clear()  # of the two forms that were to be refused


def test_a_journalist_takes_all_data_with_their_hash_in_english(
    demo: Demo, somebody: Callable[..., Person], tmp_path: Path
) -> None:
    journalist = somebody(demo.url)
    page = journalist.go("/")
    journalist.submit("English")
    journalist.follow("Open data", page.locator("main"))
    row = page.get_by_role("row").filter(has_text="products.csv")
    with page.expect_download() as waiting:
        row.get_by_role("link").click()
    waiting.value.save_as(tmp_path / "products.csv")
    content = (tmp_path / "products.csv").read_bytes()
    expect(row).to_contain_text(hashlib.sha256(content).hexdigest())
    assert content.decode("utf-8-sig").startswith("filing_no,")
