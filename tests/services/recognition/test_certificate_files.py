"""The signed PDF of a certificate: made once, validated by pyHanko, its code read from the picture (E7, T-P08, T-P12)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select

from app import models as m
from app.db import transaction
from app.documents import recognition_certificate, signed_pdf, signing, storage
from app.documents.editable import EDITABLE
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import NotAllowed
from app.jobs import HANDLERS
from app.services import background, document_templates
from app.services.recognition import certificate_files, keys, verification
from tests.documents.samples import text_of
from tests.services.conftest import Cast
from tests.support.acts import do


@pytest.fixture
def document(certificate: m.Certificate) -> bytes:
    return certificate_files.pdf(certificate)


def signers() -> list[str]:
    return list(verification.Trust.own(utc_now()).signers)


def verdict_of(content: bytes) -> str:
    return signed_pdf.validate(content, signers(), utc_now()).verdict


def test_E7_the_pdf_says_what_was_recognised_and_is_signed(
    certificate: m.Certificate, document: bytes
) -> None:
    text = text_of(document)
    for part in ("专利密集型产品认定证书", certificate.number, certificate.product_name, certificate.unit_name,
                 "2025年9月10日至2026年9月9日", "关联专利（共2件）"):  # fmt: skip
        assert part in text
    assert verdict_of(document) == "intact"


def test_E7_the_code_in_its_picture_is_verified_without_a_network(
    certificate: m.Certificate, document: bytes
) -> None:
    page = PdfReader(io.BytesIO(document)).pages[0]
    (code,) = zxingcpp.read_barcodes(page.images[0].image)

    answer = verification.check(code.text, verification.Trust.own(utc_now()), certificate_day())

    assert code.text == recognition_certificate.address(certificate.token)
    assert (answer.holds, answer.code) == (True, "valid")


def test_E7_an_issued_certificate_keeps_its_file_whatever_becomes_of_the_template(
    certificate: m.Certificate, officer: Actor, document: bytes
) -> None:
    html = EDITABLE["recognition_certificate"].built_in()
    html = html.replace("<h1>专利密集型产品认定证书</h1>", "<h1>某省认定证书</h1>")
    do(document_templates.save, officer, "recognition_certificate", html, "", seen=0)
    assert certificate_files.pdf(certificate) == document

    with transaction(officer):
        certificate.file_id = None
    anew = certificate_files.pdf(certificate)

    assert "某省认定证书" in text_of(anew)
    assert verdict_of(anew) == "intact"


def certificate_day() -> Any:
    from tests.support.factories import NOW

    return NOW


def test_it_is_made_once(certificate: m.Certificate, document: bytes, session: Any) -> None:
    assert certificate_files.pdf(certificate) == document
    assert len(session.scalars(select(m.StoredFile).where(m.StoredFile.purpose == "certificate")).all()) == 1


def test_E7_every_document_signed_with_a_key_is_validated_by_itself(
    certificate: m.Certificate, document: bytes
) -> None:
    key_id, shown = keys.active(signing.DOCUMENT).id, certificate_files.shown(certificate)
    others = [recognition_certificate.signed(replace(shown, number=f"ZLMJ{n}"), key_id) for n in range(3)]

    assert len({*others, document}) == 4
    assert {verdict_of(content) for content in others} == {"intact"}
    assert {signed_pdf.validate(content, signers(), utc_now()).address for content in others} == {
        shown.address
    }


def test_T_P12_a_changed_or_saved_again_pdf_is_found_out(document: bytes, tmp_path: Path) -> None:
    changed = bytearray(document)
    changed[document.index(b"/Author") + 9] ^= 1
    again = io.BytesIO()
    writer = PdfWriter(io.BytesIO(document), incremental=True)
    writer.add_metadata({"/Title": "x"})
    writer.write(again)

    assert verdict_of(bytes(changed)) == "altered"
    assert verdict_of(again.getvalue()) == "altered"
    assert verdict_of(document + b"\n% more") == "altered"

    path = tmp_path / "changed.pdf"
    path.write_bytes(bytes(changed))
    answer = verification.check(str(path), verification.Trust.own(utc_now()), utc_now())
    assert (answer.code, answer.holds) == ("altered", False)


def test_T_P12_the_number_of_a_print_is_still_verified(certificate: m.Certificate, cast: Cast) -> None:
    found = verification.by_number(f" {certificate.number.lower()} ", cast.unit.name, certificate_day())
    assert (found[0].verdict, found[1]) == ("valid", certificate)
    other = verification.by_number(certificate.number, cast.other_unit.name, certificate_day())
    assert (
        other[0].verdict
        == verification.by_number("ZLMJ2025999999", "x", certificate_day())[0].verdict
        == "unknown"
    )


def test_T_P08_long_names_300_patents_and_rare_characters_are_all_drawn(
    certificate: m.Certificate, session: Any
) -> None:
    rows = [
        {"number": f"ZL 2015 1 {n:07d}.8", "title": "一种散热装置", "kind": "invention"} for n in range(300)
    ]
    certificate.product_name, certificate.model, certificate.patents = "散热装置" * 30, "X" * 200, rows
    certificate.unit_name = "䶮㙓堃𠮷公司"

    text = text_of(recognition_certificate.laid_out(certificate_files.shown(certificate)))
    session.rollback()

    assert all(part in text for part in ("散热装置" * 30, "X" * 200, "䶮㙓堃𠮷公司"))
    assert all(row["number"].replace(" ", "") in text for row in rows)


def test_all_of_a_round_are_made_in_the_background_and_taken_up_where_it_stopped(
    certificate: m.Certificate, officer: Actor, session: Any
) -> None:
    round_id, number = certificate.recognition.round_id, certificate.id
    with transaction(officer):
        job = certificate_files.start(round_id, officer, certificate_day()).id

    assert background.run_waiting({"certificates": HANDLERS["certificates"]}) == 1

    done = session.get_one(m.BackgroundJob, job, populate_existing=True)
    assert (done.state, done.done, done.total) == ("done", 1, 1)
    assert done.result["link"] == f"/recognition/{round_id}/certificates"
    assert session.get_one(m.Certificate, number, populate_existing=True).file_id is not None
    assert certificate_files.missing(round_id) == []


def test_only_officers_have_them_made(certificate: m.Certificate, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        certificate_files.start(certificate.recognition.round_id, cast.rui, certificate_day())


def test_the_file_is_that_of_nobody_s_quota(document: bytes, session: Any) -> None:
    file = session.scalars(select(m.StoredFile).where(m.StoredFile.purpose == "certificate")).one()
    assert file.unit_id is None
    assert storage.read_bytes(file) == document
