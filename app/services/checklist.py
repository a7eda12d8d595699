"""What reviewers ticked on the checklist of a case: kept with the case, so that whoever goes on with it sees it.

A corrected submission is a new case, and is checked anew.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.filing.rules import Rule, reviewer_checklist
from app.domain.text import N_
from app.services import cases, checks

_REALNAME_RULES = (4, 5)
_STATEMENT_RULE = 8


def points(kind: str) -> list[Rule]:
    """What only a person can judge of a case of this kind."""
    rules = reviewer_checklist(checks.rules())
    if kind in ("realname", "change"):
        return [rule for rule in rules if rule.no in _REALNAME_RULES]
    if kind == "revocation":
        return [rule for rule in rules if rule.stage == "revocation"]
    return [
        rule
        for rule in rules
        if rule.stage in ("product", "patents", "evidence") or rule.no == _STATEMENT_RULE
    ]


def ticked(case: m.Case) -> dict[str, m.CaseCheck]:
    """The points ticked on a case, by rule, with who ticked them and when."""
    query = select(m.CaseCheck).where(m.CaseCheck.case_id == case.id)
    return {check.rule_id: check for check in session.scalars(query)}


def tick(actor: Actor, case_id: int, rule_ids: Collection[str], now: datetime) -> m.Case:
    """Have exactly these points of a case ticked; what a colleague ticked before keeps the colleague's name."""
    case = cases.for_reviewer(actor, case_id)
    if cases.held_by_other(case, actor, now):
        raise Conflict(N_("该件已由其他审核员领取"))
    shown = {rule.id for rule in points(case.kind)}
    if not shown.issuperset(rule_ids):
        raise RuleError([Problem(None, N_("核对项已有变动，请刷新后再勾选"))])
    present = ticked(case)
    for rule_id in shown & present.keys() - set(rule_ids):
        session.delete(present[rule_id])
    session.add_all(
        m.CaseCheck(case_id=case.id, rule_id=rule_id, checked_by=actor.user_id, checked_at=now)
        for rule_id in sorted(set(rule_ids) - present.keys())
    )
    return case
