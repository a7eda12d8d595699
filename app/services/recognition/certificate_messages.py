"""What units are told about recognitions that end and certificates: one small function for each message."""

from __future__ import annotations

from datetime import datetime

from app import models as m
from app.notify import outbox


def withdrawn(
    recognition: m.Recognition, certificate: m.Certificate | None, reason: str, now: datetime
) -> None:
    """To the unit: the recognition was withdrawn, and why; its certificate is no longer valid."""
    number = certificate.number if certificate is not None else "—"
    _to_unit(recognition, "recognition_withdrawn", now, reason=reason, number=number)


def dropped(recognition: m.Recognition, reason: str, now: datetime) -> None:
    """To the unit: the product takes no further part in the round, and why."""
    _to_unit(recognition, "recognition_dropped", now, reason=reason)


def _to_unit(recognition: m.Recognition, template: str, now: datetime, **facts: object) -> None:
    outbox.post(
        template, dedupe_key=f"{template}:{recognition.id}", unit_id=recognition.unit_id,
        params={"product": recognition.product.name, "round": recognition.round.title, **facts},
        link="/my/certificates/", now=now,
    )  # fmt: skip
