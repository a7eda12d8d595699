"""A filing as the checker sees it, built from the database; its findings as rows and as problems beside fields."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain import contributions, machines
from app.domain.errors import Problem, RuleError
from app.domain.filing import check
from app.domain.filing import filing as f
from app.domain.filing.rules import BLOCK, WARN, Rule, RuleTableError
from app.domain.text import N_
from app.registers import parameters
from app.registers.cache import Kept
from app.registers.catalogs import english
from app.registers.patent_words import names
from app.services import assets, duplicates, yeardata
from app.services.steps import Verdict

Finding = check.Finding
LIFE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Refused(RuleError):
    """A submission that rules block; ``findings`` are the checker's, in both languages, with examples."""

    def __init__(self, problems: list[Problem], findings: Sequence[Finding]) -> None:
        super().__init__(problems)
        self.findings = findings


def of_filing(
    product: m.Product, year: m.ProductYear, today: date, stages: Iterable[str] = ()
) -> list[Finding]:
    """What the rules in force find in a product with its data of a year; ``stages`` limits the rules."""
    return _run(filing_of(product, year, today), tuple(stages) or FILING_STAGES)


#: Stages of rules that apply to a filing or a yearly update.
FILING_STAGES = ("product", "patents", "evidence", "submit")


def of_revocation(product: m.Product, year: m.ProductYear, reason: str, today: date) -> list[Finding]:
    """What the rules in force find in a request to revoke (rule 29)."""
    return _run(filing_of(product, year, today, revocation_reason=reason), ("revocation",))


def rules() -> tuple[Rule, ...]:
    """The rules in force, as staff last changed them."""
    return _rules.get()


def limits() -> f.Limits:
    """What the checks compare with, as an administrator set it."""
    return f.Limits(
        title_similarity=parameters.decimal("title_similarity"),
        duplicate_similarity=parameters.decimal("duplicate_similarity"),
        sales_share_warning=parameters.decimal("sales_share_warning"),
        models_reason_min=parameters.integer("models_reason_min"),
        introduction_min=parameters.integer("introduction_min"),
        introduction_max=parameters.integer("introduction_max"),
        intermediate_as_end=parameters.flag("intermediate_as_end"),
    )


def _run(filing: f.Filing, stages: tuple[str, ...]) -> list[Finding]:
    return check.check_filing(filing, [rule for rule in rules() if rule.stage in stages])


def rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """As a case keeps them: JSON, the message and the examples in both languages."""
    return [
        {
            **found.to_dict(),
            **{f"{name}_en": found.to_dict("en", english)[name] for name in ("message", "good", "bad")},
        }
        for found in findings
    ]


def verdict(findings: Iterable[Finding]) -> Verdict:
    """What stands in the way, and what a reviewer has to set aside."""
    by_severity: dict[str, list[Problem]] = {BLOCK: [], WARN: []}
    for found in findings:
        if found.severity in by_severity:
            by_severity[found.severity].append(problem(found))
    return Verdict(by_severity[BLOCK], by_severity[WARN])


def problem(found: Finding) -> Problem:
    """A finding beside its field."""
    return Problem(found.field, found.message, found.rule.id, found.message_en)


def gate_problems(unit: m.Unit, commitment: bool, today: date) -> list[Problem]:
    """What no rule's severity can switch off: a verified unit, last year's assets, the promise of truth."""
    problems = []
    if unit.state not in machines.VERIFIED_STATES:
        problems.append(Problem(None, N_("请先完成实名认证，通过后才能提交"), "R04-state"))
    gate = assets.gate(unit.id, today)
    if gate.message is not None:
        problems.append(Problem(None, gate.message, assets.RULE))
    if not commitment:
        problems.append(Problem("commitment", N_("请阅读并勾选真实性承诺"), "R06"))
    return problems


def refuse(gates: list[Problem], findings: Sequence[Finding]) -> None:
    """Raise ``Refused`` where a gate is shut or a finding blocks; a rule that both name is said once."""
    said = {problem.rule for problem in gates if problem.field is None}
    blocks = [problem(found) for found in check.blocking(findings) if found.rule.id not in said]
    if gates or blocks:
        raise Refused(gates + blocks, findings)


def link_problems(year: m.ProductYear) -> list[Problem]:
    """What is wrong with the shares of the linked patents."""
    return contributions.problems([contributions.Link(link.core, link.contribution) for link in year.links])


def filing_of(
    product: m.Product, year: m.ProductYear, today: date, revocation_reason: str | None = None
) -> f.Filing:
    """A product with its data of a year, all that a check needs."""
    yeardata.load_patents(year)
    other_sales, other_products = _others(product, year.year)
    return f.Filing(
        today=today,
        unit=_unit(product.unit),
        name=product.name,
        model=product.model or "",
        models_reason=product.models_reason or "",
        nature=product.nature or "",
        stage=product.stage or "",
        **_classes(product),
        takes_part=product.takes_part,
        introduction=product.introduction or "",
        year=year.year,
        output_value=year.output_value,
        sales=year.sales,
        volume=year.volume,
        volume_unit=year.volume_unit or "",
        export=year.export,
        profit=year.profit,
        domestic_share=year.domestic_share,
        world_share=year.world_share,
        assets=_assets(product.unit_id, today.year - 1),
        patents=tuple(_patent(link) for link in year.links),
        evidence=tuple(
            f.EvidenceFile(name=e.file.original_name, media_type=e.file.media_type) for e in year.evidence
        ),
        duplicates=duplicates.for_checker(product, duplicates.find(product, year)),
        other_sales=other_sales,
        other_products=other_products,
        revocation_reason=revocation_reason,
        limits=limits(),
    )


def _unit(unit: m.Unit) -> f.FilingUnit:
    return f.FilingUnit(
        name=unit.name, former_names=tuple(former.name for former in unit.former_names), kind=unit.kind,
        uscc=unit.uscc, makes_or_sells=unit.makes_or_sells, realname_state=unit.state,
    )  # fmt: skip


def _classes(product: m.Product) -> dict[str, Any]:
    values: dict[str, Any] = {
        "class_code": product.class_code or "",
        "industry_code": product.industry_code or "",
    }
    if product.class_code:
        node = session.get(m.ProductClass, product.class_code)
        values["class_is_leaf"] = node is not None and node.is_leaf
        if node is not None:
            values |= {
                "class_name": node.name,
                "class_name_en": node.name_en,
                "class_nature": node.nature or "",
                "class_stage": node.stage or "",
            }
    if product.industry_code:
        industry = session.get(m.Industry, product.industry_code)
        values["industry_is_leaf"] = industry is not None and industry.level == 4
        if industry is not None:
            values |= {"industry_name": industry.name, "industry_name_en": industry.name_en}
    return values


def _assets(unit_id: int, year: int) -> f.YearAssets | None:
    found = session.scalars(
        select(m.AssetYear).where(m.AssetYear.unit_id == unit_id, m.AssetYear.year == year)
    ).one_or_none()
    if found is None:
        return None
    return f.YearAssets(
        year=year, complete=found.state == "complete", has_statement=found.statement_file_id is not None,
        revenue=found.revenue, profit=found.total_profit, export=found.export,
    )  # fmt: skip


def _patent(link: m.PatentLink) -> f.LinkedPatent:
    patent = link.patent
    return f.LinkedPatent(
        number=patent.application_no, title=patent.title or "", kind=patent.kind, legal_state=patent.legal_state,
        patentees=tuple(names(patent.patentees)), grant_date=patent.grant_date, expiry=patent.expiry,
        obtained=patent.obtained, has_proof=patent.proof_file_id is not None, pledged=patent.pledged,
        core=link.core, contribution=link.contribution,
    )  # fmt: skip


def _others(product: m.Product, year: int) -> tuple[Decimal, int]:
    """Sales and number of the unit's other products of that year that are handed in."""
    query = (
        select(func.sum(m.ProductYear.sales), func.count(m.ProductYear.id))
        .join(m.Product, m.Product.id == m.ProductYear.product_id)
        .where(
            m.ProductYear.unit_id == product.unit_id, m.ProductYear.year == year, m.Product.id != product.id,
            m.Product.state.in_(duplicates.COUNTED), m.ProductYear.state.in_(("pending", "updated")),
        )
    )  # fmt: skip
    total, count = session.execute(query).one()
    return total or Decimal(0), count


def _load_rules() -> tuple[Rule, ...]:
    usable = []
    columns = m.FilingRule.__table__.columns
    for row in session.execute(select(*columns).order_by(m.FilingRule.no, m.FilingRule.id)).mappings():
        try:
            usable.append(Rule.from_row(dict(row)))
        except RuleTableError:
            log.exception("filing rule %s is unusable and is not applied", row["id"])
    return tuple(usable)


_rules = Kept(_load_rules, LIFE_SECONDS)


def forget_rules() -> None:
    """Read the rules anew at the next use; called after a change in this process."""
    _rules.forget()
