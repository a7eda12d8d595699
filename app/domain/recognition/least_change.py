"""The least change that would pass: by how much one criterion would have to be better, all others being as they are; and
by how much all together, where no single one suffices (mission N9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.domain.recognition.facts import FACTS
from app.domain.recognition.formula import Field
from app.domain.recognition.scheme_model import Indicator
from app.domain.recognition.scoring import CAP, SCALE, Standing, total

#: the finest difference of a value that is told: 0.01; of things that are counted, 1
FINE, WHOLE = SCALE // 100, SCALE


@dataclass(frozen=True)
class Change:
    """One criterion's value as it is and as it would have to be (ten-thousandths), with the points of both."""

    indicator: Indicator
    current: int | None
    needed: int
    points: int
    points_then: int

    @property
    def relative(self) -> Fraction:
        """The change in proportion to the present value; a value that is missing or nothing changes most."""
        base = abs(self.current or 0)
        return (
            Fraction(abs(self.needed - (self.current or 0)), base)
            if base
            else Fraction(10**20 + abs(self.needed))
        )


@dataclass(frozen=True)
class LeastChange:
    """``missing``: the points short of passing, 0 where the product passes. ``alone``: the criteria of which each alone
    would suffice, the smallest change first. ``together``: changes that suffice only all at once, each criterion
    gaining ``percent`` of the points it lacks; given where none alone would do."""

    missing: int
    alone: tuple[Change, ...] = ()
    together: tuple[Change, ...] = ()
    percent: int = 0


def least_change(standings: Sequence[Standing], pass_points: int) -> LeastChange:
    """What would have to be different for the standings to make ``pass_points`` (hundredths)."""
    missing = pass_points - total(standings)
    if missing <= 0:
        return LeastChange(0)
    found = [change for s in standings if (change := _reach(s, s.points + missing)) is not None]
    if found:
        return LeastChange(missing, tuple(sorted(found, key=lambda change: change.relative)))
    low, high = 1, 101
    while low < high:
        percent = (low + high) // 2
        if _gain(_all_better(standings, percent)) >= missing:
            high = percent
        else:
            low = percent + 1
    if low > 100:
        return LeastChange(missing)
    return LeastChange(missing, together=tuple(_all_better(standings, low)), percent=low)


def _all_better(standings: Sequence[Standing], percent: int) -> list[Change]:
    changes = []
    for standing in standings:
        lacking = standing.weight - standing.points
        wanted = standing.points + -(-lacking * percent // 100)
        change = _reach(standing, wanted) if lacking else None
        if change is not None:
            changes.append(change)
    return changes


def _gain(changes: Sequence[Change]) -> int:
    return sum(change.points_then - change.points for change in changes)


def _reach(standing: Standing, wanted: int) -> Change | None:
    """The nearest better value, in whole steps, that gives at least ``wanted`` points; None where none does."""
    if wanted > standing.weight:
        return None
    step = step_of(standing.indicator)
    sign = 1 if standing.indicator.rises else -1
    worst, best = _range(standing.indicator, sign)
    # counted in steps in the good direction, from the step below the present value
    low = -(-worst // step) if standing.value is None else standing.value * sign // step
    high = best // step
    if high < low or standing.at(high * step * sign).points < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if standing.at(middle * step * sign).points >= wanted:
            high = middle
        else:
            low = middle + 1
    needed = low * step * sign
    return Change(standing.indicator, standing.value, needed, standing.points, standing.at(needed).points)


def step_of(indicator: Indicator) -> int:
    """The step in which a criterion's values are told, in ten-thousandths."""
    source = indicator.source
    return WHOLE if isinstance(source, Field) and FACTS[source.name].whole else FINE


def _range(indicator: Indicator, sign: int) -> tuple[int, int]:
    """The worst and the best value there can be, counted in the good direction."""
    source = indicator.source
    fact = FACTS[source.name] if isinstance(source, Field) else None
    least = -CAP if fact is None or fact.least is None else fact.least * SCALE
    most = CAP if fact is None or fact.most is None else fact.most * SCALE
    return (least, most) if sign > 0 else (-most, -least)
