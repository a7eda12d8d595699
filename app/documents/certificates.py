"""Certificates the platform issues about a filed product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.documents import pdf, qr
from app.domain.text import N_

#: what kinds of patents are called
KINDS = {
    "invention": N_("发明专利").msgid,
    "utility_model": N_("实用新型专利").msgid,
    "design": N_("外观设计专利").msgid,
}


@dataclass(frozen=True)
class CertifiedPatent:
    """A linked patent as certificates show it: ``number`` as written (``ZL 2015 1 0222662.8``), ``kind`` a code."""

    number: str
    title: str
    kind: str


@dataclass(frozen=True)
class FilingCertificate:
    """What a filing certificate says, mission D15; the patents in order, core ones not told apart.

    ``verification_url`` is the product's public page, printed and as a QR code.
    """

    filing_no: str
    product_name: str
    model: str
    unit_name: str
    #: the year in which it was filed, the year of its last update, and the year its data are of
    filing_year: int
    updated_year: int
    data_year: int
    patents: Sequence[CertifiedPatent]
    verification_url: str
    site_name: str
    organiser: str


def filing_certificate(
    data: FilingCertificate, now: datetime, language: str = "zh", html: str | None = None
) -> bytes:
    """The filing certificate 专利产品备案证明 as a PDF, A4; ``now`` is printed as the time of download (Beijing).

    ``html``: the template instead of the built-in one.
    """
    context = {"data": data, "now": now, "qr": qr.data_uri(data.verification_url), "kinds": KINDS}
    return pdf.drawn("filing_certificate.html", html, context, language)
