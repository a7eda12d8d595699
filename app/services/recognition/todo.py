"""What waits for the officers of a round beyond what the products' states tell: objections, notices, files to be made."""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, func, select

from app import models as m
from app.db import session
from app.domain.recognition.objections import OPEN
from app.services.recognition import certificate_files, public_notice


def waiting(round_id: int, today: date) -> dict[str, int]:
    """How many objections are open, products can be recognised today, and certificates have no file yet."""
    return {
        "objections": _open_objections(round_id),
        "recognition": _ready(round_id, today),
        "certificates": len(certificate_files.missing(round_id)),
    }


def notice_until(round_id: int, today: date) -> date | None:
    """The last day of the round's notice that is not over yet."""
    notices = select(m.PublicNotice).where(
        m.PublicNotice.round_id == round_id, m.PublicNotice.state == "open"
    )
    terms = [public_notice.term(notice) for notice in session.scalars(notices)]
    return max((term.ends_on for term in terms if not term.is_over(today)), default=None)


def _open_objections(round_id: int) -> int:
    query = (
        select(func.count(m.Objection.id))
        .join(m.Recognition, m.Recognition.id == m.Objection.recognition_id)
        .where(m.Recognition.round_id == round_id, m.Objection.state.in_(OPEN))
    )
    return session.execute(query).scalar_one()


def _ready(round_id: int, today: date) -> int:
    """Products whose notice is over, for certain, and that nobody's objection holds up."""
    objected = exists().where(m.Objection.recognition_id == m.Recognition.id, m.Objection.state.in_(OPEN))
    query = (
        select(func.count(m.Recognition.id))
        .join(m.PublicNotice, m.PublicNotice.id == m.Recognition.notice_id)
        .where(
            m.Recognition.round_id == round_id, m.Recognition.state == "in_notice", ~objected,
            m.PublicNotice.state == "open", m.PublicNotice.provisional.is_(False), m.PublicNotice.ends_on < today,
        )
    )  # fmt: skip
    return session.execute(query).scalar_one()
