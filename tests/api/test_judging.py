"""Officers' programs: schemes as data, what other figures would change, the line of the proposed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app import jobs
from app import models as m
from app.db import db, session
from app.domain import actor as roles
from app.domain.recognition import scheme as rules
from app.services import background
from app.services.recognition import screening
from tests.support import factories as make
from tests.support.evaluations import Stage, begin, make_stage, score_all, states
from tests.support.programs import Program, refused
from tests.support.recognition import STRONG, WEAK, make_four, make_round, make_scheme

MINE = {**rules.EXAMPLE, "name": "本省示例方案"}


@pytest.fixture
def strangers(app: Flask) -> list[Program]:
    """Those who have no business with how a round judges."""
    users = [make.make_user(roles.UNIT, make.make_unit()), make.make_user(roles.REVIEWER)]
    session.commit()
    return [Program.of(app, user) for user in users]


def test_a_scheme_goes_out_and_comes_back_as_it_was(officer: Program, auditor: Program) -> None:
    made = officer.do("POST", "schemes/", {"document": MINE})
    shown = auditor.do("GET", f"schemes/{made['id']}")
    assert shown["content"] == MINE
    assert shown["example"] is True
    lower = {**MINE, "pass_score": 50}
    changed = officer.do("PUT", f"schemes/{made['id']}", {"version": made["version"], "document": lower})
    assert officer.do("GET", f"schemes/{made['id']}")["content"] == lower
    stale = officer.call("PUT", f"schemes/{made['id']}", {"version": made["version"], "document": MINE})
    assert stale.status_code == 409
    copy = officer.do("POST", f"schemes/{changed['id']}/copy", {"name": "本省示例方案（二）"})
    assert officer.do("GET", f"schemes/{copy['id']}")["content"]["pass_score"] == 50
    officer.do("DELETE", f"schemes/{copy['id']}")
    assert officer.call("GET", f"schemes/{copy['id']}").status_code == 404


def test_every_fault_of_a_scheme_is_said_at_its_place(officer: Program) -> None:
    spoilt = deepcopy(MINE)
    spoilt["pass_score"] = 101
    spoilt["dimensions"][0]["indicators"][0]["weight"] = "viel"
    found = refused(officer.call("POST", "schemes/", {"document": spoilt}))
    assert found >= {"pass_score", "dimensions.0.indicators.0.weight"}
    huge = {**MINE, "source": "长" * 600_000}
    assert "document" in refused(officer.call("POST", "schemes/", {"document": huge}))


def test_a_scheme_that_a_published_round_judges_by_stays(officer: Program) -> None:
    scheme = make_scheme()
    make_round(scheme_id=scheme.id)
    session.commit()
    key = scheme.id
    refused = officer.call("PUT", f"schemes/{key}", {"version": scheme.version, "document": MINE})
    assert refused.status_code == 409
    assert officer.call("DELETE", f"schemes/{key}").status_code == 409


def test_T_I10_how_a_round_judges_is_no_business_of_units_and_reviewers(
    auditor: Program, strangers: list[Program]
) -> None:
    scheme, round_ = make_scheme(), make_round()
    session.commit()
    reads = [
        ("GET", "schemes/", None),
        ("GET", f"schemes/{scheme.id}", None),
        ("GET", f"rounds/{round_.id}/proposal", None),
        ("POST", f"rounds/{round_.id}/what-if", {"changes": {}}),
    ]
    writes = [
        ("POST", "schemes/", {"document": MINE}),
        ("PUT", f"schemes/{scheme.id}", {"version": 1, "document": MINE}),
        ("DELETE", f"schemes/{scheme.id}", None),
        ("POST", f"rounds/{round_.id}/proposal", {"cut": "60", "seen": ""}),
    ]
    for who in strangers:
        assert {who.call(*each).status_code for each in reads + writes} == {403}
    assert {auditor.call(*each).status_code for each in reads} == {200}
    assert {auditor.call(*each).status_code for each in writes} == {403}


def test_other_figures_are_tried_out_and_nothing_changes(officer: Program) -> None:
    round_ = make_round(document={**deepcopy(rules.EXAMPLE), "min_class": 2})
    make_four(round_)
    session.commit()
    address = f"rounds/{round_.id}/what-if"
    as_it_is = officer.do("POST", address, {"changes": {}})
    assert as_it_is["candidates"] == 4
    assert as_it_is["passed_now"] == as_it_is["passed_then"]
    assert as_it_is["document"] == round_.frozen_scheme
    easier = officer.do("POST", address, {"changes": {"pass_score": 0}})
    assert easier["passed_then"] == 4
    assert easier["joining_count"] == 4 - as_it_is["passed_now"] == len(easier["joining"])
    assert WEAK in {each["name"] for each in easier["joining"]}
    assert STRONG not in {each["name"] for each in easier["joining"]}
    officer.do("POST", "schemes/", {"document": {**easier["document"], "name": "试出的示例方案"}})
    weight = "dimensions.0.indicators.0.weight"
    assert officer.do("POST", address, {"changes": {weight: "90"}})["candidates"] == 4
    assert refused(officer.call("POST", address, {"changes": {weight: "viel"}})) == {weight}
    assert refused(officer.call("POST", address, {"changes": {"cut": 1, "name": "x"}})) == {"cut", "name"}
    assert {each.state for each in session.query(m.Recognition)} == {"candidate"}


def test_who_tries_out_figures_holds_up_nobody_who_writes(
    officer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = make_round()
    session.commit()
    known, titles = screening.what_if, []

    def slow(round_: m.RecognitionRound, typed: dict[str, Any]) -> Any:
        with Session(db.engine.execution_options(writes=True)) as other:  # somebody else, meanwhile
            other.execute(update(m.RecognitionRound).values(title="改了的标题"))
            other.commit()
        titles.append(round_.title)
        return known(round_, typed)

    monkeypatch.setattr(screening, "what_if", slow)
    officer.do("POST", f"rounds/{round_.id}/what-if", {"changes": {}})
    assert len(titles) == 1


def test_the_list_is_cut_by_points_or_by_number_and_decided_once(app: Flask) -> None:
    stage: Stage = make_stage()
    made = begin(stage, 3)
    for each, share in zip(made, ("1", "0.5", "0"), strict=True):
        score_all(stage, each, share, share)
    session.expire_all()
    program = Program.of(app, stage.ou.user_id)
    address, middle = f"rounds/{stage.round.id}/proposal", str(made[1].score)
    usual = program.do("GET", address)
    assert (usual["above"] + usual["below"], usual["unfinished"]) == (3, 0)
    two = program.do("GET", f"{address}?most=2")
    assert (two["cut"], two["above"], two["below"]) == (middle, 2, 1)
    assert program.do("GET", f"{address}?cut={middle}") == two
    assert refused(program.call("GET", f"{address}?cut=101")) == {"cut"}
    assert refused(program.call("GET", f"{address}?most=0")) == {"most"}

    last, best = made[2].id, made[0].id
    sent = {"cut": middle, "seen": two["seen"], "overrides": [{"recognition_id": last, "reason": " "}]}
    assert refused(program.call("POST", address, sent)) == {f"override.{last}"}
    twice = {**sent, "overrides": [{"recognition_id": best, "reason": "甲"}] * 2}
    assert refused(program.call("POST", address, twice)) == {"overrides"}
    assert program.call("POST", address, {**sent, "seen": "0" * 64}).status_code == 409
    job = program.do(
        "POST", address, {**sent, "overrides": [{"recognition_id": last, "reason": "复核后改判"}]}
    )
    background.run_waiting(jobs.HANDLERS)
    assert program.do("GET", f"jobs/{job['job_id']}")["state"] == "done"
    assert states(made) == ["proposed"] * 3
    assert program.call("POST", address, sent).status_code == 409
