"""Administrators' views of users and roles. Nobody sees or sets another's password."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder.actions import action
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.sqla.models import PermissionView, Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import inspect, select
from sqlalchemy.orm import joinedload
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired

from app import models as m
from app.db import session
from app.domain.actor import PUBLIC, ROLES, Actor
from app.domain.errors import RuleError
from app.services import users
from app.web import labels, listing
from app.web.access import guarded
from app.web.base import RecordView, problems_text
from app.web.interface import PolicyInterface
from app.web.security import current_actor

READ = ("can_list", "can_show", "can_export")
ACTIONS = ("unlock", "deactivate", "activate", "end_sessions")
PERMISSIONS = {
    "can_list": _l("列表"), "can_show": _l("查看"), "can_add": _l("新增"), "can_edit": _l("编辑"), "can_delete": _l("删除"),
    "can_export": _l("导出"), "can_get_list": _l("接口：列表"), "can_get": _l("接口：查看"), "can_put": _l("接口：修改"),
    "can_post": _l("接口：新增或提交"), "menu_access": _l("菜单"), "can_index": _l("打开"),
}  # fmt: skip


class AccountInterface(PolicyInterface):
    """Accounts with what a page shows of them: user, unit and roles."""

    def find(self, pk: Any, *, locked: bool = False) -> Any:
        """The account if the actor may see it."""
        account = super().find(pk, locked=locked)
        parts = (joinedload(m.Account.user), joinedload(m.Account.unit), joinedload(m.Account.roles))
        query = select(m.Account).options(*parts).where(m.Account.user_id == account.user_id)
        return session.scalars(query.execution_options(populate_existing=True)).unique().one()


class UserForm(FlaskForm):
    """A user's name, how to reach them, and what they may do."""

    username = StringField(_l("用户名"), validators=[DataRequired(_l("请填写用户名"))])
    name = StringField(_l("姓名或名称"), validators=[DataRequired(_l("请填写姓名或名称"))])
    email = StringField(_l("电子邮箱"), validators=[DataRequired(_l("请填写电子邮箱"))],
                        description=_l("新用户凭此邮箱或手机“找回密码”，自行设置密码"))  # fmt: skip
    mobile = StringField(_l("手机号码"))
    roles = SelectMultipleField(
        _l("角色"), validators=[DataRequired(_l("请选择角色"))], description=_l("按住 Ctrl 键可多选"),
        choices=lambda: [SelectChoice(name, str(labels.ROLES[name])) for name in ROLES if name != PUBLIC],
    )  # fmt: skip
    uscc = StringField(_l("所属单位的统一社会信用代码"), description=_l("角色为备案单位时必填"))
    region_code = StringField(
        _l("辖区"), description=_l("角色为知识产权管理部门时必填：6 位行政区划代码，全国为 000000")
    )


class UserView(RecordView):
    """Users of the platform."""

    datamodel = AccountInterface(m.Account)
    roles = {"Admin": (*READ, "can_add", "can_edit", *ACTIONS), "Auditor": READ}
    base_permissions = [*READ, "can_add", "can_edit"]
    list_title = _l("用户")
    list_columns = ["username", "name", "roles", "unit", "region_code", "state", "locked_until"]
    base_order = ("user_id", "desc")
    filter_columns = ("state",)
    text_columns = ("username", "name", "email", "mobile")
    search_hint = _l("用户名、姓名、邮箱或手机")
    show_columns = ["username", "name", "roles", "email", "mobile", "unit", "region_code", "language", "state",
                    "failed_signins", "locked_until", "is_demo"]  # fmt: skip
    add_columns = edit_columns = ["username", "name", "email", "mobile", "roles", "uscc", "region_code"]
    add_form = edit_form = UserForm
    label_columns = {
        "username": _l("用户名"), "name": _l("姓名或名称"), "roles": _l("角色"), "unit": _l("所属单位"),
        "region_code": _l("辖区"), "state": _l("状态"), "locked_until": _l("锁定至"), "email": _l("电子邮箱"),
        "mobile": _l("手机号码"), "language": _l("语言"), "failed_signins": _l("连续登录失败"), "is_demo": _l("演示账号"),
    }  # fmt: skip

    def spec(self) -> listing.ListSpec:
        """The list needs the user behind each account."""
        return replace(super().spec(), columns=(*self.list_columns, "user"))

    def cell(self, row: Any, name: str) -> Any:
        """Roles by their names."""
        if name == "roles":
            return _("、").join(str(labels.ROLES.get(role.name, role.name)) for role in row.roles)
        return super().cell(row, name)

    def write(self, item: Any, form: Any) -> None:
        """A new user, or other details of one."""
        data = {name: form[name].data or "" for name in self.add_columns if name != "roles"}
        details = users.Details(**data, roles=tuple(form.roles.data))
        if inspect(item).persistent:
            users.change(current_actor(), item.user_id, details)
        else:
            item.user_id = users.create(current_actor(), details)

    @action("unlock", _l("解锁"), _l("确定解锁所选账号吗？"))
    def unlock(self, items: Any) -> Any:
        """Let locked accounts sign in again at once."""
        return self._each(items, users.unlock)

    @action("deactivate", _l("停用账号"), _l("确定停用所选账号吗？其登录会立即失效。"))
    def deactivate(self, items: Any) -> Any:
        """Close accounts."""
        return self._each(items, users.deactivate)

    @action("activate", _l("启用账号"), _l("确定启用所选账号吗？"))
    def activate(self, items: Any) -> Any:
        """Open closed accounts again."""
        return self._each(items, users.activate)

    @action("end_sessions", _l("强制退出"), _l("确定让所选账号在所有设备上退出吗？"))
    def end_sessions(self, items: Any) -> Any:
        """Sign users out everywhere."""
        return self._each(items, users.end_sessions)

    def _each(self, items: Any, act: Callable[[Actor, int], None]) -> Any:
        """All or none of them."""
        accounts = items if isinstance(items, list) else [items]
        try:
            for account in accounts:
                act(current_actor(), account.user_id)
        except RuleError as error:
            session.rollback()
            flash(problems_text(error), "danger")
        else:
            flash(_("已处理 %(n)s 个账号", n=len(accounts)), "success")
        return redirect(url_for(f"{self.endpoint}.list"))


class RoleView(RecordView):
    """Roles and their permissions."""

    datamodel = PolicyInterface(Role)
    roles = {"Admin": (*READ, "can_edit"), "Auditor": READ}
    base_permissions = [*READ, "can_edit"]
    list_title = _l("角色")
    list_columns = ["name"]
    base_order = ("id", "asc")
    show_columns = ["name", "permissions"]
    edit_columns = ["permissions"]
    edit_form = FlaskForm
    label_columns = {"name": _l("角色"), "permissions": _l("权限")}

    def cell(self, row: Any, name: str) -> Any:
        """The role's name in words; its permissions as a list of pages."""
        if name == "name":
            return str(labels.ROLES.get(row.name, row.name))
        if name == "permissions":
            return _("、").join(
                f"{view}{_('：')}{_('、').join(names)}" for view, names in _grouped(row.permissions)
            )
        return super().cell(row, name)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @guarded()
    def edit(self, pk: str) -> Any:
        """Tick the permissions of a role."""
        if request.method == "GET":
            role = self.datamodel.find(pk)
            return self._role_form(role, {pair.id for pair in role.permissions})
        role = self.datamodel.find(pk, locked=True)
        typed = request.form.getlist("permission")
        ids = {int(text) for text in typed if text.isdecimal() and len(text) < 10}
        if self._is_stale(role):
            return self._role_form(role, ids, clash=True), 409
        users.change_role(current_actor(), role.id, ids)
        current_app.appbuilder.sm.forget_permissions()  # type: ignore[attr-defined]
        flash(_("已保存，最多 15 秒后在所有进程生效"), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    def _role_form(self, role: Role, ticked: Collection[int], *, clash: bool = False) -> Any:
        return self.render_template("accounts/role_form.html", view=self, role=role, title=self.cell(role, "name"),
                                    groups=_choices(ticked), seen=self.seen(role), clash=clash)  # fmt: skip


def _choices(held: Collection[int]) -> list[tuple[str, list[tuple[int, str, bool]]]]:
    """Every permission there is, by page: id, name, whether it is among ``held``."""
    groups: dict[str, list[tuple[int, str, bool]]] = {}
    for pair in users.permissions():
        view, name = _names(pair)
        groups.setdefault(view, []).append((pair.id, name, pair.id in held))
    return sorted((view, sorted(pairs, key=lambda pair: pair[1])) for view, pairs in groups.items())


def _grouped(pairs: Iterable[PermissionView]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for pair in pairs:
        view, name = _names(pair)
        groups.setdefault(view, []).append(name)
    return sorted((view, sorted(names)) for view, names in groups.items())


def _names(pair: PermissionView) -> tuple[str, str]:
    """A permission's page and name in words, as far as they have any."""
    code, permission = pair.view_menu.name, pair.permission.name
    views = {view.class_permission_name: view for view in current_app.appbuilder.baseviews}  # type: ignore[attr-defined]
    view = views.get(code)
    title = str(getattr(view, "list_title", "") or code)
    act = getattr(view, "actions", {}).get(permission)
    return title, str(act.text if act else PERMISSIONS.get(permission, permission))
