"""The officer's pages of the public notice 公示: publish it with a preview of the days counted, recognise, cancel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import exists, func, select
from wtforms import StringField, TextAreaField, widgets

from app import models as m
from app import policies
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, RuleError
from app.domain.normal import InputError
from app.domain.recognition import public_notice as rules
from app.domain.recognition.objections import OPEN
from app.registers import calendars
from app.services.fields import day
from app.services.recognition import public_notice, round_work
from app.web.access import guarded
from app.web.forms import show_problems
from app.web.recognition.base import ROUND, RoundPage, followed
from app.web.security import current_actor
from app.web.text import render

_NOTICE = "<int(max=9223372036854775807):notice_id>"


class NoticeForm(FlaskForm):
    """Title, text and first day of a notice."""

    title = StringField(_l("标题"), render_kw={"maxlength": "200"})
    body = TextAreaField(_l("正文"), render_kw={"maxlength": "10000"})
    starts_on = StringField(_l("起始日"), widget=widgets.DateInput())


class NoticeDeskView(RoundPage):
    """Notices of a round."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/notices")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The notices of a round, and how many products wait for one."""
        round_ = self.round(round_id)
        query = select(m.PublicNotice).where(m.PublicNotice.round_id == round_id)
        return self.page(
            "notices.html", title=_("公示公告"), round=round_, proposed=_count(round_id, "proposed"),
            notices=session.scalars(query.order_by(m.PublicNotice.id.desc())).all(), today=local_date(utc_now()),
            term=public_notice.term,
        )  # fmt: skip

    @expose(f"/{ROUND}/notices/new")
    @guarded("work")
    def new(self, round_id: int) -> Any:
        """The form of a notice that begins today."""
        form, round_ = NoticeForm(), self.round(round_id)
        form.title.data = _("%(year)d 年度拟认定专利密集型产品公示", year=round_.year)
        form.starts_on.data = local_date(utc_now()).isoformat()
        return self._form(form, round_)

    @expose(f"/{ROUND}/notices/new", methods=["POST"])
    @guarded("work")
    def publish(self, round_id: int) -> Any:
        """Publish it, or only count its days."""
        form, round_ = NoticeForm(), self.round(round_id)
        starts_on = _day(form)
        if starts_on is None:
            return self._form(form, round_, 422)
        if request.form.get("do") == "count":
            return self._form(form, round_)
        title, body = form.title.data or "", form.body.data or ""
        try:
            job = round_work.publish_notice(round_id, title, body, starts_on, current_actor(), utc_now())
        except (RuleError, Conflict) as error:
            session.rollback()
            if isinstance(error, RuleError):
                show_problems(form, error.problems)
                return self._form(form, self.round(round_id), 422)
            form.form_errors.append(render(error.message))
            return self._form(form, self.round(round_id), 409)
        return followed(job)

    @expose(f"/notices/{_NOTICE}")
    @guarded("read")
    def show(self, notice_id: int) -> Any:
        """A notice: its term, its products by state, what keeps them from being recognised."""
        return self._notice(notice_id)

    @expose(f"/notices/{_NOTICE}/recognise", methods=["POST"])
    @guarded("work")
    def recognise(self, notice_id: int) -> Any:
        """Recognise whoever may be."""
        return self._do(notice_id, lambda: round_work.recognise(notice_id, current_actor(), utc_now()))

    @expose(f"/notices/{_NOTICE}/cancel", methods=["POST"])
    @guarded("work")
    def cancel(self, notice_id: int) -> Any:
        """Cancel the notice."""
        reason = request.form.get("reason", "")
        return self._do(
            notice_id, lambda: round_work.cancel_notice(notice_id, reason, current_actor(), utc_now())
        )

    def _do(self, notice_id: int, begin: Callable[[], m.BackgroundJob]) -> Any:
        """Begin the work; what is refused is said on the notice's page, and what was typed is kept."""
        _find(notice_id)
        try:
            job = begin()
        except (Conflict, RuleError) as error:
            session.rollback()
            return self._notice(notice_id, 409 if isinstance(error, Conflict) else 422, render(error.message))
        return followed(job)

    def _notice(self, notice_id: int, status: int = 200, why: str = "") -> Any:
        notice, today, calendar = _find(notice_id), local_date(utc_now()), calendars.calendar()
        term = public_notice.term(notice)
        refused = rules.refusal(term, today, calendar)
        return self.page(
            "notice.html", status, title=notice.title, notice=notice, round=notice.round, term=term, why=why,
            counts=_states(notice_id), objected=_objected(notice_id), left=rules.days_left(term, today, calendar),
            days=rules.counted_days(term, calendar), refused=refused, typed=request.form.get("reason", ""),
        )  # fmt: skip

    def _form(self, form: Any, round_: m.RecognitionRound, status: int = 200) -> Any:
        starts_on, calendar = _day(form), calendars.calendar()
        term = public_notice.term_of(round_, starts_on) if starts_on else None
        return self.page(
            "notice_form.html", status, title=_("发布公示"), form=form, round=round_, term=term,
            proposed=_count(round_.id, "proposed"), days=rules.counted_days(term, calendar) if term else [],
            missing=rules.missing_years(term, calendar) if term else [],
        )  # fmt: skip


def _day(form: Any) -> date | None:
    """The first day as typed, within the years a calendar can be meant; an error beside the field otherwise."""
    try:
        typed = day(form.starts_on.data or "")
        if 2000 <= typed.year <= 2100:
            return typed
        form.starts_on.errors = [_("没有这一天，请按 2025-03-01 的形式填写")]
    except InputError as error:
        form.starts_on.errors = [render(error.message)]
    return None


def _find(notice_id: int) -> m.PublicNotice:
    return policies.find(session(), m.PublicNotice, notice_id, current_actor())


def _count(round_id: int, state: str) -> int:
    query = select(func.count(m.Recognition.id)).where(
        m.Recognition.round_id == round_id, m.Recognition.state == state
    )
    return session.execute(query).scalar_one()


def _states(notice_id: int) -> dict[str, int]:
    query = select(m.Recognition.state, func.count()).where(m.Recognition.notice_id == notice_id)
    return {state: int(count) for state, count in session.execute(query.group_by(m.Recognition.state))}


def _objected(notice_id: int) -> int:
    """Products of the notice with an open objection, taken up or not."""
    is_open = exists().where(m.Objection.recognition_id == m.Recognition.id, m.Objection.state.in_(OPEN))
    query = select(func.count(m.Recognition.id)).where(m.Recognition.notice_id == notice_id, is_open)
    return session.execute(query).scalar_one()
