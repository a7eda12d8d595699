"""The certificate of recognition 专利密集型产品认定证书 as a signed PDF, and the mark that stands on products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.documents import pdf, qr, signing
from app.documents.certificates import KINDS, CertifiedPatent
from config import Settings

CODE = "recognition_certificate"
BUILT_IN = "recognition_certificate.html"


@dataclass(frozen=True)
class _Issuer:
    """Where certificates are verified, and whose they are."""

    base_url: str = ""
    site_name: str = ""
    organiser: str = ""


_issuer = _Issuer()


def configure(settings: Settings) -> None:
    """Take the settings ``base_url``, ``site_name`` and ``organiser``."""
    global _issuer
    _issuer = _Issuer(settings.base_url, settings.site_name, settings.organiser)


@dataclass(frozen=True)
class RecognitionCertificate:
    """What a certificate says, mission E7; the patents in order, core ones not told apart."""

    number: str
    product_name: str
    model: str
    unit_name: str
    year: int
    issued_on: date
    valid_until: date
    patents: Sequence[CertifiedPatent]
    #: the statement in the QR code
    token: str

    @property
    def patent_count(self) -> int:
        """How many patents the product is linked with."""
        return len(self.patents)

    @property
    def address(self) -> str:
        """Where the certificate is verified: what its QR code holds."""
        return address(self.token)

    @property
    def site_name(self) -> str:
        """The platform's name."""
        return _issuer.site_name

    @property
    def organiser(self) -> str:
        """Who issues the certificate."""
        return _issuer.organiser


def address(token: str) -> str:
    """Where a certificate is verified."""
    return f"{_issuer.base_url}/v/{token}"


def laid_out(data: RecognitionCertificate, html: str | None = None) -> bytes:
    """The certificate as a PDF without a signature, from the template ``html`` or the built-in one."""
    context = {"data": data, "qr": qr.data_uri(data.address), "kinds": KINDS}
    return pdf.drawn(BUILT_IN, html, context)


def signed(data: RecognitionCertificate, key_id: str, html: str | None = None) -> bytes:
    """The certificate as a PDF signed by the document key ``key_id``."""
    reason = f"专利密集型产品认定证书 {data.number}"
    content = laid_out(data, html)
    return signing.sign_pdf(content, key_id, name=_issuer.organiser, reason=reason, address=data.address)
