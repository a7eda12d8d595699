"""Uses a copy of the platform to which ``docs/extending.md`` was applied; run in that copy by ``test_extending``.

A process of its own: the new table must not stay in the metadata of the other tests.
"""

from __future__ import annotations

import os

from flask import Flask
from sqlalchemy import select

from app import create_app, policies
from app import models as m
from app.db import acting, session
from app.domain import actor as roles
from config import Settings
from tests.support.browser import Browser
from tests.support.factories import actor_of, make_unit, make_user
from tests.support.shown import seen
from tests.support.visitor import Visitor
from tests.support.world import signed_in

SESSION = {"title": "备案填报培训", "kind": "on_site", "held_on": "2026-03-02", "seats": "40"}
MIGRATE = ["db", "migrate", "--rev-id", "training", "-m", "Training sessions"]


def prepare() -> Flask:
    """The application, its migration written and applied."""
    app = create_app(Settings.from_env({k: v for k, v in os.environ.items() if k.startswith("ZP_")}))
    app.test_client_class = Browser
    for command in (MIGRATE, ["setup", "--no-demo"]):
        result = app.test_cli_runner().invoke(args=command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    return app


def administrator_keeps_records(admin: Visitor) -> None:
    """List, add, show, edit, export, delete."""
    assert "还没有记录" in admin.get("/trainingview/list/").text
    assert admin.post("/trainingview/add", SESSION | {"title": ""}).status_code == 422
    added = admin.post("/trainingview/add", SESSION)
    assert added.status_code == 302, added.text
    shown = admin.get(added.location).text
    assert "备案填报培训" in shown
    assert "现场" in shown
    number = added.location.rsplit("/", 1)[1]
    form = admin.get(f"/trainingview/edit/{number}").text
    changed = admin.post(f"/trainingview/edit/{number}", SESSION | {"seats": "60", "seen": seen(form)})
    assert changed.status_code == 302, changed.text
    assert "60" in admin.get("/trainingview/list/?f_kind=on_site&q=填报").text
    assert "备案填报培训" in admin.get("/trainingview/export/csv").get_data().decode("utf-8-sig")


def unit_sees_nothing(unit: Visitor, actor: roles.Actor) -> None:
    """Neither page nor row nor menu entry."""
    assert unit.get("/trainingview/list/").status_code == 403
    assert unit.get("/trainingview/show/1").status_code == 403
    assert unit.post("/trainingview/add", SESSION).status_code == 403
    assert "trainingview" not in unit.get("/").text
    visible = policies.visible(m.Training, actor)
    with acting(actor):
        assert session.scalars(select(m.Training).where(visible)).all() == []


def main() -> None:
    """Everything the page promises, in order."""
    app = prepare()
    with app.app_context():
        people = {"admin": make_user(roles.ADMIN), "unit": make_user(roles.UNIT, make_unit())}
        actor = actor_of(people["unit"])
        session.commit()
        visitors = {name: Visitor(app) for name in people}
        for name, user in people.items():
            visitors[name].client = signed_in(app, user)
        administrator_keeps_records(visitors["admin"])
        unit_sees_nothing(visitors["unit"], actor)
        visitors["admin"].post("/language", {"language": "en"})
        assert "On site" in visitors["admin"].get("/trainingview/list/").text
        number = session.scalars(select(m.Training.id)).one()
        shown = visitors["admin"].get(f"/trainingview/show/{number}").text
        assert (
            visitors["admin"].post(f"/trainingview/delete/{number}", {"seen": seen(shown)}).status_code == 302
        )
        query = select(m.AuditEvent.action).where(m.AuditEvent.entity == "training").order_by(m.AuditEvent.id)
        assert list(session.scalars(query)) == ["create", "change", "export", "delete"]


if __name__ == "__main__":
    main()
