"""Tables people upload: encodings, headings, row numbers, and cells that must stay text (abuse.md H)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from app.domain.errors import RuleError
from app.registers.tables import open_table
from app.reports import export

Write = Callable[..., Path]
HEADINGS = {"number": ("申请号", "number"), "title": ("专利名称", "title"), "owner": ("专利权人",)}
LINES = "申请号,专利名称\n202010123456.X,一种𠮷䶮㙓装置\n"


def rows(path: Path, **options: Any) -> list[tuple[int, dict[str, str]]]:
    return list(open_table(path, HEADINGS, ("number",), **options).rows())


def workbook(path: Path, *lines: list[Any], hidden: bool = False) -> Path:
    with xlsxwriter.Workbook(path) as book:
        if hidden:
            secret = book.add_worksheet("旧")
            secret.write_row(0, 0, ["申请号", "专利名称"])
            secret.write_row(1, 0, ["隐藏", "隐藏"])
            secret.hide()
        sheet = book.add_worksheet("专利")
        if hidden:
            sheet.activate()
            sheet.set_first_sheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return path


@pytest.mark.parametrize(
    ("codec", "detected"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")],
)  # fmt: skip
def test_T_X03_every_usual_encoding_is_recognised(write: Write, codec: str, detected: str) -> None:
    path = write("list.csv", LINES, codec)
    assert open_table(path, HEADINGS).encoding == detected
    assert rows(path) == [(2, {"number": "202010123456.X", "title": "一种𠮷䶮㙓装置"})]


def test_T_X03_a_chosen_encoding_overrides_the_detected_one(write: Write) -> None:
    path = write("list.csv", "申请号,专利名称\n1,联通\n", "gbk")
    assert rows(path, encoding="gb18030")[0][1]["title"] == "联通"


def test_T_X03_two_encodings_in_one_file_are_refused_with_the_line(write: Write) -> None:
    path = write("list.csv", LINES.encode() + "1,湖南长沙\n".encode("gbk"))
    with pytest.raises(RuleError, match="第 3 行不是 UTF-8"):
        open_table(path, HEADINGS)


def test_bytes_of_no_encoding_are_refused_with_the_line(write: Write) -> None:
    path = write("list.csv", "申请号\n".encode("gbk") + b"abc\xff\xff\n")
    with pytest.raises(RuleError, match="第 2 行"):
        open_table(path, HEADINGS)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02\x03\x00\x00"])
def test_what_is_no_table_is_refused(write: Write, content: bytes) -> None:
    with pytest.raises(RuleError):
        open_table(write("list.csv", content), HEADINGS)


def test_T_X04_codes_and_words_stay_text_in_csv(write: Write) -> None:
    values = ["0012345", "123E5", "91350100M000100Y43", "202010123456.X", "NA", "NULL", "无"]
    path = write("list.csv", "申请号\n" + "\n".join(values) + "\n")
    assert [row["number"] for _, row in rows(path)] == values


def test_T_X04_codes_and_words_stay_text_in_excel(tmp_path: Path) -> None:
    values = ["0012345", "123E5", "91350100M000100Y43", "202010123456.X", "NA", "NULL", "无"]
    path = workbook(tmp_path / "list.xlsx", ["申请号"], *[[value] for value in values], [202010123456], [0.5])
    assert [row["number"] for _, row in rows(path)] == [*values, "202010123456", "0.5"]


def test_T_X06_blank_rows_are_passed_over_and_keep_their_numbers(write: Write, tmp_path: Path) -> None:
    expected = [(3, "a"), (6, "b")]
    csv = write("list.csv", "\n申请号,专利名称\na,\n\n , \nb,x\n")
    assert [(number, row["number"]) for number, row in rows(csv)] == expected
    book = workbook(tmp_path / "list.xlsx", [], ["申请号", "专利名称"], ["a"], [], [" "], ["b", "x"])
    assert [(number, row["number"]) for number, row in rows(book)] == expected


def test_T_X06_a_title_above_and_a_second_heading_below_are_no_rows(tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "list.xlsx",
        ["某公司专利清单"],
        ["申请号", "专利名称", "备注"],
        ["number", "title"],
        ["a", "x", "y"],
    )
    table = open_table(book, HEADINGS)
    assert list(table.rows()) == [(4, {"number": "a", "title": "x"})]
    assert table.unknown == ["备注"]


def test_T_X06_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    book = workbook(tmp_path / "list.xlsx", ["申请号"], ["a"], hidden=True)
    assert rows(book) == [(2, {"number": "a"})]


def test_T_X06_formulas_give_their_values_and_merged_cells_their_text_once(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["申请号", "专利名称"])
        sheet.write_formula(1, 0, '="a"&"b"', None, "ab")
        sheet.merge_range(2, 0, 3, 1, "merged")
        sheet.write_row(4, 0, ["c", "d"])
    assert rows(tmp_path / "list.xlsx") == [
        (2, {"number": "ab", "title": ""}), (3, {"number": "merged", "title": ""}), (5, {"number": "c", "title": "d"}),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_T_X01_what_we_export_comes_back_as_it_was(tmp_path: Path, kind: str) -> None:
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1+1", '=HYPERLINK("x")', "'quoted'", 'a "b", c']
    path = tmp_path / f"list.{kind}"
    path.write_bytes(b"".join(export.stream(kind, ["申请号"], [[name] for name in names])))
    assert [row["number"] for _, row in rows(path)] == names


def test_quotes_line_ends_and_other_separators_in_csv(write: Write) -> None:
    path = write("list.csv", '申请号;专利名称\r\na;"x\r\ny;z"\r\nb;q\r\n')
    assert rows(path) == [(2, {"number": "a", "title": "x\r\ny;z"}), (3, {"number": "b", "title": "q"})]


def test_headings_are_found_whatever_their_width_case_and_marks(write: Write) -> None:
    path = write("list.csv", "* 申 请 号 ,ＴＩＴＬＥ（必填）\na,x\n")
    assert rows(path) == [(2, {"number": "a", "title": "x"})]


def test_a_missing_column_and_a_double_one_are_named(write: Write) -> None:
    with pytest.raises(RuleError, match="缺少“申请号”列"):
        open_table(write("a.csv", "专利名称\nx\n"), HEADINGS, ("number",))
    with pytest.raises(RuleError, match="“专利名称”出现了不止一次"):
        open_table(write("b.csv", "申请号,专利名称,title\na,x,y\n"), HEADINGS)
    with pytest.raises(RuleError, match="没有找到表头"):
        open_table(write("c.csv", "甲,乙\n1,2\n"), HEADINGS)


def test_a_row_with_too_many_cells_is_reported_and_the_rest_read(write: Write) -> None:
    bad: list[tuple[int, str]] = []
    table = open_table(write("list.csv", "申请号,专利名称\na,x,oops\nb,y,\n"), HEADINGS)
    found = list(table.rows(lambda row, reason: bad.append((row, str(reason)))))
    assert [row["number"] for _, row in found] == ["b"]
    assert bad == [(2, "本行有 3 列，多于表头的 2 列")]


def test_json_lines_are_rows_too_and_broken_ones_are_reported(write: Write) -> None:
    bad: list[int] = []
    path = write(
        "list.jsonl",
        '{"number": 12, "专利名称": "x", "other": 1}\n\n[1]\n{"number": "b", "专利权人": ["甲", "乙"]}\n{',
    )
    found = list(open_table(path, HEADINGS, ("number",)).rows(lambda row, _: bad.append(row)))
    assert found == [
        (1, {"number": "12", "title": "x", "owner": ""}),
        (4, {"number": "b", "title": "", "owner": "甲;乙"}),
    ]
    assert bad == [3, 5]


def test_nul_is_taken_out(write: Write) -> None:
    path = write("list.jsonl", '{"number": "a\\u0000b"}\n')
    assert rows(path)[0][1]["number"] == "ab"
