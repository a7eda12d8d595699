"""The import pages of administrators: reference tables and accounts."""

from __future__ import annotations

import io

from app.db import session
from tests.support import imports
from tests.support.world import World


def test_an_administrator_replaces_a_table_as_a_whole_and_takes_it_back(world: World, no_csrf: None) -> None:
    admin = world.browser("admin")
    rows = ["2031-01-01,休,元旦", "2031-05-01,休,", "2031-10-01,休,", "2031-10-02,休,", "2031-10-03,休,"]
    content = ("日期,休或班,节日\n" + "\n".join(rows)).encode("gb18030")
    assert "整表替换" in admin.get("/import/new?of=calendar").text
    session.rollback()

    sent = admin.post("/import/new?of=calendar", data={"file": (io.BytesIO(content), "日历.csv")})
    page = sent.headers["Location"]
    imports.work()
    assert "GB18030" in admin.get(page).text
    session.rollback()

    admin.post(f"{page}/write", data={"mode": "all"})
    imports.work()
    assert "撤销整批导入" in admin.get(page).text
    session.rollback()
    admin.post(f"{page}/undo")
    imports.work()
    assert "整批已撤销" in admin.get(page).text


def test_what_the_menu_leads_to_lists_all_kinds(world: World, no_csrf: None) -> None:
    said = world.browser("admin").get("/import/").text
    for kind in ("专利登记簿", "产品分类", "国民经济行业分类", "专利密集型产业", "工作日历", "用户"):
        assert kind in said
