"""Rules, parameters and message texts are edited in the running system; what could not be used is refused at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.db import session
from app.registers import parameters
from app.services import checks
from tests.support.shown import seen
from tests.support.world import World


def edit(world: World, view: str, key: object, **changes: str) -> Any:
    """Open an edit form as the administrator, change something, send it."""
    client = world.browser("admin")
    page = client.get(f"/{view}/edit/{key}").get_data(as_text=True)
    row = session.get_one({"filingruleview": m.FilingRule, "parameterview": m.Parameter,
                           "messagetemplateview": m.MessageTemplate}[view], key)  # fmt: skip
    fields = re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', page)
    data = {
        name: str(getattr(row, name, "") or "") for name in fields if name not in ("csrf_token", "official")
    }
    data["seen"] = seen(page)
    session.rollback()
    return client.post(f"/{view}/edit/{key}", data=data | changes)


@pytest.fixture(autouse=True)
def _form_without_token(no_csrf: None) -> None:
    """What is tested comes behind the token."""


def test_a_changed_rule_is_in_force_at_once(world: World) -> None:
    """One without examples too: they are optional."""
    answer = edit(world, "filingruleview", "R14-near", severity="block")
    assert answer.status_code == 302, re.findall(r"field-error[^>]*>[^<]*", answer.text)
    session.expire_all()
    assert {rule.id: rule.severity for rule in checks.rules()}["R14-near"] == "block"


@pytest.mark.parametrize("text", ["写错的 {nobody}", "不成对的 {", "{title.__class__}", ""])
def test_a_rules_text_that_its_check_cannot_fill_in_is_refused(world: World, text: str) -> None:
    answer = edit(world, "filingruleview", "R14", message_zh=text)
    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)
    assert "R14" in {rule.id for rule in checks.rules()}


def test_a_changed_parameter_is_in_force_at_once(world: World) -> None:
    assert parameters.integer("filing_due_days") == 5
    assert edit(world, "parameterview", "filing_due_days", value="7").status_code == 302
    assert parameters.integer("filing_due_days") == 7


@pytest.mark.parametrize(("name", "value"), [("filing_due_days", "很多"), ("filing_due_days", "0"),
                                             ("filing_number_pattern", "ZLCP{year}")])  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_refused(world: World, name: str, value: str) -> None:
    answer = edit(world, "parameterview", name, value=value)
    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)


@pytest.mark.parametrize("body", ["{{ nobody }}", "{% if %}", "{{ title"])
def test_a_message_that_could_not_be_filled_in_is_refused(world: World, body: str) -> None:
    query = select(m.MessageTemplate.id).where(
        m.MessageTemplate.code == "filing_approved", m.MessageTemplate.language == "zh"
    )
    key = session.scalars(query).one()
    assert edit(world, "messagetemplateview", key, body=body).status_code == 422
    assert (
        edit(world, "messagetemplateview", key, body="{{ title }} 已通过", sms_template="SMS_1").status_code
        == 302
    )
    session.expire_all()
    assert session.get_one(m.MessageTemplate, key).sms_template == "SMS_1"


def test_a_day_off_is_kept_shown_and_taken_away(world: World) -> None:
    client = world.browser("admin")
    asked = re.findall(r'<(?:input|select)[^>]* name="(\w+)"', client.get("/calendardayview/add").text)
    assert [name for name in asked if name in ("day", "kind", "holiday")] == ["day", "kind", "holiday"]
    day = {"day": "2027-02-05", "kind": "rest", "holiday": "春节"}
    kept = client.post("/calendardayview/add", data=day)
    assert kept.status_code == 302
    assert "春节" in client.get(kept.location).get_data(as_text=True)
    assert client.post("/calendardayview/add", data=day).status_code == 422
    weekday = client.post("/calendardayview/add", data=day | {"day": "2027-02-08", "kind": "work"})
    assert weekday.status_code == 422
    assert "2027-02-08 不是周末，不会是调休上班日" in weekday.get_data(as_text=True)
    read = {"seen": seen(client.get(kept.location).text)}
    work = client.post("/calendardayview/edit/2027-02-05", data={"kind": "work"} | read)
    assert work.status_code == 422
    renamed = client.post("/calendardayview/edit/2027-02-05", data={"kind": "rest", "holiday": "除夕"} | read)
    assert renamed.status_code == 302
    stale = client.post("/calendardayview/delete/2027-02-05", data=read, follow_redirects=True)
    assert "该记录刚刚被他人修改，没有删除" in stale.text
    assert (
        client.post("/calendardayview/delete/2027-02-05", data={"seen": seen(stale.text)}).status_code == 302
    )
    assert client.get("/calendardayview/show/2027-02-05").status_code == 404
    assert client.get("/calendardayview/show/tomorrow").status_code == 404


def test_blanks_are_no_text(world: World) -> None:
    kept = world.browser("reviewer").post(
        "/phraseview/add", data={"kind": "filing", "text": "  ", "position": "1"}
    )
    assert kept.status_code == 422


def test_no_text_is_without_end(world: World) -> None:
    phrase = {"kind": "filing", "text": "长" * 5_001, "position": "1"}
    kept = world.browser("reviewer").post("/phraseview/add", data=phrase)
    assert kept.status_code == 422
    assert "5000" in kept.get_data(as_text=True)
