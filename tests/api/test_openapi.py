"""The OpenAPI document: only what the asker may do, valid, and true — each operation answers as it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from sqlalchemy.orm import Session

from app.db import session
from tests.support.programs import Program
from tests.support.world import World

CHECKS = [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
          checks.response_schema_conformance]  # fmt: skip
#: what stands in the path for records of unit A; ids that schemathesis makes up are hardly ever there
RECORDS = {
    "products": "draft", "product-years": "product_year", "units": "unit", "assets": "asset_year", "patents": "patent",
    "messages": "outbox", "cases": "review_case", "rounds": "recognition_round", "screening-runs": "screening_run",
    "notices": "public_notice", "recognitions": "recognition", "certificates": "certificate", "objections": "objection",
    "jobs": "background_job", "evaluations": "evaluation", "schemes": "evaluation_scheme",
    "articles": "article",
}  # fmt: skip
LIMITS = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def document(world: World, person: str) -> dict[str, Any]:
    found: dict[str, Any] = world.browser(person).get("/api/v1/openapi.json").get_json()
    return found


def operations(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, methods in found["paths"].items() for method in methods}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_everybody_is_shown_what_they_may_do(world: World) -> None:
    shown = {
        person: operations(document(world, person))
        for person in ("anonymous", "unit_a", "reviewer", "auditor")
    }
    assert shown["anonymous"] == {
        ("get", "/api/v1/openapi.json"), ("post", "/api/v1/security/login"), ("post", "/api/v1/security/refresh"),
        ("get", "/api/v1/public/products"), ("get", "/api/v1/public/products/{filing_no}"),
    }  # fmt: skip
    approve, submit = ("post", "/api/v1/cases/{pk}/approve"), ("post", "/api/v1/products/{pk}/submit")
    assert {person for person, known in shown.items() if approve in known} == {"reviewer"}
    assert {person for person, known in shown.items() if submit in known} == {"unit_a"}
    open_to_all = {("post", "/api/v1/security/login"), ("post", "/api/v1/security/refresh")}
    changes = {each for each in shown["auditor"] if each[0] != "get"} - open_to_all
    assert changes == {
        ("post", "/api/v1/messages/read"), ("post", "/api/v1/messages/{pk}/read"),
        ("post", "/api/v1/rounds/{pk}/what-if"),  # which changes nothing
        # what auditors keep of their own
        ("post", "/api/v1/exports/"), ("delete", "/api/v1/exports/{pk}"), ("post", "/api/v1/statistics/views/"),
        ("delete", "/api/v1/statistics/views/{pk}"),
    }  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_document_and_its_page_are_in_the_readers_language(world: World) -> None:
    program = Program.of(world.app, world.users["unit_a"], "en")
    found = program.call("GET", "openapi.json").get_json()
    assert found["paths"]["/api/v1/products/{pk}/submit"]["post"]["summary"] == "Submit for review"
    page = world.browser("unit_a").get("/api/docs").get_data(as_text=True)
    assert "提交审核" in page
    assert "/api/v1/cases/{pk}/approve" not in page


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_example_fits_the_schema_beside_it(world: World) -> None:
    for person in ("unit_a", "admin"):
        for path, methods in document(world, person)["paths"].items():
            for each in methods.values():
                sent = each.get("requestBody", {}).get("content", {}).get("application/json")
                if sent is not None:
                    assert "example" in sent, path
                    Draft202012Validator(sent["schema"]).validate(sent["example"])


def every(world: World, person: str) -> Iterator[Any]:
    """The operations of a person's document, with its schema."""
    schema = schemathesis.openapi.from_dict(document(world, person))
    schema.app = world.app
    for found in schema.get_all_operations():
        yield found.ok()  # type: ignore[union-attr]


def try_out(operation: Any, program: Program, own: int | None, mode: GenerationMode) -> None:
    """Call an operation with data made up from the document; what should be right with a record that is there."""

    @LIMITS
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        if own is not None and "pk" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["pk"] = own
        case.call_and_validate(checks=CHECKS, headers=program.header)

    with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
        one()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
def test_T_Q02_every_operation_answers_as_its_document_says_whatever_it_is_sent(
    world: World, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "commit", Session.rollback)
    seen: set[str] = set()
    people = ("unit_a", "reviewer", "admin")
    programs = [Program.of(world.app, world.users[person]) for person in people]
    for person, program in zip(people, programs, strict=True):
        for operation in every(world, person):
            if operation.label not in seen and "/security/" not in operation.path:
                seen.add(operation.label)
                session.rollback()  # what the test and its requests share
                table = RECORDS.get(operation.path.split("/")[3], "")
                try_out(operation, program, world.records["a"].get(table), mode)
    assert len(seen) > 100


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_the_document_does_not_know_is_refused(app: Flask, world: World) -> None:
    program = Program.of(app, world.users["unit_a"])
    answer = program.call("GET", "products/?f_unit_id=1&unit_id=1")
    assert answer.status_code == 400
    assert {each["field"] for each in answer.get_json()["problems"]} == {"f_unit_id", "unit_id"}
