"""What the search page asks for: its filters read from the address, and the links that narrow or widen the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from app.domain.clock import local_date, utc_now
from app.registers import classifications, regions
from app.registers.cache import Kept
from app.reports.facets import KEYS, YES, Facets
from app.reports.search import COUNT_LIMIT, SearchFilters
from app.web import labels
from app.web.text import called, in_english

FIRST_YEAR = 2022  # filing began in November 2022 (国知办函运字〔2022〕985 号)
TEXT_LENGTH = 100
CURSOR_LENGTH = 60
STATES = ("filed", "revoked")
#: so many values of a group show at once, the rest behind a switch
SHOWN = 6


@dataclass(frozen=True)
class Asked:
    """What the address of a search page asks for, checked."""

    text: str
    filters: SearchFilters
    after: str | None

    @property
    def is_limited(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.text.strip() or self.filters != SearchFilters())

    @property
    def query(self) -> dict[str, str]:
        """The address's arguments, the place in the list left out."""
        f = self.filters
        given = (self.text.strip(), f.province, f.industry, f.product_class, str(f.year or ""), f.state,
                 YES if f.recognised else "", YES if f.intensive else "")  # fmt: skip
        return {name: value for name, value in zip(("q", *KEYS), given, strict=True) if value}


@dataclass(frozen=True)
class Choice:
    """A value of a filter and where it leads."""

    label: str
    href: str
    count: int = 0

    @property
    def number(self) -> str:
        """The count as it is shown."""
        return f"{COUNT_LIMIT:,}+" if self.count > COUNT_LIMIT else f"{self.count:,}"


@dataclass(frozen=True)
class Group:
    """What the hits can be narrowed by in one respect; ``chosen`` leads back to all."""

    key: str
    label: str
    chosen: Choice | None
    choices: list[Choice]

    @property
    def first(self) -> list[Choice]:
        """What shows at once."""
        return self.choices[:SHOWN]

    @property
    def more(self) -> list[Choice]:
        """What is behind the switch."""
        return self.choices[SHOWN:]


def asked(args: Mapping[str, str]) -> Asked:
    """The request's arguments; what no form of ours could have sent is a bad request (400)."""
    province, industry, kind = (args.get(name) or None for name in ("province", "industry", "class"))
    year, state, after = (args.get(name) or None for name in ("year", "state", "after"))
    known = (
        province is None or province in {each.code for each in regions.provinces()},
        industry is None or classifications.get("industry", industry) is not None,
        kind is None or classifications.get("class", kind) is not None,
        year is None or year in map(str, years()),
        state is None or state in STATES,
        after is None or (after[0] in "er" and 1 < len(after) <= CURSOR_LENGTH and after.isprintable()),
        {args.get("intensive", ""), args.get("recognised", "")} <= {"", YES},
    )
    if not all(known):
        raise BadRequest
    filters = SearchFilters(
        province, industry, kind, int(year) if year else None, bool(args.get("intensive")), state,
        bool(args.get("recognised")),
    )  # fmt: skip
    return Asked(args.get("q", "")[:TEXT_LENGTH], filters, after)


def years() -> range:
    """The years of filing, the newest first."""
    return range(local_date(utc_now()).year, FIRST_YEAR - 1, -1)


def options(key: str, chosen: str | None) -> Markup:
    """The options of a select in the reader's language; there are two hundred, so they are not made for every page."""
    made = _options[in_english()].get()[key]
    here = Markup('value="{}"').format(chosen)
    return made.replace(here, here + Markup(" selected"), 1) if chosen else made


def _make_options() -> dict[str, Markup]:
    pieces: Any = current_app.jinja_env.get_template("portal/_options.html").module
    children = classifications.children
    sections = [(section, children("industry", section.code)) for section in children("industry")]
    return {
        "province": pieces.nodes(regions.provinces()),
        "industry": pieces.sections(sections),
        "class": pieces.nodes(children("class")),
    }


_options = {english: Kept(_make_options, 60.0) for english in (False, True)}


def groups(asked: Asked, found: Facets) -> Iterator[Group]:
    """The ways to narrow a search, with what was chosen already; what would leave nothing to choose is left out."""
    query = asked.query
    for key, (heading, name) in _heads().items():
        here = query.get(key)
        rest = {name: value for name, value in query.items() if name != key}
        others = urlencode(rest)
        chosen = Choice(name(here), f"/products?{others}" if others else "/products") if here else None
        values = {} if chosen and key not in ("industry", "class") else found.values.get(key, {})
        start = f"/products?{others}{'&' if others else ''}{key}="
        choices = [Choice(name(code), start + quote_plus(code), count) for code, count in values.items()]
        if chosen or choices:
            yield Group(key, heading, chosen, choices)


def _heads() -> dict[str, tuple[str, Callable[[str], str]]]:
    yes = _("是")
    return {
        "province": (_("地区"), labels.region),
        "industry": (_("国民经济行业"), lambda code: _name("industry", code)),
        "class": (_("产品分类"), lambda code: _name("class", code)),
        "year": (_("备案年份"), str),
        "state": (_("备案状态"), lambda code: labels.label("product", "state", code)),
        "recognised": (_("已认定为专利密集型产品"), lambda _code: yes),
        "intensive": (_("专利密集型产业（2019）"), lambda _code: yes),
    }


def _name(scheme: str, code: str) -> str:
    node = classifications.get(scheme, code)
    return called(node) if node else code
