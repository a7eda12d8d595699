"""What a unit keeps of itself, by programs: real-name data, assets, patents, messages."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db import session
from tests.api.conftest import Cast
from tests.support import factories as make
from tests.support.programs import Program
from tests.support.world import World


def test_assets_are_saved_and_completed_by_year(cast: Cast) -> None:
    year = cast.data_year - 1
    address = f"assets/years/{year}"
    saved = cast.anna.call(
        "PUT", address, {"version": None, "revenue": "12,000.50", "employees": "many"}
    ).get_json()
    assert [each["field"] for each in saved["problems"]] == ["employees"]
    version = saved["result"]["version"]
    lacking = cast.anna.call("POST", f"{address}/complete", {"version": version})
    assert lacking.status_code == 422
    assert "statement_file_id" in {each["field"] for each in lacking.get_json()["problems"]}
    session.rollback()
    file = make.make_file(cast.unit, "statement")
    session.commit()
    whole = {"version": version, "total_profit": 10, "total_assets": 500, "rnd_spending": 1, "employees": 20,
             "statement_file_id": file.id, "statement_seal": "auditor"}  # fmt: skip
    done = cast.anna.do("POST", f"{address}/complete", whole)
    assert cast.anna.do("GET", f"assets/{done['id']}")["state"] == "complete"


def test_patents_are_imported_added_changed_and_removed(cast: Cast) -> None:
    make.make_register_patent([cast.unit.name])
    session.commit()
    assert cast.anna.do("POST", "patents/import")["added"] == 1
    assert cast.anna.do("POST", "patents/import")["unchanged"] == 1
    number = make.make_number().display
    by_hand = {"application_no": number, "obtained": "own", "title": "一种装置", "patentees": cast.unit.name,
               "filing_date": "2018-03-01", "legal_state": "valid"}  # fmt: skip
    added = cast.anna.do("POST", "patents/", by_hand)
    changed = cast.anna.do(
        "PUT", f"patents/{added['id']}", {"version": added["version"], "title": "另一种装置"}
    )
    assert cast.anna.call("PUT", f"patents/{added['id']}", {"version": added["version"]}).status_code == 409
    cast.anna.do("DELETE", f"patents/{added['id']}?version={changed['version']}")
    assert cast.anna.call("GET", f"patents/{added['id']}").status_code == 404


def test_a_real_name_check_is_filled_in_submitted_and_taken_back(cast: Cast, app: Flask) -> None:
    unit = make.make_unit(state="unverified")
    newcomer = Program.of(app, make.make_user("Unit", unit))
    session.commit()
    address = f"units/{unit.id}"
    saved = newcomer.do("PUT", address, {"version": unit.version, "former_names": ["长沙老示例厂"]})
    assert newcomer.do("POST", f"{address}/submit", {"version": saved["version"]})["kind"] == "realname"
    newcomer.do("POST", f"{address}/withdraw")
    assert cast.anna.call("GET", address).status_code == 404


def test_messages_are_ones_own_and_marked_as_read(world: World) -> None:
    anna, bo = Program.of(world.app, world.users["unit_a"]), Program.of(world.app, world.users["unit_b"])
    message = world.records["a"]["outbox"]
    assert [row["id"] for row in anna.call("GET", "messages/").get_json()["result"]] == [message]
    assert bo.call("POST", f"messages/{message}/read").status_code == 404
    anna.do("POST", f"messages/{message}/read")
    assert anna.call("GET", "messages/").get_json()["result"][0]["read_at"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en-GB,en;q=0.9", "Please fill in this field"), ("zh-Hans", "请填写该字段"), ("fr", "请填写该字段")],
)
def test_programs_are_answered_in_the_language_they_ask_for(world: World, language: str, said: str) -> None:
    program = Program.of(world.app, world.users["unit_a"], language)
    answer = program.call("POST", "patents/", {})
    assert answer.get_json()["problems"] == [{"field": "application_no", "message": said, "rule": None}]
