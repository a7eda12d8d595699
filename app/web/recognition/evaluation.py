"""The officers' pages of an evaluation: let it begin, see how far it is, remind, and arrange who scores what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import models as m
from app import policies
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Conflict, RuleError
from app.domain.recognition import evaluation as rules
from app.services.recognition import assignment, evaluation, round_work, rounds
from app.web.access import guarded
from app.web.desk import people
from app.web.recognition.base import RECOGNITION, ROUND, RoundPage, followed
from app.web.security import current_actor
from app.web.text import in_english, render

#: so many products are named where something is said of them
_NAMED = 20


class RoundEvaluationView(RoundPage):
    """评审 of a round."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/evaluation")
    @guarded("read")
    def show(self, round_id: int) -> Any:
        """What would begin, who has how many, and what lacks a reviewer."""
        round_ = self.round(round_id)
        planned = assignment.plan(round_)
        progress = assignment.progress(round_)
        counts = rounds.counts(round_.id)
        return self.page(
            "evaluation.html", title=_("评审"), round=round_, scheme=rounds.scheme_of(round_), planned=planned,
            names=_names(planned.loads), short=_products(planned.short[:_NAMED]), progress=progress, counts=counts,
            lacking=_products(each.id for each in assignment.lacking(round_)[:_NAMED]), person_name=people.name,
            ready=_complete(round_.id), open=round_.state == "published",
        )  # fmt: skip

    @expose(f"/{ROUND}/evaluation/begin", methods=["POST"])
    @guarded("work")
    def begin(self, round_id: int) -> Any:
        """Let it begin."""
        try:
            job = round_work.begin_evaluation(round_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            flash(render(error.message), "warning")
            return redirect(url_for(".show", round_id=round_id))
        return followed(job)

    @expose(f"/{ROUND}/evaluation/remind", methods=["POST"])
    @guarded("work")
    def remind(self, round_id: int) -> Any:
        """Remind the reviewers that were ticked."""
        chosen = people.numbers(request.form.getlist("reviewer"))
        try:
            count = evaluation.remind(round_id, chosen, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            flash(render(error.message), "warning")
        else:
            flash(_("已提醒 %(n)s 名评审人；同一天内不会重复发送", n=count), "success")
        return redirect(url_for(".show", round_id=round_id))


class ProductEvaluationView(RoundPage):
    """One product's evaluation, as officers arrange it."""

    route_base = "/recognition/evaluations"

    @expose(f"/{RECOGNITION}")
    @guarded("read")
    def show(self, recognition_id: int) -> Any:
        """Who scores the product, and, once all have, what they gave."""
        return self._page(recognition_id)

    @expose(f"/{RECOGNITION}/assign", methods=["POST"])
    @guarded("work")
    def assign(self, recognition_id: int) -> Any:
        """One more reviewer."""
        (reviewer,) = people.numbers([request.form.get("reviewer_id") or "0"])
        return self._do(
            recognition_id,
            lambda: evaluation.assign(current_actor(), recognition_id, reviewer, utc_now()),
            _("已增加评审人"),
        )

    @expose(f"/{RECOGNITION}/replace", methods=["POST"])
    @guarded("work")
    def replace(self, recognition_id: int) -> Any:
        """Another reviewer in the place of one."""
        fields = (request.form.get(name) or "0" for name in ("evaluation_id", "reviewer_id"))
        ids = [people.numbers([text])[0] for text in fields]
        reason = request.form.get("reason", "")
        return self._do(
            recognition_id,
            lambda: evaluation.replace(current_actor(), ids[0], ids[1], reason, utc_now()),
            _("已改派"),
        )

    def _do(self, recognition_id: int, act: Callable[[], Any], done: str) -> Any:
        try:
            act()
        except (Conflict, RuleError) as error:
            session.rollback()
            why = [render(each.message) for each in getattr(error, "problems", [error])]
            return self._page(recognition_id, 409 if isinstance(error, Conflict) else 422, why)
        flash(done, "success")
        return redirect(url_for(".show", recognition_id=recognition_id))

    def _page(self, recognition_id: int, status: int = 200, why: Iterable[str] = ()) -> Any:
        recognition = policies.find(session(), m.Recognition, recognition_id, current_actor())
        scheme = rounds.scheme_of(recognition.round)
        available = assignment.available(recognition) if recognition.state == "evaluating" else {}
        return self.page(
            "product_evaluation.html", status, title=recognition.product.name, recognition=recognition,
            round=recognition.round, scheme=scheme, english=in_english(), why=list(why), typed=request.form,
            rows=_reviewers_of(recognition.id), available=available, names=_names(available),
            full=rules.full(rules.items(scheme)), spread=evaluation.spread(recognition), person_name=people.name,
            open=recognition.state == "evaluating" and recognition.round.state == "published",
        )  # fmt: skip


def _names(user_ids: Iterable[int]) -> dict[int, str]:
    return people.names(user_ids)


def _products(recognition_ids: Iterable[int]) -> list[m.Recognition]:
    query = select(m.Recognition).where(m.Recognition.id.in_(list(recognition_ids)))
    loaded = (joinedload(m.Recognition.product), joinedload(m.Recognition.unit))
    return list(session.scalars(query.options(*loaded).order_by(m.Recognition.id)))


def _complete(round_id: int) -> int:
    """How many products wait for the decision."""
    query = select(func.count(m.Recognition.id)).where(
        m.Recognition.round_id == round_id,
        m.Recognition.state == "evaluating",
        m.Recognition.score.is_not(None),
    )
    return session.scalar(query) or 0


def _reviewers_of(recognition_id: int) -> list[m.Evaluation]:
    """Everybody who scores or scored the product; an officer who reviews it too sees who, and no points before all have."""
    query = (
        select(m.Evaluation)
        .join(User, User.id == m.Evaluation.reviewer_id)
        .where(m.Evaluation.recognition_id == recognition_id)
        .options(joinedload(m.Evaluation.reviewer))
        .order_by(m.Evaluation.id)
    )
    return list(session.scalars(query.execution_options(unscoped=True)))
