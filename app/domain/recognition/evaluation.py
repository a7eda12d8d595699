"""Evaluation 评价 (mission E5): who scores what, how points add up, and where the line of the proposed is drawn.

Points are decimals with two places, never floats: a total is exactly the sum of its parts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from heapq import nsmallest
from typing import Any

from app.domain import normal
from app.domain.errors import Problem
from app.domain.recognition.scheme import Scheme
from app.domain.text import N_

CENT = Decimal("0.01")
_POINTS = re.compile(r"([0-9]{1,3})(?:\.([0-9]+))?")


@dataclass(frozen=True)
class Item:
    """What reviewers give points for: an expert indicator of the scheme, at most ``maximum`` points."""

    id: str
    maximum: Decimal


@dataclass(frozen=True)
class Need:
    """A product that needs ``wanted`` more reviewers, none of them ``barred`` (own unit, submitted it, has it already)."""

    product: int
    wanted: int
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Ranked:
    """A product with its final score."""

    id: int
    score: Decimal


def items(scheme: Scheme) -> list[Item]:
    """What reviewers score by a scheme."""
    return [Item(indicator.id, indicator.weight) for indicator in scheme.expert()]


def full(scored: Iterable[Item]) -> Decimal:
    """The points of a product to which every reviewer gives all."""
    return total(item.maximum for item in scored)


# ---------------------------------------------------------------- points


def read_points(
    items: Iterable[Item], typed: Mapping[str, Any], *, complete: bool
) -> tuple[dict[str, Decimal], list[Problem]]:
    """The points typed per indicator, and a problem for each that cannot be read; ``complete``: none may be missing.

    A draft may leave indicators empty. What is typed for no indicator of the scheme is passed over.
    """
    points: dict[str, Decimal] = {}
    problems = []
    for item in items:
        text = str(typed.get(item.id) or "")
        try:
            value = _read(item, text)
        except normal.InputError as error:
            problems.append(Problem(item.id, error.message))
            continue
        if value is not None:
            points[item.id] = value
        elif complete:
            problems.append(Problem(item.id, N_("请评分，没有得分的填 0")))
    return points, problems


def _read(item: Item, text: str) -> Decimal | None:
    if normal.is_blank(normal.refuse_control(text)):
        return None
    match = _POINTS.fullmatch(normal.clean(text))
    if match is None:
        raise normal.InputError(N_("请填写 0 至 {maximum} 之间的分数", maximum=item.maximum))
    whole, decimals = match.groups()
    if len(decimals or "") > 2:
        raise normal.InputError(N_("最多保留两位小数"))
    value = Decimal(f"{whole}.{decimals or '0'}").quantize(CENT)
    if value > item.maximum:
        raise normal.InputError(N_("不能超过本项满分 {maximum} 分", maximum=item.maximum))
    return value


def total(points: Iterable[Decimal]) -> Decimal:
    """The sum of the points, exactly."""
    return sum(points, Decimal("0.00"))


def mean(totals: Collection[Decimal]) -> Decimal:
    """The reviewers' points together: the mean of their totals, rounded half up to two places."""
    return (total(totals) / len(totals)).quantize(CENT, ROUND_HALF_UP)


def spread(totals: Collection[Decimal]) -> Decimal:
    """How far the reviewers' totals lie apart."""
    return max(totals) - min(totals) if totals else Decimal("0.00")


def is_wide(apart: Decimal, full: Decimal, percent: Decimal | int) -> bool:
    """Whether totals lie ``percent`` of the full mark or more apart, and so deserve a second look."""
    return full > 0 and apart > 0 and apart * 100 >= full * percent


def final(machine: Decimal, expert: Decimal) -> Decimal:
    """The final score: the points from data and the reviewers' points, which the scheme's weights make one of 100."""
    return machine + expert


# ---------------------------------------------------------------- the line


def ranked(rows: Iterable[Ranked]) -> list[Ranked]:
    """The order of the list: by score, and among equals the later candidate first. No two rows are equal in it."""
    return sorted(rows, key=lambda row: (row.score, row.id), reverse=True)


def is_above(score: Decimal, line: Decimal) -> bool:
    """Whether a score reaches the line; equal scores are always on the same side of it."""
    return score >= line


def line_for(rows: Iterable[Ranked], most: int) -> Decimal | None:
    """The lowest line that at most ``most`` products reach; None where even the best share their score with too many."""
    scores = [row.score for row in ranked(rows)]
    if len(scores) <= most:
        return scores[-1] if scores else None
    kept = [score for score in scores[:most] if score > scores[most]]
    return kept[-1] if kept else None


# ---------------------------------------------------------------- who scores what


def share_out(needs: Sequence[Need], loads: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
    """Reviewers for each product, evenly: ``loads`` is how many products each reviewer has already.

    A product for which too few reviewers are free of conflicts of interest is left out. The products with the fewest
    possible reviewers choose first; among the least loaded the choice is scattered, so that pairs change, but it is
    the same whenever it is made.
    """
    load = dict(loads)
    shares: dict[int, tuple[int, ...]] = {}
    for need in sorted(needs, key=lambda need: (-len(need.barred & load.keys()), need.product)):
        chosen = _least_loaded(need, load)
        if len(chosen) == need.wanted:
            load.update({reviewer: load[reviewer] + 1 for reviewer in chosen})
            shares[need.product] = chosen
    return shares


def _least_loaded(need: Need, load: Mapping[int, int]) -> tuple[int, ...]:
    def order(reviewer: int) -> tuple[int, bytes, int]:
        return (
            load[reviewer],
            blake2b(f"{need.product}:{reviewer}".encode(), digest_size=8).digest(),
            reviewer,
        )

    return tuple(nsmallest(need.wanted, (r for r in load if r not in need.barred), key=order))
