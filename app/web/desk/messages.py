"""The reviewers' inbox: cases handed over, urged, and whatever else the platform tells them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.services import inbox
from app.web import listing
from app.web.access import guarded, internal
from app.web.base import Page
from app.web.desk import people
from app.web.security import current_actor

_SPEC = listing.ListSpec(
    m.Outbox,
    ("subject", "body", "link", "text_id", "created_at", "read_at"),
    (),
    ("id", "desc"),
    {},
    ("subject", "body"),
)


class DeskMessagesView(Page):
    """Messages of a member of staff."""

    route_base = "/desk/messages"
    roles = people.permissions(work=("can_read",), read=())

    @expose("/")
    @guarded("read")
    def index(self) -> str:
        """The messages, newest first."""
        query = listing.read_query(_SPEC, request.args)
        page = listing.fetch(_SPEC, query, _own(current_actor()))
        return str(self.render_template("desk/messages.html", title=_("消息"), query=query, page=page))

    @expose("/<int(max=9223372036854775807):message_id>/read", methods=["POST"])
    @guarded("read")
    def read(self, message_id: int) -> Any:
        """Mark a message as read, and go to what it is about."""
        message = inbox.mark_read(current_actor(), message_id, utc_now())
        return redirect(internal(message.link, url_for("DeskMessagesView.index")))

    @expose("/read", methods=["POST"])
    @guarded("read")
    def read_all(self) -> Any:
        """Mark everything as read."""
        flash(_("已将 %(n)d 条消息标为已读", n=inbox.mark_all_read(current_actor(), utc_now())), "success")
        return redirect(url_for("DeskMessagesView.index"))


def unread(actor: Actor) -> int:
    """How many messages in the inbox are new."""
    query = select(func.count()).select_from(m.Outbox).where(_own(actor), m.Outbox.read_at.is_(None))
    return session.execute(query).scalar_one()


def _own(actor: Actor) -> ColumnElement[bool]:
    return (m.Outbox.user_id == actor.user_id) & (m.Outbox.channel == "inapp")
