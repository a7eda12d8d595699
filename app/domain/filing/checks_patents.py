"""Checks of the linked patents: rules 3, 22, 23 and 30."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain import contributions
from app.domain import patent_number as numbers
from app.domain.filing.filing import Filing, LinkedPatent
from app.domain.filing.registry import Hit, check
from app.domain.normal import clean, name_key
from app.domain.patent_number import NumberError, PatentNumber
from app.domain.text import N_


@check("patents", fills=("number",))
def owned_or_licensed(filing: Filing) -> Iterator[Hit]:
    """3: the unit is a patentee, now or by a former name, or proves its right by a contract."""
    names = _keys((filing.unit.name, *filing.unit.former_names))
    for place, patent in enumerate(filing.patents):
        if not patent.has_proof and names.isdisjoint(_keys(patent.patentees)):
            yield Hit(f"patents.{place}.patentees", {"number": _shown(patent)})


@check("patents", fills=("number",))
def owned_by_former_name(filing: Filing) -> Iterator[Hit]:
    """3: a patent still under a former name needs the proof of the change."""
    name, former = _keys((filing.unit.name,)), _keys(filing.unit.former_names)
    for place, patent in enumerate(filing.patents):
        owners = _keys(patent.patentees)
        if not patent.has_proof and name.isdisjoint(owners) and not former.isdisjoint(owners):
            yield Hit(f"patents.{place}.patentees", {"number": _shown(patent)})


@check("patents", fills=("detail",))
def contributions_make_hundred(filing: Filing) -> Iterator[Hit]:
    """22: the contributions of the core patents make exactly 100.00 %."""
    if filing.patents:
        for problem in contributions.problems([patent.link for patent in filing.patents]):
            yield Hit(problem.field, {"detail": problem.message})


@check("patents")
def a_patent_is_linked(filing: Filing) -> Iterator[Hit]:
    """23: at least one patent."""
    if not filing.patents:
        yield Hit("patents")


@check("patents", fills=("detail",))
def numbers_are_right(filing: Filing) -> Iterator[Hit]:
    """23: a Chinese patent number whose check character fits."""
    for place, patent in enumerate(filing.patents):
        try:
            numbers.parse(patent.number)
        except NumberError as wrong:
            yield Hit(f"patents.{place}.number", {"detail": wrong.message})


@check("patents", fills=("number", "state"))
def patents_are_in_force(filing: Filing) -> Iterator[Hit]:
    """23: in force on the day of submission."""
    for place, patent in enumerate(filing.patents):
        if patent.legal_state != numbers.VALID:
            state = numbers.LEGAL_STATES.get(patent.legal_state, N_("未知"))
            yield Hit(f"patents.{place}.legal_state", {"number": _shown(patent), "state": state})


@check("patents", fills=("number", "day"))
def patents_are_granted(filing: Filing) -> Iterator[Hit]:
    """23: granted by today."""
    for place, patent in enumerate(filing.patents):
        if patent.grant_date is not None and patent.grant_date > filing.today:
            yield Hit(f"patents.{place}.grant_date", {"number": _shown(patent), "day": patent.grant_date})


@check("patents", fills=("number", "day"))
def patents_are_not_expired(filing: Filing) -> Iterator[Hit]:
    """23: the term is not over."""
    for place, patent in enumerate(filing.patents):
        if patent.expiry is not None and patent.expiry <= filing.today:
            yield Hit(f"patents.{place}.expiry", {"number": _shown(patent), "day": patent.expiry})


@check("patents")
def all_patents_lapsed(filing: Filing) -> Iterator[Hit]:
    """23: nothing left to rest a filing on; of a filed product the filing may be revoked."""
    if filing.patents and all(_has_lapsed(filing, patent) for patent in filing.patents):
        yield Hit("patents")


@check("patents", fills=("number",))
def patents_stand_once(filing: Filing) -> Iterator[Hit]:
    """23: no patent twice."""
    seen: set[str] = set()
    for place, patent in enumerate(filing.patents):
        number = _parsed(patent)
        key = number.compact if number else clean(patent.number)
        if key and key in seen:
            yield Hit(f"patents.{place}.number", {"number": _shown(patent)})
        seen.add(key)


@check("patents", fills=("number", "kind"))
def kinds_fit_numbers(filing: Filing) -> Iterator[Hit]:
    """23: the number says what kind of patent it is."""
    for place, patent in enumerate(filing.patents):
        number = _parsed(patent)
        if number is not None and patent.kind and patent.kind != number.kind:
            yield Hit(f"patents.{place}.kind", {"number": number.display, "kind": numbers.KINDS[number.kind]})


@check("patents", fills=("number", "owners"))
def joint_owners(filing: Filing) -> Iterator[Hit]:
    """30: others who own the patent too have to agree."""
    names = _keys((filing.unit.name, *filing.unit.former_names))
    for place, patent in enumerate(filing.patents):
        others = [owner for owner in patent.patentees if name_key(owner) not in names]
        if others and len(others) < len(patent.patentees):
            owners = "、".join(clean(owner) for owner in others)
            yield Hit(f"patents.{place}.patentees", {"number": _shown(patent), "owners": owners})


@check("patents", fills=("number",))
def pledged_patents(filing: Filing) -> Iterator[Hit]:
    """30: a pledge is shown to the reviewer."""
    for place, patent in enumerate(filing.patents):
        if patent.pledged:
            yield Hit(f"patents.{place}.pledged", {"number": _shown(patent)})


def _keys(names: tuple[str, ...]) -> set[str]:
    return {key for key in map(name_key, names) if key}


def _parsed(patent: LinkedPatent) -> PatentNumber | None:
    try:
        return numbers.parse(patent.number)
    except NumberError:
        return None


def _shown(patent: LinkedPatent) -> str:
    """The number as people write it, as typed where it is none."""
    number = _parsed(patent)
    return number.display if number is not None else clean(patent.number)[:40]


def _has_lapsed(filing: Filing, patent: LinkedPatent) -> bool:
    expired = patent.expiry is not None and patent.expiry <= filing.today
    return patent.legal_state == numbers.LAPSED or expired
