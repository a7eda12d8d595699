"""The two things the wizard works on, a filing and a yearly update, with the same four steps over their own services."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app import models as m
from app.domain.actor import Actor
from app.domain.errors import NotFound, Problem
from app.services import checks, fieldsets, filings, records, updates, yeardata
from app.services.fields import missing

#: The rules' stage of each step.
STAGES = {1: "product", 2: "patents", 3: "evidence", 4: "submit"}
_PICTURE = "picture_file_id"
_FIELDS_OF_STEP_1 = frozenset(field.name for field in (*fieldsets.PRODUCT, *fieldsets.YEAR)) - {_PICTURE}


def step_of(field: str | None) -> int:
    """The step a finding or remark belongs to, by its field; 4 for the filing as a whole."""
    root = (field or "").partition(".")[0]
    if root in _FIELDS_OF_STEP_1:
        return 1
    return {"patents": 2, "evidence": 3, _PICTURE: 3}.get(root, 4)


class Flow(ABC):
    """A product with the year whose data are filled in."""

    #: kind of the case it becomes
    kind: str
    editable: tuple[str, ...]

    def __init__(self, actor: Actor, product: m.Product, year: m.ProductYear) -> None:
        self.actor, self.product, self.year = actor, product, year
        yeardata.load_patents(year)

    @property
    @abstractmethod
    def record(self) -> Any:
        """What carries state and version: the product, or the year."""

    @property
    @abstractmethod
    def href(self) -> str:
        """Where the wizard's pages are."""

    @abstractmethod
    def save(self, step: int, data: Mapping[str, Any], version: int | None, now: datetime) -> list[Problem]:
        """Save a step; what could not be taken over."""

    @abstractmethod
    def split_evenly(self, version: int | None, now: datetime) -> None:
        """一键均分."""

    @abstractmethod
    def add_evidence(self, file_id: int, kind: str, version: int | None, now: datetime) -> None:
        """Add an uploaded file."""

    @abstractmethod
    def remove_evidence(self, evidence_id: int, version: int | None, now: datetime) -> None:
        """Take a file away."""

    @abstractmethod
    def findings(self, now: datetime) -> list[checks.Finding]:
        """What the checker finds in what is stored."""

    @abstractmethod
    def submit(self, version: int | None, commitment: bool, now: datetime) -> m.Case:
        """Hand it in."""

    @abstractmethod
    def missing(self) -> list[Problem]:
        """What step 1 still lacks."""

    @property
    def may_edit(self) -> bool:
        """Whether it can still be changed."""
        return self.record.state in self.editable

    @property
    def done(self) -> Mapping[int, bool]:
        """Which steps are filled in."""
        linked = bool(self.year.links) and not checks.link_problems(self.year)
        return {
            1: not self.missing(),
            2: linked,
            3: bool(self.year.evidence or self.product.picture_file_id),
            4: False,
        }

    def place(self, name: str) -> str:
        """Where a field's remark stands."""
        return f"{self.href}/step/{step_of(name)}#remark-{name}"

    @property
    def first_incomplete(self) -> int:
        """The first step that lacks something required (abuse.md T-W15); evidence is optional."""
        return next((step for step in (1, 2) if not self.done[step]), 4)


class FilingFlow(Flow):
    """A filing."""

    kind = "filing"
    editable = filings.EDITABLE

    @classmethod
    def load(cls, actor: Actor, product_id: int) -> FilingFlow:
        """The filing of a product."""
        product = records.load(m.Product, product_id, actor)
        return cls(actor, product, yeardata.year_of(product, product.filing_year))

    @property
    def record(self) -> m.Product:
        """The product."""
        return self.product

    @property
    def href(self) -> str:
        """Beside the product's page."""
        return f"/my/products/{self.product.id}"

    def save(self, step: int, data: Mapping[str, Any], version: int | None, now: datetime) -> list[Problem]:
        """Save a step."""
        return filings.save_step(self.actor, self.product.id, step, data, version, now).problems

    def split_evenly(self, version: int | None, now: datetime) -> None:
        """一键均分."""
        filings.split_evenly(self.actor, self.product.id, version, now)

    def add_evidence(self, file_id: int, kind: str, version: int | None, now: datetime) -> None:
        """Add an uploaded file."""
        filings.add_evidence(self.actor, self.product.id, file_id, kind, version, now)

    def remove_evidence(self, evidence_id: int, version: int | None, now: datetime) -> None:
        """Take a file away."""
        filings.remove_evidence(self.actor, self.product.id, evidence_id, version, now)

    def findings(self, now: datetime) -> list[checks.Finding]:
        """What the checker finds."""
        return filings.check(self.actor, self.product.id, now)

    def submit(self, version: int | None, commitment: bool, now: datetime) -> m.Case:
        """Hand it in."""
        return filings.submit(self.actor, self.product.id, version, commitment, now)

    def missing(self) -> list[Problem]:
        """What step 1 still lacks."""
        return missing(self.product, fieldsets.PRODUCT) + missing(self.year, fieldsets.YEAR)


class UpdateFlow(Flow):
    """The update of a filed product with the data of a later year; what the product is stays as it was filed."""

    kind = "update"
    editable = updates.EDITABLE

    @classmethod
    def load(cls, actor: Actor, year_id: int) -> UpdateFlow:
        """The update by the id of its year."""
        year = records.load(m.ProductYear, year_id, actor)
        if year.year == year.product.filing_year:
            raise NotFound
        return cls(actor, year.product, year)

    @property
    def record(self) -> m.ProductYear:
        """The year."""
        return self.year

    @property
    def href(self) -> str:
        """A place of its own: a product has many updates."""
        return f"/my/updates/{self.year.id}"

    def save(self, step: int, data: Mapping[str, Any], version: int | None, now: datetime) -> list[Problem]:
        """Save a step."""
        return updates.save(self.actor, self.year.id, data, version, now).problems

    def split_evenly(self, version: int | None, now: datetime) -> None:
        """一键均分."""
        updates.split_evenly(self.actor, self.year.id, version, now)

    def add_evidence(self, file_id: int, kind: str, version: int | None, now: datetime) -> None:
        """Add an uploaded file."""
        updates.add_evidence(self.actor, self.year.id, file_id, kind, version, now)

    def remove_evidence(self, evidence_id: int, version: int | None, now: datetime) -> None:
        """Take a file away."""
        updates.remove_evidence(self.actor, self.year.id, evidence_id, version, now)

    def findings(self, now: datetime) -> list[checks.Finding]:
        """What the checker finds."""
        return updates.check(self.actor, self.year.id, now)

    def submit(self, version: int | None, commitment: bool, now: datetime) -> m.Case:
        """Hand it in."""
        return updates.submit(self.actor, self.year.id, version, commitment, now)

    def missing(self) -> list[Problem]:
        """What step 1 still lacks."""
        return missing(self.year, fieldsets.YEAR)


def link_rows(rows: object) -> list[dict[str, Any]]:
    """Linked patents as a script or form sends them, in the shape the services take; what has no patent is left out."""
    if not isinstance(rows, Iterable):
        return []
    return [
        {"patent_id": int(str(row["patent_id"])), "core": str(row.get("core", "")).lower() in ("true", "1"),
         "contribution": str(row.get("contribution") or "")[:20]}
        for row in rows
        if isinstance(row, Mapping) and str(row.get("patent_id", "")).isdecimal() and len(str(row["patent_id"])) < 19
    ]  # fmt: skip
