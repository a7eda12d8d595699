"""The filing certificate 备案证明 (mission D15): what it says of a product, put together for download."""

from __future__ import annotations

from datetime import datetime

from app import models as m
from app.documents import certificates
from app.documents.certificates import CertifiedPatent, FilingCertificate
from app.documents.turns import turn
from app.domain import patent_number
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict
from app.domain.text import N_
from app.policies import PUBLISHED
from app.services import document_templates, records, yeardata


def filing_certificate(
    actor: Actor,
    product_id: int,
    now: datetime,
    *,
    base_url: str,
    site_name: str,
    organiser: str,
    language: str = "zh",
) -> bytes:
    """The certificate of a filed product the actor may see, as a PDF; Conflict for one that is not, or no longer, filed;
    TooMany while others are made for its unit: a thousand patents take half a minute."""
    product = records.load(m.Product, product_id, actor)
    if product.state not in PUBLISHED or product.filing_no is None:
        raise Conflict(N_("只有已备案的产品可以下载备案证明"))
    year = yeardata.year_of(product, product.updated_year or product.filing_year)
    filed_on = product.filed_on or local_date(product.changed_at)
    updated_on = local_date(year.approved_at) if year.approved_at else filed_on
    data = FilingCertificate(
        filing_no=product.filing_no, product_name=product.name, model=product.model or "", unit_name=product.unit.name,
        filing_year=filed_on.year, updated_year=updated_on.year, data_year=year.year,
        patents=[_patent(link.patent) for link in year.links],
        verification_url=f"{base_url}/products/{product.filing_no}", site_name=site_name, organiser=organiser,
    )  # fmt: skip
    with turn(product.unit_id):
        return certificates.filing_certificate(
            data, now, language, document_templates.text_of("filing_certificate")
        )


def _patent(patent: m.Patent) -> CertifiedPatent:
    number = patent_number.parse(patent.application_no).display
    return CertifiedPatent(number=number, title=patent.title or "", kind=patent.kind)
