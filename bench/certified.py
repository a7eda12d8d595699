"""Certificates of recognition: one, signed; three thousand, as the background makes them; and their verification."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import insert, literal, select, text
from xhtml2pdf.document import pisaDocument

from app import models as m
from app.db import session, transaction
from app.documents import pdf, qr, recognition_certificate, signing
from app.documents.certificates import KINDS
from app.documents.recognition_certificate import RecognitionCertificate
from app.domain.actor import RECOGNITION_OFFICER, Actor
from app.domain.clock import local_date, utc_now
from app.domain.recognition import statement
from app.domain.recognition.public_notice import valid_until
from app.services.recognition import certificate_files, certificates, keys, verification
from bench import screened
from bench.clock import Work
from bench.raw import Raw
from bench.screened import Quiet
from bench.site import Site

BATCH = 3_000
TITLE = "bench certificates"
OFFICER = Actor(None, "bench", frozenset({RECOGNITION_OFFICER}))


def prepare(site: Site) -> None:
    """A round whose products are all recognised and have their certificates, none with a file yet; once."""
    with site.app.app_context(), transaction(screened.SYSTEM):
        if _round_id() is None:
            round_ = screened.published(TITLE, 2098)
            _recognised(round_)
            certificates.issue_all(m.Recognition.round_id == round_.id, screened.SYSTEM, utc_now())


def _round_id() -> int | None:
    return session.scalars(
        select(m.RecognitionRound.id).where(m.RecognitionRound.title == TITLE)
    ).one_or_none()


def _recognised(round_: m.RecognitionRound) -> None:
    r, y, today = m.Recognition, m.ProductYear, local_date(utc_now())
    values: dict[Any, Any] = {
        r.round_id: literal(round_.id), r.product_id: y.product_id, r.product_year_id: y.id, r.unit_id: y.unit_id,
        r.state: literal("recognised"), r.recognised_on: literal(today), r.valid_until: literal(valid_until(today)),
        r.version: literal(1), r.created_at: y.created_at, r.changed_at: y.changed_at,
    }  # fmt: skip
    rows = select(*values.values()).where(y.year == round_.data_year).order_by(y.product_id).limit(BATCH)
    session.execute(insert(r).from_select(list(values), rows))
    session.execute(text("ANALYZE recognition"))


def _shown() -> tuple[RecognitionCertificate, str]:
    """What a certificate of the round says, and the key that signs."""
    query = select(m.Certificate).join(m.Certificate.recognition).where(m.Recognition.round_id == _round_id())
    found = session.scalars(query.order_by(m.Certificate.id).limit(1)).one()
    return certificate_files.shown(found), keys.active(signing.DOCUMENT).id


def signed(site: Site) -> tuple[Work, Work]:
    """One certificate; the raw library lays the same page out and does not sign it."""
    with site.app.app_context():
        data, key_id = _shown()
        session.remove()
    recognition_certificate.signed(data, key_id)  # loads the fonts
    return partial(recognition_certificate.signed, data, key_id), _raw(data)


def _raw(data: RecognitionCertificate) -> Work:
    context = {"data": data, "qr": qr.data_uri(data.address), "kinds": KINDS}
    html = pdf.environment("zh").get_template(recognition_certificate.BUILT_IN).render(context, pages=1)
    return lambda: pisaDocument(html, io.BytesIO())


def batch(site: Site) -> tuple[Work, Work]:
    """All certificates of the round, each stored in a transaction of its own, with progress."""
    with site.app.app_context():
        round_id, (data, _key_id) = _round_id(), _shown()
        count = len(certificate_files.missing(round_id or 0))
        session.remove()

    def make() -> None:
        with site.app.app_context():
            certificate_files.make_pdfs(Quiet(0, OFFICER, {"round_id": round_id}))
            session.remove()

    one = _raw(data)
    return make, partial(_times, count, one)


def _times(count: int, work: Callable[[], object]) -> None:
    for _ in range(count):
        work()


def forget(raw: Raw) -> None:
    """Take the files' rows out again."""
    ours = "SELECT id FROM recognition_round WHERE title = ?"
    raw.connection.execute(
        raw.written(f"UPDATE certificate SET file_id = NULL WHERE recognition_id IN "
                    f"(SELECT id FROM recognition WHERE round_id IN ({ours}))"), (TITLE,),
    )  # fmt: skip
    raw.connection.execute(
        "DELETE FROM stored_file WHERE purpose = 'certificate' AND id NOT IN "
        "(SELECT file_id FROM certificate WHERE file_id IS NOT NULL)"
    )
    raw.end()


def verified(site: Site) -> tuple[Work, Work]:
    """The page a QR code leads to; the raw driver finds the certificate by its statement."""
    with site.app.app_context():
        data, _key_id = _shown()
        session.remove()

    def find() -> None:
        site.raw.rows("SELECT * FROM certificate WHERE token = ?", data.token)
        site.raw.end()

    return site.page(f"/v/{data.token}"), find


def verified_offline(site: Site) -> tuple[Work, Work]:
    """A statement judged with the keys alone; the raw library checks the signature."""
    with site.app.app_context():
        (data, _key_id), trust = _shown(), verification.Trust.own(utc_now())
        session.remove()
    now = utc_now()
    key = next(iter(trust.keys.values())).key
    _statement, message, signature = statement.read(data.token)
    return partial(verification.check, data.token, trust, now), partial(key.verify, signature, message)
