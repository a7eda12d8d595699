"""What the figures and dates of a round must satisfy among each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.errors import Problem
from app.domain.text import N_

#: what may still change in a published round, for its units were promised the rest
AFTER_PUBLISHING = frozenset({"title", "supplement_deadline"})
_MOST_EVALUATORS = 20
_MOST_NOTICE_DAYS = 60


@dataclass(frozen=True)
class Terms:
    """A round's years, days and counts."""

    year: int
    data_year: int
    filing_deadline: date
    supplement_deadline: date
    notice_days: int
    evaluators: int


def problems(terms: Terms) -> list[Problem]:
    """What is wrong with a round's terms, each beside its field."""
    found = []
    if terms.data_year >= terms.year:
        found.append(Problem("data_year", N_("数据年度须早于认定年度 {year}", year=terms.year)))
    elif terms.filing_deadline <= date(terms.data_year, 12, 31):
        found.append(
            Problem("filing_deadline", N_("备案截止日期须晚于数据年度 {year} 年的年末", year=terms.data_year))
        )
    if terms.supplement_deadline <= terms.filing_deadline:
        found.append(Problem("supplement_deadline", N_("补充信息截止日期须晚于备案截止日期")))
    found += _out_of_range("notice_days", terms.notice_days, _MOST_NOTICE_DAYS)
    found += _out_of_range("evaluators", terms.evaluators, _MOST_EVALUATORS)
    return found


def late_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """What may no longer be changed once the round is published: its terms and criteria; a deadline only moves on."""
    found = [
        Problem(name, N_("批次发布后不能修改；现值：{value}", value=old[name]))
        for name in new
        if name not in AFTER_PUBLISHING and new[name] != old[name]
    ]
    if new.get("supplement_deadline", date.max) < old["supplement_deadline"]:
        found.append(
            Problem(
                "supplement_deadline",
                N_("批次发布后，截止日期只能延后；现为 {day}", day=old["supplement_deadline"].isoformat()),
            )
        )
    return found


def _out_of_range(name: str, value: int, most: int) -> list[Problem]:
    if 1 <= value <= most:
        return []
    return [Problem(name, N_("应在 1 至 {most} 之间", most=most))]
