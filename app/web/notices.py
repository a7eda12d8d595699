"""The public pages of notices 公示公告: the list, each notice with its products, and the whole of it for printing."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from werkzeug.exceptions import BadRequest

from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound
from app.domain.text import N_
from app.registers import calendars, regions
from app.reports import public_notices
from app.web.base import OpenPage

_ID = "<int(max=9223372036854775807):notice_id>"
_TEXT_LENGTH = 100
_CURSOR_LENGTH = 40


class NoticesView(OpenPage):
    """Notices for everybody."""

    route_base = "/notices"

    @expose("/")
    def index(self) -> str:
        """The notices, the newest first."""
        before = request.args.get("before", "")
        if before and not (before.isascii() and before.isdecimal() and len(before) < 19):
            raise BadRequest
        shown = public_notices.notices(
            local_date(utc_now()), public_notices.PAGE + 1, int(before) if before else None
        )
        return str(self.render_template(
            "notices/index.html", notices=shown[: public_notices.PAGE],
            more=shown[public_notices.PAGE - 1].id if len(shown) > public_notices.PAGE else None,
        ))  # fmt: skip

    @expose(f"/{_ID}")
    def show(self, notice_id: int) -> str:
        """A notice and a page of its products."""
        typed = "".join(filter(str.isprintable, request.args.get("q", "")))[:_TEXT_LENGTH]
        after = request.args.get("after") or None
        if after is not None and (len(after) > _CURSOR_LENGTH or not after.isprintable()):
            raise BadRequest
        return self._page(notice_id, "notices/show.html", typed, after, public_notices.PAGE)

    @expose(f"/{_ID}/print")
    def print(self, notice_id: int) -> str:
        """The notice with all its products on one page."""
        return self._page(notice_id, "notices/print.html", "", None, None)

    def _page(self, notice_id: int, template: str, typed: str, after: str | None, limit: int | None) -> str:
        shown = public_notices.notice(notice_id, local_date(utc_now()))
        if shown is None:
            raise NotFound(N_("没有找到这份公示"))
        context: dict[str, Any] = {
            "notice": shown, "typed": typed, "after": after, "region": regions.name,
            "found": public_notices.products(shown, typed, after, limit), "results": public_notices.results(shown),
            "known": calendars.calendar().years,
        }  # fmt: skip
        return str(self.render_template(template, **context))
