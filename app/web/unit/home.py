"""The workspace's first page: what to do next, what staff have in hand, what is new."""

from __future__ import annotations

from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.domain.clock import local_date
from app.services import patents, timeline, updates
from app.web.access import guarded
from app.web.security import current_actor
from app.web.unit import overview
from app.web.unit.base import UnitPage, now, own_unit


class UnitHomeView(UnitPage):
    """办事首页."""

    route_base = "/my"
    section = "home"
    roles = {"Unit": ("can_read",)}

    @expose("/")
    @guarded("read")
    def index(self) -> tuple[str, int]:
        """What to do next."""
        actor, moment = current_actor(), now()
        unit, today = own_unit(actor), local_date(moment)
        numbers = overview.counts(today)
        cases = overview.open_cases()
        return self.page(
            "home.html", title=_("办事首页"), unit=unit, todos=overview.checklist(unit, numbers, today),
            tabs=[(tab, overview.tab_title(tab), numbers[tab]) for tab in overview.TABS], counts=numbers,
            cases=[(case, timeline.days_left(case, today)) for case in cases],
            messages=overview.latest_messages(actor.user_id), data_year=updates.data_year(today),
            flagged=overview.patents_flagged(patents.flagged(actor, today)),
        )  # fmt: skip
