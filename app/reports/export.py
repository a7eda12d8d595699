"""One writer for every export: the same rows as CSV or Excel, in flat memory.

A text that a spreadsheet would take for a formula is made harmless: CSV gets a leading quote (``restored`` takes it
away again), Excel a text cell. Numbers stay numbers; days and times are dates in Excel.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any
from urllib.parse import quote

from app.reports import workbook

#: What a file may be; ``gb18030`` is CSV for programs that do not know UTF-8.
KINDS = {"xlsx": "Excel", "csv": "CSV", "gb18030": "CSV (GB18030)"}
#: codec and what stands before the text: Excel takes a file without the mark for one in the computer's own encoding
_CODECS = {"csv": ("utf-8", "\ufeff"), "gb18030": ("gb18030", "")}
_OTHERS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf",
}  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SUSPECT = frozenset((*FORMULA_STARTS, "'"))
#: What stands in a CSV cell as ``str`` gives it; everything else may be a text that a spreadsheet would run.
_PLAIN = frozenset((int, float, Decimal, date, type(None)))
_CHUNK = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024
#: so many rows are looked at for the widths of the columns
_LOOKED_AT = 100
_NARROWEST, _WIDEST = 8, 60

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True)
class Notes:
    """What the last worksheet of a workbook says about it: lines of a name and a text; ``count`` names their number."""

    sheet: str
    lines: Sequence[tuple[str, str]]
    count: str


def media_type(kind: str) -> str:
    """The media type of a kind of file, a table's or ``pdf``."""
    return _OTHERS.get(kind) or f"text/csv; charset={kind.replace('csv', 'utf-8')}"


def file_name(title: str, kind: str) -> str:
    """The name of a file of a kind."""
    return f"{title}-GB18030.csv" if kind == "gb18030" else f"{title}.{kind}"


def headers(title: str, kind: str) -> dict[str, str]:
    """Response headers for a download named after ``title``."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(title, kind), safe='')}",
        "X-Content-Type-Options": "nosniff",
    }


def stream(kind: str, header: Sequence[str], rows: Rows, notes: Notes | None = None) -> Iterator[bytes]:
    """The file in pieces. All rows are read before this returns: the reader's database session, and with it the
    limit to the reader's rows, ends with the request, before the answer is sent."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (read out by ``_pieces``)
    write(file, kind, header, rows, notes)
    file.seek(0)
    return _pieces(file)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def write(file: IO[bytes], kind: str, header: Sequence[str], rows: Rows, notes: Notes | None = None) -> None:
    """Write the file; rows are taken one by one and not kept."""
    if kind == "xlsx":
        _write_workbook(file, header, rows, notes)
    else:
        _write_csv(file, *_CODECS[kind], header, rows)


def neutral(value: Any) -> Any:
    """``value`` as it may stand in a CSV cell."""
    if isinstance(value, str) and _is_suspect(value):
        return "'" + value
    return value


def restored(text: str) -> str:
    """What ``neutral`` made ``text`` of."""
    return text[1:] if text[:1] == "'" and _is_suspect(text) else text


def _is_suspect(text: str) -> bool:
    """Whether a text begins like a formula, or like one that was made harmless: that too needs its quote, for one is
    taken away when it comes back."""
    return text[:1] in _SUSPECT and text.lstrip("'").startswith(FORMULA_STARTS)


def _write_csv(file: IO[bytes], codec: str, mark: str, header: Sequence[str], rows: Rows) -> None:
    text = io.TextIOWrapper(file, codec, newline="")
    text.write(mark)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(map(_csv_row, rows))
    text.detach()  # the caller closes the file


def _csv_row(row: Sequence[Any]) -> list[Any]:
    return [
        value
        if (kind := value.__class__) in _PLAIN or (kind is str and value[:1] not in _SUSPECT)
        else _cell_text(value)
        for value in row
    ]


def _cell_text(value: Any) -> str:
    if value.__class__ is datetime:
        return str(value.strftime("%Y-%m-%d %H:%M"))
    return str(neutral(str(value)))


def _write_workbook(file: IO[bytes], header: Sequence[str], rows: Rows, notes: Notes | None) -> None:
    rest = iter(rows)
    first = list(islice(rest, _LOOKED_AT))
    book = workbook.Workbook(file)
    count = book.add_table(header, chain(first, rest), _widths(header, first))
    if notes is not None:
        lines = [*notes.lines, (notes.count, f"{count:,}")]
        book.add_notes(re.sub(r"[\[\]:*?/\\']", " ", notes.sheet)[:31], lines, (18, _WIDEST))
    book.close()


def _widths(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Widths of the columns that show most of their values."""
    longest = [_length(title) + 2 for title in header]
    for row in rows:
        for column, value in enumerate(row):
            longest[column] = max(longest[column], _length(_csv_row([value])[0]) + 1)
    return [min(max(width, _NARROWEST), _WIDEST) for width in longest]


def _length(value: Any) -> int:
    text = "" if value is None else str(value)[:_WIDEST]
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
