"""FAB's security manager over our accounts: one statement loads a user, none checks a permission.

Roles and permissions stay FAB's tables, editable by administrators; each process keeps them in memory for a few
seconds instead of asking once per permission shown.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, g, has_request_context, session
from flask_appbuilder.security.sqla.manager import SecurityManager as FabSecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from app import models as m
from app.db import db, reading
from app.domain.actor import Actor
from app.registers.cache import Kept
from app.services import accounts

PERMISSIONS_LIVE_SECONDS = 15.0


class SecurityManager(FabSecurityManager):
    """What FAB asks about users and permissions, answered from our accounts and from memory."""

    def register_views(self) -> None:
        """Nothing of FAB's own: the site map (``app.views``) registers our views of users and roles."""

    def load_user(self, pk: Any) -> User | None:
        """The active user with its account, unit and roles in one statement; remembers the account for the request."""
        account = (
            db.session.execute(
                select(m.Account)
                .join(m.Account.user)
                .options(contains_eager(m.Account.user).joinedload(User.roles), joinedload(m.Account.unit))
                .where(m.Account.user_id == int(pk), User.active.is_(True), m.Account.state != "disabled")
                .execution_options(unscoped=True)
            )
            .unique()
            .scalar_one_or_none()
        )
        if account is None:
            return None
        if has_request_context():
            g.account = account
        return account.user

    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> User | None:
        """The user a token was made for, if still active and still under the same password."""
        user = self.load_user(jwt_data["sub"])
        if user is None or jwt_data.get("stamp") != accounts.token_stamp(user):
            return None
        g.user = user
        return user

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the present user's roles carry the permission."""
        known = permissions.get()
        return any((permission_name, view_name) in known.get(role, ()) for role in _role_names())

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """The menu entries the present user may open."""
        known = permissions.get()
        return {view for role in _role_names() for name, view in known.get(role, ()) if name == "menu_access"}

    def forget_permissions(self) -> None:
        """Read roles anew at the next question; called when an administrator changes them."""
        permissions.forget()


def _read_permissions() -> dict[str, set[tuple[str, str]]]:
    query = (
        select(Role.name, Permission.name, ViewMenu.name)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )
    result: dict[str, set[tuple[str, str]]] = {}
    with reading() as connection:
        for role, permission, view in connection.execute(query):
            result.setdefault(role, set()).add((permission, view))
    return result


#: what each role may: (permission, view) pairs
permissions = Kept(_read_permissions, PERMISSIONS_LIVE_SECONDS)


def _role_names() -> frozenset[str]:
    return current_actor().roles


def current_actor() -> Actor:
    """Who makes this request."""
    known: Actor | None = g.get("actor")
    if known is None:
        known = g.actor = _actor()
    return known


def _actor() -> Actor:
    user = g.user if g.get("jwt_user") else current_user
    if not user.is_authenticated:
        return Actor.anonymous()
    return _of(g.account)


def _of(account: m.Account) -> Actor:
    roles = frozenset(role.name for role in account.user.roles)
    return Actor(account.user_id, account.user.username, roles, account.unit_id, account.region_code)


def sign_in(user_id: int) -> Actor:
    """Make the browser's session that of ``user_id``, under a new token. Who that is; this request stays the stranger's."""
    locale = session.get("locale")
    session.clear()
    session["_user_id"] = str(user_id)
    session["_fresh"] = True
    if locale:
        session["locale"] = locale
    session.renew()  # type: ignore[attr-defined]
    current_app.appbuilder.sm.load_user(user_id)  # type: ignore[attr-defined]
    return _of(g.pop("account"))


def sign_out() -> None:
    """End the browser's session on the server; what follows has a new token, so that a request still under way cannot
    write back what it read before."""
    session.clear()
    session.renew()  # type: ignore[attr-defined]
