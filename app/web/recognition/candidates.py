"""The products of a round 候选产品: gathered, listed with their states, and the others with why they are none."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import and_, select, true
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Conflict
from app.domain.normal import is_blank
from app.domain.recognition.candidacy import REASONS
from app.domain.text import Message
from app.reports import search
from app.services.recognition import candidates
from app.web import labels, listing
from app.web.access import guarded
from app.web.recognition.base import ROUND, RoundPage
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version

SPEC = listing.ListSpec(
    m.Recognition,
    ("product", "unit", "state", "score", "changed_at"),
    ("score",),
    ("id", "asc"),
    {"state": {}},
    (),
)
_PAGE = 50


class Excluded(NamedTuple):
    """A product that is no candidate, and every reason."""

    product: m.Product
    reasons: list[Message]


class RoundCandidatesView(RoundPage):
    """候选产品."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/candidates")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The products that take part."""
        return self._list(self.round(round_id))

    def _list(self, round_: m.RecognitionRound, status: int = 200, why: str = "") -> Any:
        query = listing.read_query(SPEC, request.args)
        found = true() if is_blank(query.text) else _about(query.text)
        page = listing.fetch(SPEC, query, and_(m.Recognition.round_id == round_.id, found))
        return self.page(
            "candidates.html", status, title=_("候选产品"), round=round_, query=query, page=page, why=why,
            states=labels.codes("recognition", "state"), tab="candidates", named=labels.named,
        )  # fmt: skip

    @expose(f"/{ROUND}/candidates/excluded")
    @guarded("read")
    def excluded(self, round_id: int) -> Any:
        """The products that do not take part, with their reasons and how many have each."""
        round_, reason = self.round(round_id), request.args.get("reason") or None
        after = seen_version(request.args.get("after", "0"))
        if after is None or (reason is not None and reason not in REASONS):
            abort(400)
        rows = _excluded(round_, reason, after)
        return self.page(
            "excluded.html", title=_("未列入的产品"), round=round_, tab="excluded", reason=reason, reasons=REASONS,
            tally=candidates.tally(round_), rows=rows[:_PAGE], after=rows[_PAGE - 1].product.id if len(rows) > _PAGE else None,
        )  # fmt: skip

    @expose(f"/{ROUND}/candidates", methods=["POST"])
    @guarded("work")
    def gather(self, round_id: int) -> Any:
        """Make every product that qualifies a candidate."""
        try:
            done = candidates.gather(round_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            return self._list(self.round(round_id), 409, render(error.message))
        flash(
            _(
                "新增候选产品 %(added)s 个，共 %(all)s 个",
                added=f"{done.added:,}",
                all=f"{done.candidates:,}",
            ),
            "success",
        )
        return redirect(url_for(".index", round_id=round_id))


def _about(text: str) -> Any:
    return m.Recognition.product_id.in_(select(search.places(text).subquery().c[1]))


def _excluded(round_: m.RecognitionRound, reason: str | None, after: int) -> list[Excluded]:
    query = (
        candidates.excluded(round_, reason).where(m.Product.id > after).options(joinedload(m.Product.unit))
    )
    products: list[Any] = list(session.scalars(query.order_by(m.Product.id).limit(_PAGE + 1)))
    data = select(m.ProductYear).where(
        m.ProductYear.year == round_.data_year, m.ProductYear.product_id.in_([p.id for p in products])
    )
    years, now = {year.product_id: year for year in session.scalars(data)}, utc_now()
    return [Excluded(p, candidates.exclusions(p, years.get(p.id), round_, now)) for p in products]
