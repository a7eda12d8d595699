"""补充信息 in a round: ask for it, see who has given it, give more time, read what was given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.machines import RECOGNITION
from app.domain.normal import InputError
from app.services import fields, records, timeline
from app.services.recognition import asking, deadlines, round_work, rounds, supplement_notices, supplements
from app.web import labels, listing
from app.web.access import guarded
from app.web.desk import people
from app.web.recognition.base import RECOGNITION as KEY
from app.web.recognition.base import ROUND, RoundPage, followed
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.unit import standing

#: States the list offers one by one; in later ones the evaluation goes on with what was given.
TABS = ("supplement_due", "overdue", "supplemented")
EXTENDABLE = ("supplement_due", "overdue")


class SupplementsView(RoundPage):
    """补充信息."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/supplements")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """Every product that was asked, by state, with its deadline."""
        return self._list(self.round(round_id))

    def _list(self, round_: m.RecognitionRound, problems: Sequence[Problem] = (), status: int = 200) -> Any:
        spec = _spec()
        query = listing.read_query(spec, request.args)
        given = select(m.Supplement.recognition_id)
        asked = and_(m.Recognition.round_id == round_.id, m.Recognition.id.in_(given), _found(query.text))
        today = local_date(utc_now())
        return self.page(
            "supplements.html", status, title=_("补充信息"), round=round_, query=query,
            page=listing.fetch(spec, query, asked), counts=rounds.counts(round_.id), tabs=TABS, extendable=EXTENDABLE,
            last=deadlines.of, today=today, typed=request.form, ticked=request.form.getlist("recognition"),
            problems=[(problem.field, render(problem.message)) for problem in problems],
        )  # fmt: skip

    @expose(f"/{ROUND}/supplements/ask")
    @guarded("work")
    def preview(self, round_id: int) -> Any:
        """Whom the message would go to, and what it says."""
        return self._preview(self.round(round_id))

    def _preview(self, round_: m.RecognitionRound, why: str = "", status: int = 200) -> Any:
        asked = asking.preview(round_.id)
        language = "en" if in_english() else "zh"
        text = supplement_notices.sample(asked.example, language) if asked.example else None
        return self.page(
            "supplement_ask.html",
            status,
            title=_("通知补充信息"),
            round=round_,
            asked=asked,
            text=text,
            why=why,
        )

    @expose(f"/{ROUND}/supplements/ask", methods=["POST"])
    @guarded("work")
    def ask(self, round_id: int) -> Any:
        """Ask all that passed the screening, and tell their units."""
        round_ = self.round(round_id)
        try:
            job = round_work.ask_supplements(round_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            return self._preview(round_, render(error.message), 409)
        return followed(job)

    @expose(f"/{ROUND}/supplements/extend", methods=["POST"])
    @guarded("work")
    def extend(self, round_id: int) -> Any:
        """Give the products that were ticked more time; all of them, or none."""
        round_ = self.round(round_id)
        try:
            chosen = _chosen(round_id)
            count = supplements.extend_many(
                current_actor(), chosen, _day(), request.form.get("reason", ""), utc_now()
            )
        except RuleError as error:
            session.rollback()
            return self._list(round_, error.problems, 422)
        except Conflict as error:
            session.rollback()
            return self._list(round_, [Problem(None, error.message)], 409)
        flash(_("已为 %(n)d 个产品延期，并通知单位", n=count), "success")
        return redirect(url_for(".index", round_id=round_id))

    @expose(f"/supplements/{KEY}")
    @guarded("read")
    def show(self, recognition_id: int) -> Any:
        """What a unit gave on one product, with its files."""
        actor = current_actor()
        recognition = records.load(m.Recognition, recognition_id, actor)
        supplement = supplements.of(actor, recognition_id)
        return self.page(
            "supplement.html", title=recognition.product.name, round=recognition.round, r=recognition,
            supplement=supplement, dimensions=standing.dimensions(supplement), last=deadlines.of(recognition),
            events=timeline.events(actor, RECOGNITION.name, recognition_id),
        )  # fmt: skip


def _spec() -> listing.ListSpec:
    columns = ("unit", "product", "state", "supplement_due", "changed_at")
    names = labels.codes("recognition", "state") or {}
    return listing.ListSpec(m.Recognition, columns, (), ("id", "asc"), {"state": names}, ())


def _found(text: str) -> Any:
    """Products by their name, their filing number or their unit's name."""
    if not text:
        return True
    product = select(m.Product.id).where(
        or_(
            m.Product.name.contains(text, autoescape=True),
            m.Product.filing_no == text,
            m.Product.unit_id.in_(select(m.Unit.id).where(m.Unit.name.contains(text, autoescape=True))),
        )
    )
    return m.Recognition.product_id.in_(product)


def _chosen(round_id: int) -> list[int]:
    """The products ticked; of this round alone, else NotFound: one page, one round."""
    ids = people.numbers(request.form.getlist("recognition"))
    for recognition_id in ids:
        if records.load(m.Recognition, recognition_id, current_actor()).round_id != round_id:
            raise NotFound
    return ids


def _day() -> date:
    try:
        return fields.day(request.form.get("until", ""))
    except InputError as error:
        raise RuleError([Problem("until", error.message)]) from error
