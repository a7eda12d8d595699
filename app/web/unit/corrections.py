"""What staff said of a returned submission, to stand beside the fields while it is corrected (mission N2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app import models as m
from app.domain.actor import Actor
from app.services import timeline
from app.web.desk import facts
from app.web.unit import overview


@dataclass(frozen=True)
class Correction:
    """The returned case, its remarks by field, what the remarked fields held then, what the fields are called, and
    the places where they are corrected."""

    case: m.Case | None = None
    remarks: dict[str, str] = field(default_factory=dict)
    old: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def anchor(name: str) -> str:
    """The place of a field's remark on its page."""
    return f"#remark-{name}"


def of(actor: Actor, kind: str, subject_id: int, place: Callable[[str], str] = anchor) -> Correction:
    """The correction that the latest return of this kind asks for; ``place`` says where a field is."""
    case = overview.last_decided(kind, subject_id)
    if case is None or case.state != "returned":
        return Correction()
    remarks = timeline.remarks(actor, kind, subject_id)
    proposed = case.snapshot.get("proposed", case.snapshot)
    old = {
        name: facts.text(kind, name, proposed[name])
        for name in remarks
        if name not in facts.LISTS and name in proposed
    }
    return Correction(
        case,
        remarks,
        old,
        {name: facts.label(kind, name) for name in remarks},
        {name: place(name) for name in remarks},
    )
