"""The generated views: what FAB leaves open is closed for every one of them (spec: fab.md, abuse.md)."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app import models as m
from app.db import db, session
from app.domain.patent_number import PatentNumber
from app.reports import search
from app.web import listing
from app.web.base import RecordView
from tests.support.factories import make_patent, make_product, make_register_patent, make_unit
from tests.support.world import World, signed_in

VIEWS = ("productview", "productyearview", "unitview", "assetyearview", "patentview")
TABLES = ("product", "product_year", "unit", "asset_year", "patent")


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements run since."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("view", [*VIEWS, "caseview", "filingruleview", "regionview"])
def test_a_list_page_runs_at_most_six_statements_whatever_the_rows(
    world: World, statements: list[str], view: str
) -> None:
    client = world.browser("reviewer")
    client.get(f"/{view}/list/")
    statements.clear()
    assert client.get(f"/{view}/list/").status_code == 200
    queries = [text for text in statements if not text.startswith(("BEGIN", "PRAGMA"))]
    assert len(queries) <= 6, queries


@pytest.mark.parametrize(("view", "table"), list(zip(VIEWS, TABLES, strict=True)))
def test_T_I05_an_ip_office_finds_only_its_own_region(world: World, view: str, table: str) -> None:
    client = world.browser("office")
    assert client.get(f"/{view}/show/{world.records['a'][table]}").status_code == 200
    assert client.get(f"/{view}/show/{world.records['b'][table]}").status_code == 404
    page = client.get(f"/{view}/export/csv").get_data(as_text=True)
    assert "广州乙" not in page


@pytest.mark.parametrize("view", VIEWS)
def test_a_unit_has_no_generated_view(world: World, view: str) -> None:
    assert world.browser("unit_a").get(f"/{view}/list/").status_code == 403


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(world: World) -> None:
    answer = world.browser("anonymous").get("/productview/list/?f_state=filed")
    assert answer.status_code == 302
    assert answer.location == "/login/?next=/productview/list/?f_state%3Dfiled"


@pytest.mark.parametrize("pk", ["abc", "-1", "1" + "0" * 23, "0", "1%27--", "%00", "１", "1.0", "None"])
def test_T_Q02_an_odd_id_is_not_found(world: World, pk: str) -> None:
    assert world.browser("reviewer").get(f"/productview/show/{pk}").status_code == 404


@pytest.mark.parametrize(
    "arguments",
    [
        "order=password", "order=unit.name", "order=created_by.password", "dir=up", "size=abc", "size=-1",
        "size=99999999999", "f_password=1", "f_unit_id=2", "after=%00", "after=e30", "after=WyJ4Il0", "before=!!!",
        "order=filed_on&after=WyJ4IiwxXQ", "after=WzEsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDBd",
        "after=" + "W1tb" * 700, "order=filing_no&after=WyJcdWQ4MDAiLDFd",
    ],
)  # fmt: skip
def test_T_Q02_T_I08_arguments_outside_the_lists_are_a_bad_request(world: World, arguments: str) -> None:
    assert world.browser("reviewer").get(f"/productview/list/?{arguments}").status_code == 400


@pytest.mark.parametrize(
    "arguments",
    ["kind=x", "endpoint=x", "_method=POST", "_scheme=javascript&_external=1&q=%0Aalert(1)", "_anchor=x"],
)
def test_T_Q02_T_P10_the_address_steers_no_link_of_the_page(world: World, arguments: str) -> None:
    answer = world.browser("reviewer").get(f"/productview/list/?{arguments}")
    assert answer.status_code == 200
    assert 'href="/productview/export/csv?' in answer.text


def test_T_Q02_the_page_size_is_capped(world: World) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    for number in range(110):
        make_product(unit, f"第{number}种示例产品", patents=[])
    session.commit()
    page = world.browser("reviewer").get("/productview/list/?size=5000").get_data(as_text=True)
    assert page.count("/productview/show/") == 100


def test_a_search_leads_on_and_back_newest_first(world: World) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    for day in range(1, 8):
        product = make_product(unit, f"第{day}种热泵", state="filed", patents=[], filed_on=date(2025, 6, day))
        search.index_product(product.id)
    session.commit()
    browser = world.browser("reviewer")

    def shown(page: str) -> list[str]:
        return re.findall(r"<td>第([1-7])种热泵</td>", page)

    def link(page: str, name: str) -> str:
        found = re.search(rf'href="(\?[^"]*[;]{name}=[^"]*)"', page)
        assert found
        return f"/productview/list/{unescape(found[1])}"

    first = browser.get("/productview/list/?q=热泵&size=3").text
    second = browser.get(link(first, "after")).text
    third = browser.get(link(second, "after")).text
    assert [shown(page) for page in (first, second, third)] == [["7", "6", "5"], ["4", "3", "2"], ["1"]]
    back = browser.get(link(third, "before")).text
    assert (shown(back), shown(browser.get(link(back, "before")).text)) == (shown(second), shown(first))


@pytest.mark.parametrize("text", ["%", "_", "'", "--", "\\", ";", "*", '"', "100%"])
def test_T_Q01_searched_text_is_literal(world: World, text: str) -> None:
    client = world.browser("reviewer")
    assert "没有符合条件的记录" in client.get("/unitview/list/", query_string={"q": text}).get_data(
        as_text=True
    )
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    unit.name = f"示例{text}公司"
    session.commit()
    found = client.get("/unitview/list/", query_string={"q": text}).get_data(as_text=True)
    assert found.count("/unitview/show/") == 1


def test_T_Q03_a_nul_in_a_search_or_form_is_refused(world: World, no_csrf: None) -> None:
    assert world.browser("reviewer").get("/unitview/list/", query_string={"q": "a\0b"}).status_code in (
        200,
        400,
        422,
    )
    answer = world.browser("admin").post(
        "/phraseview/add", data={"kind": "filing", "text": "a\0b", "position": "1"}
    )
    assert answer.status_code == 422
    assert "控制字符" in answer.get_data(as_text=True)


def test_pages_go_on_by_key_and_come_back(world: World) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    for number in range(60):
        make_product(unit, f"第{number}种示例产品", patents=[])
    session.commit()
    client = world.browser("reviewer")
    for order in ("", "&order=filed_on&dir=asc", "&order=filed_on&dir=desc", "&order=filing_no&dir=asc"):
        seen, address = [], f"/productview/list/?size=10{order}"
        first = _ids(client.get(address).get_data(as_text=True))
        while address:
            page = client.get(address).get_data(as_text=True)
            seen += _ids(page)
            address = _link(page, "next")
        expected = set(session.scalars(select(m.Product.id)))
        assert len(seen) == len(set(seen))
        assert set(seen) == expected
        back = _link(
            client.get(f"/productview/list/{_link_of_second(client, order)}").get_data(as_text=True), "prev"
        )
        assert _ids(client.get(back).get_data(as_text=True)) == first


def _link_of_second(client: Any, order: str) -> str:
    return _link(client.get(f"/productview/list/?size=10{order}").get_data(as_text=True), "next").split(
        "/list/"
    )[-1]


def _ids(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split("/productview/show/")[1:]]


def _link(page: str, rel: str) -> str:
    for anchor in page.split("<a ")[1:]:
        if f'rel="{rel}"' in anchor.split(">")[0]:
            return "/productview/list/" + anchor.split('href="')[1].split('"')[0].replace("&amp;", "&")
    return ""


def test_T_C01_nothing_changes_by_get(world: World) -> None:
    client = world.browser("admin")
    for address in ("/phraseview/delete/1", "/productview/action/claim/1", "/productview/action_post"):
        assert client.get(address).status_code in (404, 405)


def test_T_C02_a_change_without_token_is_refused_and_noted(world: World) -> None:
    client = world.browser("admin")
    answer = client.post("/phraseview/add", data={"kind": "filing", "text": "外来", "position": "1"})
    assert answer.status_code == 400
    assert session.scalars(select(m.Phrase).where(m.Phrase.text == "外来")).first() is None
    event_row = session.scalars(select(m.AuditEvent).order_by(m.AuditEvent.id.desc())).first()
    assert event_row is not None
    assert (event_row.action, event_row.actor_id) == ("refused", world.users["admin"])


def test_T_M02_fields_outside_the_form_are_ignored(world: World, no_csrf: None) -> None:
    client = world.browser("admin")
    data = {
        "kind": "filing",
        "text": "请补充",
        "position": "1",
        "id": "4711",
        "state": "filed",
        "roles": "Admin",
    }
    assert client.post("/phraseview/add", data=data).status_code == 302
    phrase = session.scalars(select(m.Phrase).where(m.Phrase.text == "请补充")).one()
    assert phrase.id != 4711


def test_T_M07_an_edit_of_an_old_version_overwrites_nothing(world: World, no_csrf: None) -> None:
    rule = session.scalars(select(m.FilingRule).limit(1)).one()
    client = world.browser("admin")
    data = {"severity": "off", "clause": "甲", "message_zh": "甲", "message_en": "A"}
    first = client.get(f"/filingruleview/edit/{rule.id}").get_data(as_text=True)
    seen = first.split('name="seen" value="')[1].split('"')[0]
    session.rollback()
    session.execute(update(m.FilingRule).where(m.FilingRule.id == rule.id).values(clause="乙"))
    session.commit()
    answer = client.post(f"/filingruleview/edit/{rule.id}", data=data | {"seen": seen})
    assert answer.status_code == 409
    assert "现值：乙" in answer.get_data(as_text=True)
    session.expire_all()
    assert session.get_one(m.FilingRule, rule.id).clause == "乙"


def test_what_is_typed_stays_when_a_rule_refuses_it(world: World, no_csrf: None) -> None:
    client = world.browser("admin")
    answer = client.post("/phraseview/add", data={"kind": "filing", "text": "", "position": "第三"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="第三"' in page
    assert page.count("field-error") == 2


def test_filters_of_two_people_at_once_do_not_mix(world: World, app: Flask) -> None:
    names = ("长沙甲", "广州乙")
    wrong: list[str] = []

    def search(name: str, other: str, user: int) -> None:
        client = signed_in(app, user)
        for _ in range(20):
            page = client.get("/unitview/list/", query_string={"q": name}).get_data(as_text=True)
            if name not in page or f"{other}示例" in page:
                wrong.append(page)

    threads = [
        threading.Thread(target=search, args=(names[0], names[1], world.users["reviewer"])),
        threading.Thread(target=search, args=(names[1], names[0], world.users["auditor"])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_noted_and_holds_what_the_list_shows(world: World, kind: str) -> None:
    answer = world.browser("reviewer").get(f"/unitview/export/{kind}?q=长沙甲")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    noted = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "export")).all()
    assert len(noted) == 1
    if kind == "csv":
        text = answer.get_data().decode("utf-8-sig")
        assert "长沙甲示例机械有限公司" in text
        assert "广州乙" not in text


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("x")']
)
def test_T_X01_a_formula_in_a_name_stays_text_in_csv(world: World, name: str) -> None:
    make_unit(name)
    session.commit()
    text = world.browser("reviewer").get("/unitview/export/csv").get_data().decode("utf-8-sig")
    assert "'" + name.replace('"', '""') in text


def test_an_ip_office_searches_and_counts_only_its_own_region(world: World) -> None:
    search.index_all()
    session.commit()
    for name, ours, theirs in (("reviewer", 3, 3), ("office", 2, 0)):  # a draft is its unit's own
        client = world.browser(name)
        for text in ("电池", "锂离子电池"):
            page = client.get(f"/productview/list/?q={text}").get_data(as_text=True)
            exported = client.get(f"/productview/export/csv?q={text}").get_data(as_text=True)
            assert (page.count("长沙甲"), page.count("广州乙")) == (ours, theirs)
            assert f"共 {ours + theirs} 条" in page
            assert exported.count("\n") == 1 + ours + theirs


@pytest.mark.parametrize("view", ["patentview", "registerpatentview"])
def test_a_patent_is_found_by_its_number_however_it_is_written(world: World, view: str) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    for compact in ("2015102226628", "2016102226635", "85100001X"):
        number = PatentNumber(compact)
        make_patent(unit, number)
        make_register_patent([unit.name], number)
    session.commit()
    client = world.browser("reviewer")

    def found(text: str) -> int:
        page = client.get(f"/{view}/list/", query_string={"q": text}).get_data(as_text=True)
        return page.count(f"/{view}/show/")

    numbers = (
        "ZL 2015 1 0222662.8",
        "201510222662",
        "zl201510222662.8",
        "２０１５１０２２２６６２.８",
        "201510",
        "85100001.x",
    )
    assert [found(text) for text in numbers] == [1] * len(numbers)
    assert [found(text) for text in ("2015102226629", "999999", "%", "没有")] == [0] * 4


def test_an_export_shows_what_the_list_shows_with_numbers_as_numbers(world: World, app: Flask) -> None:
    views = [
        each for each in app.appbuilder.baseviews if isinstance(each, RecordView) and each.table in TABLES
    ]  # type: ignore[attr-defined]
    assert len(views) == len(TABLES)
    for view in views:
        with app.test_request_context():
            spec = view.spec()
            found = listing.fetch(spec, listing.read_query(spec, {})).rows
            listed = [[str(view.cell(row, name)).replace(",", "") for name in spec.columns] for row in found]
        answer = world.browser("reviewer").get(f"/{type(view).__name__.lower()}/export/csv")
        exported = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]
        assert exported == listed


def test_T_P10_names_are_escaped_in_every_view(world: World) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    unit = make_unit(hostile)
    make_product(unit, hostile)
    session.commit()
    client = world.browser("admin")
    for address in (
        "/unitview/list/",
        "/productview/list/",
        f"/unitview/show/{unit.id}",
        "/patentview/list/",
    ):
        page = client.get(address).get_data(as_text=True)
        assert "<img src=x" not in page
    assert "&lt;img src=x" in client.get(f"/unitview/show/{unit.id}").get_data(as_text=True)


def test_T_S06_pages_carry_the_safety_headers(world: World) -> None:
    for name, address in (
        ("anonymous", "/login/"),
        ("reviewer", "/productview/list/"),
        ("reviewer", "/nowhere"),
    ):
        headers = world.browser(name).get(address).headers
        assert "script-src 'self' 'nonce-" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_T_S08_pages_of_signed_in_people_are_not_stored(world: World) -> None:
    assert world.browser("reviewer").get("/productview/list/").headers["Cache-Control"] == "no-store"


def test_T_S01_a_copied_cookie_is_dead_after_signing_out(world: World, no_csrf: None, app: Flask) -> None:
    client = world.browser("reviewer")
    cookie = client.get_cookie("session")
    assert cookie is not None
    copy = app.test_client()
    copy.set_cookie("session", cookie.value)
    assert copy.get("/productview/list/").status_code == 200
    client.post("/logout")
    assert copy.get("/productview/list/").status_code == 302


def test_T_A13_a_deactivated_user_is_out_at_the_next_request(world: World) -> None:
    client = world.browser("reviewer")
    assert client.get("/productview/list/").status_code == 200
    session.execute(
        update(m.Account).where(m.Account.user_id == world.users["reviewer"]).values(state="disabled")
    )
    session.commit()
    assert client.get("/productview/list/").status_code == 302


def test_English_is_complete_on_the_generated_pages(world: World, no_csrf: None) -> None:
    client = world.browser("admin")
    client.post("/language", data={"language": "en", "next": "/"}, headers={"Origin": "http://localhost"})
    for address in ("/productview/list/", f"/unitview/show/{world.records['a']['unit']}"):
        page = client.get(address).get_data(as_text=True)
        assert '<html lang="en"' in page
        assert "备案单位" not in page.split("<main")[1]


def test_every_role_sees_its_own_menu(world: World) -> None:
    def menu(name: str) -> str:
        page = world.browser(name).get("/help").get_data(as_text=True)
        return page.split('class="site-nav"')[1].split("</nav>")[0]

    assert "审计日志" in menu("auditor")
    assert "审计日志" not in menu("reviewer")
    assert "/productview/list/" in menu("office")
    assert "/productview/list/" not in menu("unit_a")
