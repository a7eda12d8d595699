"""What the address of a page of statistics asks for: region, classification, kind of unit, year; all of it checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from app import models as m
from app.domain import statistics as cube
from app.domain.actor import Actor
from app.domain.clock import local_date, utc_now
from app.registers import classifications, regions
from app.registers.classification_tree import TREES
from app.reports import statistics
from app.reports.statistics import Asked, Cells, State
from app.web import labels
from app.web.text import called, in_english

FIRST_YEAR = 2000
SCHEMES = {cube.INDUSTRY: "industry", cube.CLASS: "class"}


@dataclass(frozen=True)
class Filters:
    """The filters as they stand in the address; empty means everything."""

    region: str = ""
    year: str = ""
    node: str = ""
    kind: str = ""
    order: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Filters:
        """The filters of an address or of a saved view."""
        return cls(**{name: args.get(name, "") for name in cls.__dataclass_fields__})

    def given(self, **changes: str) -> dict[str, str]:
        """Those that are set, as they stand in an address."""
        return {name: value for name, value in {**vars(self), **changes}.items() if value}


class View:
    """What is looked at, and what is read for it."""

    def __init__(self, filters: Filters, actor: Actor, state: State) -> None:
        self.filters = filters
        self.own = statistics.scope(actor)
        self.data = state
        self.cells = Cells(state.generation)
        self.asked = Asked(
            statistics.scope(actor, filters.region or None), _year(filters.year), _node(filters.node), _kind(filters.kind)
        )  # fmt: skip
        self.order = _order(filters.order)

    @property
    def years(self) -> tuple[int, int]:
        """The year asked for and the one before."""
        return self.asked.year, self.asked.year - 1

    def href(self, page: str, **changes: str) -> str:
        """The address of a page with the same filters but for the changes."""
        return f"{url_for('StatsView.page', page=page)}?{self.query(**changes)}".rstrip("?")

    def query(self, **changes: str) -> str:
        """The filters as an address has them."""
        return urlencode(self.filters.given(**changes))

    @cached_property
    def region_name(self) -> str:
        """The region in words."""
        return region_name(self.asked.region)

    @cached_property
    def line(self) -> list[tuple[str, str]]:
        """The regions above, as far as the reader may see, and the region itself: code and name."""
        above = regions.line(self.asked.region)
        return [(code, region_name(code)) for code in above[above.index(self.own) :]]

    @cached_property
    def below(self) -> list[tuple[str, str]]:
        """The regions below: code and name."""
        return [(each.code, called(each)) for each in regions.children(self.asked.region)]


def region_name(code: str) -> str:
    """A region in words; those with a common name with what stands above them."""
    if code == cube.COUNTRY:
        return _("全国")
    line = [*regions.line(code)[1:], None, None]
    return regions.full_name(line[0], line[1], line[2], english=in_english()) or labels.region(code)


def node_name(node: str) -> str:
    """A node of a classification in words."""
    letter, _sep, code = node.partition(":")
    if node == cube.ALL:
        return _("全部产业和产品")
    if letter == cube.INTENSIVE:
        return intensive_groups().get(code, code) if code else _("专利密集型产业（2019）")
    found = classifications.get(SCHEMES[letter], code)
    return called(found) if found else code


def intensive_groups() -> dict[str, str]:
    """The groups of the patent-intensive industries: code and name."""
    matches = map(classifications.is_intensive, TREES["industry"].get().nodes)
    return {match.group_code: labels.intensive_names(match)[0] for match in matches if match}


def node_parent(node: str) -> str:
    """The node above; the root of its classification above the uppermost."""
    letter, _sep, code = node.partition(":")
    if letter not in SCHEMES:
        return cube.ALL
    found = classifications.get(SCHEMES[letter], code)
    return f"{letter}:{found.parent}" if found and found.parent else cube.ALL


def last_year() -> int:
    """The newest data year."""
    return local_date(utc_now()).year - 1


def years() -> list[int]:
    """The years that can be chosen, newest first."""
    return list(range(last_year(), last_year() - 10, -1))


def _year(text: str) -> int:
    if not text:
        return last_year()
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and FIRST_YEAR <= int(text) <= 2100):
        raise BadRequest
    return int(text)


def _node(text: str) -> str:
    if text in (cube.ALL, cube.INTENSIVE):
        return text
    letter, _sep, code = text.partition(":")
    known: Any = None
    if letter in SCHEMES:
        known = classifications.get(SCHEMES[letter], code)
    elif letter == cube.INTENSIVE:
        known = code in intensive_groups()
    if not known:
        raise BadRequest
    return text


def _kind(text: str) -> str | None:
    if text and text not in m.UNIT_KINDS:
        raise BadRequest
    return text or None


def _order(text: str) -> str:
    if text and text not in statistics.ORDERS:
        raise BadRequest
    return text or statistics.ORDERS[0]


def node_choices(view: View) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be chosen as classification: the uppermost nodes, and what stands above and below the present one."""
    letter = view.asked.node.partition(":")[0]
    groups = [
        (_("国民经济行业"), _below(cube.INDUSTRY, None)),
        (_("专利密集型产业"), [(f"p:{code}", name) for code, name in sorted(intensive_groups().items())]),
        (_("产品分类"), _below(cube.CLASS, None)),
    ]
    if letter in SCHEMES:
        near = [*_above(view.asked.node), *_below(letter, view.asked.node.partition(":")[2])]
        groups.insert(0, (_("当前分类"), near))
    return groups


def _below(letter: str, code: str | None) -> list[tuple[str, str]]:
    found = classifications.children(SCHEMES[letter], code)
    return [(f"{letter}:{node.code}", f"{node.code} {called(node)}") for node in found]


def _above(node: str) -> list[tuple[str, str]]:
    line = []
    while node != cube.ALL:
        line.append((node, node_name(node)))
        node = node_parent(node)
    return line[::-1]


def kind_name(code: str) -> str:
    """A kind of unit in words."""
    return labels.label("unit", "kind", code)
