"""Writes Excel workbooks (.xlsx) row by row, three times as fast as a library that serves every feature, in flat memory.

A cell is typed by its value: numbers, days and times are numbers with a format, everything else is an inline string,
which no spreadsheet takes for a formula, link or number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

#: rows of a worksheet, as Excel has them
SHEET_ROWS = 1_048_576
#: characters of a cell (UTF-16 units) and digits of a number that Excel keeps
TEXT_MAX, NUMBER_MAX = 32_767, 10**15
#: bytes of a worksheet before the next one is begun: below what a zip archive can say without an extension
SHEET_BYTES = 1 << 30
_BATCH = 500
_LEVEL = 1
#: styles of cells, by their place in ``_STYLES``
PLAIN, HEADING, AMOUNT, DAY, TIME, LABEL, WRAPPED = range(7)
#: what XML cannot hold or would change, and what looks like the way Excel writes such a character
_ODD = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FONT = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    f'<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFDDE7F3"/><bgColor indexed="64"/></patternFill></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/>'
    '<bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1"'
    ' applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment wrapText="1"/></xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

Rows = Iterator[Sequence[Any]]


class Workbook:
    """A workbook under way; ``close`` completes the file, which must be one that can be sought in."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self._names: list[str] = []

    def add_table(self, header: Sequence[str], rows: Rows, widths: Sequence[int]) -> int:
        """Rows below a heading that stays in sight and can be filtered by, on as many worksheets as they need; returns
        how many rows there were."""
        total = 0
        while True:
            count = self._add_table(header, rows, widths)
            total += count
            following = list(islice(rows, 1))
            if not following:
                return total
            rows = _with_first(following, rows)

    def add_notes(self, name: str, lines: Iterable[tuple[str, str]], widths: tuple[int, int]) -> None:
        """A worksheet of names and texts."""
        cells = (
            f'<row r="{number}">{_text(f"A{number}", label, LABEL)}{_text(f"B{number}", text, WRAPPED)}</row>'
            for number, (label, text) in enumerate(lines, start=1)
        )
        with self._sheet(name) as part:
            part.write(f"{_opening(widths)}<sheetData>{''.join(cells)}</sheetData></worksheet>".encode())

    def close(self) -> None:
        """Write what names the parts."""
        for name, text in _frame(self._names).items():
            self._archive.writestr(name, text)
        self._archive.close()

    def _sheet(self, name: str) -> IO[bytes]:
        self._names.append(name)
        return self._archive.open(f"xl/worksheets/sheet{len(self._names)}.xml", "w")

    def _add_table(self, header: Sequence[str], rows: Rows, widths: Sequence[int]) -> int:
        letters = [_letters(column) for column in range(len(header))]
        number, size = 1, 0
        with self._sheet(f"Sheet{len(self._names) + 1}") as part:
            heading = "".join(
                _text(f"{letter}1", title, HEADING) for letter, title in zip(letters, header, strict=True)
            )
            part.write(f'{_opening(widths, is_frozen=True)}<sheetData><row r="1">{heading}</row>'.encode())
            while number < SHEET_ROWS and size < SHEET_BYTES:
                batch = list(islice(rows, min(_BATCH, SHEET_ROWS - number)))
                if not batch:
                    break
                xml = "".join(_row(n, letters, row) for n, row in enumerate(batch, start=number + 1)).encode()
                part.write(xml)
                number, size = number + len(batch), size + len(xml)
            last = letters[-1] if letters else "A"
            part.write(f'</sheetData><autoFilter ref="A1:{last}{number}"/></worksheet>'.encode())
        return number - 1


def _with_first(first: Sequence[Sequence[Any]], rest: Rows) -> Rows:
    yield from first
    yield from rest


def _row(number: int, letters: Sequence[str], row: Sequence[Any]) -> str:
    cells = [
        _WRITTEN.get(value.__class__, _other)(f"{letter}{number}", value)
        for letter, value in zip(letters, row, strict=True)
        if value is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text(place: str, text: str, style: int = PLAIN) -> str:
    if not text:
        return ""
    if len(text) > TEXT_MAX // 2:
        text = _cut(text)
    if _ODD.search(text):
        text = escape(_CONTROL.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text))
    kept = ' xml:space="preserve"' if text[0] <= " " or text[-1] <= " " or "\n" in text else ""
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t{kept}>{text}</t></is></c>'


def _cut(text: str) -> str:
    """As much of a text as a cell holds, with a sign that it is not all."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * TEXT_MAX:
        return text
    return units[: 2 * (TEXT_MAX - 1)].decode("utf-16-le", "ignore") + "…"


def _whole(place: str, value: int) -> str:
    if abs(value) >= NUMBER_MAX:
        return _text(place, str(value))
    return f'<c r="{place}"><v>{value}</v></c>'


def _amount(place: str, value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= NUMBER_MAX:
        return _text(place, str(value))
    return f'<c r="{place}" s="{AMOUNT}"><v>{value:f}</v></c>'


def _float(place: str, value: float) -> str:
    return f'<c r="{place}"><v>{value!r}</v></c>' if math.isfinite(value) else _text(place, str(value))


def _day(place: str, value: date) -> str:
    days = _days(value)
    if days is None:
        return _text(place, value.isoformat())
    return f'<c r="{place}" s="{DAY}"><v>{days}</v></c>'


def _time(place: str, value: datetime) -> str:
    days = _days(value)
    if days is None:
        return _text(place, value.isoformat(" ", "minutes"))
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return f'<c r="{place}" s="{TIME}"><v>{days + seconds / 86_400!r}</v></c>'


def _days(value: date) -> int | None:
    """The number a spreadsheet keeps a day as; None for those before it agrees with the calendar."""
    days = value.toordinal() - 693_594
    return days if days > 60 else None


def _other(place: str, value: Any) -> str:
    return _text(place, str(value))


_WRITTEN: Mapping[type[Any], Callable[[str, Any], str]] = {
    str: _text, int: _whole, Decimal: _amount, float: _float, date: _day, datetime: _time,
}  # fmt: skip


def _letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _opening(widths: Sequence[int], *, is_frozen: bool = False) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if is_frozen else ""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(widths, start=1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/>{f"<cols>{columns}</cols>" if columns else ""}'
    )


def _frame(names: Sequence[str]) -> dict[str, str]:
    """The parts that say what the others are."""
    sheets = [(place, escape(name, {'"': "&quot;"})) for place, name in enumerate(names, start=1)]
    listed = "".join(f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in sheets)
    related = "".join(
        _relation(f"rId{place}", "worksheet", f"worksheets/sheet{place}.xml") for place, _name in sheets
    )
    typed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for place, _name in sheets
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>{typed}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_RELATIONS}">'
        f"{_relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{related}'
        f"{_relation(f'rId{len(sheets) + 1}', 'styles', 'styles.xml')}</Relationships>",
        "xl/styles.xml": _STYLES,
    }


def _relation(key: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
