"""What was submitted, whole, as JSON: decimals and days as text, files by id with name and SHA-256, patents by number.

A snapshot never changes; rounds are compared by it (``domain.diffs``) and certificates can be traced to it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app import models as m
from app.db import session
from app.services import fieldsets
from app.services.fields import Field

UNIT_FILES = ("licence_file_id", "commitment_file_id")


def plain(value: Any) -> Any:
    """A value as JSON can hold it without loss."""
    return str(value) if isinstance(value, Decimal | date) else value


def of_unit(unit: m.Unit) -> dict[str, Any]:
    """A unit at its real-name check."""
    return {
        **_columns(unit, fieldsets.UNIT_NAME + fieldsets.UNIT),
        "qualifications": list(unit.qualifications or []),
        "former_names": [former.name for former in unit.former_names],
        **_files(unit, UNIT_FILES),
    }


def of_change(unit: m.Unit, draft: dict[str, Any]) -> dict[str, Any]:
    """A change application: the unit as it stands (``current``), and what is proposed (``proposed``)."""
    files = {name: of_file(draft[name]) for name in UNIT_FILES if name in draft}
    return {"current": of_unit(unit), "proposed": {**draft, **files}}


def of_year(product: m.Product, year: m.ProductYear) -> dict[str, Any]:
    """A product with its data of a year."""
    return {
        **_columns(product, fieldsets.PRODUCT),
        **_columns(year, fieldsets.YEAR),
        "year": year.year,
        "picture_file_id": of_file(product.picture_file_id),
        "patents": {link.patent.application_no: of_link(link) for link in year.links},
        "evidence": [{**(of_file(e.file_id) or {}), "kind": e.kind} for e in year.evidence],
    }


def of_revocation(product: m.Product, reason: str, note: str | None) -> dict[str, Any]:
    """A request to revoke a filing."""
    return {
        "name": product.name,
        "filing_no": product.filing_no,
        "revocation_reason": reason,
        "revocation_note": note,
    }


def of_link(link: m.PatentLink) -> dict[str, Any]:
    """A linked patent with what its unit's base knew of it."""
    patent = link.patent
    return {
        "title": patent.title,
        "kind": patent.kind,
        "patentees": patent.patentees,
        "legal_state": patent.legal_state,
        "expiry": plain(patent.expiry),
        "obtained": patent.obtained,
        "proof": of_file(patent.proof_file_id),
        "core": link.core,
        "contribution": plain(link.contribution),
    }


def of_file(file_id: int | None) -> dict[str, Any] | None:
    """A file: its id, name and SHA-256."""
    if file_id is None:
        return None
    stored = session.get_one(m.StoredFile, file_id)
    return {"id": stored.id, "name": stored.original_name, "sha256": stored.sha256}


def _files(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: of_file(getattr(record, name)) for name in names}


def _columns(record: Any, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {field.name: plain(getattr(record, field.name)) for field in fields}
