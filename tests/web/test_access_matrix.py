"""T-I10: every route × every kind of person. The table of answers is generated from the URL map and committed.

``access_matrix.csv`` holds what each person is answered when asking for **unit A's** record. A route without a line, a
line without a route and an answer that differs all fail. After a deliberate change write the table anew with
``ZHUANPIN_WRITE_MATRIX=1 .venv/bin/pytest tests/web/test_access_matrix.py`` and read the difference line by line.
"""

from __future__ import annotations

import csv
import os
import re
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import models as m
from app.db import session
from tests.support.factories import NOW
from tests.support.world import PEOPLE, World

TABLE = Path(__file__).with_name("access_matrix.csv")
#: What the public may open, by the first part of the path; everything else asks for a sign-in.
PUBLIC = (
    "/", "/accessibility", "/help", "/products", "/healthz", "/readyz", "/metrics", "/login", "/logout", "/register",
    "/captcha", "/password/forgot", "/password/reset", "/language", "/large-type", "/box", "/notices", "/objections", "/api/v1/security", "/v",
    "/robots.txt", "/statistics", "/articles", "/recognised", "/units", "/data", "/sitemap", "/api/v1/public", "/api/v1/openapi.json", "/api/docs",
)  # fmt: skip
#: Tables that are the same for everybody who has signed in.
CODES = tuple(f"/api/v1/{table}/" for table in (
    "product-classes", "industries", "intensive-industries", "regions", "filing-rules"))  # fmt: skip


def rules(app: Flask) -> list[tuple[str, Rule]]:
    """Every method of every route, static files left out."""
    found = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not rule.endpoint.endswith("static")
    ]
    return sorted(found, key=lambda pair: (pair[1].rule, pair[0]))


def address(app: Flask, rule: Rule, world: World) -> str:
    """The route's address for unit A's record."""
    values = {name: argument(app, rule, name, world) for name in rule.arguments}
    with app.test_request_context():
        built: str = app.url_for(rule.endpoint, **values)
    return built


def argument(app: Flask, rule: Rule, name: str, world: World) -> Any:
    """What an argument of a route stands for; a name that is not known here fails the test."""
    own = world.records["a"]
    fixed = {"kind": "csv", "name": "nothing", "year": 2024, "step": 1, "scheme": "industry", "case_id": own["review_case"],
             "message_id": own["outbox"], "token": own["file_token"], "filing_no": own["filing_no"], "evidence_id": 1,
             "receipt": "YY2025091000001", "notice_id": own["public_notice"], "objection_id": own["objection"], "certificate_id": own["certificate"], "picture": "png", "verb": "handle",
             "batch_id": own["import_batch"], "job_id": own["background_job"], "token_id": own["api_token"], "webhook_id": own["webhook"], "delivery_id": own["webhook_delivery"], "round_id": own["recognition_round"],
             "page": "regions", "table": "regions", "region": "000000", "view_id": own["saved_view"],
             "recognition_id": own["recognition"], "evaluation_id": own["evaluation"], "scheme_id": own["evaluation_scheme"], "run_id": own["screening_run"],
             "product_id": own["product"], "article_id": own["article"], "file_id": own["article_file"], "file": "products.csv", "part": 0,
             "tab": "todo", "of": "patents", "file_key": 1, "code": "filing_certificate", "number": own["template_version"]}  # fmt: skip
    if name == "batch_id" and rule.endpoint.startswith("StaffImportView"):
        return own["staff_import"]
    if rule.endpoint == "UnitProductsView.export" and name == "tab":
        return "filed"
    if rule.endpoint == "ObjectionApi.decide" and name == "verb":
        return "reject"
    if name == "act":
        return "unlock" if rule.endpoint.startswith("UserApi") else "undo"
    if name in fixed:
        return fixed[name]
    assert name == "pk", f"say in tests/web/test_access_matrix.py what {name} of {rule.rule} stands for"
    view = rule.endpoint.split(".")[0]
    models = {
        "UnitCaseView": "review_case", "UnitMessagesView": "outbox", "UnitPatentsView": "patent",
        "UnitProductsView": "product", "UnitFilingView": "draft", "UnitRevocationView": "product",
        "UnitUpdateView": "product_year", "JudgingApi": "recognition_round",
        "ExportApi": "background_job", "ImportApi": "import_batch", "StatisticsApi": "saved_view",
    }  # fmt: skip
    if view in models:
        return own[models[view]]
    table = _table_of(app, view)
    return own[table] if table in own else _any_key(table)


def _table_of(app: Flask, view: str) -> str:
    for known in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if type(known).__name__ == view:
            return str(known.datamodel.obj.__tablename__)
    raise AssertionError(f"no view {view}")


def _any_key(table: str) -> Any:
    from app.db import metadata

    key = next(iter(metadata.tables[table].primary_key.columns))
    return session.execute(select(key).order_by(key).limit(1)).scalar_one()


class Asker:
    """Asks as one person; whatever a request would change is taken back."""

    def __init__(self, world: World, person: str) -> None:
        self._sign_in = partial(world.browser, person)
        self._browser = self._sign_in()

    def status(self, method: str, target: str) -> int:
        """The status of the answer. Only reading leaves the session as it was."""
        status = int(self._browser.open(target, method=method).status_code)
        if method != "GET" or "logout" in target:
            self._browser = self._sign_in()
        return status


@pytest.fixture
def matrix(
    app: Flask, world: World, no_csrf: None, monkeypatch: pytest.MonkeyPatch
) -> dict[tuple[str, str], dict[str, int]]:
    """What everybody is answered, measured."""
    session.add(m.CalendarDay(day=date(2030, 1, 2), kind="rest", holiday="示例"))
    session.add(
        m.RegisterPatent(application_no="2015102226628", kind="invention", title="示例", loaded_at=NOW)
    )
    session.commit()
    targets = [(method, rule.rule, address(app, rule, world)) for method, rule in rules(app)]
    session.rollback()
    monkeypatch.setattr(Session, "commit", Session.rollback)
    askers = {person: Asker(world, person) for person in PEOPLE}
    return {
        (method, rule): {person: asker.status(method, target) for person, asker in askers.items()}
        for method, rule, target in targets
    }


def read_table() -> dict[tuple[str, str], dict[str, int]]:
    """The committed table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["method"], row["route"]): {p: int(row[p]) for p in PEOPLE} for row in csv.DictReader(file)
        }


def write_table(matrix: dict[tuple[str, str], dict[str, int]]) -> None:
    """Write the table anew."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method", "route", *PEOPLE])
        writer.writerows([*key, *(answers[p] for p in PEOPLE)] for key, answers in matrix.items())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_T_I10_everybody_is_answered_as_the_table_says(matrix: dict[tuple[str, str], dict[str, int]]) -> None:
    if os.environ.get("ZHUANPIN_WRITE_MATRIX"):
        write_table(matrix)
    committed = read_table()
    assert set(matrix) - set(committed) == set(), "routes without a line"
    assert set(committed) - set(matrix) == set(), "lines without a route"
    different = {
        key: (committed[key], answers) for key, answers in matrix.items() if committed[key] != answers
    }
    assert not different


def test_T_I10_nobody_meets_an_error_of_ours() -> None:
    for key, answers in read_table().items():
        assert all(status < 500 for status in answers.values()), key


def test_T_I10_the_anonymous_are_asked_to_sign_in() -> None:
    for (method, route), answers in read_table().items():
        if route == "/" or route.startswith(tuple(p for p in PUBLIC if p != "/")):
            continue
        assert answers["anonymous"] in ({401} if route.startswith("/api/") else {302, 404}), (method, route)


def test_T_I01_T_I02_the_other_unit_reaches_no_record_of_unit_a() -> None:
    for (method, route), answers in read_table().items():
        if "<" not in route or route.startswith(
            (
                "/api/v1/rounds/",
                "/api/v1/notices/",
                "/products/",
                "/notices/",
                "/data/",
                "/sitemap/",
                "/api/v1/public/",
                "/objections/",
                "/statistics/",
                "/articles/",
                "/my/assets/",
                "/my/lookup/",
                *CODES,
            )
        ):
            continue
        if re.search(r"<any\([^)]*csv[^)]*\):kind>", route):
            continue
        assert answers["unit_b"] in (302, 400, 403, 404), (method, route)
        assert answers["unit_b"] != 400 or answers["unit_a"] == 400, (method, route)
        assert answers["unit_b"] != 302 or answers["unit_a"] == 302, (method, route)
