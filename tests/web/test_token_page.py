"""The page of personal access tokens: a new one is shown this once."""

from __future__ import annotations

from sqlalchemy import select

from app import models as m
from app.db import session
from tests.support.world import World


def program(world: World, text: str) -> int:
    """What a program with this token is answered."""
    session.rollback()
    header = {"Authorization": f"Bearer zp_{text}"}
    return int(world.app.test_client().get("/api/v1/products/", headers=header).status_code)


def test_the_page_shows_a_new_token_once(world: World, no_csrf: None) -> None:
    browser = world.browser("unit_a")
    bad = browser.post("/tokens/", data={"name": "数据同步", "days": "30"})
    assert (bad.status_code, "数据同步" in bad.text) == (422, True)
    shown = browser.post("/tokens/", data={"name": "数据同步", "days": "30", "scopes": "filing:read"})
    text = shown.text.split('value="zp_')[1].split('"')[0]
    assert shown.headers["Cache-Control"] == "no-store"
    assert program(world, text) == 200
    listed = browser.get("/tokens/").text
    assert "数据同步" in listed
    assert text not in listed
    token_id = session.scalars(select(m.ApiToken.id).where(m.ApiToken.name == "数据同步")).one()
    assert browser.post(f"/tokens/{token_id}/revoke").status_code == 302
    assert program(world, text) == 401
    assert browser.post(f"/tokens/{token_id}/remove").status_code == 302
    assert session.get(m.ApiToken, token_id) is None
