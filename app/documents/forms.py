"""Forms and sheets people print: the integrity commitment a unit seals, the review sheet of a case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.documents import pdf
from app.domain.clock import local_date

COMMITMENT_ID = "CX-2026-01"
_COMMITMENT = "commitment_form.html"


@dataclass(frozen=True)
class CommitmentForm:
    """Who promises: the unit as it describes itself in its real-name application."""

    unit_name: str
    uscc: str
    legal_representative: str
    site_name: str


@dataclass(frozen=True)
class Section:
    """A titled part of a sheet: rows of (label, text)."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ReviewSheet:
    """A case on paper; every text is already in the reader's language."""

    title: str
    receipt_no: str
    sections: Sequence[Section]
    site_name: str


def commitment_form(
    data: CommitmentForm, now: datetime, language: str = "zh", html: str | None = None
) -> bytes:
    """The integrity commitment 诚信承诺书 (mission A3) as a PDF, for the unit to seal and upload as a scan.

    The Chinese one is to be sealed, the English one to be read. The form's number and the hash of the template
    (``html`` instead of the built-in one) are printed, so that a changed text can be recognised.
    """
    context = {
        "data": data,
        "today": local_date(now),
        "form_id": COMMITMENT_ID,
        "digest": commitment_digest(html),
    }
    return pdf.drawn(_COMMITMENT, html, context, language)


def commitment_digest(html: str | None = None) -> str:
    """SHA-256 of the form's template, ``html`` or the built-in one, hexadecimal."""
    text = (pdf.TEMPLATES / _COMMITMENT).read_bytes() if html is None else html.encode()
    return hashlib.sha256(text).hexdigest()


def review_sheet(data: ReviewSheet, now: datetime, language: str = "zh") -> bytes:
    """A case's review sheet 审核表 as a PDF; ``now`` is printed as the time of printing (Beijing)."""
    return pdf.render("review_sheet.html", {"data": data, "now": now}, language)
