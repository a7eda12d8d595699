"""Administering users and roles."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import PermissionView, Role, User
from sqlalchemy import select

from app import models as m
from app.db import session as db_session
from app.domain.actor import ADMIN, AUDITOR, REVIEWER
from tests.support.accounts import WRONG, account_of, make_account
from tests.support.factories import make_unit
from tests.support.visitor import Visitor


@pytest.fixture
def admin(app: Flask) -> Visitor:
    make_account(ADMIN, "root1")
    visitor = Visitor(app)
    visitor.sign_in("root1")
    return visitor


def details(**values: Any) -> dict[str, Any]:
    return {"username": "rui", "name": "芮审核", "email": "rui@example.com", "mobile": "13900139000", "roles": REVIEWER,
            "uscc": "", "region_code": "", **values}  # fmt: skip


def change(visitor: Visitor, user: User, **values: Any) -> Any:
    """Open the form of a user and send it."""
    page = visitor.get(f"/userview/edit/{user.id}")
    seen = re.search(r'name="seen" value="([^"]*)"', page.text)
    return visitor.post(f"/userview/edit/{user.id}", details(seen=seen.group(1) if seen else "", **values))


def user_named(name: str) -> User:
    return db_session.scalars(select(User).where(User.username == name)).one()


def test_an_administrator_makes_a_user_who_sets_the_password_alone(admin: Visitor) -> None:
    assert 'type="password"' not in admin.get("/userview/add").text
    answer = admin.post("/userview/add", details())
    rui = user_named("rui")
    assert answer.location == f"/userview/show/{rui.id}"
    page = admin.get(answer.location).text
    assert "芮审核" in page
    assert "审核员" in page
    assert "scrypt" not in page


@pytest.mark.parametrize(
    ("values", "field"),
    [({"username": "root1"}, "username"), ({"email": "root1@example.com"}, "email"), ({"mobile": "1"}, "mobile"),
     ({"roles": "Unit"}, "uscc"), ({"roles": "IPOffice", "region_code": "999999"}, "region_code"),
     ({"roles": ["Unit", "Reviewer"]}, "roles"), ({"roles": []}, "roles"), ({"roles": "Public"}, "roles")],
)  # fmt: skip
def test_wrong_details_are_named_beside_their_fields(admin: Visitor, values: Any, field: str) -> None:
    page = admin.post("/userview/add", details(**values))
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.text
    assert 'value="芮审核"' in page.text


def test_an_administrator_changes_a_user(admin: Visitor) -> None:
    unit = make_unit()
    anna = make_account(unit=unit)
    page = admin.get(f"/userview/edit/{anna.id}").text
    assert f'value="{unit.uscc}"' in page
    assert '<option selected value="Unit">' in page
    changed = {"username": "anna", "email": "anna@example.com", "mobile": "", "region_code": "430000"}
    assert change(admin, anna, roles="IPOffice", **changed).status_code == 302
    account = account_of(anna)
    assert (account.unit_id, account.region_code) == (None, "430000")


def test_an_administrator_keeps_the_own_role(admin: Visitor) -> None:
    root = user_named("root1")
    page = change(admin, root, username="root1", email="root1@example.com")
    assert page.status_code == 422
    assert 'id="roles-error"' in page.text


def test_the_list_shows_states_and_is_searched_by_name(admin: Visitor) -> None:
    make_account(unit=make_unit("长沙丁示例机械有限公司"), state="locked")
    make_account(REVIEWER, "rui")
    page = admin.get("/userview/list/").text
    for text in ("anna", "rui", "审核员", "备案单位", "长沙丁示例机械有限公司", "已锁定"):
        assert text in page
    found = admin.get("/userview/list/?q=ann").text
    assert "anna" in found
    assert "rui@" not in found
    assert "审核员" not in found.split("<tbody>")[1]


def test_actions_unlock_end_sessions_close_and_open(app: Flask, admin: Visitor) -> None:
    anna = make_account()
    visitor = Visitor(app)
    visitor.sign_in("anna")
    assert visitor.is_signed_in()
    admin.get("/userview/list/")
    admin.post(f"/userview/action/end_sessions/{anna.id}")
    assert not visitor.is_signed_in()
    for n in range(5):
        Visitor(app, f"192.0.2.{n}").sign_in("anna", WRONG)
    assert account_of(anna).state == "locked"
    for action, state in (("unlock", "active"), ("deactivate", "disabled"), ("activate", "active")):
        admin.post("/userview/action_post", {"action": action, "rowid": [str(anna.id)]})
        assert account_of(anna).state == state


def test_one_who_closes_the_own_account_is_told_why_not_and_nobody_is_closed(admin: Visitor) -> None:
    anna, root = make_account(), user_named("root1")
    admin.get("/userview/list/")
    admin.post("/userview/action_post", {"action": "deactivate", "rowid": [str(anna.id), str(root.id)]})
    assert "不能停用自己的账号" in admin.get("/userview/list/").text
    assert account_of(anna).state == "active"


@pytest.mark.parametrize("role", [REVIEWER, AUDITOR, "Unit"])
def test_others_change_neither_users_nor_roles(app: Flask, role: str) -> None:
    anna = make_account(role, unit=make_unit() if role == "Unit" else None)
    visitor = Visitor(app)
    visitor.sign_in("anna")
    reviewers = db_session.scalars(select(Role.id).where(Role.name == REVIEWER)).one()
    for path in ("/userview/add", f"/userview/edit/{anna.id}", f"/roleview/edit/{reviewers}"):
        assert visitor.get(path).status_code in (403, 404)
        assert visitor.post(path, details(roles="Admin")).status_code in (403, 404)
    assert visitor.post(f"/userview/action/unlock/{anna.id}").status_code in (403, 404)


def role_named(name: str) -> Role:
    return db_session.scalars(select(Role).where(Role.name == name)).one()


def permit(visitor: Visitor, role: Role, permissions: list[str], seen: str = "") -> Any:
    """Send a role's form as it stands in the page now, or as it was ``seen``."""
    address = f"/roleview/edit/{role.id}"
    seen = seen or visitor.get(address).text.split('name="seen" value="')[1].split('"')[0]
    return visitor.post(address, {"permission": permissions, "seen": seen})


def test_an_administrator_takes_a_permission_from_a_role(admin: Visitor) -> None:
    role = role_named(AUDITOR)
    kept = [str(pair.id) for pair in role.permissions][1:]
    page = admin.get(f"/roleview/edit/{role.id}").text
    assert f'value="{kept[0]}" checked' in page
    assert permit(admin, role, kept).status_code == 302
    assert sorted(str(pair.id) for pair in role_named(AUDITOR).permissions) == sorted(kept)


def test_a_role_that_somebody_else_has_changed_is_not_overwritten(admin: Visitor) -> None:
    role = role_named(AUDITOR)
    first, second, *rest = [str(pair.id) for pair in role.permissions]
    seen = admin.get(f"/roleview/edit/{role.id}").text.split('name="seen" value="')[1].split('"')[0]
    assert permit(admin, role, [first, *rest]).status_code == 302
    late = permit(admin, role, [second, *rest], seen)
    assert late.status_code == 409
    assert f'value="{second}" checked' in late.text
    assert f'value="{first}" checked' not in late.text
    assert {str(pair.id) for pair in role_named(AUDITOR).permissions} == {first, *rest}


def test_the_administrators_role_stays_as_it_is(admin: Visitor) -> None:
    role = role_named(ADMIN)
    before = len(role.permissions)
    assert permit(admin, role, []).status_code == 422
    assert len(role_named(ADMIN).permissions) == before


def test_T_M05_whoever_may_open_the_role_page_without_being_administrator_raises_no_role(app: Flask) -> None:
    """Even with the permission to edit roles and users given away by mistake."""
    role = role_named(REVIEWER)
    pairs = db_session.scalars(select(PermissionView)).all()
    role.permissions = [p for p in pairs if p.view_menu.name in ("RoleView", "UserView")]
    rui = make_account(REVIEWER, "rui")
    app.appbuilder.sm.forget_permissions()  # type: ignore[attr-defined]
    visitor = Visitor(app)
    visitor.sign_in("rui")
    assert visitor.get("/roleview/list/").status_code == 200
    everything = [str(pair.id) for pair in pairs]
    assert permit(visitor, role, everything).status_code == 403
    assert change(visitor, rui, roles="Admin").status_code == 403
    assert [each.name for each in user_named("rui").roles] == [REVIEWER]
    app.appbuilder.sm.forget_permissions()  # type: ignore[attr-defined]


def test_the_pages_of_accounts_are_audited(admin: Visitor) -> None:
    admin.post("/userview/add", details())
    events = db_session.scalars(select(m.AuditEvent).where(m.AuditEvent.entity == "ab_user")).all()
    made = [event for event in events if event.action == "create" and "芮审核" in event.detail]
    assert [event.actor_name for event in made] == ["root1"]
    assert "scrypt" not in made[0].detail
