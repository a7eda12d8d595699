"""What a patent in a unit's base must satisfy, whether typed into a form or imported from a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select

from app import models as m
from app.db import session
from app.domain.errors import Conflict, Problem
from app.domain.normal import name_key
from app.domain.text import N_
from app.registers.patent_words import names


def holding_problems(unit: m.Unit, patent: Any) -> list[Problem]:
    """Proof and licence (rule 3): a patent not under the unit's present name needs to be proved."""
    owners = {name_key(name) for name in names(patent.patentees)}
    former = {each.name_key for each in unit.former_names}
    problems = []
    if patent.obtained == "own" and not owners & ({unit.name_key} | former):
        text = N_("专利权人不是本单位（含曾用名），请选择受让、许可或作价入股；曾用名请先在单位信息中登记")
        problems.append(Problem("obtained", text, "R03"))
    if unit.name_key not in owners and patent.proof_file_id is None:
        problems.append(
            Problem("proof_file_id", N_("专利权人不是本单位现名称，请上传更名、受让或许可的证明"), "R03")
        )
    if patent.obtained == "licensed":
        period = (("licence_kind", N_("请选择许可方式")), ("licence_from", N_("请填写许可起始日")))
        problems += [Problem(name, text, "R03") for name, text in period if not getattr(patent, name)]
    return problems


def date_problems(patent: Any) -> list[Problem]:
    """Days in the wrong order."""
    ordered = (
        ("grant_date", patent.filing_date, patent.grant_date, N_("不应早于申请日")),
        ("licence_until", patent.licence_from, patent.licence_until, N_("不应早于许可起始日")),
    )
    return [Problem(name, text) for name, first, last, text in ordered if first and last and last < first]


def refuse_linked(patent: m.Patent, states: Iterable[str], message: Any) -> None:
    """Conflict where the patent is linked to a product in one of these states, or to yearly data under review."""
    linked = (
        select(m.Product.id)
        .join(m.ProductYear, m.ProductYear.product_id == m.Product.id)
        .join(m.PatentLink, m.PatentLink.product_year_id == m.ProductYear.id)
        .where(m.PatentLink.patent_id == patent.id)
        .where(or_(m.Product.state.in_(tuple(states)), m.ProductYear.state == "pending"))
    )
    if session.scalar(linked.limit(1)) is not None:
        raise Conflict(message)
