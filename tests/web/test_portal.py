"""The public pages show what is published, mark and escape it, and nothing else (abuse.md J, K; mission F1, N8)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app import models as m
from app.db import db, session
from app.domain.machines import MACHINES
from app.registers import cache
from app.reports import search
from app.web.portal import PortalView
from tests.support import factories as make
from tests.support.world import signed_in

TITLE = "一种示例装置及其制备方法"


def publish(unit: m.Unit, name: str, state: str = "filed", **values: Any) -> m.Product:
    product = make.make_product(unit, name, state=state, **values)
    search.index_product(product.id)
    session.commit()
    return product


def read(client: FlaskClient, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query_string=query or None)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture(autouse=True)
def _forget_how_often(app: Flask) -> None:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]


@pytest.fixture
def unit(app: Flask) -> m.Unit:
    return make.make_unit("长沙示例电池科技有限公司")


@pytest.fixture
def product(unit: m.Unit) -> m.Product:
    return publish(unit, "磷酸铁锂动力电池", model="P80", figures={"approved_at": make.NOW})


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements run since."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


# ---------------------------------------------------------------- home


def test_the_home_page_leads_everybody_on(client: FlaskClient, product: m.Product) -> None:
    html = main(read(client, "/"))
    assert "磷酸铁锂动力电池" in html
    assert product.filing_no in html
    for address in ("/products", "/register", "/login/", "/help", "/v/", "/recognised", "/units", "/notices/", "/objections/",
                    "/statistics/", "/data/", "/articles/", "/articles/?kind=faq"):  # fmt: skip
        assert f'"{address}"' in html


@pytest.mark.parametrize(
    ("role", "address"), [("Unit", "/my/"), ("Reviewer", "/desk/"), ("IPOffice", "/productview/list/")]
)
def test_the_home_page_leads_people_to_their_work(app: Flask, unit: m.Unit, role: str, address: str) -> None:
    user = make.make_user(role, unit if role == "Unit" else None)
    session.commit()
    assert f'href="{address}"' in main(read(signed_in(app, user), "/"))


def test_without_products_the_pages_say_so(client: FlaskClient) -> None:
    assert "还没有已备案的产品" in read(client, "/")
    assert "还没有已备案的产品" in read(client, "/products")


# ---------------------------------------------------------------- search


@pytest.mark.parametrize(
    ("text", "marked"),
    [("电池", "磷酸铁锂动力<mark>电池</mark>"), ("dianchi", "磷酸铁锂动力<mark>电池</mark>"), ("lstl", "<mark>磷酸铁锂</mark>动力电池"),
     ("锂 动", "磷酸铁<mark>锂动</mark>力电池")],
)  # fmt: skip
def test_hits_are_marked(client: FlaskClient, product: m.Product, text: str, marked: str) -> None:
    html = main(read(client, "/products", q=text))
    assert marked in html
    assert "找到 1 件产品" in html


def test_a_patent_number_finds_its_product(client: FlaskClient, product: m.Product) -> None:
    number = make.PatentNumber(product.years[0].links[0].patent.application_no)
    for written in (number.display, number.compact, number.dotted):
        assert product.filing_no in main(read(client, "/products", q=written))


def test_a_mistyped_patent_number_is_explained(client: FlaskClient, product: m.Product) -> None:
    assert "校验位应为 8" in main(read(client, "/products", q="ZL 2015 1 0222662.9"))


def test_nothing_found_says_what_to_do(client: FlaskClient, product: m.Product) -> None:
    html = main(read(client, "/products", q="不存在"))
    assert "没有找到符合条件的产品" in html
    assert "查看全部已备案产品" in html


def test_pages_follow_one_another(client: FlaskClient, unit: m.Unit) -> None:
    for place in range(45):
        make_one = make.make_product(
            unit, f"示例电池第{place}号", state="filed", filed_on=date(2025, 1, 1 + place % 28)
        )
        search.index_product(make_one.id)
    session.commit()
    seen: list[str] = []
    address = "/products?q=%E7%94%B5%E6%B1%A0"
    for _page in range(3):
        html = main(read(client, address))
        assert "找到 45 件产品" in html
        seen += re.findall(r"/products/(ZLCP\d+)", html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert address == ""
    assert len(seen) == len(set(seen)) == 45


def test_filters_of_the_page_limit_the_hits(client: FlaskClient, product: m.Product) -> None:
    fitting = {"province": "430000", "industry": "38", "class": product.class_code or "", "year": "2025"}
    assert product.filing_no in main(read(client, "/products", **fitting))
    for name, other in (("province", "110000"), ("industry", "A"), ("year", "2024")):
        assert product.filing_no not in main(read(client, "/products", **{**fitting, name: other}))


def test_the_form_shows_what_was_chosen_in_the_readers_language(
    client: FlaskClient, product: m.Product
) -> None:
    chosen = {"province": "430000", "industry": "38", "year": "2025"}
    assert "selected" not in main(read(client, "/products"))
    for language, name in (("zh", "湖南省"), ("en", "Hunan")):
        with client.session_transaction() as cookie:
            cookie["locale"] = language
        html = main(read(client, "/products", **chosen))
        assert f'<option value="430000" selected>{name}</option>' in html
        assert '<option value="38" selected>' in html
        assert len(re.findall("<option[^>]* selected>", html)) == 3


@pytest.mark.parametrize(
    "query",
    [{"year": "abc"}, {"year": "10000000000"}, {"year": "-1"}, {"year": "0000"}, {"year": "9999"}, {"year": "２０２５"},
     {"province": "430"}, {"industry": "ZZ"}, {"class": "'"},
     {"after": "x"}, {"after": "eA\x00"}, {"after": "r" + "9" * 100}, {"intensive": "yes"}],
)  # fmt: skip
def test_T_Q02_odd_parameters_are_refused(
    client: FlaskClient, product: m.Product, query: dict[str, str]
) -> None:
    read(client, "/products", 400, **query)


@pytest.mark.parametrize(
    "text", ["'", '"', "%", "_", "\\", "*", "^", "--", ";", "\x00", "电*", '" OR "', "a" * 3000, "🔋"]
)
def test_T_Q01_hostile_text_finds_nothing_and_breaks_nothing(
    client: FlaskClient, product: m.Product, text: str
) -> None:
    found = product.filing_no in main(read(client, "/products", q=text))
    assert found == (text == "电*")
    assert product.filing_no not in read(client, f"/products/{text.replace('/', '')[:50]}x", 404)


# ---------------------------------------------------------------- a product's page


def test_a_product_page_shows_what_is_public(client: FlaskClient, product: m.Product) -> None:
    make.make_year(
        product, 2025, state="updated", patents=[make.make_patent(product.unit)], approved_at=make.NOW
    )
    product.updated_year = 2025
    session.commit()
    html = main(read(client, f"/products/{product.filing_no}"))
    for text in ("磷酸铁锂动力电池", "P80", "长沙示例电池科技有限公司", "湖南省", "实物产品", "锂离子电池制造", "2025-06-01",
                 "2025 年度", "2024 年度", "首次备案", "示例分类", "暂用对照表"):  # fmt: skip
        assert text in html
    for year in product.years:
        for link in year.links:
            assert make.PatentNumber(link.patent.application_no).display in html
    assert TITLE in html


def test_a_revoked_product_is_marked(client: FlaskClient, unit: m.Unit) -> None:
    product = publish(unit, "家用呼吸机", state="revoked", revoked_on=date(2025, 8, 1))
    html = main(read(client, f"/products/{product.filing_no}"))
    assert "该产品的备案已撤销" in html
    assert "2025-08-01" in html
    assert "已撤销" in main(read(client, "/products", q="呼吸机"))


def test_a_request_to_revoke_is_not_public(client: FlaskClient, unit: m.Unit) -> None:
    product = publish(unit, "家用呼吸机", state="revocation_pending", revocation_note="CANARY")
    for html in (read(client, f"/products/{product.filing_no}"), read(client, "/products", q="呼吸机")):
        assert "已备案" in html
        assert "撤销待审核" not in html
        assert "CANARY" not in html


def linked_data(html: str) -> tuple[str, dict[str, Any]]:
    found = re.search(r'<script type="application/ld\+json" nonce="([^"]+)">(.+?)</script>', html, re.DOTALL)
    assert found
    return found[1], json.loads(found[2])


def test_search_engines_get_linked_data_under_the_nonce(client: FlaskClient, product: m.Product) -> None:
    answer = client.get(f"/products/{product.filing_no}")
    nonce, data = linked_data(answer.get_data(as_text=True))
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    assert data["name"] == "磷酸铁锂动力电池"
    assert data["identifier"]["value"] == product.filing_no


# ---------------------------------------------------------------- T-V03: canaries


def canaried(unit: m.Unit) -> tuple[m.Product, list[str]]:
    """A published product with a canary in every field that is nobody's business, and the canaries."""
    unit.contact, unit.legal_representative, unit.address = "金丝雀联系人", "金丝雀法人", "金丝雀路 1 号"
    unit.mobile, unit.email, unit.licence_file_id = "13912345678", "canary@example.com", None
    money = {name: Decimal(f"7654{place}.89") for place, name in enumerate(
        ("output_value", "sales", "volume", "export", "profit"))}  # fmt: skip
    shares = {"domestic_share": Decimal("12.34"), "world_share": Decimal("5.67"), "volume_unit": "金丝雀单位"}
    product = make.make_product(
        unit, "金丝雀探测器", state="filed", id=773100001, introduction="金丝雀简介", models_reason="金丝雀理由", rounds=3,
        figures={**money, **shares, "id": 773100002, "approved_at": make.NOW}, patents=[],
        picture_file_id=make.make_file(unit, "picture", original_name="金丝雀图.png").id,
    )  # fmt: skip
    core = make.make_patent(
        unit, id=773100003, inventors="金丝雀发明人", records="金丝雀许可", title="核心专利名称"
    )
    other = make.make_patent(unit, id=773100004, title="其他专利名称")
    product.years[0].links = [
        m.PatentLink(unit_id=unit.id, patent_id=core.id, core=True, contribution=Decimal("98.76")),
        m.PatentLink(unit_id=unit.id, patent_id=other.id, core=False),
    ]
    pending = make.make_year(
        product, 2025, state="pending", patents=[make.make_patent(unit, title="金丝雀未审专利")]
    )
    case = m.Case(
        receipt_no="SL773100005", kind="update", subject_id=pending.id, unit_id=unit.id, title="金丝雀探测器", state="returned",
        snapshot={}, findings=[], subject_version=1, submitted_at=make.NOW, due_on=make.TODAY, round=1,
        decided_by=make.make_user("Reviewer", username="canaryreviewer").id, closed_at=make.NOW, reason="金丝雀退回原因",
    )  # fmt: skip
    case.remarks = [m.Remark(unit_id=unit.id, field="name", text="金丝雀批注")]
    session.add(case)
    search.index_product(product.id)
    session.commit()
    canaries = ["金丝雀联系人", "金丝雀法人", "金丝雀路", "13912345678", "canary", "金丝雀单位", "金丝雀简介", "金丝雀理由",
                "金丝雀图", "金丝雀发明人", "金丝雀许可", "金丝雀未审", "金丝雀退回", "金丝雀批注", "98.76", "12.34", "5.67",
                "7731000", "SL7731", unit.uscc, "core", "贡献"]  # fmt: skip
    return product, canaries + [str(value)[:5] for value in money.values()]


def test_T_V03_public_pages_hold_no_personal_data_finances_remarks_or_ids(
    client: FlaskClient, app: Flask
) -> None:
    unit = make.make_unit("长沙示例电池科技有限公司", id=773100009)
    product, canaries = canaried(unit)
    pages = [read(client, "/"), read(client, "/products"), read(client, "/products", q="探测器"),
             read(client, "/products", q=unit.name), read(client, f"/products/{product.filing_no}")]  # fmt: skip
    assert "核心专利名称" in pages[-1]
    for html in pages:
        shown = re.sub(r'nonce="[^"]*"', "", html[html.index("<title>") :])
        assert [canary for canary in canaries if canary in shown] == []


@pytest.mark.parametrize(
    "text",
    [
        "金丝雀联系人",
        "13912345678",
        "canary@example.com",
        "金丝雀简介",
        "金丝雀未审专利",
        "98.76",
        "金丝雀退回原因",
    ],
)
def test_T_V03_the_index_holds_no_private_text(client: FlaskClient, unit: m.Unit, text: str) -> None:
    canaried(unit)
    assert "没有找到符合条件的产品" in read(client, "/products", q=text)


# ---------------------------------------------------------------- T-V04: unpublished products


@pytest.mark.parametrize("state", ["draft", "pending", "returned"])
def test_T_V04_an_unpublished_product_is_invisible(
    client: FlaskClient, unit: m.Unit, product: m.Product, state: str
) -> None:
    hidden = publish(unit, "从未公开的电池", state=state)
    number = hidden.years[0].links[0].patent.application_no
    for query in ({}, {"q": "电池"}, {"q": unit.name}, {"province": "430000"}, {"industry": "3841"}):
        html = read(client, "/products", **query)
        assert "从未公开" not in html
        assert "找到 1 件产品" in html
    for text in ("从未公开", number, "cwgk"):
        assert "没有找到符合条件的产品" in read(client, "/products", q=text)
    assert "从未公开" not in read(client, "/")
    assert session.scalar(select(func.count()).select_from(m.Product)) == 2
    for address in (hidden.id, "None", "", "%00"):
        answer = client.get(f"/products/{address}")
        assert answer.status_code in (404, 308) or address == ""


# ---------------------------------------------------------------- T-V05: scraping


@pytest.mark.parametrize("address", ["/products?q=1", "/products/ZLCP1"])
def test_T_V05_pages_in_bulk_are_slowed_down(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(PortalView, "often", "3 per minute")
    answers = [client.get(address) for _ in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]
    assert int(answers[-1].headers["Retry-After"]) > 0


# ---------------------------------------------------------------- T-P10: escapes


def test_T_P10_names_are_escaped_everywhere(client: FlaskClient, app: Flask) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}电池"
    unit = make.make_unit("<b>甲</b>&amp;单位")
    patent = make.make_patent(unit, title=evil)
    product = publish(unit, evil, model=evil[:100], patents=[patent])
    for html in (
        read(client, "/"), read(client, "/products"), read(client, "/products", q="电池"), read(client, "/products", q=evil),
        read(client, "/products", q="<b>甲</b>"), read(client, f"/products/{product.filing_no}"),
    ):  # fmt: skip
        for raw in ("<script>alert", "<img src=x", "<b>甲", 'onerror=alert(2)>"', "49电池"):
            assert raw not in html
    assert linked_data(read(client, f"/products/{product.filing_no}"))[1]["name"] == evil


PAGES = ["/", "/products", "/products?q=%E7%94%B5", "/help", "/accessibility"]


@pytest.mark.parametrize("address", PAGES)
def test_pages_fit_the_content_security_policy(client: FlaskClient, product: m.Product, address: str) -> None:
    html = read(client, address)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    assert all("src=" in tag or "nonce=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_whole_in_english(client: FlaskClient, product: m.Product, address: str) -> None:
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    html = read(client, address)
    assert 'lang="en"' in html
    assert "Filed products" in html if address == "/" else "Guide" in html


# ---------------------------------------------------------------- guide


def test_the_guide_has_everything_a_guide_must(client: FlaskClient, app: Flask) -> None:
    html = main(read(client, "/help"))
    for text in ("国知办函运字〔2022〕985 号", "不收费", "GB/T 46961-2025", "5 个工作日内", "受理条件", "所需材料", "分公司可以备案吗",
                 "P80mini", "R01"):  # fmt: skip
        assert text in html
    assert "{name}" not in html


def test_the_charts_show_every_state_and_verb_of_the_machines(client: FlaskClient, app: Flask) -> None:
    html = main(read(client, "/help"))
    charts = re.findall(r'<svg class="chart".*?</svg>', html, re.DOTALL)
    assert len(charts) == len(MACHINES)
    for machine, chart in zip(MACHINES.values(), charts, strict=True):
        for label in machine.states.values():
            assert f">{label}</text>" in chart
        for transition in machine.transitions:
            assert chart.count(f">{transition.label}</text>") >= len(transition.sources)
            assert f"<td>{transition.label}</td>" in html


# ---------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 4),
        ("/products", 4),
        ("/products?q=%E7%94%B5%E6%B1%A0", 5),
        ("/products?q=ZL201510222662.8", 2),
        ("/help", 3),
    ],
)
def test_a_page_runs_few_statements(
    client: FlaskClient,
    unit: m.Unit,
    statements: list[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    most: int,
) -> None:
    monkeypatch.setattr(cache, "CHECK_SECONDS", 60.0)
    for place in range(25):
        search.index_product(make.make_product(unit, f"示例电池第{place}号", state="filed").id)
    session.commit()
    read(client, address)
    statements.clear()
    read(client, address)
    assert len(statements) <= most, statements


def test_a_product_page_runs_three_statements(
    client: FlaskClient, product: m.Product, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CHECK_SECONDS", 60.0)
    address = f"/products/{product.filing_no}"
    read(client, address)
    statements.clear()
    read(client, address)
    assert len(statements) == 3, statements
