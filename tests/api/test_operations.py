"""Each operation is declared once: what it takes, what it answers, and the scope a token needs for it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from app.api import operations, reading, schemas
from app.api.base import Api, operation
from app.domain import scopes
from app.domain.errors import RuleError

THING = schemas.some(
    {"version": schemas.VERSION, "name": schemas.text(3), "kind": schemas.one_of("a", "b"),
     "links": schemas.array(schemas.some({"patent_id": schemas.ID}, "patent_id"), most=2)}, "version",
)  # fmt: skip


class ThingApi(Api):
    """An API for these tests."""

    area = "filing"

    @operation("POST", "/", "…", body=THING, answer=schemas.result(schemas.TEXT))
    def post(self, data: dict[str, Any]) -> Any:
        """Do nothing."""

    @operation("POST", "/ask", "…", access="read", answer=schemas.result(schemas.TEXT))
    def ask(self) -> Any:
        """Ask."""


def problems(app: Flask, sent: Any) -> dict[str | None, str]:
    with app.test_request_context(json=sent), pytest.raises(RuleError) as refused:
        reading.body(THING)
    return {problem.field: str(problem.message) for problem in refused.value.problems}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_operation_belongs_to_an_area_and_says_what_it_answers(app: Flask) -> None:
    known = list(operations.declared(app.appbuilder))  # type: ignore[attr-defined]
    assert len(known) == len({(each.operation.method, each.path) for each in known})
    for each in known:
        assert each.api.area in operations.AREAS
        Draft202012Validator.check_schema(each.operation.worked_out(each.operation.answer, each.api))
        assert str(each.operation.summary)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_route_of_the_api_is_a_declared_operation(app: Flask) -> None:
    known = {(each.operation.method, each.path) for each in operations.declared(app.appbuilder)}  # type: ignore[attr-defined]
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")
    }
    assert routes == known


def test_the_scope_of_an_operation_is_its_area_and_whether_it_only_reads() -> None:
    made = {name: getattr(ThingApi, name)._operation for name in ("post", "ask")}
    assert {name: operations.scope(ThingApi, each) for name, each in made.items()} == {
        "post": "filing:write", "ask": "filing:read",
    }  # fmt: skip


def test_every_fault_of_a_request_is_told_at_once_beside_its_field() -> None:
    app = Flask(__name__)
    sent = {"name": "four", "kind": "c", "state": "filed", "links": [{}, {"patent_id": "1"}]}
    found = problems(app, sent)
    assert set(found) == {"version", "name", "kind", "state", "links.0.patent_id", "links.1.patent_id"}
    assert found["state"] == "该字段不能由调用方设置"


def test_T_Q03_a_zero_character_in_a_text_is_refused_by_name() -> None:
    assert problems(Flask(__name__), {"version": 1, "name": "a\0"}) == {"name": "含有不能保存的控制字符"}


def test_a_whole_number_may_be_written_with_a_point() -> None:
    with Flask(__name__).test_request_context(json={"version": 1.0}):
        assert reading.body(THING) == {"version": 1}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_may_do_something_is_offered_the_scope_for_it(app: Flask) -> None:
    for each in operations.declared(app.appbuilder):  # type: ignore[attr-defined]
        for role, permissions in each.api.roles.items():
            if f"can_{each.operation.permission}" in permissions and not each.operation.is_open:
                assert scopes.allows(scopes.offered([role]), each.scope), (role, each.path)
