"""Registering: a unit and its first user, once the code sent to the user's phone or mailbox has come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, select
from werkzeug.security import generate_password_hash

from app import models as m
from app.db import acting, session
from app.domain import contacts, normal, uscc
from app.domain.actor import UNIT, Actor
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError
from app.domain.text import N_
from app.services import accounts, codes, fields


@dataclass(frozen=True)
class Registration:
    """What a unit fills in to register, as typed; ``channel`` is where the code was sent: sms or email."""

    uscc: str
    unit_name: str
    username: str
    mobile: str
    email: str
    password: str
    channel: str
    request_id: str
    code: str
    language: str = "zh"


def check_uscc(text: str) -> str:
    """The code as it is stored; RuleError when it is wrong or its unit has registered before."""
    try:
        code = uscc.check(text)
    except InputError as error:
        raise RuleError([Problem("uscc", error.message)]) from error
    if _exists(m.Unit.id, m.Unit.uscc == code):
        raise RuleError([Problem("uscc", N_("该统一社会信用代码已注册，请直接登录或找回账号"), "registered")])
    return code


def send_code(channel: str, address: str, ip: str, now: datetime, language: str = "zh") -> str:
    """Send the code that registering needs; returns the request's id. RuleError beside mobile or email."""
    field, read = ("mobile", contacts.mobile) if channel == "sms" else ("email", contacts.email)
    problems: list[Problem] = []
    target = _read(field, read, address, problems)
    if problems:
        raise RuleError(problems)
    return codes.send("register", channel, target, ip, now, language=language)


def register(data: Registration, now: datetime) -> int:
    """Register a unit and its first user (role Unit); returns the user's id. RuleError names all that is wrong."""
    with acting(Actor.system("registration")):
        values = _read_registration(data)
        address = values["mobile"] if data.channel == "sms" else values["email"]
        codes.check("register", data.request_id, data.code, now, address=address)
        _refuse_taken(values)
        codes.use("register", data.request_id, now)
        return _store_registration(values, data, now)


def _read_registration(data: Registration) -> dict[str, str]:
    problems: list[Problem] = []
    code = ""
    try:
        code = check_uscc(data.uscc)
    except RuleError as error:
        problems += error.problems
    values = {
        "uscc": code,
        "unit_name": _read("unit_name", _unit_name, data.unit_name, problems),
        "username": code
        if normal.is_blank(data.username)
        else _read("username", lambda text: contacts.user_name(text, code), data.username, problems),
        "mobile": _read("mobile", contacts.mobile, data.mobile, problems),
        "email": _read("email", contacts.email, data.email, problems),
    }
    problems += accounts.password_problems("password", data.password, [data.unit_name, *values.values()])
    if problems:
        raise RuleError(problems)
    return values


def _unit_name(text: str) -> str:
    name: str = fields.line(200)(normal.refuse_control(text))
    if not normal.name_key(name):
        raise InputError(N_("请填写营业执照等证照上的单位全称"))
    return name


def _refuse_taken(values: dict[str, str]) -> None:
    taken = {
        "username": _exists(User.id, User.username == values["username"]),
        "mobile": _exists(m.Account.user_id, m.Account.mobile == values["mobile"]),
        "email": _exists(User.id, User.email == values["email"]),
    }
    messages = {
        "username": N_("该用户名已被使用，请换一个"),
        "mobile": N_("该手机号码已注册，请直接登录或找回账号"),
        "email": N_("该电子邮箱已注册，请直接登录或找回账号"),
    }
    problems = [Problem(field, messages[field]) for field, used in taken.items() if used]
    if problems:
        raise RuleError(problems)


def _store_registration(values: dict[str, str], data: Registration, now: datetime) -> int:
    unit = m.Unit(
        name=values["unit_name"],
        name_key=normal.name_key(values["unit_name"]),
        uscc=values["uscc"],
        mobile=values["mobile"],
        email=values["email"],
        created_at=now,
        changed_at=now,
    )
    user = User(
        first_name=values["unit_name"][:64],
        last_name="",
        username=values["username"],
        email=values["email"],
        password=generate_password_hash(data.password),
        active=True,
        roles=[session.scalars(select(Role).where(Role.name == UNIT)).one()],
    )
    session.add_all([unit, user])
    session.flush()
    session.add(m.Account(user_id=user.id, unit_id=unit.id, mobile=values["mobile"], language=data.language))
    session.flush()
    return int(user.id)


def _read(field: str, read: Callable[[str], str], text: str, problems: list[Problem]) -> str:
    try:
        return read(text)
    except InputError as error:
        problems.append(Problem(field, error.message))
        return ""


def _exists(column: Any, condition: ColumnElement[bool]) -> bool:
    query = select(column).where(condition).limit(1).execution_options(**accounts.ANYBODY)
    return session.execute(query).one_or_none() is not None
