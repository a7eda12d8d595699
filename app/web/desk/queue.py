"""The review queue: what waits, by due date; cases are taken in hand, given back and handed on, one or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, true
from werkzeug.wrappers import Response

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import DomainError, NotFound
from app.domain.normal import is_blank
from app.registers import parameters, regions
from app.reports import queue
from app.services import cases
from app.web import labels, listing
from app.web.access import guarded, internal
from app.web.base import Page
from app.web.desk import messages, people
from app.web.security import current_actor
from app.web.text import render

TAB_LABELS = {
    queue.TODO: _l("待领取"),
    queue.MINE: _l("我承办的"),
    queue.DUE: _l("即将到期"),
    queue.OPEN: _l("全部待办"),
    queue.DONE: _l("已办"),
}
_COLUMNS = (
    "receipt_no",
    "kind",
    "title",
    "unit",
    "round",
    "state",
    "due_on",
    "due_provisional",
    "submitted_at",
    "claimer",
    "claimed_at",
    "urged_at",
    "closed_at",
)


class DeskView(Page):
    """The queue."""

    route_base = "/desk"
    roles = people.permissions(work=("can_work",), read=("can_index",))

    @expose("/")
    @guarded()
    def index(self) -> str:
        """A page of cases under one heading."""
        actor, now = current_actor(), utc_now()
        tab = request.args.get("tab", queue.TODO)
        if tab not in queue.TABS:
            abort(404)
        asking = people.asking(actor, now)
        spec = _spec(tab)
        query = listing.read_query(spec, request.args)
        page = listing.fetch(spec, query, _condition(tab, asking, query.text))
        works = people.may(self, "can_work")
        return str(self.render_template(
            "desk/queue.html", title=_("审核工作台"), tab=tab, tabs=TAB_LABELS, counts=queue.counts(asking), query=query,
            page=page, spec=spec, person_name=people.name,
            unread=messages.unread(actor) if works else 0, today=local_date(now), people=people, asking=asking, actor=actor, works=works,
            provinces=regions.provinces(), region=request.args.get("region", ""),
            reviewers=people.reviewers(actor.user_id) if works and tab == queue.MINE else [],
        ))  # fmt: skip

    @expose("/pick", methods=["POST"])
    @guarded("work")
    def pick(self) -> Response:
        """Do to the cases ticked in the list what the pressed button says."""
        back = redirect(internal(request.form.get("back"), url_for(".index")))
        chosen = people.numbers(request.form.getlist("case"))
        if not chosen:
            flash(_("请先勾选要办理的事项"), "warning")
            return back
        if request.form.get("do") == "batch":
            return redirect(url_for("DeskBatchView.confirm", case=chosen))
        people.chosen(chosen)
        _do_to_each(chosen, *_work())
        return back


def _spec(tab: str) -> listing.ListSpec:
    order = ("closed_at", "desc") if tab == queue.DONE else ("due_on", "asc")
    kinds = {"kind": labels.codes("review_case", "kind") or {}}
    return listing.ListSpec(m.Case, _COLUMNS, (order[0],), order, kinds, ())


def _condition(tab: str, asking: queue.Asking, typed: str) -> Any:
    region = request.args.get("region", "")
    return and_(
        queue.heading(tab, asking),
        true() if is_blank(typed) else queue.matches(typed),
        queue.of_province(region) if region else true(),
    )


def claim_each(chosen: Sequence[int]) -> None:
    """Take cases in hand, and say how many could be and why others could not."""
    _do_to_each(chosen, *_claim())


def _claim() -> tuple[Callable[[int], Any], str]:
    actor, now = current_actor(), utc_now()
    return lambda case_id: cases.claim(actor, case_id, now), _("已领取 %(done)s 件")


def _work() -> tuple[Callable[[int], Any], str]:
    """What the button stands for, and the sentence that counts what was done."""
    actor, now, do = current_actor(), utc_now(), request.form.get("do")
    if do == "claim":
        return _claim()
    if do == "release":
        return lambda case_id: cases.release(actor, case_id), _("已放回 %(done)s 件")
    if do == "reassign":
        (reviewer,) = people.numbers([request.form.get("reviewer_id") or "0"])
        reason = request.form.get("reason", "")
        return lambda case_id: cases.reassign(actor, case_id, reviewer, reason, now), _("已转交 %(done)s 件")
    raise NotFound


def _do_to_each(chosen: Sequence[int], act: Callable[[int], Any], sentence: str) -> None:
    """Each case for itself: one that cannot be done keeps no other from being done, and its reason is shown."""
    limit = parameters.integer("batch_limit")
    refused: dict[str, int] = {}
    done = 0
    for case_id in chosen[:limit]:
        try:
            with session.begin_nested():
                act(case_id)
            done += 1
        except DomainError as error:
            refused[render(error.message)] = refused.get(render(error.message), 0) + 1
    if done:
        flash(sentence % {"done": done}, "success")
    for reason, times in refused.items():
        flash(_("%(n)s 件未办理：%(reason)s", n=times, reason=reason), "warning")
