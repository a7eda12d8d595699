"""Personal access tokens 访问令牌 of whoever is signed in: made, shown once, ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.domain import actor as roles
from app.domain import scopes
from app.domain.clock import utc_now
from app.domain.errors import Problem, RuleError
from app.services import tokens
from app.web.access import guarded, limited_writes
from app.web.base import Page
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version

PK = "<int(max=9223372036854775807):token_id>"
EVERYBODY = (roles.UNIT, roles.REVIEWER, roles.RECOGNITION_OFFICER, roles.IP_OFFICE, roles.AUDITOR, roles.ADMIN)  # fmt: skip


class TokensView(Page):
    """访问令牌."""

    route_base = "/tokens"
    roles = dict.fromkeys(EVERYBODY, ("can_index",))

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    @expose("/")
    @guarded("index")
    def index(self) -> Any:
        """The present user's tokens, and the form of a new one."""
        return self._page()

    @expose("/", methods=["POST"])
    @guarded("index")
    def create(self) -> Any:
        """Make a token and show it, this once."""
        typed = request.form
        try:
            made, text = tokens.create(
                current_actor(), typed.get("name", ""), typed.getlist("scopes"), seen_version(typed.get("days")) or 0,
                utc_now(),
            )  # fmt: skip
        except RuleError as error:
            return self._page(error.problems), 422
        return self.render_template("accounts/token_made.html", title=_("令牌已生成"), made=made, text=text)

    def _page(self, problems: Sequence[Problem] = ()) -> str:
        now, held = utc_now(), request.form.getlist("scopes")
        return str(self.render_template(
            "accounts/tokens.html", title=_("访问令牌"), lives=tokens.LIVES, typed=request.form, held=held,
            rows=[(token, tokens.state(token, now)) for token in tokens.listed(current_actor())],
            offered=[(scope, render(scopes.label(scope))) for scope in scopes.offered(current_actor().roles)],
            scope_label=lambda scope: render(scopes.label(scope)),
            problems=[(p.field, render(p.message)) for p in problems],
        ))  # fmt: skip

    @expose(f"/{PK}/revoke", methods=["POST"])
    @guarded("index")
    def revoke(self, token_id: int) -> Any:
        """End a token."""
        token = tokens.revoke(current_actor(), token_id, utc_now())
        flash(_("令牌“%(name)s”已吊销，使用它的程序不能再访问", name=token.name), "success")
        return redirect(url_for("TokensView.index"))

    @expose(f"/{PK}/remove", methods=["POST"])
    @guarded("index")
    def remove(self, token_id: int) -> Any:
        """Take a token that has ended off the list."""
        tokens.remove(current_actor(), token_id, utc_now())
        flash(_("已删除"), "success")
        return redirect(url_for("TokensView.index"))
