"""Administering users: accounts of staff, offices and units, their roles, and ending their access at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import PermissionView, Role, User
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload
from werkzeug.security import generate_password_hash

from app import audit, policies
from app import models as m
from app.db import session
from app.domain import contacts, normal
from app.domain.actor import ADMIN, IP_OFFICE, PUBLIC, UNIT, Actor
from app.domain.errors import NotAllowed, Problem, RuleError
from app.domain.normal import InputError
from app.domain.text import N_
from app.registers import regions
from app.services import accounts


@dataclass(frozen=True)
class Details:
    """What an administrator fills in, as typed; ``uscc`` for users of a unit, ``region_code`` for an IP office."""

    username: str
    name: str
    email: str
    mobile: str
    roles: tuple[str, ...]
    uscc: str = ""
    region_code: str = ""


def create(actor: Actor, data: Details) -> int:
    """A new user. Nobody chooses a password for another: the user sets one with a code (forgotten password)."""
    _require_admin(actor)
    values = _read(data)
    user = User(
        **values["user"], last_name="", active=True, password=generate_password_hash(secrets.token_urlsafe(32)),
        roles=_roles(data.roles),
    )  # fmt: skip
    session.add(user)
    session.flush()
    session.add(m.Account(user_id=user.id, **values["account"]))
    session.flush()
    return int(user.id)


def change(actor: Actor, user_id: int, data: Details) -> None:
    """Change a user; one's own administrator role stays, so that the platform is never left without one."""
    account = _load(actor, user_id)
    values = _read(data, user_id)
    if user_id == actor.user_id and ADMIN not in data.roles:
        raise RuleError([Problem("roles", N_("不能取消自己的系统管理员角色"))])
    user = session.scalars(select(User).where(User.id == user_id)).one()
    for record, part in ((user, "user"), (account, "account")):
        for column, value in values[part].items():
            setattr(record, column, value)
    user.roles = _roles(data.roles)
    session.flush()


def unlock(actor: Actor, user_id: int) -> None:
    """Let a locked account sign in again before its time is over."""
    account = _load(actor, user_id)
    if account.state == "locked":
        accounts.write(user_id, state="active", failed_signins=0, locked_until=None)
        audit.record(
            session(), "change", "account", user_id, unit_id=account.unit_id, state=["locked", "active"]
        )


def deactivate(actor: Actor, user_id: int) -> None:
    """End an account's access: no sign-in, and every open session and token is dead from the next request on."""
    account = _load(actor, user_id)
    if user_id == actor.user_id:
        raise RuleError([Problem(None, N_("不能停用自己的账号"))])
    if account.state != "disabled":
        accounts.set_access(user_id, False)


def activate(actor: Actor, user_id: int) -> None:
    """Give a disabled account its access back."""
    if _load(actor, user_id).state == "disabled":
        accounts.set_access(user_id, True)


def end_sessions(actor: Actor, user_id: int) -> None:
    """Sign a user out everywhere."""
    account = _load(actor, user_id)
    accounts.end_sessions(user_id)
    audit.record(session(), "signout", "ab_user", user_id, unit_id=account.unit_id, everywhere=True)


def change_role(actor: Actor, role_id: int, permissions: Iterable[int]) -> Role:
    """Give a role exactly these permissions (ids of permission-view pairs); only administrators may (T-M05)."""
    _require_admin(actor)
    role = policies.find(session(), Role, role_id, actor)
    if role.name == ADMIN:
        raise RuleError([Problem(None, N_("系统管理员角色的权限不能修改，以免无人能再管理系统"))])
    wanted = set(permissions)
    found = list(session.scalars(select(PermissionView).where(PermissionView.id.in_(wanted))))
    if unknown := wanted - {pair.id for pair in found}:
        raise RuleError([Problem("permissions", N_("没有编号为 {id} 的权限", id=min(unknown)))])
    role.permissions = found
    session.flush()
    return role


def permissions() -> list[PermissionView]:
    """Every permission there is."""
    parts = (joinedload(PermissionView.permission), joinedload(PermissionView.view_menu))
    return list(session.scalars(select(PermissionView).options(*parts)))


def _require_admin(actor: Actor) -> None:
    if not (actor.is_system or actor.has(ADMIN)):
        raise NotAllowed(N_("只有系统管理员可以管理账号和角色"))


def _load(actor: Actor, user_id: int) -> m.Account:
    _require_admin(actor)
    return policies.find(session(), m.Account, user_id, actor)


def _roles(names: Iterable[str]) -> list[Role]:
    return list(session.scalars(select(Role).where(Role.name.in_(list(names)))))


def _read(data: Details, user_id: int | None = None) -> dict[str, dict[str, Any]]:
    problems: list[Problem] = []
    unit = _unit(data, problems)
    read = _reader(problems)
    code = unit.uscc if unit else None
    username = read("username", lambda text: contacts.user_name(text, code), data.username)
    name, email = read("name", _name, data.name), read("email", contacts.email, data.email)
    mobile = read("mobile", contacts.mobile, data.mobile) if data.mobile else None
    problems += _role_problems(data)
    problems += _taken("username", User.username == username, user_id)
    problems += _taken("email", User.email == email, user_id)
    problems += _taken("mobile", m.Account.mobile == mobile, user_id) if mobile else []
    if problems:
        raise RuleError(problems)
    return {
        "user": {"username": username, "first_name": name, "email": email},
        "account": {
            "mobile": mobile, "unit_id": unit.id if unit else None,
            "region_code": data.region_code if IP_OFFICE in data.roles else None,
        },
    }  # fmt: skip


def _reader(problems: list[Problem]) -> Callable[[str, Callable[[str], str], str], str]:
    def read(field: str, reader: Callable[[str], str], text: str) -> str:
        try:
            return reader(text)
        except InputError as error:
            problems.append(Problem(field, error.message))
            return ""

    return read


def _name(text: str) -> str:
    name = normal.clean(normal.refuse_control(text))
    if not name or len(name) > 64:
        raise InputError(N_("请填写姓名或名称，最多 64 个字"))
    return name


def _unit(data: Details, problems: list[Problem]) -> m.Unit | None:
    if UNIT not in data.roles:
        return None
    unit = session.scalars(select(m.Unit).where(m.Unit.uscc == normal.clean(data.uscc).upper())).one_or_none()
    if unit is None:
        problems.append(Problem("uscc", N_("没有使用该统一社会信用代码的单位，请先由单位注册")))
    return unit


def _role_problems(data: Details) -> list[Problem]:
    return _wrong_roles(data) or _needless(data)


def _needless(data: Details) -> list[Problem]:
    """What is told of a user whom it does not concern would be lost."""
    problems = []
    if data.uscc.strip() and UNIT not in data.roles:
        problems.append(Problem("uscc", N_("只有备案单位的账号才填写所属单位")))
    if data.region_code.strip() and IP_OFFICE not in data.roles:
        problems.append(Problem("region_code", N_("只有知识产权管理部门的账号才填写辖区")))
    return problems


def _wrong_roles(data: Details) -> list[Problem]:
    if not data.roles or PUBLIC in data.roles:
        return [Problem("roles", N_("请选择角色"))]
    if UNIT in data.roles and len(data.roles) > 1:
        return [Problem("roles", N_("备案单位的账号不能同时有其他角色"))]
    if IP_OFFICE in data.roles and regions.name(data.region_code) == data.region_code:
        return [Problem("region_code", N_("请填写辖区的 6 位行政区划代码，全国为 000000"))]
    return []


def _taken(field: str, condition: ColumnElement[bool], user_id: int | None) -> list[Problem]:
    query = (
        select(m.Account.user_id).join(m.Account.user).where(condition, m.Account.user_id != (user_id or 0))
    )
    taken = session.execute(query.limit(1)).one_or_none() is not None
    return [Problem(field, N_("已被其他账号使用"))] if taken else []
