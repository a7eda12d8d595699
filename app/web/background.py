"""Long work somebody started: how far it is, what came of it. The page may be left; the work goes on."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.domain import actor as roles
from app.services import background
from app.web import labels, listing
from app.web.access import guarded
from app.web.base import Page
from app.web.security import current_actor
from app.web.text import render

SPEC = listing.ListSpec(
    m.BackgroundJob,
    ("kind", "title", "state", "done", "total", "created_at", "finished_at", "result", "error"),
    (), ("id", "desc"), {}, ("title",),
)  # fmt: skip


class BackgroundView(Page):
    """后台任务."""

    route_base = "/jobs"
    roles = dict.fromkeys(
        (roles.UNIT, roles.REVIEWER, roles.RECOGNITION_OFFICER, roles.IP_OFFICE, roles.AUDITOR, roles.ADMIN), ("can_index",)
    )  # fmt: skip

    @expose("/")
    @guarded("index")
    def index(self) -> str:
        """The present user's own work, newest first."""
        query = listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, m.BackgroundJob.user_id == current_actor().user_id)
        return str(self.render_template(
            "background/index.html", title=_("后台任务"), page=page, query=query, failure=background.failure
        ))  # fmt: skip

    @expose("/<int:job_id>")
    @guarded("index")
    def show(self, job_id: int) -> str:
        """One piece of work: its bar, then what came of it."""
        job = background.own(current_actor(), job_id)
        return str(self.render_template(
            "background/show.html", title=_("后台任务"), job=job, failure=background.failure(job),
            outcome=background.outcome(job),
        ))  # fmt: skip

    @expose("/<int:job_id>/state")
    @guarded("index")
    def state(self, job_id: int) -> Any:
        """How far the work is, for the bar."""
        job = background.own(current_actor(), job_id)
        why = background.failure(job)
        return jsonify(
            state=job.state, label=str(labels.label("background_job", "state", job.state)), done=job.done, total=job.total,
            error=render(why) if why else None,
        )  # fmt: skip
