"""Programs find the codes that a filing is filled in with."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db import session
from app.domain import actor as roles
from tests.support import factories as make
from tests.support.programs import Program

TABLES = ("product-classes", "industries", "intensive-industries", "regions", "filing-rules")


@pytest.fixture
def program(app: Flask) -> Program:
    """A unit's program, of a unit whose identity nobody has checked yet."""
    user = make.make_user(roles.UNIT, make.make_unit(state="unverified"))
    session.commit()
    return Program.of(app, user)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_read_to_its_end_by_everybody_who_signs_in(
    app: Flask, program: Program, table: str
) -> None:
    keys, after = [], ""
    for _ in range(200):
        page = program.call("GET", f"{table}/?size=100{after}").get_json()
        keys += [row["id"] for row in page["result"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert page["next"] is None
    assert len(keys) == len(set(keys)) > 20
    assert program.do("GET", f"{table}/{keys[-1]}")["id"] == keys[-1]
    assert program.call("GET", f"{table}/nothing").status_code == 404
    assert app.test_client().get(f"/api/v1/{table}/").status_code == 401


def test_an_industry_is_found_by_word_initials_and_parent(program: Program) -> None:
    [found] = [row for row in program.do("GET", "industries/?q=锂离子电池") if row["id"] == "3841"]
    assert (found["parent"], found["section"]) == ("384", "C")
    assert "3841" in {row["id"] for row in program.do("GET", "industries/?q=lzdc")}
    assert "3841" in {row["id"] for row in program.do("GET", "industries/?f_parent=384")}


def test_a_rule_names_its_clause_and_whether_that_is_official(program: Program) -> None:
    rules = program.do("GET", "filing-rules/?f_severity=block&size=100")
    assert rules
    assert all(rule["clause"] and isinstance(rule["official"], bool) for rule in rules)
    assert all(rule["message_zh"] and rule["message_en"] for rule in rules)


def test_what_is_no_official_table_says_so(program: Program) -> None:
    assert {row["provisional"] for row in program.do("GET", "intensive-industries/?size=100")} == {True}
