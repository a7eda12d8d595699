"""Reports people print: the yearly statistics of a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.documents import pdf


@dataclass(frozen=True)
class Printed:
    """A table as it is printed; every text is already in the reader's language."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class StatisticsReport:
    """A region's year in figures, as of ``at``, number ``number`` of the data."""

    title: str
    region: str
    at: datetime
    number: int
    site_name: str
    tables: Sequence[Printed]
    notes: Sequence[tuple[str, str]]


def statistics_report(data: StatisticsReport, now: datetime, language: str = "zh") -> bytes:
    """The report as a PDF; ``now`` is printed as the time of printing (Beijing)."""
    return pdf.render("statistics_report.html", {"data": data, "now": now}, language)
