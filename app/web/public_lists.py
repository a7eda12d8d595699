"""The public lists of recognised products 认定产品名单 and of filing units 备案单位名录."""

from __future__ import annotations

from flask import request
from flask_appbuilder.baseviews import expose
from werkzeug.exceptions import BadRequest

from app.domain.clock import local_date, utc_now
from app.domain.recognition.verdict import WORDS
from app.registers import regions
from app.reports import public_lists
from app.reports.public_lists import CERTIFICATE_STATES, Wanted
from app.web import labels
from app.web.base import OpenPage
from app.web.text import render

_TEXT_LENGTH = 100
_CURSOR_LENGTH = 200


class PublicListsView(OpenPage):
    """Lists for everybody."""

    route_base = ""
    default_view = "recognised"

    @expose("/recognised")
    def recognised(self) -> str:
        """Products with a certificate of recognition, and whether it is in force."""
        years = public_lists.years_recognised()
        wanted, after = _wanted(years), _cursor()
        states = {state: render(WORDS[state][0]) for state in CERTIFICATE_STATES}
        return str(self.render_template(
            "portal/recognised.html", found=public_lists.recognised(local_date(utc_now()), wanted, after), wanted=wanted,
            after=after, years=years, states=states, provinces=regions.provinces(), region=labels.region,
            limit=public_lists.COUNT_LIMIT, rest=_rest(),
        ))  # fmt: skip

    @expose("/units")
    def units(self) -> str:
        """Units with filed products: name, region, number of products."""
        wanted, after = _wanted([]), _cursor()
        return str(self.render_template(
            "portal/units.html", found=public_lists.units(wanted, after), wanted=wanted, after=after,
            provinces=regions.provinces(), region=labels.region, limit=public_lists.COUNT_LIMIT, rest=_rest(),
        ))  # fmt: skip


def _wanted(years: list[int]) -> Wanted:
    province, year, state = (request.args.get(name) or None for name in ("province", "year", "state"))
    known = (
        province is None or province in {each.code for each in regions.provinces()},
        year is None or year in map(str, years),
        state is None or state in CERTIFICATE_STATES,
    )
    if not all(known):
        raise BadRequest
    text = "".join(filter(str.isprintable, request.args.get("q", "")))[:_TEXT_LENGTH].strip()
    return Wanted(text, province, int(year) if year else None, state)


def _cursor() -> str | None:
    after = request.args.get("after") or None
    if after is not None and (len(after) > _CURSOR_LENGTH or not after.isprintable()):
        raise BadRequest
    return after


def _rest() -> dict[str, str]:
    return {name: request.args[name] for name in ("q", "province", "year", "state") if request.args.get(name)}
