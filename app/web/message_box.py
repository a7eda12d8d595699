"""The message box: what would have gone out by e-mail and SMS, where nothing is sent."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_appbuilder.baseviews import expose
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import NotAllowed
from app.domain.text import N_
from app.web.access import to_sign_in
from app.web.base import Page
from app.web.security import current_actor

SHOWN = 50


class BoxView(Page):
    """Open to everybody in the embedded mode; elsewhere to staff alone, and without codes."""

    route_base = ""

    @expose("/box")
    def index(self) -> Any:
        """The latest messages."""
        open_to_all = not current_app.config["SETTINGS"].production
        actor = current_actor()
        if not open_to_all and actor.user_id is None:
            return to_sign_in()
        if not (open_to_all or actor.is_staff):
            raise NotAllowed(N_("您的角色没有该页面的权限。如需开通，请联系管理员。"))
        return self.render_template("accounts/box.html", messages=_latest(with_codes=open_to_all))


def _latest(*, with_codes: bool) -> list[m.Outbox]:
    query = select(m.Outbox).where(m.Outbox.channel.in_(("email", "sms")))
    if not with_codes:
        query = query.where(m.Outbox.secret.is_(False))
    newest_first = query.order_by(m.Outbox.id.desc()).limit(SHOWN).execution_options(unscoped=True)
    return list(session.scalars(newest_first))
