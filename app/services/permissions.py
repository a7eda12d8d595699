"""Roles and permissions: what the views declare is written to FAB's tables at set-up, where administrators may change it.

Set-up adds what is missing and takes nothing away, so that an administrator's changes stay; a permission that no view
has any more is removed.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import select

from app.db import session
from app.domain.actor import ROLES


def synchronise(appbuilder: Any, menu: dict[str, set[str]]) -> None:
    """Create roles, permissions and menu entries and give them to the roles the views name."""
    known = _Tables()
    roles = {name: known.role(name) for name in ROLES}
    for view in appbuilder.baseviews:
        for permission in view.base_permissions:
            known.pair(permission, view.class_permission_name)
        for role, permissions in getattr(view, "roles", {}).items():
            for permission in permissions:
                known.grant(roles[role], permission, view.class_permission_name)
    for role, entries in menu.items():
        for entry in entries:
            known.grant(roles[role], "menu_access", entry)


class _Tables:
    """FAB's permission tables in memory while they are brought up to date: three reads, writes only for what is new."""

    def __init__(self) -> None:
        self.roles = {r.name: r for r in session.scalars(select(Role))}
        self.permissions = {p.name: p for p in session.scalars(select(Permission))}
        self.views = {v.name: v for v in session.scalars(select(ViewMenu))}
        self.pairs = {
            (p.permission.name, p.view_menu.name): p for p in session.scalars(select(PermissionView))
        }
        self.fresh: set[str] = set()
        self.granted = {
            (role.name, p.permission.name, p.view_menu.name)
            for role in self.roles.values()
            for p in role.permissions
        }

    def role(self, name: str) -> Role:
        if name not in self.roles:
            self.roles[name] = Role(name=name, permissions=[])
            session.add(self.roles[name])
        return self.roles[name]

    def pair(self, permission: str, view: str) -> PermissionView:
        if (permission, view) not in self.pairs:
            self.permissions.setdefault(permission, Permission(name=permission))
            self.views.setdefault(view, ViewMenu(name=view))
            pair = PermissionView(permission=self.permissions[permission], view_menu=self.views[view])
            session.add(pair)
            self.pairs[permission, view] = pair
            self.fresh.add(f"{permission}/{view}")
        return self.pairs[permission, view]

    def grant(self, role: Role, permission: str, view: str) -> None:
        pair = self.pair(permission, view)
        is_new = f"{permission}/{view}" in self.fresh or not role.permissions
        if is_new and (role.name, permission, view) not in self.granted:
            role.permissions.append(pair)
            self.granted.add((role.name, permission, view))
