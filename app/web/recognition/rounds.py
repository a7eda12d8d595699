"""The officer's home 认定工作台: the rounds, a new one, and a round's checklist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import func, select
from wtforms import SelectField

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, RuleError
from app.domain.machines import UNDER_WAY
from app.domain.recognition import scheme as scheme_rules
from app.domain.recognition.terms import AFTER_PUBLISHING
from app.services import background
from app.services.recognition import rounds, schemes, todo
from app.services.records import Stale
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.recognition import steps
from app.web.recognition.base import ROUND, RoundPage
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version
from app.web.unit.record_forms import RecordForm, date_box, form_of


def _scheme_choice(label: Any, _field: Any) -> Any:
    return SelectField(label, choices=_scheme_names, validate_choice=False)


def _scheme_names() -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in schemes.every()]


RoundForm = form_of(
    "RoundForm",
    rounds.FIELDS,
    filing_deadline=date_box,
    supplement_deadline=date_box,
    scheme_id=_scheme_choice,
)


class RecognitionView(RoundPage):
    """认定工作台."""

    route_base = "/recognition"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """Every round, newest first, with how many products take part and how many were recognised."""
        every = session.scalars(select(m.RecognitionRound).order_by(m.RecognitionRound.year.desc())).all()
        return self.page("index.html", title=_("认定批次"), rounds=every, counts=_counts_by_round())

    @expose("/new")
    @guarded("work")
    def new(self) -> Any:
        """The form of a new round, filled in as rounds usually are."""
        form = RoundForm()
        for name, value in rounds.defaults(utc_now()).items():
            form[name].data = "" if value is None else str(value)
        return self._form(form, None)

    @expose("/new", methods=["POST"])
    @guarded("work")
    def create(self) -> Any:
        """Plan it."""
        form = RoundForm()
        try:
            made = rounds.create(current_actor(), form.values(), utc_now())
        except RuleError as error:
            session.rollback()
            show_problems(form, error.problems)
            return self._form(form, None, 422)
        flash(_("已新建批次，核对后即可发布"), "success")
        return redirect(url_for(".show", round_id=made.id))

    @expose(f"/{ROUND}")
    @guarded("read")
    def show(self, round_id: int) -> Any:
        """The round as a checklist: each step with its products, and the next one to do."""
        return self._checklist(self.round(round_id))

    def _checklist(self, round_: m.RecognitionRound, status: int = 200, **context: Any) -> Any:
        counts, today = rounds.counts(round_.id), local_date(utc_now())
        waiting = todo.waiting(round_.id, today)
        return self.page(
            "round.html", status, title=round_.title, round=round_,
            steps=steps.shown(counts, waiting),
            following=steps.following(counts, waiting) if round_.state == "published" else None,
            total=sum(counts.values()), left=sum(counts.get(state, 0) for state in UNDER_WAY),
            asked=counts.get("supplement_due", 0), notice_until=todo.notice_until(round_.id, today),
            busy=background.under_way(rounds.WORK, round_.id), own_id=current_actor().user_id, **context,
        )  # fmt: skip

    @expose(f"/{ROUND}/edit")
    @guarded("work")
    def edit(self, round_id: int) -> Any:
        """The form of a round; of a published one only what may still change."""
        round_ = self.round(round_id)
        return self._form(RoundForm().fill(round_), round_)

    @expose(f"/{ROUND}/edit", methods=["POST"])
    @guarded("work")
    def save(self, round_id: int) -> Any:
        """Change the round."""
        form, round_ = RoundForm(), self.round(round_id)
        try:
            rounds.change(current_actor(), round_id, form.values(), form.seen, utc_now())
        except (Stale, RuleError) as error:
            session.rollback()
            show_problems(form, error.problems)
            if not isinstance(error, Stale):
                return self._form(form, round_, 422)
            form.version.data = str(round_.version)
            return self._form(form, round_, 409, stale=error.problems)
        flash(_("已保存"), "success")
        return redirect(url_for(".show", round_id=round_id))

    def _form(
        self, form: RecordForm, round_: m.RecognitionRound | None, status: int = 200, **context: Any
    ) -> Any:
        title = _("新建认定批次") if round_ is None else _("修改认定批次")
        names = list(rounds.FIELDS)
        if round_ is not None and round_.state != "draft":
            names = [field for field in names if field.name in AFTER_PUBLISHING]
        return self.page(
            "round_form.html", status, title=title, form=form, round=round_, names=[f.name for f in names], **context
        )  # fmt: skip

    @expose(f"/{ROUND}/publish")
    @guarded("work")
    def review(self, round_id: int) -> Any:
        """What will be frozen, to be read before the round is published."""
        return self._review(self.round(round_id))

    def _review(self, round_: m.RecognitionRound, status: int = 200, why: str = "") -> Any:
        document = rounds.scheme_document(round_)
        faults = [render(problem.message) for problem in schemes.problems(document)]
        return self.page(
            "publish.html", status, title=_("发布认定批次"), round=round_, why=why, faults=faults,
            hash=scheme_rules.content_hash(document),
        )  # fmt: skip

    @expose(f"/{ROUND}/publish", methods=["POST"])
    @guarded("work")
    def publish(self, round_id: int) -> Any:
        """Publish the round with the scheme that was shown."""
        version, seen = seen_version(request.form.get("version")), request.form.get("hash", "")
        return self._do(
            round_id,
            lambda: rounds.publish(current_actor(), round_id, utc_now(), version=version, seen_hash=seen),
            _("批次已发布，评价方案已固定"),
            self._review,
        )

    @expose(f"/{ROUND}/close", methods=["POST"])
    @guarded("work")
    def close(self, round_id: int) -> Any:
        """End the round."""
        version = seen_version(request.form.get("version"))
        return self._do(
            round_id,
            lambda: rounds.close(current_actor(), round_id, utc_now(), version=version),
            _("批次已结束"),
            self._checklist,
        )

    @expose(f"/{ROUND}/remove", methods=["POST"])
    @guarded("work")
    def remove(self, round_id: int) -> Any:
        """Delete a round that was never published."""
        rounds.remove(current_actor(), round_id)
        flash(_("已删除"), "success")
        return redirect(url_for(".index"))

    def _do(self, round_id: int, act: Callable[[], Any], done: str, page: Callable[..., Any]) -> Any:
        """Act, and go back to the round; what is refused is said on the page it was asked on."""
        try:
            act()
        except (Conflict, RuleError) as error:
            session.rollback()
            status = 409 if isinstance(error, Conflict) else 422
            return page(self.round(round_id), status, why=render(error.message))
        flash(done, "success")
        return redirect(url_for(".show", round_id=round_id))


def _counts_by_round() -> dict[int, dict[str, int]]:
    query = select(m.Recognition.round_id, m.Recognition.state, func.count())
    found: dict[int, dict[str, int]] = {}
    for round_id, state, number in session.execute(
        query.group_by(m.Recognition.round_id, m.Recognition.state)
    ):
        found.setdefault(round_id, {})[state] = number
    return found
