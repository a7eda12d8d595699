"""Approving many cases at once: first what is about to be done, then what became of each."""

from __future__ import annotations

from typing import Any, Literal

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from app.domain.clock import local_date, utc_now
from app.registers import parameters
from app.services import review
from app.web.access import guarded
from app.web.base import Page
from app.web.desk import dossier, people
from app.web.security import current_actor
from app.web.text import render

SEEN = "seen."


class DeskBatchView(Page):
    """Batch approval."""

    route_base = "/desk/batch"
    roles = people.permissions(work=("can_approve",), read=())

    @expose("/")
    @guarded("approve")
    def confirm(self) -> Any:
        """The cases that were ticked, what the checker says of each, and how strict to be."""
        actor, now = current_actor(), utc_now()
        chosen = people.numbers(request.args.getlist("case"))
        if not chosen:
            return redirect(url_for("DeskView.index"))
        limit = parameters.integer("batch_limit")
        if len(chosen) > limit:
            flash(_("一次最多批量处理 %(limit)s 件，已取前 %(limit)s 件", limit=limit), "warning")
        rows = [
            (
                case,
                unit,
                dossier.refusal(case, actor, now),
                sum(f["severity"] == "warn" for f in case.findings),
            )
            for case, unit in people.chosen(chosen[:limit])
        ]
        return self.render_template(
            "desk/batch.html",
            title=_("批量通过"),
            rows=rows,
            prefix=SEEN,
            people=people,
            today=local_date(now),
        )

    @expose("/", methods=["POST"])
    @guarded("approve")
    def approve(self) -> Any:
        """Approve them, all or those that can be, and say what became of each."""
        policy = _policy()
        seen = _seen()
        acknowledged = bool(request.form.get("acknowledged"))
        results = review.batch_approve(current_actor(), seen, policy, utc_now(), acknowledged=acknowledged)
        known = {case.id: (case, unit) for case, unit in people.chosen([row.case_id for row in results])}
        rows = [(*known[r.case_id], r.approved, render(r.message) if r.message else "") for r in results]
        return self.render_template(
            "desk/batch_result.html",
            title=_("批量通过结果"),
            rows=rows,
            done=sum(r.approved for r in results),
        )


def _policy() -> Literal["all", "valid"]:
    policy = request.form.get("policy")
    if policy == "all":
        return "all"
    if policy == "valid":
        return "valid"
    raise BadRequest


def _seen() -> dict[int, int]:
    """The versions on the confirmation page by case; a case or version that cannot be one is a bad request."""
    given = {name[len(SEEN) :]: version for name, version in request.form.items() if name.startswith(SEEN)}
    if not given or not all(
        version.isascii() and version.isdecimal() and len(version) < 10 for version in given.values()
    ):
        raise BadRequest
    return dict(zip(people.numbers(given), map(int, given.values()), strict=True))
