"""The PDF of a certificate: made and signed once, then kept; all of a round's in the background."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session, transaction
from app.documents import recognition_certificate, signing, storage
from app.documents.certificates import CertifiedPatent
from app.documents.recognition_certificate import RecognitionCertificate
from app.documents.turns import turn
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import Conflict, NotAllowed
from app.domain.machines import OFFICERS
from app.domain.text import N_
from app.services import background, document_templates, records
from app.services.background import Task
from app.services.recognition import keys

#: certificates are the platform's: they count against no unit's quota, and their rows are stored in its own name
_MAKER = Actor.system("certificates")


def pdf(certificate: m.Certificate) -> bytes:
    """The signed PDF of a certificate, made now if it was not before; in a transaction of its own, which ends the
    caller's. TooMany while others are made for its unit."""
    if certificate.file_id is None:
        with turn(certificate.unit_id):
            _make(certificate.id)
    return _stored(certificate.id)


def start(round_id: int, actor: Actor, now: datetime) -> m.BackgroundJob:
    """Begin to make all PDFs of a round that are not there yet."""
    round_ = records.load(m.RecognitionRound, round_id, actor)
    if not actor.has(*OFFICERS):
        raise NotAllowed(N_("您的角色不能执行该操作"))
    waiting = missing(round_id)
    if not waiting:
        raise Conflict(N_("该批次的证书文件已全部生成"))
    return background.start("certificates", round_.title, actor, now, {"round_id": round_id}, len(waiting))


def make_pdfs(task: Task) -> Mapping[str, Any]:
    """Do that, one certificate after the other, each in a transaction of its own: stopped half-way, it goes on there."""
    if not task.actor.has(*OFFICERS):
        raise NotAllowed(N_("您的角色不能执行该操作"))
    round_id = int(task.arguments["round_id"])
    with transaction(_MAKER):
        waiting = missing(round_id)
    for done, certificate_id in enumerate(waiting):
        if done % 20 == 0:
            task.step(done, len(waiting))
        _make(certificate_id)
    task.step(len(waiting), len(waiting))
    return {"made": len(waiting), "link": f"/recognition/{round_id}/certificates"}


def missing(round_id: int) -> list[int]:
    """The certificates of a round that have no PDF yet; revoked ones need none."""
    query = _of_round(round_id).where(m.Certificate.file_id.is_(None), m.Certificate.revoked_on.is_(None))
    return list(session.scalars(query.order_by(m.Certificate.id)))


def counts(round_id: int) -> dict[str, int]:
    """How many certificates a round has, how many with a PDF, how many revoked."""
    of_round = _of_round(round_id).subquery()
    columns = (func.count(), func.count(m.Certificate.file_id), func.count(m.Certificate.revoked_on))
    row = session.execute(select(*columns).where(m.Certificate.id.in_(select(of_round.c.id)))).one()
    return dict(zip(("all", "made", "revoked"), (int(number) for number in row), strict=True))


def _of_round(round_id: int) -> Any:
    return (
        select(m.Certificate.id)
        .join(m.Recognition, m.Recognition.id == m.Certificate.recognition_id)
        .where(m.Recognition.round_id == round_id)
    )


def _make(certificate_id: int) -> None:
    """Lay out, sign and store; where two do it at once, the first to store it wins, and both see that one."""
    with transaction(_MAKER):
        certificate = session.get_one(m.Certificate, certificate_id)
        if certificate.file_id is not None:
            return
        data, number = shown(certificate), certificate.number
        key_id, html = (
            keys.active(signing.DOCUMENT).id,
            document_templates.text_of(recognition_certificate.CODE),
        )
    content = recognition_certificate.signed(data, key_id, html)
    with transaction(_MAKER):
        locked = session.get_one(m.Certificate, certificate_id, with_for_update=True, populate_existing=True)
        if locked.file_id is None:
            locked.file_id = storage.keep_made(content, f"{number}.pdf", "certificate", utc_now()).id


def _stored(certificate_id: int) -> bytes:
    query = (
        select(m.StoredFile)
        .join(m.Certificate, m.Certificate.file_id == m.StoredFile.id)
        .where(m.Certificate.id == certificate_id)
    )
    return storage.read_bytes(session.scalars(query.execution_options(unscoped=True)).one())


def shown(certificate: m.Certificate) -> RecognitionCertificate:
    """What the PDF of a certificate says."""
    return RecognitionCertificate(
        number=certificate.number, product_name=certificate.product_name, model=certificate.model,
        unit_name=certificate.unit_name, year=certificate.year, issued_on=certificate.issued_on,
        valid_until=certificate.valid_until, patents=[CertifiedPatent(**patent) for patent in certificate.patents],
        token=certificate.token,
    )  # fmt: skip
