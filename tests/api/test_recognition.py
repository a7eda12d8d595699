"""Recognition by programs: the officer's steps, the unit's supplement, objections, certificates, statistics."""

from __future__ import annotations

from flask import Flask

from app import models as m
from app.db import session
from app.domain import actor as roles
from tests.support import factories as make
from tests.support.programs import Program
from tests.support.recognition import make_round
from tests.support.supplements import make_recognition, make_supplement
from tests.support.world import World


def test_a_round_is_planned_and_unseen_by_units_until_it_is_published(app: Flask, officer: Program) -> None:
    scheme = session.query(m.EvaluationScheme.id).first()
    assert scheme is not None
    owner = Program.of(app, make.make_user(roles.UNIT, make.make_unit()))
    session.commit()
    plan = {"year": 2025, "data_year": 2024, "title": "2025 年度认定", "filing_deadline": "2025-09-15",
            "supplement_deadline": "2025-10-31", "notice_days": 10, "evaluators": 2, "scheme_id": scheme.id}  # fmt: skip
    wrong = officer.call("POST", "rounds/", {**plan, "data_year": 2025, "notice_days": 0})
    assert {each["field"] for each in wrong.get_json()["problems"]} >= {"data_year", "notice_days"}
    made = officer.do("POST", "rounds/", plan)
    assert owner.call("GET", f"rounds/{made['id']}").status_code == 404
    assert owner.call("GET", "rounds/").get_json()["count"] == 0
    assert owner.call("POST", "rounds/", plan).status_code == 403
    late = officer.call("POST", f"rounds/{made['id']}/publish", {"version": made["version"]})
    assert late.get_json()["problems"][0]["field"] == "supplement_deadline"
    changed = officer.do("PUT", f"rounds/{made['id']}", {"version": made["version"], "title": "另一个名称"})
    officer.do("DELETE", f"rounds/{changed['id']}")


def test_the_supplement_is_filled_in_and_read_by_officers(app: Flask, officer: Program) -> None:
    unit = make.make_unit()
    round_ = make_round(supplement_deadline=make.TODAY.replace(year=2099))
    recognition = make_recognition(make.make_product(unit, state="filed"), round_)
    make_supplement(recognition)
    owner = Program.of(app, make.make_user(roles.UNIT, unit))
    stranger = Program.of(app, make.make_user(roles.UNIT, make.make_unit()))
    session.commit()
    address = f"recognitions/{recognition.id}/supplement"
    saved = owner.call("PUT", address, {"version": 1, "claims": "12", "awards": "many"}).get_json()
    assert [each["field"] for each in saved["problems"]] == ["awards"]
    version = saved["result"]["version"]
    assert officer.do("GET", address)["answers"] == {"claims": "12"}
    lacking = owner.call("POST", f"{address}/submit", {"version": version, "commitment": True})
    assert lacking.status_code == 422
    for method, path, sent in (
        ("GET", address, None), ("PUT", address, {"version": version}),
        ("POST", f"{address}/submit", {"version": version, "commitment": True}), ("POST", f"{address}/take-back", None),
    ):  # fmt: skip
        assert stranger.call(method, path, sent).status_code == 404, path
    assert officer.call("PUT", address, {"version": version}).status_code == 403


def test_units_see_no_scores(world: World) -> None:
    key = world.records["a"]["recognition"]
    session.query(m.Recognition).filter_by(id=key).update({"machine_score": 61})
    session.commit()
    unit, officer = (
        Program.of(world.app, world.users["unit_a"]),
        Program.of(world.app, world.users["officer"]),
    )
    assert unit.do("GET", f"recognitions/{key}")["machine_score"] is None
    assert officer.do("GET", f"recognitions/{key}")["machine_score"] == "61.00"


def test_an_objection_is_taken_up_and_decided(world: World) -> None:
    officer = Program.of(world.app, world.users["officer"])
    key = world.records["a"]["objection"]
    version = officer.do("GET", f"objections/{key}")["version"]
    taken = officer.do("POST", f"objections/{key}/handle", {"version": version})
    empty = officer.call("POST", f"objections/{key}/reject", {"version": taken["version"], "decision": " "})
    assert empty.get_json()["problems"][0]["field"] == "decision"
    stale = {"version": version, "decision": "经核对，不成立"}
    assert officer.call("POST", f"objections/{key}/reject", stale).status_code == 409
    officer.do("POST", f"objections/{key}/reject", {**stale, "version": taken["version"]})
    assert officer.do("GET", f"objections/{key}")["state"] == "rejected"
    for who in ("unit_a", "office"):
        assert Program.of(world.app, world.users[who]).call("GET", f"objections/{key}").status_code == 403


def test_statistics_are_those_of_the_askers_region(world: World) -> None:
    office = Program.of(world.app, world.users["office"])
    answer = office.call("GET", "statistics/overview?year=2024").get_json()
    assert (answer["year"], answer["region"]) == (2024, "430000")
    assert answer["result"][0]["columns"]
    assert office.call("GET", "statistics/overview?region=440000").status_code in (403, 404)
    assert Program.of(world.app, world.users["unit_a"]).call("GET", "statistics/overview").status_code == 403


def test_T_I09_background_work_is_ones_own(world: World) -> None:
    key = world.records["a"]["background_job"]
    own, other = (Program.of(world.app, world.users[who]) for who in ("unit_a", "admin"))
    assert own.do("GET", f"jobs/{key}")["title"] == "产品"
    assert other.call("GET", f"jobs/{key}").status_code == 404
    assert other.call("GET", "jobs/").get_json()["count"] == 0


def test_a_reviewer_scores_alone_and_unseen(world: World) -> None:
    key = world.records["a"]["evaluation"]
    session.query(m.Recognition).filter_by(id=world.records["a"]["recognition"]).update(
        {"state": "evaluating"}
    )
    session.commit()
    reviewer, officer = (Program.of(world.app, world.users[who]) for who in ("reviewer", "officer"))
    sheet = {"version": 1, "scores": {}, "comment": "可"}
    reviewer.do("PUT", f"evaluations/{key}", sheet)
    draft = reviewer.do("GET", f"evaluations/{key}")
    assert draft["comment"] == "可"
    version = draft["version"]
    assert reviewer.call("PUT", f"evaluations/{key}", sheet).status_code == 409
    lacking = reviewer.call("POST", f"evaluations/{key}/score", {"version": version, "scores": {}})
    assert lacking.status_code == 422
    empty = reviewer.call("POST", f"evaluations/{key}/recuse", {"reason": " "})
    assert empty.get_json()["problems"][0]["field"] == "reason"
    reviewer.do("POST", f"evaluations/{key}/recuse", {"reason": "曾任该单位顾问"})
    assert officer.call("GET", f"evaluations/{key}").status_code == 403
