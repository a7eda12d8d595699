"""Personal access tokens: within their scopes, in force until they expire, are ended, or their owner's sessions end."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.domain import actor as roles
from app.domain import scopes
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import NotFound, RuleError
from app.domain.parameters import PARAMETERS
from app.registers import parameters
from app.services import accounts, tokens
from tests.support.acts import do
from tests.support.factories import actor_of
from tests.support.world import World

Header = dict[str, str]


@pytest.fixture
def world(world: World, app: Flask) -> World:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]
    return world


def who(world: World, name: str) -> Actor:
    return actor_of(session.get_one(m.User, world.users[name]))


def made(
    world: World, *wanted: str, name: str = "unit_a", days: int = 30, called: str = "ERP 同步"
) -> tuple[int, Header]:
    """A token's id and the header that a program sends."""
    token, text = do(tokens.create, who(world, name), called, wanted or ("filing:read",), days, now=utc_now())
    return token.id, {"Authorization": f"Bearer {text}"}


def status(
    world: World, header: Header, path: str = "/api/v1/products/", method: str = "GET", **values: object
) -> int:
    session.rollback()
    return int(world.app.test_client().open(path, method=method, headers=header, **values).status_code)


def test_a_program_acts_as_its_owner_and_sees_its_rows_alone(world: World) -> None:
    _, header = made(world)
    listed = world.app.test_client().get("/api/v1/products/", headers=header).get_json()
    assert world.records["a"]["product"] in {row["id"] for row in listed["result"]}
    assert status(world, header, f"/api/v1/products/{world.records['b']['product']}") == 404


@pytest.mark.parametrize(
    ("scope", "read", "write", "patents"),
    [("filing:read", 200, 403, 403), ("filing:write", 200, 409, 403), ("patents:read", 403, 403, 200)],
)
def test_a_token_reaches_only_what_its_scopes_name(
    world: World, scope: str, read: int, write: int, patents: int
) -> None:
    _, header = made(world, scope)
    product = f"/api/v1/products/{world.records['a']['product']}"
    assert status(world, header, product) == read
    assert status(world, header, product, "PUT", json={"version": 1, "name": "储能柜"}) == write
    assert status(world, header, "/api/v1/patents/") == patents


def test_a_token_is_shown_what_its_scopes_allow(world: World) -> None:
    _, header = made(world, "patents:read")
    found = world.app.test_client().get("/api/v1/openapi.json", headers=header).get_json()["paths"]
    asked = {each.get("x-scope") for methods in found.values() for each in methods.values()}
    assert asked == {None, "patents:read"}  # and what is open to everybody


def test_tables_are_reached_only_with_the_scope_of_what_is_in_them(world: World) -> None:
    _, header = made(world, "imports:write", "exports:write", name="admin")
    assert status(world, header, "/api/v1/imports/current/users/csv") == 403
    table = {"kind": "users", "file": (io.BytesIO("用户名\nevil\n".encode()), "users.csv")}
    assert status(world, header, "/api/v1/imports/", "POST", data=table) == 403
    assert status(world, header, "/api/v1/exports/", "POST", json={"of": "account", "kind": "csv"}) == 422
    batch = f"/api/v1/imports/{world.records['a']['staff_import']}"
    for method, path in (("GET", ""), ("GET", "/faults"), ("POST", "/undo")):
        assert status(world, header, f"{batch}{path}", method) == 403
    _, reads = made(world, "imports:write", "exports:write", "system:read", name="admin", called="只读账号")
    assert status(world, reads, "/api/v1/imports/current/users/csv") == 200
    assert status(world, reads, f"{batch}/undo", "POST") == 403
    assert status(world, reads, "/api/v1/exports/", "POST", json={"of": "account", "kind": "csv"}) == 201


def test_only_the_hash_is_kept_and_the_trail_has_neither(world: World) -> None:
    token_id, header = made(world)
    text = header["Authorization"].removeprefix("Bearer ")
    token = session.get_one(m.ApiToken, token_id)
    assert text not in repr(vars(token))
    assert (token.hint, len(token.digest)) == (text[-4:], 64)
    details = session.scalars(select(m.AuditEvent.detail).where(m.AuditEvent.entity == "api_token")).all()
    assert details
    assert not any(text in detail or token.digest in detail for detail in details)


def test_an_expired_or_revoked_or_invented_token_is_nobody(world: World) -> None:
    revoked_id, revoked = made(world)
    expired_id, expired = made(world, called="旧程序")
    assert status(world, revoked) == status(world, expired) == 200
    do(tokens.revoke, who(world, "unit_a"), revoked_id, now=utc_now())
    with transaction(Actor.system()):
        session.get_one(m.ApiToken, expired_id).expires_at = utc_now() - timedelta(seconds=1)
    assert status(world, revoked) == status(world, expired) == 401
    assert status(world, {"Authorization": "Bearer zp_invented"}) == 401
    assert status(world, {"Authorization": "Bearer zp_"}) == 401


@pytest.mark.parametrize("end", ["password", "closed", "signed out"])
def test_T_A13_tokens_die_with_the_password_the_account_and_the_sessions(world: World, end: str) -> None:
    token_id, header = made(world)
    assert status(world, header) == 200
    user_id = world.users["unit_a"]
    assert user_id is not None
    with transaction(Actor.system()):
        if end == "password":
            accounts.set_password(user_id, "another long password")
        elif end == "closed":
            accounts.set_access(user_id, False)
            accounts.set_access(user_id, True)
        else:
            accounts.end_sessions(user_id)
    assert status(world, header) == 401
    assert tokens.state(session.get_one(m.ApiToken, token_id), utc_now()) == "account"


def test_the_last_use_is_noted_once_a_minute(world: World) -> None:
    token_id, header = made(world)
    status(world, header)
    first = session.get_one(m.ApiToken, token_id).last_used_at
    assert first is not None
    status(world, header)
    session.expire_all()
    token = session.get_one(m.ApiToken, token_id)
    assert (token.last_used_at, token.last_ip) == (first, "127.0.0.1")


def test_each_token_has_its_own_limit(world: World) -> None:
    _, header = made(world)
    _, other = made(world, called="另一程序")
    session.get_one(m.Parameter, "token_requests_per_minute").value = "2"
    session.commit()
    parameters.forget()
    assert [status(world, header) for _ in range(3)] == [200, 200, 429]
    assert status(world, other) == 200
    parameters.forget()
    assert PARAMETERS["token_requests_per_minute"].default == 600


def test_a_token_opens_no_page(world: World) -> None:
    _, header = made(world)
    assert status(world, header, "/tokens/") == 302
    assert status(world, header, "/my/") == 302


def test_every_token_opens_the_document_of_the_api(world: World) -> None:
    _, header = made(world, "messages:read")
    assert status(world, header, "/api/v1/openapi.json") == 200


def test_T_I01_the_tokens_of_others_do_not_exist(world: World) -> None:
    token_id, header = made(world)
    for name in ("unit_b", "admin"):
        with pytest.raises(NotFound):
            do(tokens.revoke, who(world, name), token_id, now=utc_now())
    assert status(world, header) == 200


@pytest.mark.parametrize(
    ("name", "wanted", "days", "fields"),
    [("", [], 1, {"name", "scopes", "days"}), ("x" * 101, ["objections:write"], 30, {"name", "scopes"}),
     ("ERP 同步", ["filing:read"], 30, {"name"})],
)  # fmt: skip
def test_what_is_wrong_is_said_at_each_field(
    world: World, name: str, wanted: list[str], days: int, fields: set[str]
) -> None:
    made(world)
    with pytest.raises(RuleError) as refused:
        do(tokens.create, who(world, "unit_a"), name, wanted, days, now=utc_now())
    assert {problem.field for problem in refused.value.problems} == fields


def test_scopes_narrow_and_writing_includes_reading() -> None:
    assert scopes.allows(["filing:write"], "filing:read")
    assert scopes.allows([], "public:read")
    assert not scopes.allows(["filing:read"], "filing:write")
    assert not scopes.allows(["units:write"], "filing:read")
    assert "objections:write" not in scopes.offered({roles.UNIT})
    assert set(scopes.offered(roles.ROLES)) == set(scopes.SCOPES)
