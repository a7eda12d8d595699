"""What units are told about the further information: one message to a unit for all its products at one occasion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select

from app import models as m
from app.domain.clock import local_date
from app.notify import outbox, templates
from app.services.recognition import deadlines

#: How many products a message names.
NAMED = 5
LINK = "/my/recognition/"


def rows() -> Select[int, int, int, str, str, date]:
    """Recognitions with what a message says of them, by unit and round; the caller adds the condition."""
    due = deadlines.column()
    return (
        select(
            m.Recognition.id, m.Recognition.unit_id, m.Recognition.round_id, m.Product.name.label("product"),
            m.RecognitionRound.title, due.label("due"),
        )
        .join(m.Recognition.product).join(m.Recognition.round)
        .order_by(m.Recognition.unit_id, m.Recognition.round_id, due, m.Recognition.id)
    )  # fmt: skip


@dataclass(frozen=True)
class Occasion:
    """The products of one unit that one message is about."""

    unit_id: int
    first_id: int
    params: dict[str, object]


def occasions(found: Iterable[Any]) -> list[Occasion]:
    """``found`` (of ``rows``) in the groups that are told together: a unit's products with one deadline."""
    grouped = groupby(found, key=lambda row: (row.unit_id, row.round_id, row.due))
    return [_occasion(key[0], list(group)) for key, group in grouped]


def _occasion(unit_id: int, group: list[Any]) -> Occasion:
    names = "、".join(row.product for row in group[:NAMED]) + ("…" if len(group) > NAMED else "")
    params = {"round": group[0].title, "count": len(group), "products": names, "due_on": group[0].due}
    return Occasion(unit_id, group[0].id, params)


def asked(found: Iterable[Any], now: datetime) -> None:
    """To each unit: so many products passed the screening; give further information by this day."""
    _tell("supplement_asked", found, now, "")


def overdue(found: Iterable[Any], now: datetime) -> None:
    """To each unit: the deadline of these products has passed."""
    _tell("supplement_overdue", found, now, str(local_date(now)))


def remind(found: Iterable[Any], now: datetime) -> None:
    """To each unit, at most once a day: these products still wait for further information."""
    _tell("supplement_reminder", found, now, str(local_date(now)))


def _tell(template: str, found: Iterable[Any], now: datetime, day: str) -> None:
    for each in occasions(found):
        outbox.post(
            template, dedupe_key=f"{template}:{each.unit_id}:{each.first_id}:{day}", unit_id=each.unit_id,
            params=each.params, link=LINK, now=now,
        )  # fmt: skip


def extended(recognition: m.Recognition, now: datetime) -> None:
    """To the unit: there is more time, until this day, and why."""
    _about(
        recognition, "supplement_extended", now, due_on=recognition.supplement_due, reason=recognition.reason
    )


def submitted(recognition: m.Recognition, now: datetime) -> None:
    """To the unit: the further information has arrived."""
    _about(recognition, "supplement_submitted", now, due_on=deadlines.of(recognition))


def _about(recognition: m.Recognition, template: str, now: datetime, **facts: object) -> None:
    outbox.post(
        template, dedupe_key=f"{template}:{recognition.id}:{recognition.version}", unit_id=recognition.unit_id,
        params={"round": recognition.round.title, "product": recognition.product.name, **facts},
        link=f"{LINK}{recognition.id}", now=now,
    )  # fmt: skip


def sample(occasion: Occasion, language: str) -> templates.Text:
    """The message that ``asked`` would send about ``occasion``; its number is not known before."""
    return templates.render("supplement_asked", language, {**occasion.params, "text_id": "————"})
