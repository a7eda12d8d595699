"""Administrators' programs: users, roles, the records of the system."""

from __future__ import annotations

from flask import Flask

from app import models as m
from app.db import session
from app.domain import actor as roles
from tests.support import factories as make
from tests.support.programs import Program, refused

NEW = {
    "username": "officer_b",
    "name": "李四",
    "email": "officer-b@example.com",
    "roles": ["RecognitionOfficer"],
}


def test_a_user_is_made_changed_and_shut_out(app: Flask, admin: Program) -> None:
    made = admin.do("POST", "users/", NEW)
    path = f"users/{made['id']}"
    shown = admin.do("GET", path)
    assert (shown["username"], shown["name"], shown["state"]) == ("officer_b", "李四", "active")
    assert [role["name"] for role in shown["roles"]] == ["RecognitionOfficer"]
    same = {name: shown[name] for name in ("seen", "username", "email", "mobile", "region_code")}
    assert admin.do("PUT", path, same)["seen"] == shown["seen"]
    kept = admin.do(
        "PUT", path, {"seen": shown["seen"], "name": "李思", "roles": ["Reviewer", "RecognitionOfficer"]}
    )
    assert kept["seen"] == admin.do("GET", path)["seen"]
    assert admin.do("GET", path)["email"] == "officer-b@example.com"
    assert admin.call("PUT", path, {"seen": shown["seen"], "name": "王五"}).status_code == 409
    session.rollback()
    theirs = Program.of(app, made["id"])
    assert theirs.call("GET", "phrases/").status_code == 200
    admin.do("POST", f"{path}/deactivate")
    assert theirs.call("GET", "phrases/").status_code == 401
    admin.do("POST", f"{path}/activate")
    assert admin.do("GET", path)["state"] == "active"
    admin.do("POST", f"{path}/sign_out")
    admin.do("POST", f"{path}/unlock")
    assert admin.call("POST", f"{path}/promote").status_code == 404


def test_every_fault_of_a_user_is_named(admin: Program) -> None:
    admin.do("POST", "users/", NEW)
    assert refused(admin.call("POST", "users/", NEW)) == {"username", "email"}
    assert refused(admin.call("POST", "users/", {**NEW, "roles": ["Root"]})) == {"roles.0"}
    assert refused(admin.call("POST", "users/", {**NEW, "roles": ["Unit", "Admin"]})) >= {"roles", "uscc"}
    assert refused(admin.call("POST", "users/", {"roles": ["Admin"]})) == {"username", "name", "email"}
    idle = {
        **NEW,
        "username": "officer_c",
        "email": "c@example.com",
        "uscc": "91430100MA4L00000X",
        "region_code": "430000",
    }
    assert refused(admin.call("POST", "users/", idle)) == {"uscc", "region_code"}
    assert refused(admin.call("POST", "users/", {**NEW, "password": "x"})) == {"password"}


def test_a_user_of_a_unit_belongs_to_it(admin: Program) -> None:
    unit = make.make_unit()
    session.commit()
    made = admin.do("POST", "users/", {**NEW, "roles": ["Unit"], "uscc": unit.uscc})
    session.rollback()
    assert session.get_one(m.Account, made["id"]).unit_id == unit.id
    assert admin.do("GET", f"users/{made['id']}")["unit"] == {"id": unit.id, "name": unit.name}


def test_T_M05_nobody_but_an_administrator_makes_users_or_changes_roles(auditor: Program, app: Flask) -> None:
    reviewer = make.make_user(roles.REVIEWER)
    session.commit()
    role = auditor.do("GET", "roles/")[0]
    shown = auditor.do("GET", f"roles/{role['id']}")
    for program in (auditor, Program.of(app, reviewer)):
        assert program.call("POST", "users/", {**NEW, "roles": ["Admin"]}).status_code == 403
        assert program.call("POST", f"users/{reviewer.id}/deactivate").status_code == 403
        sent = {"seen": shown["seen"], "permissions": []}
        assert program.call("PUT", f"roles/{role['id']}", sent).status_code == 403
    assert Program.of(app, reviewer).call("GET", "users/").status_code == 403


def test_an_administrator_cannot_shut_out_themselves(admin: Program) -> None:
    own = next(row["id"] for row in admin.do("GET", "users/") if row["roles"][0]["name"] == "Admin")
    assert admin.call("POST", f"users/{own}/deactivate").status_code == 422
    seen = admin.do("GET", f"users/{own}")["seen"]
    assert refused(admin.call("PUT", f"users/{own}", {"seen": seen, "roles": ["Auditor"]})) == {"roles"}


def test_a_role_has_exactly_the_permissions_it_is_given(app: Flask, admin: Program) -> None:
    reviewer = make.make_user(roles.REVIEWER)
    session.commit()
    program = Program.of(app, reviewer)
    assert program.call("GET", "phrases/").status_code == 200
    role = next(each for each in admin.do("GET", "roles/") if each["name"] == "Reviewer")
    shown = admin.do("GET", f"roles/{role['id']}")
    rest = [each["id"] for each in shown["permissions"] if "PhraseApi" not in each["name"]]
    assert len(rest) < len(shown["permissions"])
    kept = admin.do("PUT", f"roles/{role['id']}", {"seen": shown["seen"], "permissions": rest})
    assert kept == {"id": role["id"], "seen": admin.do("GET", f"roles/{role['id']}")["seen"]}
    again = admin.do("PUT", f"roles/{role['id']}", {"seen": kept["seen"], "permissions": [*reversed(rest)]})
    assert again == kept
    for unknown in (999_999, 2**31 - 1):
        sent = {"seen": kept["seen"], "permissions": [*rest, unknown]}
        assert refused(admin.call("PUT", f"roles/{role['id']}", sent)) == {"permissions"}
    sent = {"seen": kept["seen"], "permissions": [2**63]}
    assert refused(admin.call("PUT", f"roles/{role['id']}", sent)) == {"permissions.0"}
    assert {each["id"] for each in admin.do("GET", "roles/permissions")} > set(rest)
    assert program.call("GET", "phrases/").status_code == 403
    late = {"seen": shown["seen"], "permissions": []}
    assert admin.call("PUT", f"roles/{role['id']}", late).status_code == 409
    top = next(each for each in admin.do("GET", "roles/") if each["name"] == "Admin")
    sent = {"seen": admin.do("GET", f"roles/{top['id']}")["seen"], "permissions": []}
    assert admin.call("PUT", f"roles/{top['id']}", sent).status_code == 422


def test_the_trail_tells_who_did_it(admin: Program, auditor: Program) -> None:
    made = admin.do("POST", "users/", NEW)
    events = auditor.do("GET", f"audit-events/?q={made['id']}&size=100")
    assert any(each["entity"] in ("ab_user", "account") and each["action"] == "create" for each in events)
    assert auditor.call("DELETE", f"audit-events/{events[0]['id']}").status_code == 405
    for path in ("deliveries/", "stored-files/"):
        assert auditor.call("GET", path).status_code == 200
