"""State charts as SVG, drawn from the machines' tables, so that the help pages show what the program does.

All states stand in a row in their order; transitions to a later state run above them, back to an earlier one below,
each on the nearest line where it and its label have room. Everything is drawn by classes and attributes: no style
that the content security policy would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from flask_babel import gettext as _
from markupsafe import Markup

from app.domain.machines import Machine
from app.web.labels import ROLES
from app.web.text import render

LETTER, BOX, GAP, LINE, ARROW = 7.6, 40, 26, 34, 7


@dataclass(frozen=True)
class Step:
    """A transition as a row of the table that stands beside the chart."""

    source: str
    verb: str
    target: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class _State:
    label: str
    x: float
    width: float


@dataclass(frozen=True)
class _Arrow:
    source: str
    target: str
    label: str


def steps(machine: Machine) -> list[Step]:
    """Every transition of a machine in words."""
    names = {code: render(label) for code, label in machine.states.items()}
    return [
        Step(names[source], render(t.label), names[t.target], tuple(sorted(str(ROLES[role]) for role in t.roles)))
        for t in machine.transitions for source in t.sources
    ]  # fmt: skip


def svg(machine: Machine) -> Markup:
    """The chart; its title names it for those who do not see it, the table of ``steps`` tells the rest."""
    order = {code: place for place, code in enumerate(machine.states)}
    arrows = [_Arrow(source, t.target, render(t.label)) for t in machine.transitions for source in t.sources]
    above = [arrow for arrow in arrows if order[arrow.source] < order[arrow.target]]
    below = [arrow for arrow in arrows if order[arrow.source] >= order[arrow.target]]
    states = _placed(machine, arrows)
    lines_above, lines_below = _lines(above, states, order), _lines(below, states, order)
    top = LINE * (max(lines_above, default=0) + 1)
    height = top + BOX + LINE * (max(lines_below, default=0) + 1)
    last = list(states.values())[-1]
    parts = [_box(state, top) for state in states.values()]
    parts += _drawn(above, lines_above, states, top, -1)
    parts += _drawn(below, lines_below, states, top + BOX, 1)
    title = _("状态图：%(name)s", name=render(machine.label))
    return Markup(
        '<svg class="chart" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" role="img" aria-label="{title}">'
        "{body}</svg>"
    ).format(w=last.x + last.width + GAP, h=height, title=title, body=Markup("").join(parts))


def _width(text: str) -> float:
    return sum(LETTER * (2 if east_asian_width(sign) in "WF" else 1) for sign in text)


def _placed(machine: Machine, arrows: Sequence[_Arrow]) -> dict[str, _State]:
    """The states from left to right, with room for their own arrows and for the labels between neighbours."""
    states: dict[str, _State] = {}
    x, codes = float(GAP), list(machine.states)
    for place, code in enumerate(codes):
        ports = sum((arrow.source == code) + (arrow.target == code) for arrow in arrows)
        label = render(machine.states[code])
        width = max(_width(label) + 28, 14.0 * (ports + 1))
        states[code] = _State(label, x, width)
        beside = codes[place : place + 2]
        labels = [_width(a.label) for a in arrows if a.source in beside and a.target in beside]
        x += width + max(GAP * 2, max(labels, default=0) - 30)
    return states


def _lines(arrows: Sequence[_Arrow], states: dict[str, _State], order: dict[str, int]) -> list[int]:
    """For each arrow the line it runs on, 0 nearest to the states: short ones first, none over another."""
    taken: list[list[tuple[float, float]]] = []
    lines = [0] * len(arrows)
    for place in sorted(
        range(len(arrows)), key=lambda i: abs(order[arrows[i].source] - order[arrows[i].target])
    ):
        arrow = arrows[place]
        ends = sorted((states[arrow.source], states[arrow.target]), key=lambda state: state.x)
        left, right = ends[0].x, ends[1].x + ends[1].width
        missing = max(0.0, _width(arrow.label) + 12 - (right - left)) / 2
        span = (left - missing, right + missing)
        line = next(
            (n for n, row in enumerate(taken) if all(span[1] <= a or b <= span[0] for a, b in row)),
            len(taken),
        )
        if line == len(taken):
            taken.append([])
        taken[line].append(span)
        lines[place] = line
    return lines


def _drawn(
    arrows: Sequence[_Arrow], lines: Sequence[int], states: dict[str, _State], edge: float, side: int
) -> Iterator[Markup]:
    ports = _ports(arrows, lines, states)
    labels = []
    for place, (arrow, line) in enumerate(zip(arrows, lines, strict=True)):
        start, end = ports[place, arrow.source], ports[place, arrow.target]
        y = edge + side * LINE * (line + 0.6)
        tip = edge + side * ARROW
        yield Markup('<path class="chart-line" d="M{a:.0f} {edge:.0f}V{y:.0f}H{b:.0f}V{tip:.0f}"/>').format(
            a=start, edge=edge, y=y, b=end, tip=tip)  # fmt: skip
        yield Markup('<path class="chart-tip" d="M{left:.0f} {tip:.0f}h10l-5 {down}z"/>').format(
            left=end - 5, tip=tip, down=-side * ARROW)  # fmt: skip
        labels.append(_label(arrow.label, (start + end) / 2, y))
    yield from labels


def _ports(
    arrows: Sequence[_Arrow], lines: Sequence[int], states: dict[str, _State]
) -> dict[tuple[int, str], float]:
    """Where each arrow meets its states, so that arrows of one state do not cross: those from the left stand left, of
    these the outer ones right, and the other way round."""
    at: dict[str, list[tuple[int, int, int]]] = {}
    for place, arrow in enumerate(arrows):
        for here, there in ((arrow.source, arrow.target), (arrow.target, arrow.source)):
            right = states[there].x > states[here].x
            at.setdefault(here, []).append((right, -lines[place] if right else lines[place], place))
    return {
        (place, code): states[code].x + states[code].width * (number + 1) / (len(ends) + 1)
        for code, ends in at.items() for number, (_right, _line, place) in enumerate(sorted(ends))
    }  # fmt: skip


def _label(text: str, x: float, y: float) -> Markup:
    width = _width(text) + 8
    return Markup(
        '<rect class="chart-paper" x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="20"/>'
        '<text class="chart-verb" x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{text}</text>'
    ).format(left=x - width / 2, top=y - 10, width=width, x=x, y=y + 5, text=text)


def _box(state: _State, top: float) -> Markup:
    return Markup(
        '<rect class="chart-state" x="{x:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height}" rx="6"/>'
        '<text class="chart-name" x="{middle:.0f}" y="{y:.0f}" text-anchor="middle">{label}</text>'
    ).format(x=state.x, top=top, width=state.width, height=BOX, middle=state.x + state.width / 2, y=top + 25,
             label=state.label)  # fmt: skip
