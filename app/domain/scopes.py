"""What a personal access token may be used for: areas of the API, each to read or to read and write.

A token never allows more than its owner's roles do: it narrows them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.domain.actor import ADMIN, AUDITOR, IP_OFFICE, RECOGNITION_OFFICER, REVIEWER, UNIT
from app.domain.text import N_, Message

READ, WRITE = "read", "write"
PUBLIC = "public"
_OFFICERS = (REVIEWER, RECOGNITION_OFFICER, ADMIN)
_ANALYSTS = (*_OFFICERS, IP_OFFICE, AUDITOR)
_EVERYBODY = (UNIT, REVIEWER, RECOGNITION_OFFICER, IP_OFFICE, AUDITOR, ADMIN)


@dataclass(frozen=True)
class Area:
    """A part of the API: its name, and the roles to which reading and writing there is of use."""

    code: str
    label: Message
    readers: tuple[str, ...]
    writers: tuple[str, ...]


AREAS: tuple[Area, ...] = (
    Area("filing", N_("产品备案与年度更新"), _EVERYBODY, (UNIT, ADMIN)),
    Area("patents", N_("专利信息"), _EVERYBODY, (UNIT,)),
    Area("units", N_("单位信息与资产信息"), _EVERYBODY, (UNIT,)),
    Area("files", N_("上传文件"), _EVERYBODY, (UNIT,)),
    Area("review", N_("备案审核"), (UNIT, REVIEWER, AUDITOR, ADMIN), (UNIT, REVIEWER, ADMIN)),
    Area("recognition", N_("认定程序"), _EVERYBODY, (UNIT, REVIEWER, RECOGNITION_OFFICER, ADMIN)),
    Area("objections", N_("异议与线索"), (*_OFFICERS, AUDITOR), _OFFICERS),
    Area("statistics", N_("统计数据"), _ANALYSTS, _ANALYSTS),
    Area("exports", N_("导出可见的列表"), _EVERYBODY, _EVERYBODY),
    Area("imports", N_("导入表格"), (UNIT, ADMIN), (UNIT, ADMIN)),
    Area("settings", N_("参数、日历、模板与文章"), (*_OFFICERS, AUDITOR), _OFFICERS),
    Area("system", N_("账号、角色与系统记录"), (AUDITOR, ADMIN), (ADMIN,)),
    Area("messages", N_("消息"), _EVERYBODY, _EVERYBODY),
    Area("account", N_("账号"), _EVERYBODY, ()),
    # open to everybody: no token is asked for
    Area(PUBLIC, N_("公开信息"), (), ()),
)

SCOPES: tuple[str, ...] = tuple(
    f"{area.code}:{act}"
    for area in AREAS
    for act, of_use in ((READ, area.readers), (WRITE, area.writers))
    if of_use
)


def offered(roles: Collection[str]) -> tuple[str, ...]:
    """The scopes that are of use to somebody with these roles."""
    found = []
    for area in AREAS:
        found += [f"{area.code}:{READ}"] if set(area.readers) & set(roles) else []
        found += [f"{area.code}:{WRITE}"] if set(area.writers) & set(roles) else []
    return tuple(found)


def allows(held: Collection[str], needed: str) -> bool:
    """Whether a token with the scopes ``held`` may do what needs ``needed``; who may write may read. What is open to
    everybody is open to every token."""
    area, _, act = needed.partition(":")
    return area == PUBLIC or needed in held or (act == READ and f"{area}:{WRITE}" in held)


def label(scope: str) -> Message:
    """What a scope is called."""
    code, _, act = scope.partition(":")
    area = next(area.label for area in AREAS if area.code == code)
    return N_("{area}：读取和办理", area=area) if act == WRITE else N_("{area}：只读", area=area)
