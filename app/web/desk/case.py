"""A case on one page, and what a reviewer does to it: take it, hand it on, approve it, return it, go on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, Problem, RuleError
from app.services import cases, checklist, review
from app.web.access import guarded
from app.web.base import Page
from app.web.desk import dossier, people, sheet
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.transactions import note

REMARK = "remark."
#: says that a form has the boxes of the checklist: none ticked is an answer too
CHECKLIST = "checklist"


class DeskCaseView(Page):
    """One case."""

    route_base = "/desk/cases"
    roles = people.permissions(work=("can_decide",), read=("can_show",))

    @expose(f"/{people.ID}")
    @guarded()
    def show(self, case_id: int) -> Any:
        """The case with all a reviewer has to see of it."""
        return self._page(case_id)

    @expose(f"/{people.ID}/sheet.pdf")
    @guarded("show")
    def sheet(self, case_id: int) -> AnyResponse:
        """The review sheet 审核表, for printing and filing."""
        actor, now = current_actor(), utc_now()
        found = dossier.gather(dossier.load(case_id, actor), actor, now)
        content = sheet.of(found, now, "en" if in_english() else "zh")
        note("download", "review_case", case_id, what="review_sheet")
        name = f"{found.case.receipt_no}.pdf"
        return Response(content, mimetype="application/pdf", headers={
            "Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"})  # fmt: skip

    @expose(f"/{people.ID}/claim", methods=["POST"])
    @guarded("decide")
    def claim(self, case_id: int) -> Any:
        """Take the case in hand."""
        return self._do(case_id, lambda: cases.claim(current_actor(), case_id, utc_now()), _("已领取"))

    @expose(f"/{people.ID}/release", methods=["POST"])
    @guarded("decide")
    def release(self, case_id: int) -> Any:
        """Give it back to the queue."""
        return self._do(case_id, lambda: cases.release(current_actor(), case_id), _("已放回待领取"))

    @expose(f"/{people.ID}/reassign", methods=["POST"])
    @guarded("decide")
    def reassign(self, case_id: int) -> Any:
        """Hand it to a colleague."""
        (reviewer,) = people.numbers([request.form.get("reviewer_id") or "0"])
        reason = request.form.get("handover", "")
        return self._do(
            case_id,
            lambda: cases.reassign(current_actor(), case_id, reviewer, reason, utc_now()),
            _("已转交"),
        )

    @expose(f"/{people.ID}/checklist", methods=["POST"])
    @guarded("decide")
    def checklist(self, case_id: int) -> Any:
        """Keep what is ticked; the page keeps all that was typed."""
        try:
            _tick(case_id)
        except (RuleError, Conflict) as error:
            if request.accept_mimetypes.best == "application/json":
                raise
            return self._refused(case_id, error)
        if request.accept_mimetypes.best == "application/json":
            return Response(status=204)
        flash(_("核对情况已保存"), "success")
        return self._page(case_id)

    @expose(f"/{people.ID}/approve", methods=["POST"])
    @guarded("decide")
    def approve(self, case_id: int) -> Any:
        """Approve it as it was seen."""
        text, confirmed = request.form.get("override_note"), bool(request.form.get("effects_confirmed"))
        return self._decide(
            case_id,
            lambda seen: review.approve(
                current_actor(), case_id, seen, utc_now(), override_note=text, confirmed=confirmed
            ),
            _("已通过：%(title)s"),
        )

    @expose(f"/{people.ID}/return", methods=["POST"])
    @guarded("decide")
    def send_back(self, case_id: int) -> Any:
        """Return it with a reason and remarks on fields."""
        reason, remarks = request.form.get("reason", ""), _remarks()
        return self._decide(
            case_id,
            lambda seen: review.return_(current_actor(), case_id, seen, reason, remarks, utc_now()),
            _("已退回：%(title)s"),
        )

    def _decide(self, case_id: int, decide: Callable[[int], m.Case], sentence: str) -> Any:
        seen = request.form.get("version", "")
        known = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1

        def act() -> m.Case:
            if CHECKLIST in request.form:
                _tick(case_id)
            return decide(known)

        return self._do(case_id, act, sentence, onward=bool(request.form.get("next")))

    def _do(self, case_id: int, act: Callable[[], m.Case], sentence: str, onward: bool = False) -> Any:
        """Act, then go on; what is refused is said on the page, which keeps all that was typed."""
        try:
            case = act()
        except (RuleError, Conflict) as error:
            return self._refused(case_id, error)
        flash(sentence % {"title": f"{case.receipt_no} {case.title}"}, "success")
        return redirect(_next_page(case_id) if onward else url_for("DeskCaseView.show", case_id=case_id))

    def _refused(self, case_id: int, error: RuleError | Conflict) -> Any:
        session.rollback()
        if isinstance(error, RuleError):
            return self._page(case_id, error.problems, 422)
        return self._page(case_id, [Problem(None, error.message)], 409)

    def _page(self, case_id: int, problems: Sequence[Problem] = (), status: int = 200) -> Any:
        actor, now = current_actor(), utc_now()
        found = dossier.gather(dossier.load(case_id, actor), actor, now)
        works = people.may(self, "can_decide")
        page = self.render_template(
            "desk/case.html", title=found.case.title, d=found, case=found.case, works=works, actor=actor,
            problems=[(problem.field, render(problem.message), problem.rule) for problem in problems],
            term=people.term(found.case.due_on, local_date(now)) if found.case.state == "open" else None,
            ticked=set(request.form.getlist("checked")) if CHECKLIST in request.form else set(found.ticked),
            typed=request.form, remark_prefix=REMARK, person_name=people.name, names=people.names([round_.case.decided_by for round_ in found.rounds]),
            reviewers=people.reviewers(found.case.claimed_by) if works and found.case.state == "open" else [],
        )  # fmt: skip
        return page, status


def _tick(case_id: int) -> None:
    checklist.tick(current_actor(), case_id, request.form.getlist("checked"), utc_now())


def _remarks() -> dict[str, str]:
    return {
        name[len(REMARK) :]: text
        for name, text in request.form.items()
        if name.startswith(REMARK) and text.strip()
    }


def _next_page(case_id: int) -> str:
    following = review.next_case(current_actor(), utc_now(), after=case_id)
    if following is None:
        flash(_("待办事项已全部办完"), "info")
        return url_for("DeskView.index")
    return url_for("DeskCaseView.show", case_id=following.id)
