"""Importing a table with real clicks: the fault is named, the rest is imported and taken back; each page fits."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.people import HEIGHT, WIDE
from tests.browser.visits import Visits, misfits

TABLE = "年度,营业收入,从业人数,内部备注\n2008,90000,300,甲\n2009,九万,310,乙\n"


def test_a_unit_imports_a_table_and_takes_it_back(visits: Visits) -> None:
    unit = visits.of("unit2")
    page = unit.go("/my/import/")
    unit.follow("资产信息", page.get_by_role("main").locator(".plain-list"))
    page.set_input_files(
        "#file", {"name": "资产.csv", "mimeType": "text/csv", "buffer": TABLE.encode("gb18030")}
    )
    unit.submit("上传并检查")
    expect(page.get_by_role("heading", name="各列的含义")).to_be_visible()
    address = page.url
    assert misfits(unit, address) == []
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})

    unit.submit("检查")
    expect(page.get_by_role("heading", name="检查结果")).to_be_visible()
    expect(page.get_by_role("row", name="3 营业收入 九万")).to_be_visible()
    assert misfits(unit, address) == []
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})

    unit.submit("导入")
    expect(page.get_by_role("button", name="撤销整批导入")).to_be_visible()
    unit.go("/my/assets/2008")
    expect(page.locator("#revenue")).to_have_value("90,000.00")

    unit.go(address)
    page.on("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="撤销整批导入").click()
    expect(page.get_by_text("整批已撤销，数据与导入前一样。")).to_be_visible()
    assert unit.complaints == []
