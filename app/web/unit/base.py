"""What the pages of the unit's workspace have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask import flash, jsonify
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import BEIJING, utc_now
from app.domain.errors import Conflict, NotAllowed, Problem
from app.domain.text import N_
from app.web.access import limited_writes
from app.web.base import Page
from app.web.security import current_actor
from app.web.text import render


class UnitPage(Page):
    """A page of the workspace: every unit may read and change its own; which rows are its own say the policies."""

    roles: ClassVar[Mapping[str, Any]] = {"Unit": ("can_read", "can_change")}
    #: which entry of the workspace's navigation is the present one
    section = ""

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    def page(self, template: str, status: int = 200, **context: Any) -> tuple[str, int]:
        """The page ``unit/<template>`` inside the workspace's frame."""
        shown = {"section": self.section, "unread": unread(), **context}
        return str(self.render_template(f"unit/{template}", **shown)), status


def own_unit(actor: Actor | None = None) -> m.Unit:
    """The unit of the present user; users without one have no workspace."""
    actor = actor or current_actor()
    if actor.unit_id is None:
        raise NotAllowed(N_("该页面供备案单位使用，您的账号不属于任何备案单位"))
    return policies.find(session(), m.Unit, actor.unit_id, actor)


def unread() -> int:
    """How many messages in the workspace's inbox are new."""
    query = (
        select(func.count())
        .select_from(m.Outbox)
        .where(m.Outbox.channel == "inapp", m.Outbox.read_at.is_(None))
    )
    return session.execute(query.where(m.Outbox.user_id == current_actor().user_id)).scalar_one()


def clock_time(moment: datetime) -> str:
    """The time of day in Beijing, as autosave says it."""
    return moment.astimezone(BEIJING).strftime("%H:%M")


def now() -> datetime:
    """The present instant."""
    return utc_now()


def seen_version(given: object) -> int | None:
    """A version (or id) as a form or script says it; None where it says nothing that could be one."""
    text = str(given or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems for a script on the page."""
    return [{"field": p.field, "message": render(p.message), "rule": p.rule} for p in problems]


def refused(
    message: str, problems: Iterable[Problem], status: int = 422, **more: Any
) -> tuple[Response, int]:
    """A refusal for a script on the page."""
    return jsonify(status=status, message=message, problems=problem_rows(problems), **more), status


def stale_answer(error: Conflict) -> tuple[Response, int]:
    """To a script whose page is older than the record: what both hold (abuse.md T-M07)."""
    session.rollback()
    return refused(render(error.message), getattr(error, "problems", []), 409)


def told(work: Callable[[], Any], done: str) -> bool:
    """Do ``work``; flash what it says, or why it was refused. For buttons that lead back to the page they are on."""
    try:
        work()
    except Conflict as error:
        session.rollback()
        flash(render(error.message), "warning")
        return False
    flash(done, "success")
    return True


def saved_text(moment: datetime) -> str:
    """What autosave and the save button say."""
    return _("已于 %(time)s 保存", time=clock_time(moment))
