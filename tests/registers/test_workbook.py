"""Hostile workbooks are refused before they are read (abuse.md T-U06, T-U07, T-U09)."""

from __future__ import annotations

import resource
import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from app.domain.errors import RuleError
from app.registers import workbook
from app.registers.workbook import Limits, open_sheet

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["申请号", "专利名称"])
        sheet.write_row(1, 0, ["a", "x"])
    return path


@pytest.fixture
def changed(plain: Path, tmp_path: Path) -> Callable[..., Path]:
    """The plain workbook with one part replaced or added."""

    def _changed(name: str, content: bytes | Callable[[bytes], bytes]) -> Path:
        path = tmp_path / "changed.xlsx"
        with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            parts = {entry.filename: source.read(entry) for entry in source.infolist()}
            parts[name] = content if isinstance(content, bytes) else content(parts[name])
            for part, data in parts.items():
                target.writestr(part, data)
        return path

    return _changed


def refused(path: Path, words: str) -> None:
    """Refused with a message, in little time and memory."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(RuleError, match=words):
        open_sheet(path)
    assert time.monotonic() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def cell(address: str, attributes: str = "") -> Callable[[bytes], bytes]:
    """Add a cell to the sheet."""
    xml = f'<row r="9"><c r="{address}"{attributes}><v>1</v></c></row></sheetData>'.encode()
    return lambda sheet: sheet.replace(b"</sheetData>", xml)


def test_a_plain_workbook_is_read(plain: Path) -> None:
    assert list(workbook.rows_of(open_sheet(plain))) == [(1, ["申请号", "专利名称"]), (2, ["a", "x"])]


@pytest.mark.parametrize("address", ["XFD1048576", "A1048576", "A200001"])
def test_T_U09_a_far_row_is_refused_whatever_the_dimension_says(
    changed: Callable[..., Path], address: str
) -> None:
    refused(changed(SHEET, cell(address)), "工作表超过 200000 行")


def test_T_U09_16384_columns_are_refused(changed: Callable[..., Path]) -> None:
    refused(changed(SHEET, cell("XFD1")), "工作表超过 256 列")


def test_T_U09_a_sheet_that_is_both_long_and_wide_is_refused(changed: Callable[..., Path]) -> None:
    refused(changed(SHEET, cell("IV100000")), "行数乘列数")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="XFD1048576">', b"<c  r = 'XFD1048576'>"),
        (b'<c r="XFD1048576">', b'<c s="0" r="XFD1048576">'),
        (b'<c r="XFD1048576">', b'<c r="&#88;FD1048576">'),
        (b'<c r="XFD1048576"><v>1</v></c>', b'<x:c xmlns:x="u" r="XFD1048576"><x:v>1</x:v></x:c>'),
        (b'<row r="9"><c r="XFD1048576">', b'<row r="1048576"><c>'),
    ],
)
def test_T_U09_a_far_cell_written_in_an_unusual_way_is_found(
    changed: Callable[..., Path], old: bytes, new: bytes
) -> None:
    refused(changed(SHEET, lambda sheet: cell("XFD1048576")(sheet).replace(old, new)), "工作表超过 200000 行")


def test_far_cells_without_content_do_no_harm(changed: Callable[..., Path]) -> None:
    path = changed(
        SHEET,
        lambda sheet: sheet.replace(b"</sheetData>", b'<row r="9"><c r="XFD9" s="0"/></row></sheetData>'),
    )
    assert open_sheet(path).end == (1, 1)


def test_T_U09_a_cell_of_100_mib_is_refused_by_its_ratio(changed: Callable[..., Path]) -> None:
    refused(
        changed("xl/sharedStrings.xml", b"<sst><si><t>" + b"a" * (100 << 20) + b"</t></si></sst>"),
        "压缩比异常",
    )


def test_T_U09_a_cell_of_3_mib_is_refused(changed: Callable[..., Path]) -> None:
    refused(
        changed("xl/sharedStrings.xml", b"<sst><si><t>" + b"a" * (3 << 20) + b"</t></si></sst>"),
        "超长的单元格",
    )


def test_T_U09_more_rows_than_allowed_are_refused(changed: Callable[..., Path]) -> None:
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n * 7919) for n in range(3, 300_000)
    )
    refused(
        changed(SHEET, lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>")),
        "工作表超过 200000 行",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xl/vbaProject.bin", "含有宏"),
        ("xl/macrosheets/sheet1.xml", "含有宏"),
        ("xl/externalLinks/externalLink1.xml", "链接了其他文件"),
        ("xl/connections.xml", "链接了其他文件"),
        ("xl/embeddings/oleObject1.bin", "内嵌"),
        ("xl/media/inner.zip", "内嵌"),
        ("../evil.xml", "越界"),
        ("/etc/evil.xml", "越界"),
        ("xl/..\\evil.xml", "越界"),
        ("C:/evil.xml", "越界"),
    ],
)
def test_T_U07_T_U09_parts_that_do_not_belong_there_are_refused(
    changed: Callable[..., Path], name: str, words: str
) -> None:
    refused(changed(name, b"x"), words)


def test_T_U07_a_symbolic_link_is_refused(plain: Path) -> None:
    link = zipfile.ZipInfo("xl/link.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(plain, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(plain, "越界")


def test_T_U07_100_000_entries_are_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    refused(path, "文件过多")


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
    ],
)
def test_T_U06_entities_are_refused(changed: Callable[..., Path], prolog: bytes) -> None:
    refused(
        changed("xl/workbook.xml", lambda part: part.replace(b"<workbook", prolog + b"<workbook")), "XML 声明"
    )


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04" + b"\x00" * 200, b"PK\x05\x06" + b"\x00" * 18])
def test_a_broken_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(content)
    refused(path, "已损坏")


def test_a_damaged_part_is_refused(plain: Path) -> None:
    content = bytearray(plain.read_bytes())
    content[60:70] = b"\xff" * 10
    plain.write_bytes(content)
    refused(plain, "已损坏|无法读取")


def test_limits_can_be_tightened(plain: Path) -> None:
    with pytest.raises(RuleError, match="工作表超过 1 行"):
        open_sheet(plain, Limits(rows=1))
