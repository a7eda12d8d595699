"""Accounts from a table, for administrators: new ones only. Those that are there are changed one by one, in their form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.normal import clean
from app.domain.text import N_, Name
from app.services import users
from app.services.imports import words
from app.services.imports.targets import Column, Context, Line, Outcome, RowTarget
from app.services.users import Details

_LIST = re.compile(r"[;；,，、]+")
_ROLE = Column("roles", Name("角色", "Role"), words=words.ROLES)
_WORDS = (
    "、".join(word.zh for word in words.ROLES.values()),
    ", ".join(word.en for word in words.ROLES.values()),
)


class Users(RowTarget):
    """用户."""

    kind = "users"
    columns = (
        Column("username", Name("用户名", "User name"), required=True),
        Column("name", Name("姓名", "Name"), ("名称",), required=True),
        Column("email", Name("电子邮箱", "E-mail address"), ("邮箱",), required=True),
        Column("mobile", Name("手机号码", "Mobile number"), ("手机",)),
        Column("roles", Name("角色", "Role"), required=True,
               note=Name(f"多个之间用分号：{_WORDS[0]}", f"Several are separated by semicolons: {_WORDS[1]}")),
        Column("uscc", Name("统一社会信用代码", "Unified social credit code (USCC)"),
               note=Name("备案单位的账号填写", "Of accounts of filing units")),
        Column("region_code", Name("辖区", "Region"), ("辖区代码", "行政区划代码"),
               note=Name("知识产权管理部门的账号填写六位行政区划代码", "Of accounts of IP departments: six digits")),
    )  # fmt: skip

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The user name."""
        return clean(cells.get("username", "")).lower() or None

    def take_one(self, line: Line, context: Context) -> Outcome:
        """Create the account, as its form does; its user sets a password with a code."""
        cells = line.cells
        roles = _roles(cells.get("roles", ""))
        details = Details(
            cells.get("username", ""), cells.get("name", ""), cells.get("email", ""), cells.get("mobile", ""), roles,
            cells.get("uscc", ""), cells.get("region_code", ""),
        )  # fmt: skip
        found = session.scalars(select(User).where(User.username == clean(details.username))).one_or_none()
        if found is not None:
            account = _load(found.id)
            if _cells(account) == _given(details):
                return Outcome("same", account)
            raise RuleError([Problem("username", N_("已有该用户名的账号且内容不同，请在用户管理中修改"))])
        user_id = users.create(context.actor, details)
        return Outcome("new", session.get_one(m.Account, user_id))

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """All accounts, by user name."""
        loaded = select(m.Account).join(m.Account.user).order_by(User.username)
        for account in session.scalars(loaded.options(*_WITH)):
            cells = _cells(account)
            roles = ";".join(str(_ROLE.word(role, english=context.english)) for role in cells[4])
            yield [*cells[:4], roles, *cells[5:]]


_WITH = (
    selectinload(m.Account.user), selectinload(m.Account.unit), selectinload(m.Account.roles)
)  # fmt: skip


def _load(user_id: int) -> m.Account:
    query = select(m.Account).where(m.Account.user_id == user_id)
    return session.scalars(query.options(*_WITH).execution_options(populate_existing=True)).one()


def _cells(account: m.Account) -> list[Any]:
    user = account.user
    return [user.username, user.first_name, user.email, account.mobile or "", sorted(role.name for role in account.roles),
            account.unit.uscc if account.unit else "", account.region_code or ""]  # fmt: skip


def _given(details: Details) -> list[Any]:
    texts = [clean(text) for text in (details.username, details.name, details.email, details.mobile)]
    return [*texts, sorted(details.roles), clean(details.uscc).upper(), clean(details.region_code)]


def _roles(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ROLE.code(part) for part in _LIST.split(text) if part.strip()))
