"""What a reviewer has to see of a product: its data, patents, screening and further information, gathered once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import models as m
from app.db import session
from app.domain.recognition import supplement_fields as asked
from app.services import snapshots
from app.services.recognition import screening
from app.web import labels
from app.web.desk import facts
from app.web.desk.dossier import Attachment
from app.web.text import render


@dataclass(frozen=True)
class Answers:
    """A dimension of the supplement: its questions with what the unit answered."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Subject:
    """A product in a round with all that its judgement rests on."""

    recognition: m.Recognition
    groups: list[facts.Group]
    links: list[m.PatentLink]
    answers: list[Answers]
    attachments: list[Attachment]
    screened: screening.Explained | None

    @property
    def product(self) -> m.Product:
        """The product."""
        return self.recognition.product


def gather(recognition: m.Recognition) -> Subject:
    """All about a product in a round."""
    year, product = recognition.product_year, recognition.product
    supplement = _supplement(recognition)
    links = sorted(year.links, key=lambda link: (not link.core, link.patent.application_no))
    return Subject(
        recognition=recognition,
        groups=facts.of_case("update", snapshots.of_year(product, year)),
        links=links,
        answers=[] if supplement is None else list(_answers(supplement.answers)),
        attachments=[*_proofs(supplement), *_evidence(year)],
        screened=_screened(recognition),
    )


def _supplement(recognition: m.Recognition) -> m.Supplement | None:
    query = select(m.Supplement).where(m.Supplement.recognition_id == recognition.id)
    return session.scalars(
        query.options(selectinload(m.Supplement.files).joinedload(m.SupplementFile.file))
    ).one_or_none()


def _answers(given: Mapping[str, str]) -> Iterator[Answers]:
    for dimension, title in asked.DIMENSIONS.items():
        rows = [
            (render(each.label), _shown(each, given.get(each.name) or "")) for each in asked.of(dimension)
        ]
        yield Answers(render(title), rows)


def _shown(question: asked.SupplementField, answer: str) -> str:
    if not answer:
        return ""
    if question.options:
        return render(question.options[answer]) if answer in question.options else answer
    if question.kind not in asked.NUMBERS:
        return answer
    number = f"{Decimal(answer):,f}"
    return f"{number} {render(question.unit)}" if question.unit else number


def _proofs(supplement: m.Supplement | None) -> list[Attachment]:
    files = [] if supplement is None else supplement.files
    return [
        Attachment(
            labels.label("supplement_file", "dimension", each.dimension), each.file.original_name, each.file
        )
        for each in files
    ]


def _evidence(year: m.ProductYear) -> list[Attachment]:
    query = select(m.StoredFile).where(m.StoredFile.id.in_([each.file_id for each in year.evidence]))
    stored = {file.id: file for file in session.scalars(query)} if year.evidence else {}
    return [
        Attachment(
            labels.label("evidence", "kind", each.kind) or _("证明材料"),
            str(stored.get(each.file_id) or ""),
            stored.get(each.file_id),
        )
        for each in year.evidence
    ]


def _screened(recognition: m.Recognition) -> screening.Explained | None:
    """What the initial screening found for the product."""
    result = screening.result_of(recognition)
    return None if result is None else screening.explain(result, result.run)
