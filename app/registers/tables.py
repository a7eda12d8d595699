"""Reads tables people upload: CSV in any usual encoding, Excel (.xlsx), JSON Lines; row by row, all cells as text.

Columns are found by their headings, Chinese or English, whatever their order; blank rows are passed over and keep
their numbers, so that a report names the row a person sees in Excel. Used by every import.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet

from app.domain.text import N_, Message
from app.registers import encodings, workbook
from app.registers.workbook import LIMITS, Limits, refuse
from app.reports.export import restored

#: field name → the headings it may have; compared without blanks, widths, case, * and what stands in brackets
Headings = Mapping[str, Sequence[str]]
Row = tuple[int, dict[str, str]]
OnBad = Callable[[int, Message], None]

HEADER_WITHIN = 10
CELL_MAX = 1 << 20
_DROPPED = re.compile(r"[\s*_\-:.]+|\(.*?\)")
_ENDS = " \t\r\n\x0b\x0c\u00a0\u3000\ufeff\u200b\u200c\u200d\u2060"
csv.field_size_limit(CELL_MAX)


@dataclass
class Table:
    """An opened table. ``rows`` may be called again; nothing is kept in memory but an Excel sheet."""

    path: Path
    kind: str
    fields: list[str | None] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    #: the headings as they stand in the file
    titles: list[str] = field(default_factory=list)
    header_row: int = 0
    encoding: str | None = None
    delimiter: str = ","
    sheet: CalamineSheet | None = None
    headings: dict[str, str] = field(default_factory=dict)

    def rows(self, on_bad: OnBad | None = None) -> Iterator[Row]:
        """Row number and the values of the known fields; a missing cell is "".

        A row that cannot be read (too many cells, broken JSON) goes to ``on_bad``; without it, it ends the reading
        (RuleError).
        """
        report = on_bad or _stop
        return self._records(report) if self.kind == "jsonl" else self._cells(report)

    def cells(self, on_bad: OnBad | None = None) -> Iterator[tuple[int, list[str]]]:
        """Row number and all cells, one for each of ``titles``, whether or not its column is known."""
        report = on_bad or _stop
        if self.kind == "jsonl":
            for number, record in self._records(report):
                yield number, [record[name] for name in self.titles]
            return
        for number, values in self._filled(report):
            yield number, [restored(value) for value in values] if self.kind == "csv" else values

    def _cells(self, report: OnBad) -> Iterator[Row]:
        places = [(place, name) for place, name in enumerate(self.fields) if name is not None]
        for number, values in self._filled(report):
            row = {name: values[place] for place, name in places}
            if self.kind == "csv":
                row = {name: restored(value) for name, value in row.items()}
            yield number, row

    def _filled(self, report: OnBad) -> Iterator[tuple[int, list[str]]]:
        """Rows below the heading that hold anything, made as wide as it."""
        width = len(self.fields)
        for number, cells in self.raw_rows():
            if number <= self.header_row:
                continue
            values = [cell.strip(_ENDS) if cell else cell for cell in cells]
            if not any(values):
                continue
            if len(values) > width and any(values[width:]):
                report(number, N_("本行有 {count} 列，多于表头的 {width} 列", count=len(values), width=width))
                continue
            yield number, values[:width] + [""] * (width - len(values))

    def _records(self, report: OnBad) -> Iterator[Row]:
        blank = dict.fromkeys(self.headings.values(), "")
        with self.path.open(encoding=self.encoding) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip(_ENDS):
                    continue
                try:
                    record = json.loads(line, parse_float=str, parse_int=str)
                except (json.JSONDecodeError, RecursionError):
                    record = None
                if not isinstance(record, dict):
                    report(number, N_("本行不是一个 JSON 对象"))
                    continue
                known = ((self.headings.get(heading_key(key)), value) for key, value in record.items())
                yield number, blank | {name: _json_text(value) for name, value in known if name is not None}

    def raw_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row as it stands, heading and blank ones included."""
        if self.sheet is not None:
            return workbook.rows_of(self.sheet)
        return _csv_rows(self.path, self.encoding or "utf-8", self.delimiter)


def open_table(
    path: Path,
    headings: Headings,
    required: Collection[str] = (),
    *,
    encoding: str | None = None,
    limits: Limits = LIMITS,
    any_heading: bool = False,
) -> Table:
    """Open ``path`` and find its columns. RuleError (field ``file``) where the file cannot be read, is hostile, lacks
    a required column or has one twice. ``encoding`` overrides the one detected (see ``encodings.KNOWN``).
    ``any_heading`` takes the first filled row for the heading where no name in it is known."""
    keys = {heading_key(text): name for name, texts in headings.items() for text in (name, *texts)}
    table = _open(path, encoding, limits)
    table.headings = keys
    if table.kind == "jsonl":
        table.titles = list(headings)
        return table
    _find_header(table, keys, any_heading)
    twice = {name for name in table.fields if name is not None and table.fields.count(name) > 1}
    if twice:
        refuse(
            N_(
                "表头中“{names}”出现了不止一次",
                names="、".join(_label(headings, name) for name in sorted(twice)),
            )
        )
    missing = [_label(headings, name) for name in required if name not in table.fields]
    if missing:
        refuse(N_("表头缺少“{names}”列", names="、".join(missing)))
    return table


def heading_key(text: str) -> str:
    """What two spellings of a heading have in common."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text)).lower()


def _label(headings: Headings, name: str) -> str:
    return next(iter(headings.get(name, ())), name)


def _open(path: Path, encoding: str | None, limits: Limits) -> Table:
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        refuse(N_("文件是空的"))
    if head.startswith(b"PK"):
        return Table(path, "xlsx", sheet=workbook.open_sheet(path, limits))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        refuse(N_("这是旧版或加密的 Excel 文件，请在 Excel 中另存为不加密的 .xlsx 后重新上传"))
    codec = encodings.confirm(path, encoding) if encoding else encodings.detect(path)
    with path.open(encoding=codec) as text:
        lines = [line for line in islice(text, HEADER_WITHIN) if line.strip(_ENDS)]
    if not lines:
        refuse(N_("文件是空的"))
    if lines[0].lstrip(_ENDS).startswith("{"):
        return Table(path, "jsonl", encoding=codec)
    signs = {sign: max(line.count(sign) for line in lines) for sign in (",", "\t", ";")}
    return Table(path, "csv", encoding=codec, delimiter=max(signs, key=lambda sign: signs[sign]))


def _find_header(table: Table, keys: Mapping[str, str], any_heading: bool) -> None:
    """The heading is the one of the first rows with most known names; a second heading line right below is skipped."""
    first = list(
        islice(((n, row) for n, row in table.raw_rows() if any(c.strip(_ENDS) for c in row)), HEADER_WITHIN)
    )
    found = [(n, row, [keys.get(heading_key(cell)) for cell in row]) for n, row in first]
    counts = [sum(name is not None for name in names) for _, _, names in found]
    if not counts or not (max(counts) or any_heading):
        refuse(N_("没有找到表头，请使用模板中的列名"))
    best = counts.index(max(counts))
    table.header_row, row, table.fields = found[best]
    table.titles = [cell.strip(_ENDS) for cell in row]
    table.unknown = [c for c, name in zip(row, table.fields, strict=True) if name is None and c.strip(_ENDS)]
    for (number, below, _), count in zip(found[best + 1 :], counts[best + 1 :], strict=True):
        if count < 2 or count < sum(1 for cell in below if cell.strip(_ENDS)):
            break
        table.header_row = number


def _csv_rows(path: Path, codec: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=codec, newline="") as text:
        lines = (line.replace("\0", "") if "\0" in line else line for line in text)
        try:
            yield from enumerate(csv.reader(chain(lines), delimiter=delimiter), start=1)
        except csv.Error:
            refuse(N_("CSV 文件格式有误（可能是引号没有成对），请用 Excel 或 WPS 另存后重新上传"))


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "").strip(_ENDS)
    if isinstance(value, list):
        return ";".join(_json_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | bool) else str(value)


def _stop(number: int, message: Message) -> None:
    refuse(N_("第 {row} 行：{reason}", row=number, reason=message))
