"""Open data, the public API and what search engines are told: all that is public, and nothing that is not (T-V03 … T-V05)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from app import models as m
from app.api.public import PublicApi
from app.db import session
from app.reports import search
from app.services import open_data
from app.web import sitemap
from tests.support import factories as make
from tests.support.certificates import make_certificate
from tests.support.recognition import make_round

NOW = make.NOW


@pytest.fixture(autouse=True)
def _forget_how_often(app: Flask) -> None:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]


def publish(unit: m.Unit, name: str, state: str = "filed", **values: Any) -> m.Product:
    product = make.make_product(unit, name, state=state, figures={"approved_at": NOW}, **values)
    search.index_product(product.id)
    return product


@pytest.fixture
def product(app: Flask) -> m.Product:
    """A recognised product, a revoked one, one with a name that a spreadsheet would compute, and two that are not public."""
    unit = make.make_unit("长沙示例电池科技有限公司")
    found = publish(unit, "磷酸铁锂动力电池")
    make_certificate(found, make_round())
    publish(unit, "家用呼吸机", state="revoked", revoked_on=make.TODAY)
    publish(unit, "=1+1")
    for state in ("draft", "pending"):
        publish(unit, f"从未公开的{state}", state=state)
    session.commit()
    return found


def read(client: FlaskClient, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query_string=query or None)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


# ---------------------------------------------------------------- files


def test_T_V05_all_public_records_are_offered_as_csv_and_json_lines(
    client: FlaskClient, product: m.Product
) -> None:
    number, filing_no = product.years[0].links[0].patent.application_no, product.filing_no
    assert open_data.make(NOW) == 3
    lines = [json.loads(line) for line in read(client, "/data/products.jsonl").splitlines()]
    rows = list(csv.DictReader(io.StringIO(read(client, "/data/products.csv").removeprefix("\ufeff"))))
    assert [line["filing_no"] for line in lines] == [row["filing_no"] for row in rows]
    first = lines[0]
    assert (first["filing_no"], first["state"], first["certificate_state"]) == (filing_no, "filed", "valid")
    assert first["patents"] == [make.PatentNumber(number).display]
    assert {line["state"] for line in lines} == {"filed", "revoked"}
    assert "从未公开" not in json.dumps(lines, ensure_ascii=False)


def test_each_line_follows_the_schema(client: FlaskClient, product: m.Product) -> None:
    open_data.make(NOW)
    schema = json.loads(read(client, "/data/schema.json"))
    Draft202012Validator.check_schema(schema)
    for line in read(client, "/data/products.jsonl").splitlines():
        Draft202012Validator(schema).validate(json.loads(line))


def test_the_hashes_are_those_of_the_files(client: FlaskClient, product: m.Product) -> None:
    open_data.make(NOW)
    sums = dict(reversed(line.split("  ")) for line in read(client, "/data/SHA256SUMS").splitlines())
    assert set(sums) == {"products.csv", "products.jsonl"}
    page = read(client, "/data/")
    for name, digest in sums.items():
        content = client.get(f"/data/{name}").get_data()
        assert hashlib.sha256(content).hexdigest() == digest
        assert digest in page


def test_a_name_that_a_spreadsheet_would_compute_is_made_harmless_in_csv(
    client: FlaskClient, product: m.Product
) -> None:
    open_data.make(NOW)
    assert ",'=1+1," in read(client, "/data/products.csv")
    assert '"name":"=1+1"' in read(client, "/data/products.jsonl")


def test_each_night_makes_new_files_and_forgets_those_before_the_last(
    client: FlaskClient, product: m.Product
) -> None:
    for night in range(4):
        open_data.make(NOW + timedelta(days=night))
    assert session.scalar(select(func.count()).select_from(m.OpenDataFile)) == 4
    files = select(func.count()).where(m.StoredFile.purpose == open_data.PURPOSE)
    assert session.scalar(files) == 4
    session.rollback()
    assert "20250913-products.csv" in client.get("/data/products.csv").headers["Content-Disposition"]


def test_before_the_first_night_the_page_says_so(client: FlaskClient) -> None:
    assert "目前还没有" in read(client, "/data/")
    read(client, "/data/products.csv", 404)
    assert read(client, "/data/SHA256SUMS") == ""


# ---------------------------------------------------------------- the public API


def test_programs_search_as_people_do(client: FlaskClient, product: m.Product) -> None:
    answer = json.loads(
        read(client, "/api/v1/public/products", q="dianchi", province="430000", recognised="true")
    )
    assert answer["count"] == 1
    hit = answer["result"][0]
    assert (hit["filing_no"], hit["recognised"], hit["state"]) == (product.filing_no, True, "filed")


def test_pages_of_the_api_follow_one_another(client: FlaskClient, product: m.Product) -> None:
    seen: list[str] = []
    query = {"size": "2"}
    for _ in range(2):
        answer = json.loads(read(client, "/api/v1/public/products", **query))
        seen += [hit["filing_no"] for hit in answer["result"]]
        query["after"] = answer["next"] or ""
    assert len(set(seen)) == answer["count"] == 3
    assert answer["next"] is None


def test_a_product_is_answered_with_its_years_and_certificates(
    client: FlaskClient, product: m.Product
) -> None:
    found = json.loads(read(client, f"/api/v1/public/products/{product.filing_no}"))["result"]
    assert found["name"] == "磷酸铁锂动力电池"
    assert [year["year"] for year in found["years"] if year["updated"]] == [2024]
    assert found["certificates"][0]["state"] == "valid"


@pytest.mark.parametrize("number", ["ZLCP0", "1", "%00", "None"])
def test_T_V04_what_is_not_public_is_not_found(client: FlaskClient, product: m.Product, number: str) -> None:
    assert "从未公开" not in read(client, "/api/v1/public/products", size="100")
    read(client, f"/api/v1/public/products/{number}", 404)


@pytest.mark.parametrize(
    "query", [{"size": "0"}, {"size": "101"}, {"year": "abc"}, {"province": "1"}, {"state": "draft"}, {"after": "zz"},
              {"order": "id"}, {"q": "a" * 101}, {"q": "\x00"}, {"recognised": "1"}],
)  # fmt: skip
def test_T_Q02_odd_arguments_are_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/api/v1/public/products", query_string=query).status_code == 400


def test_T_V05_programs_are_slowed_down_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicApi, "often", "3 per minute")
    answers = [client.get("/api/v1/public/products").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


# ---------------------------------------------------------------- search engines


def addresses(xml: str) -> list[str]:
    return [str(each.text) for each in ElementTree.fromstring(xml).iter() if each.tag.endswith("}loc")]


def test_search_engines_find_every_public_product_and_no_other(
    client: FlaskClient, product: m.Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PART", 2)
    found: list[str] = []
    for part in addresses(read(client, "/sitemap.xml")):
        path = "/" + part.split("/", 3)[3]
        answer = client.get(path)
        assert answer.status_code in (200, 404)
        found += addresses(answer.get_data(as_text=True)) if answer.status_code == 200 else []
    numbers = {each.rsplit("/", 1)[1] for each in found if "/products/" in each}
    public = session.scalars(select(m.Product.filing_no).where(m.Product.state.in_(("filed", "revoked"))))
    assert numbers == set(public)
    assert any(each.endswith("/data/") for each in found)


def test_robots_are_told_what_is_not_for_them(client: FlaskClient) -> None:
    text = read(client, "/robots.txt")
    assert re.search(r"^Sitemap: https?://\S+/sitemap\.xml$", text, re.MULTILINE)
    assert "Disallow: /my/" in text
