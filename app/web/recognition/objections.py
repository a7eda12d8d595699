"""The staff's pages of objections and tips: the queue by due date, and each one with its decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, select
from werkzeug.exceptions import NotFound

from app import models as m
from app import policies
from app.db import session
from app.domain import actor as roles
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, RuleError
from app.domain.machines import OBJECTION
from app.domain.recognition.objections import OPEN
from app.services.recognition import expiry, objections
from app.web import labels, listing
from app.web.access import guarded
from app.web.desk import people
from app.web.recognition.base import ROUND, RoundPage, permissions
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version

_OBJECTION = "<int(max=9223372036854775807):objection_id>"
TABS = {"received": _l("待办理"), "handling": _l("处理中"), "decided": _l("已办结")}
_DECIDED = ("upheld", "rejected", "not_accepted")
_COLUMNS = ("receipt_no", "kind", "state", "created_at", "decided_at", "product")


class ObjectionDeskView(RoundPage):
    """Objections and tips."""

    route_base = "/recognition/objections"
    roles: ClassVar[Any] = {**permissions(), roles.REVIEWER: ("can_read", "can_work")}

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The queue: what is due first stands first."""
        tab = request.args.get("tab", "received")
        if tab not in TABS:
            raise NotFound
        decided = tab == "decided"
        order = ("decided_at", "desc") if decided else ("created_at", "asc")
        kinds = {"kind": labels.codes("objection", "kind") or {}}
        spec = listing.ListSpec(m.Objection, _COLUMNS, (order[0],), order, kinds, ("receipt_no",))
        query = listing.read_query(spec, request.args)
        states = m.Objection.state.in_(_DECIDED if decided else (tab,))
        today = local_date(utc_now())
        return self.page(
            "objections.html", title=_("异议与线索"), tab=tab, tabs=TABS, spec=spec, query=query, counts=_counts(),
            page=listing.fetch(spec, query, states), due=expiry.objection_due,
            term=lambda row: people.term(expiry.objection_due(row.created_at), today),
        )  # fmt: skip

    @expose(f"/round/{ROUND}")
    @guarded("read")
    def of_round(self, round_id: int) -> Any:
        """From the round's checklist to the objections: those taken up, or those that wait."""
        self.round(round_id)
        handling = _counts().get("handling", 0) and not _counts().get("received", 0)
        return redirect(url_for(".index", tab="handling" if handling else "received", f_kind="objection"))

    @expose(f"/{_OBJECTION}")
    @guarded("read")
    def show(self, objection_id: int) -> Any:
        """One of them with everything that was given."""
        return self._page(objection_id)

    @expose(f"/{_OBJECTION}/<any(handle,uphold,reject,refuse):verb>", methods=["POST"])
    @guarded("work")
    def act(self, objection_id: int, verb: str) -> Any:
        """Take it up, or decide it as it was seen."""
        actor, now, version = current_actor(), utc_now(), seen_version(request.form.get("version"))
        decision = request.form.get("decision", "")
        acts: dict[str, Callable[[], m.Objection]] = {
            "handle": lambda: objections.handle(actor, objection_id, version, now),
            "uphold": lambda: objections.uphold(actor, objection_id, version, decision, now),
            "reject": lambda: objections.reject(actor, objection_id, version, decision, now),
            "refuse": lambda: objections.refuse(actor, objection_id, version, decision, now),
        }
        try:
            acts[verb]()
        except (Conflict, RuleError) as error:
            session.rollback()
            status = 409 if isinstance(error, Conflict) else 422
            return self._page(objection_id, status, render(error.message))
        flash(_("已开始处理") if verb == "handle" else _("已办结"), "success")
        return redirect(url_for(".show", objection_id=objection_id))

    def _page(self, objection_id: int, status: int = 200, why: str = "") -> Any:
        actor = current_actor()
        found = policies.find(session(), m.Objection, objection_id, actor)
        events = session.scalars(
            select(m.Transition)
            .where(m.Transition.machine == OBJECTION.name, m.Transition.subject_id == objection_id)
            .order_by(m.Transition.id)
        ).all()
        others = select(func.count(m.Objection.id)).where(
            and_(
                m.Objection.product_id == found.product_id,
                m.Objection.id != found.id,
                m.Objection.state.in_(OPEN),
            )
        )
        due, names = expiry.objection_due(found.created_at), people.names([each.actor_id for each in events])
        return self.page(
            "objection.html", status, title=found.receipt_no, found=found, why=why, due=due, names=names,
            term=people.term(due, local_date(utc_now())) if found.state in OPEN else None, events=events,
            verbs={t.verb: render(t.label) for t in OBJECTION.transitions}, may=objections.may_decide(actor, found),
            others=session.execute(others).scalar_one(), typed=request.form.get("decision", ""),
        )  # fmt: skip


def _counts() -> dict[str, int]:
    query = select(m.Objection.state, func.count()).where(m.Objection.state.in_(OPEN))
    return {state: int(count) for state, count in session.execute(query.group_by(m.Objection.state))}
