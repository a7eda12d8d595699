"""Yearly update 产品备案信息更新 (mission D14): every year's data are a snapshot of their own and stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotFound, Problem
from app.domain.machines import UPDATE
from app.domain.text import N_
from app.reports import search
from app.services import cases, checks, fieldsets, filings, notices, records, snapshots, yeardata
from app.services.cases import Submission
from app.services.steps import Step, Verdict
from app.services.workflow import fire

EDITABLE = ("draft", "returned")


@dataclass(frozen=True)
class Saved:
    """A year's data as they are stored now, and what could not be taken over, field by field."""

    year: m.ProductYear
    problems: list[Problem]


def data_year(today: date) -> int:
    """The year whose data are due: the one before (domain.md §1)."""
    return today.year - 1


def not_updated(today: date) -> Select[tuple[m.Product]]:
    """未更新: filed products without approved data of the year that is due; limit and order are the caller's."""
    overdue = or_(m.Product.updated_year.is_(None), m.Product.updated_year < data_year(today))
    return select(m.Product).where(m.Product.state == "filed", overdue)


def remind(now: datetime) -> int:
    """On the first day of a month: tell units how many of their products wait for this year's data; how many units."""
    today = local_date(now)
    if today.day != 1:
        return 0
    waiting = (
        not_updated(today).with_only_columns(m.Product.unit_id, func.count()).group_by(m.Product.unit_id)
    )
    units = session.execute(waiting.order_by(m.Product.unit_id)).all()
    for unit_id, count in units:
        notices.update_reminder(unit_id, data_year(today), count, now)
    return len(units)


def start(actor: Actor, product_id: int, now: datetime) -> m.ProductYear:
    """Begin this year's update, with last year's figures and linked patents as a proposal; again: the one begun."""
    product = records.load(m.Product, product_id, actor)
    due = data_year(local_date(now))
    if product.state != "filed":
        raise Conflict(N_("只有已备案的产品可以更新"))
    last = max(product.years, key=lambda year: year.year)
    if last.year >= due:
        if last.state == "updated":
            raise Conflict(N_("该产品 {year} 年度的数据已经更新", year=due))
        return last
    year = m.ProductYear(
        product_id=product.id,
        unit_id=product.unit_id,
        year=due,
        state=UPDATE.initial,
        created_at=now,
        changed_at=now,
    )
    for field in fieldsets.YEAR:
        setattr(year, field.name, getattr(last, field.name))
    product.years.append(year)
    session.flush()
    yeardata.copy_links(last, year)
    fire(UPDATE, year, "start", actor, now)
    return year


def save(actor: Actor, year_id: int, data: Mapping[str, Any], version: int | None, now: datetime) -> Saved:
    """Save the year's figures, however incomplete, and its linked patents (``data["links"]``)."""
    year = _open(actor, year_id, version, data)
    problems = yeardata.save_figures(year, data)
    if "links" in data:
        problems += yeardata.replace_links(year, data["links"], now)
    records.touch(year, now)
    return Saved(year, problems)


def link_patents(
    actor: Actor, year_id: int, links: Iterable[Mapping[str, Any]], version: int | None, now: datetime
) -> Saved:
    """Make ``links`` ({patent_id, core, contribution}) the year's linked patents."""
    return save(actor, year_id, {"links": list(links)}, version, now)


def split_evenly(actor: Actor, year_id: int, version: int | None, now: datetime) -> m.ProductYear:
    """Share 100.00 % evenly among the core patents."""
    year = _open(actor, year_id, version)
    yeardata.split_evenly(year, now)
    return year


def add_evidence(
    actor: Actor, year_id: int, file_id: int, kind: str, version: int | None, now: datetime
) -> m.Evidence:
    """Add an uploaded file as evidence."""
    return yeardata.add_evidence(_open(actor, year_id, version), actor, file_id, kind, now)


def remove_evidence(
    actor: Actor, year_id: int, evidence_id: int, version: int | None, now: datetime
) -> m.ProductYear:
    """Take evidence away."""
    year = _open(actor, year_id, version)
    yeardata.remove_evidence(year, evidence_id, now)
    return year


def check(actor: Actor, year_id: int, now: datetime) -> list[checks.Finding]:
    """What the checker finds in an update as it is stored: the same rules as for a filing."""
    year = records.load(m.ProductYear, year_id, actor)
    return checks.of_filing(year.product, year, local_date(now))


def submit(actor: Actor, year_id: int, version: int | None, commitment: bool, now: datetime) -> m.Case:
    """Submit the update for review; refused like a filing (abuse.md T-W10)."""
    year = _load(actor, year_id)
    _refuse_state(year, "submit")
    records.expect(year, version)
    product = year.product
    if product.state != "filed":
        raise Conflict(N_("只有已备案的产品可以更新"))
    findings = checks.of_filing(product, year, local_date(now))
    checks.refuse(checks.gate_problems(product.unit, commitment, local_date(now)), findings)
    fire(UPDATE, year, "submit", actor, now, values={"committed_at": now})
    what = Submission(
        "update",
        year.id,
        year.version,
        year.unit_id,
        product.name,
        snapshots.of_year(product, year),
        checks.rows(findings),
    )
    return cases.open_case(what, actor, now)


def withdraw(actor: Actor, year_id: int, now: datetime) -> m.ProductYear:
    """Take a submission back while nobody has decided."""
    year = _load(actor, year_id)
    _refuse_state(year, "withdraw")
    cases.withdraw("update", year.id, actor, now)
    fire(UPDATE, year, "withdraw", actor, now)
    return year


def _load(actor: Actor, year_id: int) -> m.ProductYear:
    """A year that is an update of its own; the first year's data go with the filing."""
    year = records.load(m.ProductYear, year_id, actor)
    if year.year == year.product.filing_year:
        raise NotFound
    return year


def _open(
    actor: Actor, year_id: int, version: int | None, data: Mapping[str, Any] | None = None
) -> m.ProductYear:
    year = _load(actor, year_id)
    if year.state not in EDITABLE:
        raise Conflict(N_("该更新当前为“{state}”，只能查看，不能修改", state=UPDATE.states[year.state]))
    records.expect(year, version, data)
    return year


def _refuse_state(year: m.ProductYear, verb: str) -> None:
    if UPDATE.find(year.state, verb) is None:
        raise Conflict(UPDATE.refusal(year.state, verb))


def _subject(case: m.Case) -> m.ProductYear:
    return session.get_one(m.ProductYear, case.subject_id)


def _check(year: m.ProductYear, now: datetime) -> Verdict:
    return checks.verdict(checks.of_filing(year.product, year, local_date(now)))


def _approve(_case: m.Case, year: m.ProductYear, actor: Actor, now: datetime) -> Mapping[str, object]:
    fire(UPDATE, year, "approve", actor, now, values={"approved_at": now})
    product = year.product
    product.updated_year = year.year
    records.touch(product, now)
    search.index_product(product.id)
    return {"product": product.name, "filing_no": product.filing_no, "year": year.year}


def _send_back(year: m.ProductYear, actor: Actor, now: datetime, reason: str) -> None:
    fire(UPDATE, year, "return", actor, now, note=reason)


STEP = Step(_subject, _check, _approve, _send_back, filings.fields_of)
