"""Recognised products and filing units in public lists, and how a search is narrowed (mission F1; abuse.md T-V04, T-V08)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import models as m
from app.db import session
from app.reports import public_lists, search
from tests.support import factories as make
from tests.support.certificates import make_certificate
from tests.support.recognition import make_recognition, make_round


def read(client: FlaskClient, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query_string=query or None)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture(autouse=True)
def _forget_how_often(app: Flask) -> None:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]


@pytest.fixture
def unit(app: Flask) -> m.Unit:
    return make.make_unit("长沙示例电池科技有限公司")


@pytest.fixture
def round_(app: Flask) -> m.RecognitionRound:
    return make_round()


def publish(unit: m.Unit, name: str, state: str = "filed") -> m.Product:
    product = make.make_product(unit, name, state=state)
    search.index_product(product.id)
    session.flush()
    return product


# ---------------------------------------------------------------- recognised products


def test_recognised_products_show_with_the_state_of_their_certificates(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound
) -> None:
    make_certificate(publish(unit, "甲电池"), round_)
    make_certificate(publish(unit, "乙电池"), round_, valid_until=date(2025, 9, 11))
    make_certificate(
        publish(unit, "丙电池"), round_, revoked_on=date(2025, 9, 12), revoked_reason="金丝雀原因"
    )
    session.commit()
    page = read(client, "/recognised")
    for name, state in (("甲电池", "有效"), ("乙电池", "已到期"), ("丙电池", "已撤销")):
        row = re.search(rf"<tr><td>[^\n]*{name}.*?</tr>", page, re.DOTALL)
        assert row and f">{state}</span>" in row[0]
    assert "金丝雀" not in page
    assert "共 3 件" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [({"state": "valid"}, ["甲电池"]), ({"state": "expired"}, ["乙电池"]), ({"year": "2025", "q": "乙"}, ["乙电池"]),
     ({"province": "110000"}, []), ({"q": "%"}, [])],
)  # fmt: skip
def test_the_list_is_limited_by_state_year_region_and_words(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound, query: dict[str, str], names: list[str]
) -> None:
    make_certificate(publish(unit, "甲电池"), round_)
    make_certificate(publish(unit, "乙电池"), round_, valid_until=date(2025, 9, 11))
    session.commit()
    assert re.findall(r">([甲乙]电池)</a>", read(client, "/recognised", **query)) == names


def test_the_lists_go_on_page_by_page(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_lists, "PAGE", 2)
    for number in range(5):
        make_certificate(publish(make.make_unit(f"第{number}示例有限公司"), f"第{number}电池"), round_)
    session.commit()
    for address, pattern in (("/recognised", r">(第\d电池)</a>"), ("/units", r">(第\d示例有限公司)</a>")):
        seen: list[str] = []
        following: str | None = address
        while following:
            page = read(client, following)
            seen += re.findall(pattern, page)
            more = re.search(r'href="([^"]+)" rel="next"', page)
            following = more[1].replace("&amp;", "&") if more else None
        assert len(seen) == len(set(seen)) == 5


def test_T_V08_a_product_not_yet_recognised_is_in_no_list(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound
) -> None:
    for state in ("candidate", "proposed", "in_notice", "refused"):
        make_recognition(round_, publish(unit, f"{state}电池"), state=state)
    session.commit()
    assert "还没有认定的产品" in read(client, "/recognised")
    assert "已认定" not in read(client, "/products", q="电池").replace("只看已认定", "")


def test_a_product_page_shows_its_certificate_and_leads_to_its_verification(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound
) -> None:
    product = publish(unit, "甲电池")
    number = make_certificate(product, round_).number
    session.commit()
    page = read(client, f"/products/{product.filing_no}")
    assert number in page
    assert ">有效</span>" in page
    assert f"/v/?number={number}&amp;unit=%E9%95%BF" in page


# ---------------------------------------------------------------- units


def test_units_show_with_their_region_and_number_of_products(client: FlaskClient, unit: m.Unit) -> None:
    for name in ("甲电池", "乙电池"):
        publish(unit, name)
    publish(unit, "草稿电池", state="draft")
    publish(make.make_unit(), "丙电池")
    publish(make.make_unit(), "待审电池", state="pending")
    session.commit()
    page = read(client, "/units")
    assert "共 2 家" in page
    assert re.search(
        r"长沙示例电池科技有限公司</a></td><td[^>]*>企业</td><td[^>]*>湖南省 长沙市</td><td>2</td>", page
    )


def test_T_V04_a_unit_without_a_filed_product_is_not_listed(client: FlaskClient, unit: m.Unit) -> None:
    publish(unit, "待审电池", state="pending")
    session.commit()
    assert unit.name not in read(client, "/units")
    assert unit.name not in read(client, "/units", q="示例")


@pytest.mark.parametrize("address", ["/recognised", "/units"])
@pytest.mark.parametrize(
    "query", [{"province": "x"}, {"year": "1"}, {"state": "x"}, {"after": "a" * 300}, {"after": "\x00"}]
)
def test_T_Q02_odd_parameters_are_refused(client: FlaskClient, address: str, query: dict[str, str]) -> None:
    assert client.get(address, query_string=query).status_code == 400


# ---------------------------------------------------------------- narrowing a search


def test_the_search_page_says_how_many_there_are_of_each_kind_and_leads_there(
    client: FlaskClient, unit: m.Unit
) -> None:
    publish(unit, "甲电池")
    publish(make.make_unit(province="440000", city="440100", district="440106"), "乙电池")
    session.commit()
    page = read(client, "/products", q="电池")
    links = dict(
        re.findall(r'<a href="([^"]+)">(湖南省|广东省)</a> <span class="facet-count">1</span>', page)
    )
    address = next(href for href, name in links.items() if name == "广东省").replace("&amp;", "&")
    narrowed = read(client, address)
    assert "乙<mark>电池</mark>" in narrowed
    assert "甲<mark>电池</mark>" not in narrowed
    assert (
        '<a href="/products?q=%E7%94%B5%E6%B1%A0"><span class="sr-only">去掉条件：</span>广东省' in narrowed
    )


def test_recognised_products_are_found_as_such(
    client: FlaskClient, unit: m.Unit, round_: m.RecognitionRound
) -> None:
    make_certificate(publish(unit, "甲电池"), round_)
    publish(unit, "乙电池")
    session.commit()
    page = read(client, "/products", recognised="1")
    assert "甲电池" in page
    assert "乙电池" not in page
    assert "已认定</span>" in page
