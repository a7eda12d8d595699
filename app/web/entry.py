"""Where each kind of user begins to work: what signing in leads to, and what the home page shows first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.domain.actor import ADMIN, AUDITOR, IP_OFFICE, RECOGNITION_OFFICER, REVIEWER, UNIT, Actor


@dataclass(frozen=True)
class Entry:
    """The first page of a role: its address and what the way there is called."""

    href: str
    label: Any


HOME = Entry("/", _l("首页"))
_DESK = Entry("/desk/", _l("进入审核工作台"))
#: By role, in this order where somebody has several; of several pages the first there is.
ENTRIES: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (UNIT, (Entry("/my/", _l("进入单位工作台")),)),
    (ADMIN, (_DESK,)),
    (REVIEWER, (_DESK,)),
    (RECOGNITION_OFFICER, (Entry("/recognition/", _l("进入认定工作台")),)),
    (IP_OFFICE, (Entry("/stats/", _l("查看统计分析")), Entry("/productview/list/", _l("查看备案产品")))),
    (AUDITOR, (Entry("/auditeventview/list/", _l("查看审计日志")),)),
)


def of(actor: Actor) -> Entry:
    """Where ``actor`` begins; the home page where no role says otherwise."""
    pages = {rule.rule for rule in current_app.url_map.iter_rules()}
    found = (entry for role, entries in ENTRIES if role in actor.roles for entry in entries)
    return next((entry for entry in found if entry.href in pages), HOME)
