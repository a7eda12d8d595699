"""Revocation of a filing 撤销备案 (mission D12): asked for by the unit, decided by staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.filing.filing import OFF_MARKET, PATENTS_LAPSED
from app.domain.machines import FILING
from app.domain.normal import is_blank
from app.domain.text import N_, Message
from app.reports import search
from app.services import cases, checks, records, snapshots, yeardata
from app.services.cases import Submission
from app.services.fields import Field, lines, read
from app.services.recognition import certificates
from app.services.steps import Step, Verdict
from app.services.workflow import fire

REASONS: dict[str, Message] = {OFF_MARKET: N_("产品已退出市场"), PATENTS_LAPSED: N_("关联专利全部失效")}
#: the field in which a unit or reviewer confirms what else a revocation ends
CONFIRMED = "effects_confirmed"
_NOTE = Field("revocation_note", N_("撤销说明"), lines(2000))


def request(
    actor: Actor,
    product_id: int,
    reason: str,
    note: str,
    version: int | None,
    now: datetime,
    *,
    confirmed: bool = False,
) -> m.Case:
    """Ask staff to revoke a filing; ``patents_lapsed`` only where every linked patent has lapsed (rule 29).

    ``confirmed``: the unit knows what else would end (``certificates.effects_of_revocation``, T-W09).
    """
    product = records.load(m.Product, product_id, actor)
    _refuse_state(product, "request_revocation")
    records.expect(product, version)
    text, problems = read({"revocation_note": note}, [_NOTE])
    if reason not in REASONS:
        problems.append(Problem("revocation_reason", N_("请从列表中选择")))
    if reason == OFF_MARKET and is_blank(note):
        problems.append(Problem("revocation_note", N_("请说明产品何时、为何退出市场")))
    if not confirmed:
        problems += _effects(product, local_date(now))
    if problems:
        raise RuleError(problems)
    _refuse_open_update(product)
    findings = checks.of_revocation(product, _latest(product), reason, local_date(now))
    checks.refuse([], findings)
    explained = text["revocation_note"]
    values = {"revocation_reason": reason, "revocation_note": explained}
    fire(FILING, product, "request_revocation", actor, now, note=explained or reason, values=values)
    what = Submission(
        "revocation", product.id, product.version, product.unit_id, product.name,
        snapshots.of_revocation(product, reason, explained), checks.rows(findings),
    )  # fmt: skip
    return cases.open_case(what, actor, now)


def withdraw(actor: Actor, product_id: int, now: datetime) -> m.Product:
    """Take the request back while nobody has decided."""
    product = records.load(m.Product, product_id, actor)
    _refuse_state(product, "withdraw_revocation")
    cases.withdraw("revocation", product.id, actor, now)
    fire(FILING, product, "withdraw_revocation", actor, now, values=_NOTHING)
    return product


_NOTHING = {"revocation_reason": None, "revocation_note": None}


def _refuse_state(product: m.Product, verb: str) -> None:
    if FILING.find(product.state, verb) is None:
        raise Conflict(FILING.refusal(product.state, verb))


def _refuse_open_update(product: m.Product) -> None:
    if any(cases.open_case_of("update", year.id) is not None for year in product.years):
        raise Conflict(N_("该产品的年度更新正在审核，请先撤回更新再申请撤销备案"))


def _effects(product: m.Product, today: date) -> list[Problem]:
    """What else would end and has not been confirmed, beside the field that confirms it."""
    return [Problem(CONFIRMED, effect) for effect in certificates.effects_of_revocation(product, today)]


def _latest(product: m.Product) -> m.ProductYear:
    return yeardata.year_of(product, product.updated_year or product.filing_year)


def _subject(case: m.Case) -> m.Product:
    return session.get_one(m.Product, case.subject_id)


def _check(product: m.Product, now: datetime) -> Verdict:
    reason = product.revocation_reason or OFF_MARKET
    found = checks.verdict(checks.of_revocation(product, _latest(product), reason, local_date(now)))
    return replace(found, effects=_effects(product, local_date(now)))


def _approve(_case: m.Case, product: m.Product, actor: Actor, now: datetime) -> Mapping[str, object]:
    fire(FILING, product, "approve_revocation", actor, now, values={"revoked_on": local_date(now)})
    certificates.on_filing_revoked(product, actor, now)
    search.index_product(product.id)
    return {"filing_no": product.filing_no, "product": product.name}


def _send_back(product: m.Product, actor: Actor, now: datetime, reason: str) -> None:
    fire(FILING, product, "refuse_revocation", actor, now, note=reason, values=_NOTHING)


def _fields(_case: m.Case) -> Mapping[str, Message]:
    return {"revocation_reason": N_("撤销理由"), "revocation_note": N_("撤销说明")}


STEP = Step(_subject, _check, _approve, _send_back, _fields)
