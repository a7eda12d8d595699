"""Made-up data with which templates are tried: some as usual, some as long as they come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app.documents.certificates import CertifiedPatent, FilingCertificate
from app.documents.forms import CommitmentForm
from app.documents.recognition_certificate import RecognitionCertificate

_PATENTS = (
    CertifiedPatent("ZL 2015 1 0222662.8", "一种示例电池包的液冷散热装置", "invention"),
    CertifiedPatent("ZL 2019 2 0197190.3", "一种示例冷板", "utility_model"),
    CertifiedPatent("ZL 2021 3 0713140.7", "示例散热器", "design"),
)
_MANY = tuple(
    CertifiedPatent(f"ZL 2015 1 {number:07d}.8", "一种" + "示例" * (number % 40), "invention")
    for number in range(60)
)
_NAME, _LONG_NAME = "示例动力电池液冷散热装置", "示例散热装置" * 20
_UNIT, _LONG_UNIT = "长沙示例新能源科技有限公司", "示例" * 60 + "公司"


def _recognition(
    name: str, model: str, unit: str, patents: tuple[CertifiedPatent, ...]
) -> RecognitionCertificate:
    return RecognitionCertificate(
        number="ZLMJ2099000001", product_name=name, model=model, unit_name=unit, year=2099, issued_on=date(2099, 11, 20),
        valid_until=date(2100, 11, 19), patents=patents, token="EXAMPLE-" * 32,
    )  # fmt: skip


def _filing(name: str, model: str, unit: str, patents: tuple[CertifiedPatent, ...]) -> FilingCertificate:
    return FilingCertificate(
        filing_no="ZLCP2099430000001", product_name=name, model=model, unit_name=unit, filing_year=2098,
        updated_year=2099, data_year=2098, patents=patents, site_name="示例平台", organiser="示例主办单位",
        verification_url="https://example.cn/products/ZLCP2099430000001",
    )  # fmt: skip


def _commitment(unit: str, legal_representative: str) -> CommitmentForm:
    return CommitmentForm(unit, "91350100M000100Y43", legal_representative, "示例平台")


Makers = dict[str, Callable[[], Any]]
SHORT: Makers = {
    "recognition_certificate": lambda: _recognition(_NAME, "SL-2000A", _UNIT, _PATENTS),
    "filing_certificate": lambda: _filing(_NAME, "SL-2000A", _UNIT, _PATENTS),
    "commitment_form": lambda: _commitment(_UNIT, "张三"),
}
LONG: Makers = {
    "recognition_certificate": lambda: _recognition(_LONG_NAME, "X" * 200, _LONG_UNIT, _MANY),
    "filing_certificate": lambda: _filing(_LONG_NAME, "X" * 200, _LONG_UNIT, _MANY),
    "commitment_form": lambda: _commitment(_LONG_UNIT, "示例" * 15),
}
