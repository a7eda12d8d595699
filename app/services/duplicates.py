"""Products that may be the same one (mission D16): within a unit and across units, each with why.

Fast at a million products: candidates come from indexes (equal name key, equal patent number, the unit's own, equal
class and beginning of the name); ``domain.filing.variants`` compares only these few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, func, or_, select

from app import models as m
from app.db import session
from app.domain.filing.filing import Duplicate
from app.domain.filing.variants import Identity, product_key, same_product
from app.domain.text import N_, Message
from app.policies import PUBLISHED
from app.registers import parameters

#: States in which a product counts: handed in and not given up.
COUNTED = ("pending", "filed", "revocation_pending")
#: Stands for another unit's name where a unit reads it.
UNNAMED = "***"
_MOST = 100
_SHOWN = 20
_BEGINNING = 2
_LAST_SIGN = "\U0010ffff"


@dataclass(frozen=True)
class Likely:
    """A product that may be the same one, by the same unit (``own``) or another, and why.

    ``sure``: the checker warns of it (rules 26, 27); the others are for a reviewer's eye only.
    """

    product: m.Product
    unit_name: str
    own: bool
    sure: bool
    why: tuple[Message, ...]
    #: numbers of the core patents that both link, compact
    patents: tuple[str, ...] = ()


def find(product: m.Product, year: m.ProductYear) -> list[Likely]:
    """The likely duplicates of a product with its data of a year, the surest first. Crosses units: for staff only."""
    numbers = {link.patent.application_no for link in year.links if link.core}
    shared = _sharing(product, numbers)
    ids = set(shared) | {row.id for row in _alike(product) if _same_name(row, product)}
    if not ids:
        return []
    mine = Identity(product.name, product.model or "", product.class_code or "", frozenset(numbers))
    query = select(m.Product, m.Unit.name).join(m.Unit).where(m.Product.id.in_(ids))
    found = [
        _compare(product, mine, other, unit_name, frozenset(shared.get(other.id, ())))
        for other, unit_name in _rows(query)
    ]
    likely = sorted((each for each in found if each.why), key=lambda each: (not each.sure, each.product.id))
    return likely[:_SHOWN]


def for_checker(product: m.Product, found: Iterable[Likely]) -> tuple[Duplicate, ...]:
    """The sure ones, as the checker takes them. Its findings are shown to the unit: of another unit's product they say
    only what the public knows, or what this unit has typed itself."""
    return tuple(
        Duplicate(
            name=each.product.name if each.own or each.product.state in PUBLISHED else product.name,
            model=each.product.model or "",
            class_code=each.product.class_code or "",
            unit_name=each.unit_name if each.own else UNNAMED,
            own=each.own,
            filing_no=(each.product.filing_no or "") if each.own else "",
            patents=each.patents,
        )
        for each in found
        if each.sure
    )


def _compare(
    product: m.Product, mine: Identity, other: m.Product, unit_name: str, shared: frozenset[str]
) -> Likely:
    own = other.unit_id == product.unit_id
    theirs = Identity(other.name, other.model or "", other.class_code or "", shared)
    sure = same_product(mine, theirs, own, parameters.decimal("duplicate_similarity"))
    why = sure or _worth_a_look(product, other, shared)
    return Likely(other, unit_name, own, bool(sure), tuple(why), tuple(sorted(shared)))


def _worth_a_look(product: m.Product, other: m.Product, shared: frozenset[str]) -> list[Message]:
    why = []
    if other.name_key == product.name_key:
        why.append(N_("产品名称相同"))
    if shared:
        why.append(N_("核心专利相同：{numbers}", numbers="、".join(sorted(shared))))
    return why


def _same_name(row: Any, product: m.Product) -> bool:
    return row.name_key == product.name_key or product_key(row.name) == product_key(product.name)


def _alike(product: m.Product) -> Iterator[Any]:
    """Products (id, name, name_key) whose names may be near: of equal key anywhere, of the same class and beginning
    anywhere, of the same class or beginning in the unit."""
    key = product.name_key
    if not key:
        return
    columns = select(m.Product.id, m.Product.name, m.Product.name_key)
    # coalesce keeps a planner without statistics from walking all filed products by the index of states
    counted = columns.where(
        func.coalesce(m.Product.state, "").in_(COUNTED), m.Product.id != (product.id or 0)
    )
    beginning = key[:_BEGINNING]
    begins = (m.Product.name_key >= beginning) & (m.Product.name_key < beginning + _LAST_SIGN)
    same_class = m.Product.class_code == product.class_code
    for query in (
        counted.where(m.Product.name_key == key),
        counted.where(begins, same_class),
        counted.where(m.Product.unit_id == product.unit_id, or_(begins, same_class)),
    ):
        yield from _rows(query.limit(_MOST))


def _sharing(product: m.Product, numbers: set[str]) -> dict[int, set[str]]:
    """Which counted products link which of ``numbers`` as core patents."""
    query = (
        select(m.ProductYear.product_id, m.Patent.application_no)
        .join(m.PatentLink, m.PatentLink.product_year_id == m.ProductYear.id)
        .join(m.Patent, m.Patent.id == m.PatentLink.patent_id)
        .join(m.Product, m.Product.id == m.ProductYear.product_id)
        .where(
            m.Patent.application_no.in_(numbers), m.PatentLink.core, m.Product.state.in_(COUNTED),
            m.Product.id != (product.id or 0),
        )
        .limit(_MOST)
    )  # fmt: skip
    shared: dict[int, set[str]] = defaultdict(set)
    for row in _rows(query) if numbers else ():
        shared[row.product_id].add(row.application_no)
    return shared


def _rows(query: Executable) -> Sequence[Any]:
    return session.execute(query.execution_options(unscoped=True)).all()
