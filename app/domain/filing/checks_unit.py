"""Checks of the unit behind the filing and of a revocation: rules 1, 2, 4, 7, 8 and 29."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain import eligibility, uscc
from app.domain.filing.filing import PATENTS_LAPSED, Filing
from app.domain.filing.registry import Hit, check
from app.domain.normal import clean, is_blank
from app.domain.patent_number import LAPSED

_RESEARCH = frozenset({"university", "institute", "social"})


@check("unit", fills=("name",))
def unit_is_branch(filing: Filing) -> Iterator[Hit]:
    """1: a branch without legal personality."""
    if eligibility.is_branch(filing.unit.name):
        yield Hit("unit.name", {"name": clean(filing.unit.name)})


@check("unit")
def unit_is_self_employed(filing: Filing) -> Iterator[Hit]:
    """1: a self-employed person."""
    if eligibility.is_self_employed(filing.unit.uscc):
        yield Hit("unit.uscc")


@check("unit")
def unit_makes_or_sells(filing: Filing) -> Iterator[Hit]:
    """2: the declaration that it makes or sells the product."""
    if not filing.unit.makes_or_sells:
        yield Hit("unit.makes_or_sells")


@check("unit")
def unit_does_research(filing: Filing) -> Iterator[Hit]:
    """2: of a university, institute or society the declaration is worth a look."""
    if filing.unit.makes_or_sells and filing.unit.kind in _RESEARCH:
        yield Hit("unit.kind")


@check("unit", fills=("detail",))
def unit_code_is_right(filing: Filing) -> Iterator[Hit]:
    """4: the unified social credit code."""
    try:
        uscc.check(filing.unit.uscc)
    except uscc.CodeError as wrong:
        yield Hit("unit.uscc", {"detail": wrong.message})


@check("unit")
def unit_is_verified(filing: Filing) -> Iterator[Hit]:
    """4: the real-name check was passed."""
    if not filing.unit.is_verified:
        yield Hit("unit.realname_state")


@check("assets", fills=("year",))
def assets_of_last_year(filing: Filing) -> Iterator[Hit]:
    """7: last year's assets are complete."""
    assets = filing.assets
    if assets is None or assets.year != filing.data_year or not assets.complete:
        yield Hit("assets", {"year": filing.data_year})


@check("assets", fills=("year",))
def profit_statement_present(filing: Filing) -> Iterator[Hit]:
    """8: the profit statement of that year was uploaded."""
    assets = filing.assets
    if assets is not None and assets.year == filing.data_year and assets.has_statement is False:
        yield Hit("assets", {"year": filing.data_year})


@check("revocation_reason")
def revocation_gives_reason(filing: Filing) -> Iterator[Hit]:
    """29: a revocation is asked for one of two reasons."""
    if filing.revocation_reason is not None and is_blank(filing.revocation_reason):
        yield Hit("revocation_reason")


@check("revocation_reason")
def revoked_patents_lapsed(filing: Filing) -> Iterator[Hit]:
    """29: who says all patents have lapsed is right."""
    if filing.revocation_reason != PATENTS_LAPSED:
        return
    if any(patent.legal_state != LAPSED for patent in filing.patents):
        yield Hit("revocation_reason")
