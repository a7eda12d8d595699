"""Everything the unit's page of one product shows, gathered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import models as m
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.machines import FILING, UPDATE
from app.policies import PUBLISHED
from app.services import cases, snapshots, timeline, updates, yeardata
from app.web.desk import changes, facts
from app.web.unit import corrections
from app.web.unit.corrections import Correction
from app.web.unit.flows import FilingFlow, Flow, UpdateFlow


@dataclass(frozen=True)
class ShownRound:
    """A submission with its remarks by label and what changed since the one before."""

    case: m.Case
    remarks: list[tuple[str, str]]
    changes: list[changes.Changed]


@dataclass(frozen=True)
class ProductPage:
    """A product with its data of one year; ``verbs`` are what the unit may do with the filing, ``year_verbs`` with the
    year's update."""

    product: m.Product
    year: m.ProductYear
    snapshot: dict[str, Any]
    groups: list[facts.Group]
    events: Sequence[timeline.Event]
    rounds: list[ShownRound]
    case: m.Case | None
    left: int | None
    correction: Correction
    verbs: frozenset[str]
    year_verbs: frozenset[str]
    #: this year's update is due
    outdated: bool

    @property
    def is_first_year(self) -> bool:
        """Whether the year's data are those of the filing itself."""
        return self.year.year == self.product.filing_year

    @property
    def certified(self) -> bool:
        """Whether there is a certificate to download."""
        return self.product.state in PUBLISHED


def chosen_year(product: m.Product, wanted: int | None) -> m.ProductYear | None:
    """The year asked for, else the newest one."""
    years = sorted(product.years, key=lambda year: year.year)
    if wanted is None:
        return years[-1] if years else None
    return next((year for year in years if year.year == wanted), None)


def gather(product: m.Product, year: m.ProductYear, actor: Actor, now: datetime) -> ProductPage:
    """All about a product and one of its years, as the unit sees it."""
    today, first = local_date(now), year.year == product.filing_year
    kind, subject_id = ("filing", product.id) if first else ("update", year.id)
    yeardata.load_patents(year)
    case = cases.open_case_of("revocation", product.id) or cases.open_case_of(kind, subject_id)
    snapshot = snapshots.of_year(product, year)
    return ProductPage(
        product=product, year=year, snapshot=snapshot, groups=facts.of_case("filing", snapshot),
        events=timeline.events(actor, FILING.name, product.id),
        rounds=[*_rounds(actor, kind, subject_id, now), *_rounds(actor, "revocation", product.id, now)],
        case=case, left=timeline.days_left(case, today) if case else None,
        correction=_correction(product, year, actor),
        verbs=frozenset(t.verb for t in FILING.allowed(product.state, actor.roles)),
        year_verbs=frozenset() if first else frozenset(t.verb for t in UPDATE.allowed(year.state, actor.roles)),
        outdated=product.state == "filed" and (product.updated_year or 0) < updates.data_year(today),
    )  # fmt: skip


def _correction(product: m.Product, year: m.ProductYear, actor: Actor) -> Correction:
    flow: Flow = (
        FilingFlow(actor, product, year)
        if year.year == product.filing_year
        else UpdateFlow(actor, product, year)
    )
    return (
        corrections.of(actor, flow.kind, flow.record.id, flow.place)
        if flow.record.state == "returned"
        else Correction()
    )


def _rounds(actor: Actor, kind: str, subject_id: int, now: datetime) -> list[ShownRound]:
    found, shown = timeline.rounds(actor, kind, subject_id, now), []
    for place, each in enumerate(found):
        before = found[place - 1].case.snapshot if place else None
        changed = changes.of(kind, before, each.case.snapshot, each.changes) if before is not None else []
        remarks = [(facts.label(kind, name), text) for name, text in each.remarks.items()]
        shown.append(ShownRound(each.case, remarks, changed))
    return shown
