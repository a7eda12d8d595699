"""The reviewers' pages 评审工作台: what is theirs to score, one product after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.recognition import evaluation as rules
from app.services import records
from app.services.recognition import evaluation, evaluators, rounds
from app.web import listing
from app.web.access import guarded, limited_writes
from app.web.base import Page
from app.web.desk import people
from app.web.recognition import subject
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.unit.base import seen_version

EVALUATION = "<int(max=9223372036854775807):evaluation_id>"
TABS = {"assigned": _l("待评分"), "scored": _l("已评分"), "recused": _l("已回避")}
SCORE = "score."
_SPEC = listing.ListSpec(
    m.Evaluation, ("recognition_id", "state", "scores", "total", "comment", "changed_at", "submitted_at"),
    (), ("id", "asc"), {}, (),
)  # fmt: skip


class ReviewView(Page):
    """评审工作台."""

    route_base = "/evaluation"
    roles: ClassVar[Any] = {roles.REVIEWER: ("can_read", "can_score")}

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    @expose("/")
    @guarded("read")
    def index(self) -> str:
        """The reviewer's own products under one heading, and how far the work is."""
        tab = request.args.get("tab", "assigned")
        if tab not in TABS:
            abort(404)
        query = listing.read_query(_SPEC, request.args)
        page = listing.fetch(_SPEC, query, and_(_own(), m.Evaluation.state == tab, _named(query.text)))
        counts = _counts()
        return str(self.render_template(
            "evaluation/index.html", title=_("评审工作台"), tab=tab, tabs=TABS, counts=counts, page=page, query=query,
            done=counts.get("scored", 0), total=counts.get("scored", 0) + counts.get("assigned", 0),
            products=_products(row.recognition_id for row in page.rows),
        ))  # fmt: skip

    @expose(f"/{EVALUATION}")
    @guarded("read")
    def show(self, evaluation_id: int) -> Any:
        """A product with all its judgement rests on, and the form for its points."""
        return self._page(evaluation_id)

    @expose(f"/{EVALUATION}/save", methods=["POST"])
    @guarded("score")
    def save(self, evaluation_id: int) -> Any:
        """Keep a draft."""
        try:
            saved = evaluation.save(current_actor(), evaluation_id, *_typed(), utc_now())
        except (RuleError, Conflict) as error:
            return self._refused(evaluation_id, error)
        if saved.problems:
            return self._page(evaluation_id, saved.problems, 422)
        flash(_("草稿已保存，提交前其他人看不到"), "success")
        return redirect(url_for(".show", evaluation_id=evaluation_id))

    @expose(f"/{EVALUATION}/score", methods=["POST"])
    @guarded("score")
    def score(self, evaluation_id: int) -> Any:
        """Hand the points in, and go on to the next product."""
        try:
            evaluation.score(current_actor(), evaluation_id, *_typed(), utc_now())
        except (RuleError, Conflict) as error:
            return self._refused(evaluation_id, error)
        flash(_("评分已提交"), "success")
        return redirect(_next_page(evaluation_id))

    @expose(f"/{EVALUATION}/recuse", methods=["POST"])
    @guarded("score")
    def recuse(self, evaluation_id: int) -> Any:
        """Decline the product for a conflict of interest."""
        try:
            found = evaluation.recuse(
                current_actor(), evaluation_id, request.form.get("reason", ""), utc_now()
            )
        except (RuleError, Conflict) as error:
            return self._refused(evaluation_id, error)
        done = _("已回避，该产品已改由其他评审人评审") if found else _("已回避，认定专员会安排其他评审人")
        flash(done, "success")
        return redirect(_next_page(evaluation_id))

    def _refused(self, evaluation_id: int, error: RuleError | Conflict) -> Any:
        """The page again with all that was typed, and what to do."""
        session.rollback()
        problems = list(getattr(error, "problems", []))
        if isinstance(error, Conflict):
            return self._page(evaluation_id, [Problem(None, error.message), *problems], 409)
        return self._page(evaluation_id, problems, 422)

    def _page(self, evaluation_id: int, problems: Sequence[Problem] = (), status: int = 200) -> Any:
        actor = current_actor()
        own = records.load(m.Evaluation, evaluation_id, actor)
        if own.reviewer_id != actor.user_id:
            return redirect(url_for(".show", evaluation_id=_own_of(own.recognition_id)))
        recognition = own.recognition
        scheme = rounds.scheme_of(recognition.round)
        page = self.render_template(
            "evaluation/show.html", title=recognition.product.name, d=subject.gather(recognition), own=own,
            recognition=recognition, scheme=scheme, prefix=SCORE, english=in_english(), typed=request.form,
            full=rules.full(rules.items(scheme)), open=own.state == "assigned" and recognition.state == "evaluating",
            conflict=evaluators.has_conflict(recognition, actor.user_id, actor.unit_id),
            rows=_all_scores(recognition), spread=evaluation.spread(recognition), person_name=people.name,
            problems=[(p.field, render(p.message)) for p in problems],
        )  # fmt: skip
        return page, status


def _own() -> Any:
    """The reader's own evaluations in rounds that go on."""
    published = (
        select(m.Recognition.id).join(m.Recognition.round).where(m.RecognitionRound.state == "published")
    )
    return and_(
        m.Evaluation.reviewer_id == current_actor().user_id, m.Evaluation.recognition_id.in_(published)
    )


def _named(typed: str) -> Any:
    if not typed:
        return true()
    found = select(m.Recognition.id).join(m.Recognition.product)
    named = m.Product.name.icontains(typed, autoescape=True) | (m.Product.filing_no == typed)
    return m.Evaluation.recognition_id.in_(found.where(named))


def _counts() -> dict[str, int]:
    query = select(m.Evaluation.state, func.count(m.Evaluation.id)).where(_own()).group_by(m.Evaluation.state)
    rows = session.execute(query).all()
    return {row.state: row[1] for row in rows}


def _products(recognition_ids: Any) -> dict[int, m.Recognition]:
    query = select(m.Recognition).where(m.Recognition.id.in_(list(recognition_ids)))
    loaded = (
        joinedload(m.Recognition.product),
        joinedload(m.Recognition.unit),
        joinedload(m.Recognition.round),
    )
    return {each.id: each for each in session.scalars(query.options(*loaded))}


def _all_scores(recognition: m.Recognition) -> list[m.Evaluation]:
    """Everybody's scores, once all have scored."""
    if recognition.expert_score is None:
        return []
    query = select(m.Evaluation).where(
        m.Evaluation.recognition_id == recognition.id, m.Evaluation.state == "scored"
    )
    return list(session.scalars(query.options(joinedload(m.Evaluation.reviewer)).order_by(m.Evaluation.id)))


def _own_of(recognition_id: int) -> int:
    """The reader's own evaluation of a product; 404 where there is none."""
    query = select(m.Evaluation.id).where(
        m.Evaluation.recognition_id == recognition_id, m.Evaluation.reviewer_id == current_actor().user_id
    )
    found = session.scalars(query).first()
    return abort(404) if found is None else found


def _typed() -> tuple[dict[str, str], str, int | None]:
    """Points by indicator, comment, and the version of the form."""
    points = {name[len(SCORE) :]: text for name, text in request.form.items() if name.startswith(SCORE)}
    return points, request.form.get("comment", ""), seen_version(request.form.get("version"))


def _next_page(evaluation_id: int) -> str:
    query = select(m.Evaluation.id).where(_own(), m.Evaluation.state == "assigned").order_by(m.Evaluation.id)
    following = session.scalars(query.where(m.Evaluation.id > evaluation_id).limit(1)).first()
    following = following or session.scalars(query.limit(1)).first()
    if following is None:
        flash(_("分配给您的产品已全部评完"), "info")
        return url_for("ReviewView.index")
    return url_for("ReviewView.show", evaluation_id=following)
