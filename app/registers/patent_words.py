"""What patent offices and data vendors write in the columns of a patent list, read as our codes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from app.domain import patent_number as pn
from app.domain.normal import InputError, clean
from app.domain.text import N_

# The first word found decides, so narrow words stand before wide ones: 部分无效 before 无效, 复审 before 驳回.
_STATE_WORDS: tuple[tuple[str, tuple[str, str | None]], ...] = (
    ("部分无效", (pn.VALID, None)),
    ("维持有效", (pn.VALID, None)),
    ("权利恢复", (pn.VALID, None)),
    ("复审", (pn.PENDING, None)),
    ("未缴", (pn.LAPSED, "fee")),
    ("欠费", (pn.LAPSED, "fee")),
    ("届满", (pn.LAPSED, "expired")),
    ("到期", (pn.LAPSED, "expired")),
    ("expired", (pn.LAPSED, "expired")),
    ("放弃", (pn.LAPSED, "abandoned")),
    ("abandon", (pn.LAPSED, "abandoned")),
    ("撤回", (pn.LAPSED, "withdrawn")),
    ("撤销", (pn.LAPSED, "withdrawn")),
    ("withdrawn", (pn.LAPSED, "withdrawn")),
    ("驳回", (pn.LAPSED, "rejected")),
    ("rejected", (pn.LAPSED, "rejected")),
    ("失效", (pn.LAPSED, None)),
    ("无权", (pn.LAPSED, None)),
    ("终止", (pn.LAPSED, None)),
    ("无效", (pn.LAPSED, "invalidated")),
    ("invalid", (pn.LAPSED, "invalidated")),
    ("lapsed", (pn.LAPSED, None)),
    ("inactive", (pn.LAPSED, None)),
    ("有权", (pn.VALID, None)),
    ("有效", (pn.VALID, None)),
    ("维持", (pn.VALID, None)),
    ("授权", (pn.VALID, None)),
    ("in force", (pn.VALID, None)),
    ("valid", (pn.VALID, None)),
    ("granted", (pn.VALID, None)),
    ("active", (pn.VALID, None)),
    ("审中", (pn.PENDING, None)),
    ("审查", (pn.PENDING, None)),
    ("实审", (pn.PENDING, None)),
    ("受理", (pn.PENDING, None)),
    ("公开", (pn.PENDING, None)),
    ("公布", (pn.PENDING, None)),
    ("pending", (pn.PENDING, None)),
)

_KIND_WORDS = (
    ("实用新型", pn.UTILITY_MODEL), ("utility", pn.UTILITY_MODEL), ("外观", pn.DESIGN), ("design", pn.DESIGN),
    ("发明", pn.INVENTION), ("invention", pn.INVENTION),
)  # fmt: skip

_FULL_DATE = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))"
    r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
)
_PART_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:[-/.](?:0?[1-9]|1[0-2])|年(?:(?:0?[1-9]|1[0-2])月)?)?")
_SERIAL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")
_EXCEL_EPOCH = date(1899, 12, 30)

_REMARK = re.compile(r"(?:^|\s+)\([^()]*\)$")
_SURE_SEPARATORS = re.compile(r"[;；|\n\r]+")
_DOUBTFUL_SEPARATORS = re.compile(r"[、，,]")
_ORGANISATION = re.compile(
    r".{2,}(?:公司|集团|大学|学院|学校|研究院|研究所|设计院|科学院|工程院|医院|中心|厂|局|所|院|社|站|部|队|会|馆|店|"
    r"基金|实验室|合伙企业|有限合伙[)）])"
)
_PERSON = re.compile(r"[\u3400-\u9fff·]{2,4}")


@lru_cache(maxsize=1024)
def legal_state(text: str) -> tuple[str, str | None]:
    """(legal state, reason of its lapse) of a word like 有权, 专利权维持, 失效-未缴年费, 实质审查的生效.

    InputError for a word that is not known: a wrong state is worse than a refused row.
    """
    folded = clean(text).lower()
    for word, meaning in _STATE_WORDS:
        if word in folded:
            return meaning
    raise InputError(N_("不认识的法律状态“{text}”，请填写审中、有权或失效", text=text[:30]))


@lru_cache(maxsize=1024)
def kind(text: str) -> str:
    """The kind code of a word like 发明专利, 发明公布, 实用新型, 外观设计, design. InputError for others."""
    folded = clean(text).lower()
    for word, code in _KIND_WORDS:
        if word in folded:
            return code
    raise InputError(N_("不认识的专利类型“{text}”，请填写发明、实用新型或外观设计", text=text[:30]))


@lru_cache(maxsize=65_536)
def day(text: str) -> date | None:
    """A date in any usual form; None where only the year or month is given. InputError for one that does not exist."""
    try:  # nearly always ISO
        return date.fromisoformat(text)
    except ValueError:
        typed = clean(text)
    match = _FULL_DATE.fullmatch(typed)
    if match is None:
        _refuse_no_day(typed)
        return None
    year, month, number = (
        int(match[1]),
        int(match[3] or match[5] or match[7]),
        int(match[4] or match[6] or match[8]),
    )
    if not 1 <= month <= 12:
        raise InputError(N_("日期“{text}”的月份 {month} 不存在", text=typed, month=month))
    try:
        return date(year, month, number)
    except ValueError:
        raise InputError(
            N_(
                "日期“{text}”不存在：{year} 年 {month} 月没有 {day} 日",
                text=typed,
                year=year,
                month=month,
                day=number,
            )
        ) from None


def _refuse_no_day(typed: str) -> None:
    if _PART_DATE.fullmatch(typed):
        return
    if _SERIAL.fullmatch(typed):
        meant = _EXCEL_EPOCH + timedelta(days=int(float(typed)))
        raise InputError(
            N_(
                "“{text}”像是 Excel 的日期序号（可能是 {day}），请把该列设为日期格式",
                text=typed,
                day=meant.isoformat(),
            )
        )
    raise InputError(N_("“{text}”不是日期，请按 2025-01-31 的形式填写", text=typed[:30]))


def names(text: str) -> list[str]:
    """Patentees or inventors one by one: split at ; and line ends; at 、 and commas only where all parts are plainly
    organisations or all persons, for companies have these signs in their names. Repeated names and remarks in brackets are dropped."""
    parts = _SURE_SEPARATORS.split(text)
    if len(parts) == 1 and _DOUBTFUL_SEPARATORS.search(text):
        pieces = [piece.strip() for piece in _DOUBTFUL_SEPARATORS.split(text)]
        if any(all(shape.fullmatch(piece) for piece in pieces) for shape in (_ORGANISATION, _PERSON)):
            parts = pieces
    return list(dict.fromkeys(name for part in parts if (name := without_remark(part.strip()))))


def without_remark(text: str) -> str:
    """The text without a remark in ASCII brackets that is all of it or stands apart at its end: ``CN1A (pending)``."""
    return _REMARK.sub("", text) if text.endswith(")") else text


def without_whole_remark(text: str) -> str:
    """Nothing where all of the text is a remark in ASCII brackets; a title may well end with brackets of its own."""
    return "" if text.startswith("(") and without_remark(text) == "" else text


def publication(text: str) -> str:
    """A publication number as it is stored: ``CN 106022747 A (application publication)`` is ``CN106022747A``."""
    tidy = without_remark(text if text.isascii() else clean(text))
    return tidy.replace(" ", "").upper()
