"""The desk in figures: what waits, how long decisions take, what cases are returned for."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from app.domain.clock import local_date, utc_now
from app.reports import queue
from app.web.access import guarded
from app.web.base import Page
from app.web.desk import facts, people

PERIODS = (30, 90, 365)


class DeskStatsView(Page):
    """Figures of the desk."""

    route_base = "/desk/stats"
    roles = people.permissions(work=(), read=("can_index",))

    @expose("/")
    @guarded()
    def index(self) -> str:
        """Open cases by kind and reviewer; decisions of a period with the most frequent remarks."""
        now = utc_now()
        days = request.args.get("days", str(PERIODS[1]))
        if days not in map(str, PERIODS):
            raise BadRequest
        figures = queue.figures(local_date(now), now - timedelta(days=int(days)))
        return str(self.render_template(
            "desk/stats.html", title=_("审核统计"), figures=figures, days=int(days), periods=PERIODS, label_of=facts.label, person_name=people.name,
        ))  # fmt: skip
