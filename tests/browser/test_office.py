"""An IP office's half with real clicks: its region's figures, down to a city, kept, shared and taken along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from app.services.demo import PASSWORD
from tests.browser.demo import Demo
from tests.browser.people import Person
from tests.browser.steps import pdf_text

PNG = b"\x89PNG"


def test_an_office_looks_into_its_region_keeps_what_it_sees_and_takes_it_along(
    demo: Demo, somebody: Callable[..., Person], tmp_path: Path
) -> None:
    office = somebody(demo.url, accept_downloads=True)
    page = office.page

    def downloaded(name: str) -> Path:
        with page.expect_download() as waiting:
            page.get_by_role("main").get_by_role("link", name=name).or_(
                page.get_by_role("button", name=name)
            ).first.click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    office.sign_in("office", PASSWORD)
    office.follow("统计分析")
    expect(page.get_by_role("heading", level=1)).to_contain_text("湖南省")
    office.follow("地区分布")
    expect(page.locator(".stat-chart canvas").first).to_be_visible()
    page.get_by_label("图中指标").select_option(label="备案单位（家）")
    assert downloaded("下载图片").read_bytes().startswith(PNG)
    table = downloaded("CSV").read_bytes().decode("utf-8-sig")
    assert "长沙市" in table and "广州市" not in table
    assert "湖南省" in pdf_text(downloaded("下载年报（PDF）"))

    office.follow("长沙市", page.locator("table"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("长沙市")
    page.locator("#year").select_option("2024")
    office.submit("统计")
    assert {"region=430100", "year=2024"} <= set(page.url.split("?")[1].split("&"))

    page.locator("#name").fill("长沙 2024")
    office.submit("保存")
    expect(page.get_by_role("heading", level=1)).to_have_text("长沙 2024")
    expect(page.get_by_role("main")).to_contain_text("按保存时的数据重算，结果与保存的一致。")
    office.follow("我的统计视图", page.locator("main"))
    row = page.get_by_role("row").filter(has_text="长沙 2024")
    office.follow("长沙 2024", row)
    assert {"region=430100", "year=2024"} <= set(page.url.split("?")[1].split("&"))
    office.follow("我的统计视图", page.locator("main"))
    page.on("dialog", lambda dialog: dialog.accept())
    office.submit("删除", row)
    expect(row).to_have_count(0)

    elsewhere = page.goto("/stats/regions?region=440000")
    assert elsewhere and elsewhere.status == 404
    office.complaints.clear()  # of the answer that was to be refused
