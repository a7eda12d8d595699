"""One row of a patent list, checked: the facts it states, or every fault it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.domain import patent_number as pn
from app.domain.normal import InputError, clean, has_control, name_key
from app.domain.text import N_, Message
from app.registers import patent_words as words
from app.registers.tables import Headings

FIRST_DAY = date(1985, 4, 1)  # the Patent Law came into force
TITLE_MAX, NAMES_MAX, KEY_MAX = 500, 4000, 200

HEADINGS: Headings = {
    "number": ("申请号", "专利号", "申请（专利）号", "专利申请号", "application_no", "application number", "patent number"),
    "written": ("as_written",),
    "title": ("专利名称", "名称", "发明名称", "标题", "title"),
    "kind": ("专利类型", "类型", "专利种类", "type", "kind"),
    "patentees": ("专利权人", "当前专利权人", "申请（专利权）人", "申请人", "权利人", "owner", "patentee", "applicant"),
    "inventors": ("发明人", "发明（设计）人", "设计人", "inventor"),
    "filing_date": ("申请日", "申请日期", "filing date"),
    "grant_date": ("授权公告日", "授权日", "授权日期", "公告日", "grant date", "grant_or_publication_date"),
    "publication_no": ("公开公告号", "公开（公告）号", "授权公告号", "公告号", "公开号", "publication number", "publication_no"),
    "ipc": ("IPC主分类", "IPC主分类号", "主分类号", "IPC", "IPC分类号", "ipc main class"),
    "legal_state": ("法律状态", "当前法律状态", "专利状态", "专利有效性", "legal status", "status"),
    "expiry": ("届满日", "期限届满日", "到期日", "expiry date"),
    "real": ("real_or_invented",),
}  # fmt: skip


class Facts(NamedTuple):
    """The columns of ``models.RegisterPatent`` that a list states, as they are written: dates in ISO form; and
    whether it names the legal state (1) or that is only inferred (0)."""

    application_no: str
    title: str | None
    kind: str
    patentees: str
    inventors: str | None
    filing_date: str | None
    grant_date: str | None
    publication_no: str | None
    ipc: str | None
    legal_state: str
    lapse_reason: str | None
    expiry: str | None
    stated: int


class Fault(NamedTuple):
    """What is wrong with one cell; ``field`` is a key of ``HEADINGS``, "" for the whole row."""

    row: int
    field: str
    value: str
    reason: Message


class Checked(NamedTuple):
    """A row's facts (None where it has faults) and its patentees' name keys, or its faults."""

    facts: Facts | None
    owners: list[str]
    faults: list[Fault]


_FAST_SIGNS = str.maketrans("", "", " .")
_keys = lru_cache(maxsize=50_000)(name_key)
_names = lru_cache(maxsize=50_000)(words.names)


class Checker:
    """Checks rows of one list on one day (nothing may be dated later than ``today``)."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._faults: list[Fault] = []
        self._row = 0

    def check(self, row: int, cells: Mapping[str, str]) -> Checked:
        """Read row number ``row``; all its faults are found at once."""
        self._faults, self._row = [], row
        self._check_whole(cells)
        number = self._number(cells)
        kind = self._kind(cells, number)
        filed = self._day(cells, "filing_date")
        granted = self._day(cells, "grant_date")
        self._check_order(number, filed, granted)
        state = self._state(cells, number, granted)
        owners = self._people(cells, "patentees")
        inventors = self._people(cells, "inventors")
        expiry = self._day(cells, "expiry", future=True)
        title = self._text(cells, "title", words.without_whole_remark, TITLE_MAX)
        publication = self._text(cells, "publication_no", words.publication, 20)
        ipc = self._text(cells, "ipc", words.without_remark, 40)
        if self._faults or number is None or kind is None:
            return Checked(None, [], self._faults)
        if expiry is None and filed is not None:
            expiry = pn.term_end(kind, filed)
        facts = Facts(number.compact, title, kind, ";".join(owners), ";".join(inventors) or None, _iso(filed),
                      _iso(granted), publication, ipc, *state, _iso(expiry), int(bool(cells.get("legal_state"))))  # fmt: skip
        keys = [key for name in owners if (key := _keys(name)[:KEY_MAX])]
        return Checked(facts, keys, [])

    def _fault(self, field: str, value: str, reason: Message) -> None:
        self._faults.append(Fault(self._row, field, value[:200], reason))

    def _check_whole(self, cells: Mapping[str, str]) -> None:
        if cells.get("real", "").lower() == "invented":
            self._fault("real", cells["real"], N_("来源标明该号码是虚构的"))
        joined = "".join(cells.values())
        if not joined.isprintable() and has_control(joined):
            bad = next(name for name, value in cells.items() if has_control(value))
            self._fault(bad, cells[bad], N_("含有不可见的控制字符，请删除后重新填写"))

    def _number(self, cells: Mapping[str, str]) -> pn.PatentNumber | None:
        field = "number" if cells.get("number") else "written"
        text = cells.get(field, "")
        try:
            return quick_number(text) or pn.parse(text)
        except InputError as fault:
            self._fault("number", text, fault.message)
            return None

    def _kind(self, cells: Mapping[str, str], number: pn.PatentNumber | None) -> str | None:
        text = cells.get("kind", "")
        by_number = number.kind if number else None
        if not text:
            return by_number
        try:
            kind = words.kind(text)
        except InputError as fault:
            self._fault("kind", text, fault.message)
            return by_number
        if by_number is not None and kind != by_number:
            self._fault("kind", text, N_("与号码不符：号码表示的类型是{kind}", kind=pn.KINDS[by_number]))
        return kind

    def _day(self, cells: Mapping[str, str], field: str, *, future: bool = False) -> date | None:
        text = cells.get(field, "")
        if not text:
            return None
        try:
            day = words.day(text)
        except InputError as fault:
            self._fault(field, text, fault.message)
            return None
        if day is not None and day < FIRST_DAY:
            self._fault(field, text, N_("早于 1985-04-01（专利法施行），请核对"))
        elif day is not None and day > self.today and not future:
            self._fault(field, text, N_("日期在今天之后，请核对"))
        return day

    def _check_order(self, number: pn.PatentNumber | None, filed: date | None, granted: date | None) -> None:
        if filed and granted and granted < filed:
            self._fault("grant_date", granted.isoformat(), N_("早于申请日 {day}", day=filed.isoformat()))
        # a divisional or PCT application keeps an earlier filing date, so the number's year may only be later
        if number and filed and filed.year > number.year:
            self._fault("filing_date", filed.isoformat(), N_("晚于号码中的年份 {year}", year=number.year))

    def _state(
        self, cells: Mapping[str, str], number: pn.PatentNumber | None, granted: date | None
    ) -> tuple[str, str | None]:
        text = cells.get("legal_state", "")
        if text:
            try:
                return words.legal_state(text)
            except InputError as fault:
                self._fault("legal_state", text, fault.message)
        return (pn.VALID if _looks_granted(cells, granted) else pn.PENDING), None

    def _people(self, cells: Mapping[str, str], field: str) -> list[str]:
        text = cells.get(field, "")
        if len(text) > NAMES_MAX:
            self._fault(field, text, N_("超过 {max} 个字", max=NAMES_MAX))
            return []
        return _names(text) if text else []

    def _text(
        self, cells: Mapping[str, str], field: str, tidy: Callable[[str], str], limit: int
    ) -> str | None:
        text = tidy(cells.get(field, ""))
        if not text.isprintable():
            text = clean(text)
        if len(text) > limit:
            self._fault(field, text, N_("超过 {max} 个字", max=limit))
        return text or None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def quick_number(text: str) -> pn.PatentNumber | None:
    """The number where it is written in one of the plain ways (most of millions), else None: ``parse`` then decides."""
    digits = text.translate(_FAST_SIGNS).removeprefix("ZL").removeprefix("CN")
    if len(digits) != 13 or not digits.isascii() or not digits[:12].isdigit():
        return None
    if digits[4] not in "12389" or not "2003" <= digits[:4] <= "2099":
        return None
    return pn.PatentNumber(digits) if digits[12] == pn.check_character(digits[:12]) else None


def _looks_granted(cells: Mapping[str, str], granted: date | None) -> bool:
    """Where a list has no legal state: granted if it has a grant date, a ZL number or a granted publication number."""
    if granted is not None or (cells.get("written") or cells.get("number", "")).upper().startswith("ZL"):
        return True
    publication = words.publication(cells.get("publication_no", ""))
    return bool(publication) and publication.rstrip("0123456789").endswith(("B", "C", "U", "Y", "S", "D"))
