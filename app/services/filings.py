"""Product filing 产品备案: draft, check, submit, withdraw, and what a decision does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, Problem
from app.domain.machines import FILING, UPDATE
from app.domain.normal import name_key
from app.domain.text import N_, Message
from app.registers import parameters
from app.reports import search
from app.services import cases, checks, fieldsets, records, snapshots, yeardata
from app.services.cases import Submission
from app.services.fields import missing, read
from app.services.numbers import next_number
from app.services.steps import Step, Verdict
from app.services.workflow import fire

EDITABLE = ("draft", "returned")
#: The wizard's steps: product information, linked patents, evidence, submission.
STEPS = (1, 2, 3, 4)
#: How many drafts a unit may have: more than people keep, too few to fill the tables with.
DRAFT_LIMIT = 500
_COPIED = ("name", "name_key", "model", "models_reason", "nature", "stage", "class_code", "industry_code", "takes_part",
           "introduction", "launch_date", "picture_file_id")  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """A draft as it is stored now, and what could not be taken over, field by field."""

    product: m.Product
    problems: list[Problem]


def start_draft(actor: Actor, now: datetime) -> m.Product:
    """Begin a filing with the data of last year."""
    if actor.unit_id is None:
        raise NotAllowed(N_("只有备案单位可以备案产品"))
    drafts = select(func.count()).where(m.Product.unit_id == actor.unit_id, m.Product.state == "draft")
    if (session.scalar(drafts) or 0) >= DRAFT_LIMIT:
        raise Conflict(N_("草稿已达 {limit} 件的上限，请先提交或删除不用的草稿", limit=DRAFT_LIMIT))
    year = local_date(now).year - 1
    product = m.Product(unit_id=actor.unit_id, filing_year=year, created_at=now, changed_at=now)
    product.years.append(m.ProductYear(unit_id=actor.unit_id, year=year, created_at=now, changed_at=now))
    session.add(product)
    session.flush()
    return product


def save_step(
    actor: Actor, product_id: int, step: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> Saved:
    """Save one step of the wizard, however incomplete; for step 2 ``data["links"]`` are the linked patents.

    Raises Stale where the draft was changed after ``version`` was read, Conflict where it may only be read.
    """
    product, year = _open(actor, product_id, version, data)
    values, problems = read(data, fieldsets.PRODUCT)
    problems += records.check_files(actor, product.unit_id, values, ["picture_file_id"])
    for name, value in values.items():
        setattr(product, name, value)
    product.name_key = name_key(product.name)
    problems += yeardata.save_figures(year, data)
    if "links" in data:
        problems += yeardata.replace_links(year, data["links"], now)
    product.draft_step = min(max(step, STEPS[0]), STEPS[-1])
    records.touch(product, now)
    return Saved(product, problems)


def link_patents(
    actor: Actor, product_id: int, links: Iterable[Mapping[str, Any]], version: int | None, now: datetime
) -> Saved:
    """Make ``links`` ({patent_id, core, contribution}) the linked patents."""
    return save_step(actor, product_id, 2, {"links": list(links)}, version, now)


def split_evenly(actor: Actor, product_id: int, version: int | None, now: datetime) -> m.Product:
    """Share 100.00 % evenly among the core patents."""
    product, year = _open(actor, product_id, version)
    yeardata.split_evenly(year, now)
    records.touch(product, now)
    return product


def add_evidence(
    actor: Actor, product_id: int, file_id: int, kind: str, version: int | None, now: datetime
) -> m.Evidence:
    """Add an uploaded file as evidence."""
    product, year = _open(actor, product_id, version)
    evidence = yeardata.add_evidence(year, actor, file_id, kind, now)
    records.touch(product, now)
    return evidence


def remove_evidence(
    actor: Actor, product_id: int, evidence_id: int, version: int | None, now: datetime
) -> m.Product:
    """Take evidence away."""
    product, year = _open(actor, product_id, version)
    yeardata.remove_evidence(year, evidence_id, now)
    records.touch(product, now)
    return product


def set_picture(
    actor: Actor, product_id: int, file_id: int | None, version: int | None, now: datetime
) -> m.Product:
    """Set the product's picture, or take it away."""
    return save_step(actor, product_id, 1, {"picture_file_id": file_id}, version, now).product


def check(actor: Actor, product_id: int, now: datetime) -> list[checks.Finding]:
    """What the checker finds in a filing as it is stored (mission N1)."""
    product = records.load(m.Product, product_id, actor)
    return checks.of_filing(product, yeardata.year_of(product, product.filing_year), local_date(now))


def first_incomplete_step(actor: Actor, product_id: int) -> int:
    """The first step of the wizard that lacks something required; 4 where nothing does (abuse.md T-W15)."""
    product = records.load(m.Product, product_id, actor)
    year = yeardata.year_of(product, product.filing_year)
    if missing(product, fieldsets.PRODUCT) or missing(year, fieldsets.YEAR):
        return 1
    return 4 if year.links and not checks.link_problems(year) else 2


def submit(actor: Actor, product_id: int, version: int | None, commitment: bool, now: datetime) -> m.Case:
    """Submit a filing for review. Refused, with the rule beside each field, while the unit is not verified, last
    year's assets are missing, the promise of truth is not given, or the checker blocks; warnings go with the case.
    """
    product = records.load(m.Product, product_id, actor)
    _refuse_state(product, "submit")
    records.expect(product, version)
    year = yeardata.year_of(product, product.filing_year)
    findings = checks.of_filing(product, year, local_date(now))
    checks.refuse(checks.gate_problems(product.unit, commitment, local_date(now)), findings)
    fire(FILING, product, "submit", actor, now)
    fire(UPDATE, year, "submit", actor, now, values={"committed_at": now})
    search.index_product(product.id)
    what = Submission(
        "filing", product.id, product.version, product.unit_id, product.name,
        snapshots.of_year(product, year), checks.rows(findings),
    )  # fmt: skip
    return cases.open_case(what, actor, now)


def withdraw(actor: Actor, product_id: int, now: datetime) -> m.Product:
    """Take a submission back while nobody has decided."""
    product = records.load(m.Product, product_id, actor)
    _refuse_state(product, "withdraw")
    cases.withdraw("filing", product.id, actor, now)
    fire(FILING, product, "withdraw", actor, now)
    fire(UPDATE, yeardata.year_of(product, product.filing_year), "withdraw", actor, now)
    return product


def copy(actor: Actor, product_id: int, now: datetime) -> m.Product:
    """Begin a new draft with the product information and linked patents of another product of the unit."""
    source = records.load(m.Product, product_id, actor)
    draft = start_draft(actor, now)
    if source.unit_id != draft.unit_id:
        raise NotAllowed(N_("只能复制本单位的备案"))
    for name in _COPIED:
        setattr(draft, name, getattr(source, name))
    yeardata.copy_links(source.years[-1], draft.years[0])
    records.touch(draft, now)
    return draft


def delete_draft(actor: Actor, product_id: int, version: int | None) -> None:
    """Delete a draft that was never submitted."""
    product = records.load(m.Product, product_id, actor)
    submitted = select(exists().where(m.Case.kind == "filing", m.Case.subject_id == product.id))
    if product.state != "draft" or session.scalar(submitted):
        raise Conflict(N_("只有从未提交过的草稿可以删除"))
    records.expect(product, version)
    session.delete(product)
    session.flush()


def _open(
    actor: Actor, product_id: int, version: int | None, data: Mapping[str, Any] | None = None
) -> tuple[m.Product, m.ProductYear]:
    product = records.load(m.Product, product_id, actor)
    if product.state not in EDITABLE:
        state = FILING.states[product.state]
        raise Conflict(N_("该备案当前为“{state}”，只能查看，不能修改", state=state))
    year = yeardata.year_of(product, product.filing_year)
    records.expect(product, version, data, year)
    return product, year


def _refuse_state(product: m.Product, verb: str) -> None:
    if FILING.find(product.state, verb) is None:
        raise Conflict(FILING.refusal(product.state, verb))


def _subject(case: m.Case) -> m.Product:
    return session.get_one(m.Product, case.subject_id)


def _check(product: m.Product, now: datetime) -> Verdict:
    year = yeardata.year_of(product, product.filing_year)
    return checks.verdict(checks.of_filing(product, year, local_date(now)))


def _approve(case: m.Case, product: m.Product, actor: Actor, now: datetime) -> Mapping[str, object]:
    day = local_date(now)
    values = {
        "filing_no": _number(product, day),
        "filed_on": day,
        "updated_year": product.filing_year,
        "province": product.unit.province,
        "rounds": case.round,
    }
    fire(FILING, product, "approve", actor, now, values=values)
    year = yeardata.year_of(product, product.filing_year)
    fire(UPDATE, year, "approve", actor, now, values={"approved_at": now})
    search.index_product(product.id)
    return {"filing_no": product.filing_no, "product": product.name}


def _number(product: m.Product, day: date) -> str:
    if product.filing_no is not None:
        raise Conflict(N_("该产品已有备案编号"))
    pattern = parameters.text("filing_number_pattern")
    return next_number(pattern, year=day.year, province2=(product.unit.province or "00")[:2])


def _send_back(product: m.Product, actor: Actor, now: datetime, reason: str) -> None:
    fire(FILING, product, "return", actor, now, note=reason)
    fire(UPDATE, yeardata.year_of(product, product.filing_year), "return", actor, now, note=reason)


def fields_of(_case: m.Case) -> Mapping[str, Message]:
    """The fields of a filing or update that a remark may be on."""
    labels = {field.name: field.label for field in (*fieldsets.PRODUCT, *fieldsets.YEAR)}
    return {**labels, "patents": N_("关联专利"), "evidence": N_("证明材料")}


STEP = Step(_subject, _check, _approve, _send_back, fields_of)
