"""Excel workbooks (.xlsx): examined in the zip archive first, read only when they are harmless (abuse.md T-U07, T-U09).

The reader holds a sheet as a full rectangle: two cells, A1 and XFD1048576, would take 500 GB. A sheet's ``dimension``
may lie, so the cells' own addresses are looked at.
"""

from __future__ import annotations

import re
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.domain.errors import Problem, RuleError
from app.domain.text import N_, Message

MIB = 1 << 20
CHUNK = MIB
CELL_TEXT_MAX = MIB  # Excel itself allows 32,767 characters
DIRECTORY_MAX = MIB // 2
RATIO_MAX, RATIO_FROM = 100, 4 * MIB
ENTRIES_MAX = 1000

_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_FILLED_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?:[^>]*[^/>])?>')
_ODD_CELL = re.compile(rb'<c(?! r="[A-Z]{1,3}[0-9]{1,7}")[\s>/]|:c[\s>/]')
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NESTED = re.compile(r"\.(?:zip|7z|rar|gz|xz|bz2|tar|xls[xmb]?|docx?)$|/embeddings/|/activex/", re.I)


@dataclass(frozen=True)
class Limits:
    """How large a workbook may be: rows and columns of a sheet, their product, unpacked bytes of all parts."""

    rows: int = 200_000
    columns: int = 256
    area: int = 4_000_000
    unpacked: int = 300 * MIB


LIMITS = Limits()
BROKEN = N_("文件已损坏，或不是 Excel 工作簿（.xlsx）")


def refuse(message: Message) -> NoReturn:
    """The file as a whole cannot be used: RuleError beside the field ``file``."""
    raise RuleError([Problem("file", message)])


def open_sheet(path: Path, limits: Limits = LIMITS) -> CalamineSheet:
    """The first visible sheet that holds anything, after the whole workbook has been found harmless (RuleError)."""
    examine(path, limits)
    try:
        book = CalamineWorkbook.from_path(path)
        visible = [
            s.name
            for s in book.sheets_metadata
            if s.visible == SheetVisibleEnum.Visible and s.typ == SheetTypeEnum.WorkSheet
        ]
        sheets = (book.get_sheet_by_name(name) for name in visible)
        found = next((sheet for sheet in sheets if sheet.end is not None), None)
    except CalamineError:
        refuse(N_("无法读取该 Excel 文件，请在 Excel 中另存为 .xlsx 后重新上传"))
    if found is None:
        refuse(N_("Excel 文件中没有可见且有内容的工作表"))
    return found


def rows_of(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number as Excel shows it, every cell as text."""
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [cell if cell.__class__ is str else cell_text(cell) for cell in row]


def cell_text(cell: object) -> str:
    """A cell as a person reads it: whole numbers without ``.0``, dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, int | timedelta):
        return str(cell)
    raise TypeError(type(cell))


def examine(path: Path, limits: Limits = LIMITS) -> None:
    """Refuse (RuleError) a workbook that is not one, is a bomb, hides code or reaches outside itself."""
    _check_directory_size(path)
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries, limits)
            for entry in entries:
                with archive.open(entry) as part:
                    _check_part(part, entry, limits)
    except (BadZipFile, LargeZipFile, NotImplementedError, EOFError, ZlibError, expat.ExpatError):
        refuse(BROKEN)


def _check_directory_size(path: Path) -> None:
    """The archive's own end record says how long its directory is; a huge one is not even opened."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        refuse(BROKEN)
    entries, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
    if entries > ENTRIES_MAX or directory > DIRECTORY_MAX:
        refuse(N_("压缩包内文件过多，不是正常的 Excel 工作簿"))


def _check_entries(entries: list[ZipInfo], limits: Limits) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > ENTRIES_MAX or len(names) != len(entries):
        refuse(N_("压缩包内文件过多，不是正常的 Excel 工作簿"))
    if "[Content_Types].xml" not in names:
        refuse(BROKEN)
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        refuse(N_("Excel 文件展开后过大，请改用 CSV 格式，或分成几个文件"))
    for entry in entries:
        _check_entry(entry)


def _check_entry(entry: ZipInfo) -> None:
    name = entry.filename
    if name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name):
        refuse(N_("压缩包内有越界的路径，不是正常的 Excel 工作簿"))
    if stat.S_ISLNK(entry.external_attr >> 16):
        refuse(N_("压缩包内有越界的路径，不是正常的 Excel 工作簿"))
    if entry.flag_bits & 0x1:
        refuse(N_("Excel 文件设有密码，请取消密码后重新上传"))
    if entry.file_size > RATIO_FROM and entry.file_size > RATIO_MAX * entry.compress_size:
        refuse(N_("Excel 文件压缩比异常，不能读取"))
    lowered = name.lower()
    if "vbaproject" in lowered or "/macrosheets/" in lowered:
        refuse(N_("Excel 文件含有宏，请另存为不含宏的 .xlsx 后重新上传"))
    if "/externallinks/" in lowered or lowered.endswith("/connections.xml"):
        refuse(N_("Excel 文件链接了其他文件，请断开链接（粘贴为数值）后重新上传"))
    if _NESTED.search(name):
        refuse(N_("Excel 文件内嵌了其他文件，请删除后重新上传"))


def _check_part(part: IO[bytes], entry: ZipInfo, limits: Limits) -> None:
    """Read one part through, in pieces, and measure the sheet in it, if there is one."""
    extent, rest, read, within = Extent(limits), b"", 0, True
    is_xml = entry.filename.endswith((".xml", ".rels"))
    while piece := part.read(CHUNK):
        read += len(piece)
        if read > entry.file_size:
            refuse(BROKEN)
        block = rest + piece
        cut = block.rfind(b"<")
        block, rest = (block[:cut], block[cut:]) if cut >= 0 else (b"", block)
        if is_xml and len(rest) > CELL_TEXT_MAX:
            refuse(N_("Excel 文件中有超长的单元格，不能读取"))
        within = extent.add_plain(block) and within
    if not (extent.add_plain(rest) and within):
        part.seek(0)
        _measure_parsed(part, limits)


class Extent:
    """The farthest row and column of the cells seen."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.row = 0
        self.column = 0

    def add_plain(self, xml: bytes) -> bool:
        """Take in the cells of a piece of XML; False where some are not written as every common program writes them,
        so that a real parser has to look. Refuse (RuleError) when the sheet gets too large."""
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml.startswith((b"\xff\xfe", b"\xfe\xff")):
            refuse(N_("Excel 文件含有不允许的 XML 声明，不能读取"))
        cells = _CELL.findall(xml)
        if (xml.count(b"<c") != len(cells) or b":c" in xml) and _ODD_CELL.search(xml):
            return False
        before = self.row, self.column
        self._add_all(cells)
        if self.excess():  # by empty cells perhaps, which take no room
            self.row, self.column = before
            self._add_all(_FILLED_CELL.findall(xml))
            self.check()
        return True

    def _add_all(self, cells: list[bytes]) -> None:
        if cells:
            addresses = b" ".join(cells)
            rows = set(addresses.translate(None, _LETTERS).split())
            columns = set(addresses.translate(None, b"0123456789").split())
            self.add(max(map(int, rows)), max(map(_column_number, columns)))

    def add(self, row: int, column: int) -> None:
        """Take in one cell."""
        self.row, self.column = max(self.row, row), max(self.column, column)

    def check(self) -> None:
        """Refuse (RuleError) a sheet that is too large."""
        if message := self.excess():
            refuse(message)

    def excess(self) -> Message | None:
        """What is too large about the sheet."""
        most = self.limits
        if self.row > most.rows:
            return N_(
                "工作表超过 {rows} 行（或在很远处有内容），请删除多余内容或改用 CSV 格式", rows=most.rows
            )
        if self.column > most.columns:
            return N_("工作表超过 {columns} 列（或在很远处有内容），请删除多余的列", columns=most.columns)
        if self.row * self.column > most.area:
            return N_("工作表的行数乘列数超过 {area}，请删除多余内容或改用 CSV 格式", area=most.area)
        return None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _measure_parsed(part: IO[bytes], limits: Limits) -> None:
    """The slow way, with a parser: cells that hold something, those without an address counted from the one before."""
    extent = Extent(limits)
    row, column = 0, 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        local = name.rpartition(":")[2]
        if local == "row":
            row, column = int(attributes["r"]) if attributes.get("r", "").isdecimal() else row + 1, 0
        elif local == "c":
            column += 1
            address = re.fullmatch(r"([A-Za-z]{1,7})([0-9]{1,9})", attributes.get("r", ""))
            if address:
                row, column = int(address[2]), _column_number(address[1].upper().encode())
        elif local in ("v", "is", "f"):
            extent.add(row, column)
            extent.check()

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.ParseFile(part)
