"""A product's data of one year: figures, linked patents, evidence. What filings and yearly updates have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.domain import contributions
from app.domain.actor import Actor
from app.domain.errors import NotFound, Problem, RuleError
from app.domain.text import N_
from app.services import fieldsets, records
from app.services.fields import Field, flag, identity, read

EVIDENCE_KINDS = ("sales", "production", "export", "share", "other")
LINK_LIMIT = 1000
_LINK = (
    Field("patent_id", N_("专利"), identity),
    Field("core", N_("核心专利"), flag, empty=False),
    Field("contribution", N_("贡献率"), contributions.parse_share),
)


def year_of(product: m.Product, year: int) -> m.ProductYear:
    """The product's data of ``year``; NotFound where there are none."""
    found = session.scalars(
        select(m.ProductYear).where(m.ProductYear.product_id == product.id, m.ProductYear.year == year)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def load_patents(year: m.ProductYear) -> None:
    """Load the patents of all the year's links by one statement, whatever their number."""
    if year.links:
        query = select(m.PatentLink).where(m.PatentLink.product_year_id == year.id)
        session.scalars(query.options(joinedload(m.PatentLink.patent))).all()


def save_figures(year: m.ProductYear, data: Mapping[str, Any]) -> list[Problem]:
    """Take over the figures that can be read; a problem for each that cannot."""
    values, problems = read(data, fieldsets.YEAR)
    for name, value in values.items():
        setattr(year, name, value)
    return problems


def replace_links(year: m.ProductYear, rows: Iterable[Mapping[str, Any]], now: datetime) -> list[Problem]:
    """Make ``rows`` ({patent_id, core, contribution}) the year's linked patents; a problem for each share unread.

    Patents must be of the unit's own base (NotFound otherwise); a patent named twice counts once, the last one.
    """
    given = list(rows)
    if len(given) > LINK_LIMIT:
        raise RuleError([Problem("patents", N_("最多关联 {limit} 件专利", limit=LINK_LIMIT))])
    wanted: dict[int, tuple[bool, Decimal | None]] = {}
    problems: list[Problem] = []
    for row, typed in enumerate(given):
        values, unread = read(typed, _LINK)
        problems += [Problem(f"patents.{row}.{problem.field}", problem.message) for problem in unread]
        if (patent_id := values.get("patent_id")) is not None:
            core = bool(values.get("core"))
            wanted[patent_id] = (core, values.get("contribution") if core else None)
    _check_patents(year, set(wanted))
    for link in [link for link in year.links if link.patent_id not in wanted]:
        year.links.remove(link)
    present = {link.patent_id: link for link in year.links}
    for patent_id, (core, share) in wanted.items():
        if patent_id not in present:
            present[patent_id] = m.PatentLink(unit_id=year.unit_id, patent_id=patent_id)
            year.links.append(present[patent_id])
        present[patent_id].core, present[patent_id].contribution = core, share
    records.touch(year, now)
    return problems


def split_evenly(year: m.ProductYear, now: datetime) -> None:
    """一键均分: the core patents share 100.00 % by largest remainder."""
    core = [link for link in year.links if link.core]
    if not core:
        raise RuleError([Problem("patents", N_("请先选择核心专利"), contributions.RULE)])
    for link, share in zip(core, contributions.split_evenly(len(core)), strict=True):
        link.contribution = share
    records.touch(year, now)


def add_evidence(year: m.ProductYear, actor: Actor, file_id: int, kind: str, now: datetime) -> m.Evidence:
    """Put an uploaded file beside the year's data; adding it again changes nothing but its kind."""
    if kind not in EVIDENCE_KINDS:
        raise RuleError([Problem("kind", N_("请从列表中选择"))])
    records.own_file(actor, year.unit_id, file_id, "evidence")
    evidence = next((e for e in year.evidence if e.file_id == file_id), None)
    if evidence is None:
        evidence = m.Evidence(unit_id=year.unit_id, file_id=file_id)
        year.evidence.append(evidence)
    evidence.kind = kind
    records.touch(year, now)
    return evidence


def remove_evidence(year: m.ProductYear, evidence_id: int, now: datetime) -> None:
    """Take a file away from the year's data; the file itself stays with the rounds that were submitted with it."""
    evidence = next((e for e in year.evidence if e.id == evidence_id), None)
    if evidence is None:
        raise NotFound
    year.evidence.remove(evidence)
    records.touch(year, now)


def copy_links(source: m.ProductYear, target: m.ProductYear) -> None:
    """Propose last year's linked patents with their shares."""
    for link in source.links:
        target.links.append(
            m.PatentLink(
                unit_id=target.unit_id,
                patent_id=link.patent_id,
                core=link.core,
                contribution=link.contribution,
            )
        )


def _check_patents(year: m.ProductYear, wanted: set[int]) -> None:
    own = select(m.Patent.id).where(m.Patent.id.in_(wanted), m.Patent.unit_id == year.unit_id)
    if len(session.scalars(own).all()) != len(wanted):
        raise NotFound(N_("没有找到要关联的专利，请先在“专利信息”中导入或添加"))
