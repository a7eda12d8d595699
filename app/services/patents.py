"""The unit's own patent base 专利信息: imported from the register, added by hand, kept up to date (mission C)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.machines import VERIFIED_STATES
from app.domain.normal import InputError
from app.domain.text import N_
from app.registers import patents as register
from app.registers.patent_words import names
from app.services import fieldsets, notices, records
from app.services.fields import missing, read
from app.services.patent_rules import date_problems, holding_problems, refuse_linked

_BATCH = 1000
#: Days for which an end of term is still told; each is told once.
_TOLD_DAYS = 7


@dataclass(frozen=True)
class Imported:
    """What an import did: patents added, refreshed, left as they were; ``lapsed``: those it found lapsed anew."""

    added: int = 0
    refreshed: int = 0
    unchanged: int = 0
    lapsed: int = 0


@dataclass(frozen=True)
class Flagged:
    """A filed product some of whose linked patents have lapsed; where all have, revocation is the way (T-W13)."""

    product: m.Product
    lapsed: tuple[str, ...]
    linked: int

    @property
    def all_lapsed(self) -> bool:
        """Whether no linked patent is left."""
        return len(self.lapsed) == self.linked


def import_own(actor: Actor, now: datetime) -> Imported:
    """Take the patents under the unit's registered name from the register; again: refresh those that are there."""
    unit = _unit(actor)
    if unit.state not in VERIFIED_STATES:
        raise Conflict(N_("实名认证通过后，才能按单位名称导入专利"))
    own = {patent.application_no: patent for patent in session.scalars(_of_unit(unit.id))}
    counts = dict.fromkeys(("added", "refreshed", "unchanged", "lapsed"), 0)
    for found in list(register.owned_by([unit.name_key])):
        patent = own.get(found.application_no)
        before = patent.legal_state if patent else None
        if patent is None:
            session.add(_from_register(found, unit, now))
            counts["added"] += 1
        elif _differs(patent, found):
            _refresh(patent, found, now)
            counts["refreshed"] += 1
        else:
            counts["unchanged"] += 1
        counts["lapsed"] += found.legal_state == "lapsed" and before != "lapsed"
    session.flush()
    return Imported(**counts)


def candidates(actor: Actor) -> list[m.RegisterPatent]:
    """Patents of the register under the unit's former names that its base lacks: to be added by hand, with proof (C2)."""
    unit = _unit(actor)
    keys = [former.name_key for former in unit.former_names]
    known = set(session.scalars(select(m.Patent.application_no).where(m.Patent.unit_id == unit.id)))
    return [found for found in register.owned_by(keys) if found.application_no not in known] if keys else []


def add_by_hand(actor: Actor, data: Mapping[str, Any], now: datetime) -> m.Patent:
    """Add a patent under a former name, assigned or licensed to the unit; what the register knows of it is filled in.

    RuleError beside ``application_no`` for a number that is wrong or there already, and beside each field that is
    missing: the facts where the register does not know the patent, how it was obtained, the proof.
    """
    unit = _unit(actor)
    number, problems = _number(unit, data.get("application_no"))
    if number is None:
        raise RuleError(problems)
    patent = m.Patent(
        unit_id=unit.id, application_no=number.compact, kind=number.kind, patentees="", source="hand",
        created_at=now, changed_at=now,
    )  # fmt: skip
    _fill(unit, patent, data, actor, now)
    session.add(patent)
    session.flush()
    return patent


def edit(
    actor: Actor, patent_id: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> m.Patent:
    """Change how a patent was obtained and its proof; its facts only where the register does not know it."""
    patent = records.load(m.Patent, patent_id, actor)
    refuse_linked(patent, ("pending", "revocation_pending"), N_("该专利关联的产品正在审核，暂不能修改"))
    records.expect(patent, version, data)
    with session.no_autoflush:
        _fill(_unit(actor), patent, data, actor, now)
    records.touch(patent, now)
    return patent


def remove(actor: Actor, patent_id: int, version: int | None, now: datetime) -> None:
    """Take a patent out of the base; not one that is linked to a product which was handed in."""
    patent = records.load(m.Patent, patent_id, actor)
    handed_in = tuple(state for state in m.FILING_STATES if state != "draft")
    refuse_linked(patent, handed_in, N_("该专利已关联到提交过的产品，不能删除"))
    records.expect(patent, version)
    for link in session.scalars(select(m.PatentLink).where(m.PatentLink.patent_id == patent.id)):
        records.touch(link.product_year.product, now)
        session.delete(link)
    session.flush()
    session.delete(patent)
    session.flush()


def refresh_all(now: datetime) -> int:
    """The daily job: take over what changed in the register, tell units whose filed products are affected.

    Returns the number of patents refreshed.
    """
    refreshed, today = 0, local_date(now)
    while batch := list(islice(register.outdated(), _BATCH)):
        lapsed = [p.id for p, found in batch if found.legal_state == "lapsed" and p.legal_state != "lapsed"]
        for patent, found in batch:
            _refresh(patent, found, now)
        session.flush()
        _tell(lapsed, today, now)
        refreshed += len(batch)
    first, last = today - timedelta(days=_TOLD_DAYS), today - timedelta(days=1)
    ended = session.scalars(select(m.Patent.id).where(m.Patent.expiry.between(first, last))).all()
    for start in range(0, len(ended), _BATCH):
        _tell(ended[start : start + _BATCH], today, now)
    return refreshed


def flagged(actor: Actor, today: date) -> list[Flagged]:
    """The unit's filed products that link lapsed patents in their current data."""
    return _flagged(m.Product.unit_id == actor.unit_id, today)


def lapsed_on(today: date) -> ColumnElement[bool]:
    """The condition of patents that are no longer in force on that day, by legal state or end of term."""
    return or_(m.Patent.legal_state == "lapsed", m.Patent.expiry < today)


def _tell(lapsed: Sequence[int], today: date, now: datetime) -> None:
    for flag in _flagged(m.Patent.id.in_(lapsed), today) if lapsed else ():
        notices.patents_lapsed(flag.product, flag.lapsed, now)


def _flagged(which: ColumnElement[bool], today: date) -> list[Flagged]:
    current = func.coalesce(m.Product.updated_year, m.Product.filing_year)
    links = (
        select(m.Product, m.Patent.application_no, lapsed_on(today))
        .join(m.ProductYear, (m.ProductYear.product_id == m.Product.id) & (m.ProductYear.year == current))
        .join(m.PatentLink, m.PatentLink.product_year_id == m.ProductYear.id)
        .join(m.Patent, m.Patent.id == m.PatentLink.patent_id)
    )
    affected = links.with_only_columns(m.Product.id).where(
        which, m.Product.state == "filed", lapsed_on(today)
    )
    by_product: dict[m.Product, list[tuple[str, bool]]] = {}
    for product, number, lapsed in session.execute(
        links.where(m.Product.id.in_(affected)).order_by(m.Product.id)
    ):
        by_product.setdefault(product, []).append((number, bool(lapsed)))
    return [
        Flagged(product, tuple(sorted(number for number, lapsed in rows if lapsed)), len(rows))
        for product, rows in by_product.items()
    ]


def _unit(actor: Actor) -> m.Unit:
    if actor.unit_id is None:
        raise NotAllowed(N_("只有备案单位可以维护专利信息"))
    return records.load(m.Unit, actor.unit_id, actor)


def _of_unit(unit_id: int) -> Any:
    return select(m.Patent).where(m.Patent.unit_id == unit_id)


def _from_register(found: m.RegisterPatent, unit: m.Unit, now: datetime) -> m.Patent:
    patent = m.Patent(unit_id=unit.id, source="register", created_at=now, changed_at=now, refreshed_at=now)
    register.copy_facts(found, patent)
    return patent


def _differs(patent: m.Patent, found: m.RegisterPatent) -> bool:
    return any(getattr(patent, name) != getattr(found, name) for name in register.FACTS)


def _refresh(patent: m.Patent, found: m.RegisterPatent, now: datetime) -> None:
    register.copy_facts(found, patent)
    patent.refreshed_at = patent.changed_at = now


def _number(unit: m.Unit, typed: Any) -> tuple[patent_number.PatentNumber | None, list[Problem]]:
    try:
        number = patent_number.parse(str(typed or ""))
    except InputError as error:
        return None, [Problem("application_no", error.message)]
    known = select(m.Patent.id).where(m.Patent.unit_id == unit.id, m.Patent.application_no == number.compact)
    if session.scalar(known) is not None:
        return None, [Problem("application_no", N_("该专利已在专利信息中"))]
    return number, []


def _fill(unit: m.Unit, patent: m.Patent, data: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Take over facts and holding; RuleError where something required is missing or does not fit."""
    found = register.find(patent.application_no)
    fields = fieldsets.PATENT_HOLDING + (() if found else fieldsets.PATENT)
    values, problems = read(data, fields)
    problems += records.check_files(actor, unit.id, values, ["proof_file_id"])
    for name, value in values.items():
        setattr(patent, name, value)
    if found is not None:
        _refresh(patent, found, now)
    else:
        patent.patentees = ";".join(names(patent.patentees))
        if patent.filing_date is not None:
            patent.expiry = patent_number.term_end(patent.kind, patent.filing_date)
    named = {problem.field for problem in problems}
    problems += [
        p
        for p in missing(patent, fields) + holding_problems(unit, patent) + date_problems(patent)
        if p.field not in named
    ]
    if problems:
        raise RuleError(problems)
