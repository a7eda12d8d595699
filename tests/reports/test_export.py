"""The writer of exports: every value comes back as it was, nothing runs, memory stays flat."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.registers import tables
from app.reports import export, workbook

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=HYPERLINK("x")',
    "'=1",
    "''+1",
)
NOTES = export.Notes("导出说明", [("内容", "产品")], "行数")


def made(kind: str, header: list[str], rows: Any, notes: export.Notes | None = None) -> bytes:
    return b"".join(export.stream(kind, header, rows, notes))


def book(content: bytes) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


def read_back(content: bytes, suffix: str) -> list[str]:
    """The column ``title`` as an import reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{suffix}"
        path.write_bytes(content)
        return [row["title"] for _number, row in tables.open_table(path, {"title": ("名称",)}).rows()]


@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx"])
def test_T_X01_no_text_is_a_formula_and_an_import_gets_the_text_itself(kind: str) -> None:
    content = made(kind, ["名称", "号"], [[text, 1] for text in HOSTILE])

    if kind == "xlsx":
        with ZipFile(io.BytesIO(content)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert sheet.count(b't="inlineStr"') == 2 + len(HOSTILE)
        expected = [text.strip() for text in HOSTILE]  # blanks at the ends of a cell are nobody's intention
    else:
        lines = csv.reader(
            io.StringIO(content.decode("gb18030" if kind == "gb18030" else "utf-8-sig"), newline="")
        )
        assert all(line[0].startswith("'") for line in list(lines)[1:])
        expected = list(HOSTILE)
    assert read_back(content, kind) == expected


@given(st.text(st.sampled_from("'=+-@＝a1 中"), min_size=1).filter(lambda text: text == text.strip()))
def test_T_X01_what_is_made_harmless_is_restored_exactly(text: str) -> None:
    assert export.restored(export.neutral(text)) == text
    assert not str(export.neutral(text)).startswith(export.FORMULA_STARTS)


def test_T_X02_T_X04_numbers_days_and_times_are_typed_in_excel_and_codes_stay_text() -> None:
    row = [
        Decimal("-5.00"),
        12,
        date(2025, 2, 28),
        datetime.fromisoformat("2025-03-01 17:30"),
        "0012345",
        "123E5",
        "NA",
        None,
    ]
    content = made("xlsx", ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"], [row], NOTES)

    found = book(content)
    cells = found.get_sheet_by_index(0).to_python()[1]
    assert cells[:6] == [
        -5.0,
        12.0,
        date(2025, 2, 28),
        datetime.fromisoformat("2025-03-01 17:30"),
        "0012345",
        "123E5",
    ]
    assert found.get_sheet_by_name("导出说明").to_python() == [["内容", "产品"], ["行数", "1"]]
    text = made("csv", ["甲"], [[value] for value in row]).decode("utf-8-sig").split("\r\n")
    assert text[1:9] == ["-5.00", "12", "2025-02-28", "2025-03-01 17:30", "0012345", "123E5", "NA", '""']


def test_T_X03_rare_characters_come_through_in_every_encoding() -> None:
    rare = "𠮷䶮㙓镕€é"
    for kind, codec in (("csv", "utf-8-sig"), ("gb18030", "gb18030")):
        content = made(kind, ["名称"], [[rare]])
        assert content.decode(codec).split("\r\n")[1] == rare
        assert b"?" not in content
        assert read_back(content, "csv") == [rare]


def test_the_heading_stays_in_sight_and_can_be_filtered_by() -> None:
    content = made("xlsx", ["甲", "乙"], [[1, "二"]])

    with ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:B2"/>' in sheet


def test_rows_that_do_not_fit_on_a_worksheet_go_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 4)

    for number, sheets in ((0, [0]), (3, [3]), (4, [3, 1]), (7, [3, 3, 1])):
        found = book(made("xlsx", ["号"], ([n] for n in range(number))))
        assert [
            len(found.get_sheet_by_index(i).to_python()) - 1 for i in range(len(found.sheet_names))
        ] == sheets


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, max_size=5))
def test_T_X04_any_text_comes_back_from_a_workbook_as_it_was(texts: list[str]) -> None:
    cells = book(made("xlsx", ["名称"], [[text] for text in texts])).get_sheet_by_index(0).to_python()[1:]
    assert [cell for (cell,) in cells] == texts


def test_what_excel_cannot_hold_as_a_number_or_in_a_cell_is_a_text_or_says_that_it_was_cut() -> None:
    row = ["𠮷" * 20_000, 10**15, Decimal("NaN"), float("inf"), date(1899, 12, 31), True]
    cells = book(made("xlsx", list("甲乙丙丁戊己"), [row])).get_sheet_by_index(0).to_python()[1]
    assert cells[0] == "𠮷" * 16_383 + "…"
    assert cells[1:] == ["1000000000000000", "NaN", "inf", "1899-12-31", "True"]


def test_an_empty_list_is_a_file_with_its_heading() -> None:
    assert made("csv", ["甲", "乙"], []).decode("utf-8-sig") == "甲,乙\r\n"
    assert book(made("xlsx", ["甲", "乙"], [])).get_sheet_by_index(0).to_python() == [["甲", "乙"]]


@pytest.mark.parametrize("title", ["产品\r\nSet-Cookie: x=1", 'a"b', "../../etc/passwd", "产品 100%"])
def test_T_X09_no_title_adds_a_header(title: str) -> None:
    value = export.headers(title, "csv")["Content-Disposition"]
    assert "\r" not in value
    assert "\n" not in value
    assert '"' not in value
    assert "/" not in value.removeprefix("attachment; ")


def test_T_X10_rows_are_taken_one_by_one(tmp_path: Path) -> None:
    alive: set[int] = set()
    most = 0

    class Text(str):
        def __del__(self) -> None:
            alive.discard(id(self))

    def rows() -> Iterator[list[Any]]:
        nonlocal most
        for number in range(4_000):
            text = Text(f"第{number}行")
            alive.add(id(text))
            most = max(most, len(alive))
            yield [text]

    for kind in ("csv", "xlsx"):
        alive.clear()
        most = 0
        with (tmp_path / kind).open("w+b") as file:
            export.write(file, kind, ["名称"], rows())
        assert most <= 1_200, kind
