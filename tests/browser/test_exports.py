"""A large export as a person meets it: started, left, found again, downloaded, opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from app.services.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.people import NARROW, Person


def test_T_X10_a_large_export_is_started_left_found_again_and_opened(
    demo: Demo, somebody: Callable[..., Person], tmp_path: Path
) -> None:
    rita = somebody(demo.url)
    rita.sign_in("reviewer1", PASSWORD)
    rita.go("/productview/list/?f_state=filed")
    rita.follow("Excel")
    expect(rita.page.get_by_role("heading", level=1)).to_have_text("导出：产品")
    rita.submit("在后台导出")
    address = rita.page.url

    rita.go("/desk/")
    rita.page.locator("summary", has_text="reviewer1").or_(
        rita.page.locator(".nav-right > summary")
    ).first.click()
    rita.follow("我的导出")
    rita.follow("产品", rita.page.locator("main"))
    assert rita.page.url == address
    link = rita.page.get_by_role("link", name="下载文件")
    expect(link).to_be_visible()  # the page looks for itself, and shows the file when it is there
    with rita.page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "产品.xlsx"
    waiting.value.save_as(tmp_path / "products.xlsx")

    heading, *rows = CalamineWorkbook.from_path(tmp_path / "products.xlsx").get_sheet_by_index(0).to_python()
    found = demo.ask("SELECT count(*) FROM product WHERE state = 'filed'")[0][0]
    assert len(rows) == found
    row = dict(zip(heading, rows[0], strict=True))
    assert isinstance(row["备案日期"], date)
    assert isinstance(row["备案年度"], float)
    assert isinstance(row["备案编号"], str)


def test_the_file_is_deleted_on_request_on_a_phone(demo: Demo, somebody: Callable[..., Person]) -> None:
    rita = somebody(demo.url, width=NARROW)
    rita.sign_in("reviewer1", PASSWORD)
    rita.go("/unitview/list/")
    rita.follow("CSV (GB18030)")
    rita.submit("在后台导出")
    expect(rita.page.get_by_role("link", name="下载文件")).to_be_visible()
    assert rita.page.evaluate("document.documentElement.scrollWidth") <= NARROW

    rita.page.on("dialog", lambda dialog: dialog.accept())
    rita.submit("删除文件")
    expect(rita.page.locator("tbody tr").first).to_contain_text("已删除")
