"""The inbox of the workspace 站内信."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.services import inbox
from app.web import listing
from app.web.access import guarded, internal
from app.web.security import current_actor
from app.web.unit.base import UnitPage, now
from app.web.unit.case import PK

SPEC = listing.ListSpec(
    m.Outbox,
    ("subject", "body", "link", "text_id", "created_at", "read_at"),
    (),
    ("id", "desc"),
    {},
    ("subject", "body"),
)


class UnitMessagesView(UnitPage):
    """消息."""

    route_base = "/my/messages"
    section = "messages"

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The messages, newest first."""
        query = listing.read_query(SPEC, request.args)
        own = (m.Outbox.user_id == current_actor().user_id) & (m.Outbox.channel == "inapp")
        return self.page("messages.html", title=_("消息"), query=query, page=listing.fetch(SPEC, query, own))

    @expose(f"/{PK}/read", methods=["POST"])
    @guarded("change")
    def read(self, pk: int) -> Any:
        """Mark a message as read, and go to what it is about."""
        message = inbox.mark_read(current_actor(), pk, now())
        return redirect(internal(message.link, url_for(f"{self.endpoint}.index")))

    @expose("/read", methods=["POST"])
    @guarded("change")
    def read_all(self) -> Any:
        """Mark everything as read."""
        count = inbox.mark_all_read(current_actor(), now())
        flash(_("已将 %(n)d 条消息标为已读", n=count), "success")
        return redirect(url_for(f"{self.endpoint}.index"))
