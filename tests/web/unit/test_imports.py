"""Importing tables in the unit's workspace: from the template to the undone import, by the pages alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from tests.support import factories as make
from tests.support import imports
from tests.web.unit.conftest import Browser, Cast, plain

HERE = "/my/import/"


def sent(
    browser: Browser, content: bytes, name: str = "专利.csv", of: str = "patents", encoding: str = ""
) -> Any:
    """Upload a table."""
    data = {"file": (io.BytesIO(content), name), "encoding": encoding}
    return browser.post(f"{HERE}new?of={of}", data, content_type="multipart/form-data")


def filled(browser: Browser, *rows: str) -> bytes:
    """The template as the page gives it, with rows."""
    empty = browser.get(f"{HERE}template/csv?of=patents").data
    return empty + "\n".join(rows).encode()


def a_row(owner: str, title: str = "一种示例装置") -> str:
    number = make.make_number()
    return f"{number.display},{title},,{owner},,{number.year}-03-01,,,,有权,,,,,,"


def own(cast: Cast, session: Any) -> list[m.Patent]:
    session.expire_all()
    return list(session.scalars(select(m.Patent).where(m.Patent.unit_id == cast.unit.id)))


def test_the_way_from_the_template_to_the_undone_import(cast: Cast, anna: Browser, session: Any) -> None:
    answer = sent(anna, filled(anna, a_row(cast.unit.name), a_row("别家有限公司", "别家的装置")))
    page = answer.headers["Location"]
    assert "检查中" in anna.text(page)
    imports.work()

    said = anna.text(page)
    assert "新记录 1 行" in said and "有误 1 行" in said
    assert "专利权人不是本单位" in said
    assert own(cast, session) == []

    refused = anna.post(f"{page}/write", {"mode": "all"})
    assert refused.status_code == 422
    assert "有 1 行有误，不能整批导入" in plain(refused.text)

    anna.post(f"{page}/write", {"mode": "valid"})
    imports.work()
    assert "已导入" in anna.text(page)
    assert len(own(cast, session)) == 1

    anna.post(f"{page}/undo")
    imports.work()
    assert "整批已撤销" in anna.text(page)
    assert own(cast, session) == []


def test_the_list_of_faults_names_row_column_value_and_reason(cast: Cast, anna: Browser) -> None:
    page = sent(anna, filled(anna, a_row("=别家有限公司"))).headers["Location"]
    imports.work()

    rows = imports.cells(anna.get(f"{page}/faults.csv").data)

    assert rows[0] == ["行号", "列", "值", "原因"]
    assert rows[1][:2] == ["2", "取得方式"]
    assert any(row[1] == "权属证明" or "权属" in row[3] or "证明" in row[3] for row in rows[1:])


def test_columns_are_assigned_where_the_file_has_other_headings(cast: Cast, anna: Browser) -> None:
    number = make.make_number()
    content = f"编号,内部备注,名称,权属,申请日,状态\n{number.display},x,一种装置,{cast.unit.name},2018-03-01,有权".encode()
    page = sent(anna, content).headers["Location"]
    said = anna.text(page)
    assert "文件中的列" in said and "内部备注" in said

    wrong = anna.post(f"{page}/columns", {"field": ["", "", "title", "", "", ""]})
    assert wrong.status_code == 422
    assert "请指定“专利号”所在的列" in plain(wrong.text)

    fields = ["number", "", "title", "patentees", "filing_date", "legal_state"]
    anna.post(f"{page}/columns", {"field": fields})
    imports.work()
    assert "新记录 1 行" in anna.text(page)


def test_what_is_there_is_downloaded_in_the_form_of_the_template(
    cast: Cast, anna: Browser, session: Any
) -> None:
    make.make_patent(cast.unit, title="=一种装置")
    session.commit()
    rows = imports.cells(anna.get(f"{HERE}current/csv?of=patents").data)
    assert rows[0][:2] == ["专利号", "专利名称"]
    assert rows[1][1] == "'=一种装置"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04not a workbook", "文件已损坏"),
        (b"\xd0\xcf\x11\xe0old", "旧版或加密"),
        ("专利号,名称\n".encode(), "文件中没有内容"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "不是文本表格"),
    ],
)
def test_T_U09_unusable_files_are_refused_beside_the_field(anna: Browser, content: bytes, said: str) -> None:
    answer = sent(anna, content)
    assert answer.status_code == 422
    assert said in plain(answer.text)


def test_nothing_is_imported_without_a_file(anna: Browser) -> None:
    answer = anna.post(f"{HERE}new?of=patents")
    assert answer.status_code == 422
    assert "请选择文件" in plain(answer.text)


def test_kinds_of_others_do_not_exist(anna: Browser) -> None:
    assert anna.get(f"{HERE}new?of=users").status_code == 404
    assert anna.get(f"{HERE}new?of=nothing").status_code == 404


def test_the_pages_are_english_for_readers_of_english(cast: Cast, anna: Browser) -> None:
    anna.post("/language", {"language": "en", "next": "/my/"}, headers={"Origin": "http://localhost"})
    assert "CNY 10,000" in anna.text(f"{HERE}new?of=products")
    header = imports.cells(anna.get(f"{HERE}template/csv?of=patents").data)[0]
    assert header[:3] == ["Patent number", "Title", "Type"]
