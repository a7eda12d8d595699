"""T-V03: with a canary in every text and amount that is nobody's business, none comes out of anything that is public.

What is public is said here, column by column; a new column is private until it is added. What is fetched are all
addresses that the access table gives to the anonymous, the open data and what their links lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Column, String, Table, Text, cast, literal, select, update

from app import models as m
from app.columns import Code, Hundredths
from app.db import metadata, session
from app.services import open_data
from tests.support import factories as make
from tests.support.world import World
from tests.web.test_access_matrix import address, read_table, rules

WORD = "金丝雀"
AMOUNT, PERCENT = "76543.21", "98.76"
#: the word, or one of the numbers as a whole: not the middle of a time in microseconds
SIGNS = re.compile(rf"{WORD}|(?<![\d.])(?:76,?543\.21|7654321|{re.escape(PERCENT)})(?!0*[1-9])")
#: columns whose texts everybody may read
PUBLIC = {
    "article": {"title", "title_en", "body", "body_en", "document_no"},
    "certificate": {"number", "product_name", "model", "unit_name"},
    "objection": {"receipt_no"},
    "open_data_file": {"name"},
    "patent": {"application_no", "title"},
    "product": {"name", "model", "filing_no", "class_code"},
    "public_notice": {"title", "body", "reason"},
    "recognition_round": {"title"},
    "unit": {"name"},
}
#: tables of reference, of what the platform needs to run, and of what it works out from others
NOT_OF_PEOPLE = re.compile(
    r"region|industry|intensive_industry|product_class|calendar_day|filing_rule|parameter|message_template|phrase|"
    r"evaluation_scheme|document_template.*|signing_key|stat_.*|audit_head|product_search|number_series|ab_(?!user$|register).*"
)
#: what a file is found by
KEPT = {
    "stored_file": {"sha256", "token", "media_type"},
    "certificate": {"token", "key_id"},
    "unit": {"name_key"},
}
SHORTEST = 16


def private(table: Table) -> Iterator[Column[Any]]:
    """The columns of a table into which a canary goes."""
    for column in table.columns:
        kept = PUBLIC.get(table.name, set()) | KEPT.get(table.name, set())
        if column.name in kept or column.primary_key or column.foreign_keys:
            continue
        kind = column.type
        text = isinstance(kind, Text) or (isinstance(kind, String) and (kind.length or SHORTEST) >= SHORTEST)
        if (text and not isinstance(kind, Code)) or isinstance(kind, Hundredths):
            yield column


def place_canaries() -> int:
    """Put them into every row; returns into how many columns."""
    count = 0
    for table in metadata.tables.values():
        if NOT_OF_PEOPLE.fullmatch(table.name):
            continue
        for column in private(table):
            which = column.is_not(None)
            if table.name == "stored_file":  # what is attached to an article is called for everybody
                which &= table.c.purpose != "article"
            session.execute(update(table).where(which).values({column: canary(table, column)}))
            count += 1
    return count


def canary(table: Table, column: Column[Any]) -> Any:
    """A word with the row's number, where it may have to be unique; an amount or a part of a hundred."""
    if isinstance(column.type, Hundredths):
        limited = "share" in column.name or column.name in ("contribution", "score")
        return PERCENT if limited else AMOUNT
    return literal(WORD) + cast(next(iter(table.primary_key.columns)), String)


@pytest.fixture
def world(world: World) -> World:
    for name in ("a", "b"):
        product = session.get_one(m.Product, world.records[name]["product"])
        make.make_assets(product.unit, 2023)
        make.make_year(
            product, 2025, state="pending", patents=[make.make_patent(product.unit, title=f"{WORD}未审专利")]
        )
    make.make_product(product.unit, f"{WORD}草稿")
    session.flush()
    assert place_canaries() > 100
    session.commit()
    open_data.make(make.NOW)
    return world


def public_addresses(app: Flask, world: World) -> list[str]:
    """Every address that somebody without an account gets an answer from."""
    table = read_table()
    open_ = [
        rule
        for method, rule in rules(app)
        if method == "GET" and table.get((method, rule.rule), {}).get("anonymous") == 200
    ]
    filing_no, unit = session.execute(
        select(m.Product.filing_no, m.Unit.name)
        .join(m.Unit)
        .where(m.Product.id == world.records["a"]["product"])
    ).one()
    session.rollback()
    more = [f"/products?q={unit}", "/products?q=锂", "/units?q=示例", "/recognised?q=电动", f"/api/v1/public/products?q={unit}",
            f"/api/v1/public/products/{filing_no}", "/data/products.csv", "/data/products.jsonl", "/sitemap/products-0.xml",
            "/articles/?q=正文", f"/objections/new?product={filing_no}"]  # fmt: skip
    return [*(address(app, rule, world) for rule in open_), *more]


@pytest.mark.parametrize(
    "said", [f"x{WORD}1", "7654321", "76543.21", "76,543.21元", "¥7654321.00", "98.76%", "98.760"]
)
def test_a_canary_is_heard(said: str) -> None:
    assert SIGNS.search(said)


@pytest.mark.parametrize("said", ["1.7956776543213654e+09", "198.76", "98.765", "17654321"])
def test_another_number_is_no_canary(said: str) -> None:
    assert not SIGNS.search(said)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_T_V03_no_canary_comes_out_of_anything_public(app: Flask, world: World, client: FlaskClient) -> None:
    wanted = public_addresses(app, world)
    found: dict[str, str] = {}
    for each in wanted:
        app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]
        answer = client.get(each)
        text = answer.get_data().decode(errors="replace").replace(f"q={WORD}", "")
        if sign := SIGNS.search(text):
            found[each] = text[max(0, sign.start() - 60) : sign.end() + 40]
    assert len(wanted) > 40
    assert not found


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "list_", ["/products", "/units", "/recognised", "/articles/", "/api/v1/public/products"]
)
def test_T_V03_nothing_private_can_be_searched_for(
    app: Flask, world: World, client: FlaskClient, list_: str
) -> None:
    answer = client.get(list_, query_string={"q": WORD})
    assert answer.status_code == 200
    said = answer.get_data(as_text=True)
    assert '"count":0' in said or "没有找到" in said or "还没有" in said
