"""The four-step wizard: drafts, autosave, the checker as one types, patents, submission (mission D1–D9, N1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from app import models as m
from app.web import access
from tests.support import factories as make
from tests.support.acts import send_back, submit
from tests.web.unit.conftest import Browser, Cast, plain


def at(product: m.Product, rest: str) -> str:
    return f"/my/products/{product.id}/{rest}"


def again(session: Any, product_id: int) -> m.Product:
    """The product as it is stored now."""
    found: m.Product = session.get(m.Product, product_id, populate_existing=True)
    return found


def step_1(product: m.Product, **changes: Any) -> dict[str, Any]:
    """Step 1 as a fit draft's form has it."""
    return {
        "version": product.version, "name": product.name, "model": "无", "nature": "goods", "stage": "end",
        "class_code": product.class_code, "industry_code": "3841", "takes_part": "True",
        "introduction": product.introduction, "output_value": "1,200.00", "sales": "1000", "volume": "5000",
        "volume_unit": "组", "profit": "150", "export": "", "domestic_share": "", "world_share": "", **changes,
    }  # fmt: skip


def begin(browser: Browser) -> str:
    """The wizard of a new draft."""
    answer = browser.post("/my/products/new")
    assert answer.status_code == 302
    return str(answer.location).removesuffix("/step/1")


def test_a_draft_is_begun_and_saved_at_any_step_however_incomplete(anna: Browser, session: Any) -> None:
    wizard = begin(anna)

    answer = anna.post(f"{wizard}/step/1", {"version": "1", "name": "电池", "go": "3"})

    assert answer.location == f"{wizard}/step/3"
    assert again(session, int(wizard.split("/")[-1])).name == "电池"


def test_going_back_loses_nothing(anna: Browser, draft: m.Product) -> None:
    anna.post(at(draft, "step/1"), step_1(draft, name="电动三轮车用锂离子电池", go="2"))

    assert 'value="电动三轮车用锂离子电池"' in anna.get(at(draft, "step/1")).text


def test_finished_steps_are_ticked(anna: Browser, draft: m.Product) -> None:
    page = anna.get(at(draft, "step/3")).text

    assert page.count("（已填完）") == 2


@pytest.mark.parametrize(("empty", "step"), [({"model": None}, 1), ({"links": []}, 2)])
def test_T_W15_the_last_step_leads_to_the_first_one_that_is_not_filled_in(
    anna: Browser, draft: m.Product, session: Any, empty: dict[str, Any], step: int
) -> None:
    for name, value in empty.items():
        setattr(draft if name != "links" else draft.years[0], name, value)
    session.commit()

    answer = anna.get(at(draft, "step/4"))

    assert answer.location.startswith(at(draft, f"step/{step}"))
    assert f"请先填完第 {step} 步" in anna.text(answer.location)


def test_what_cannot_be_read_stays_in_the_form_and_the_rest_is_saved(
    anna: Browser, draft: m.Product, session: Any
) -> None:
    answer = anna.post(at(draft, "step/1"), step_1(draft, sales="1e3", model="B-2"))

    assert answer.status_code == 422
    assert 'value="1e3"' in answer.text
    assert 'id="sales-error"' in answer.text
    assert again(session, draft.id).model == "B-2"


def test_T_M02_state_number_and_owner_are_not_taken_from_the_form(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    anna.post(
        at(draft, "step/1"), step_1(draft, state="filed", filing_no="ZLCP1", unit_id=cast.other_unit.id)
    )
    anna.ask(at(draft, "save/1"), {"version": again(session, draft.id).version, "values": {"state": "filed"}})

    product = again(session, draft.id)
    assert (product.state, product.filing_no, product.unit_id) == ("draft", None, cast.unit.id)


# ---------------------------------------------------------------- autosave


def test_autosave_stores_and_says_when(anna: Browser, draft: m.Product, session: Any) -> None:
    answer = anna.ask(
        at(draft, "save/1"), {"version": draft.version, "values": {"name": "储能柜", "sales": "9,9"}}
    )

    body = answer.get_json()
    assert body["at"] == "10:00"
    assert [problem["field"] for problem in body["problems"]] == ["sales"]
    product = again(session, draft.id)
    assert (product.name, product.version) == ("储能柜", body["version"])


def test_T_M07_autosave_of_an_old_page_is_refused_with_both_values(
    anna: Browser, draft: m.Product, session: Any
) -> None:
    old = draft.version
    anna.ask(at(draft, "save/1"), {"version": old, "values": {"name": "储能柜"}})

    answer = anna.ask(at(draft, "save/1"), {"version": old, "values": {"name": "充电柜"}})

    assert answer.status_code == 409
    assert answer.get_json()["problems"][0]["message"] == "您填写的是“充电柜”，现在的内容是“储能柜”"
    assert again(session, draft.id).name == "储能柜"


@pytest.mark.parametrize(
    "body",
    [[], "x", {"version": "1e9", "values": [1]}, {"values": {"name": ["a"]}}, {"links": 5}, {"links": {"a": 1}},
     {"version": [], "links": [{"patent_id": {}}, None, 1e300]}],
)  # fmt: skip
def test_T_Q02_a_script_that_sends_nonsense_gets_an_answer_not_an_error(
    anna: Browser, draft: m.Product, body: Any
) -> None:
    for step in (1, 2):
        assert anna.ask(at(draft, f"save/{step}"), body).status_code in (400, 409)


@pytest.mark.parametrize("typed", ["9" * 18, "9" * 30, "9" * 5000, "-1", "１"])
def test_T_Q02_the_number_of_a_picture_that_cannot_be_one_is_refused_beside_its_field(
    anna: Browser, draft: m.Product, typed: str
) -> None:
    answer = anna.post(at(draft, "step/3"), {"version": draft.version, "picture_file_id": typed})
    assert answer.status_code == 422


def test_T_Q02_who_saves_without_end_is_slowed_down_and_nobody_else(
    anna: Browser, bo: Browser, draft: m.Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "WRITES", "3 per minute")
    answers = [anna.ask(at(draft, "check/1"), {"values": {}}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert bo.ask(at(draft, "check/1"), {"values": {}}).status_code == 404
    assert anna.get(at(draft, "step/1")).status_code == 200


def test_T_C02_a_script_without_the_pages_token_changes_nothing(
    anna: Browser, draft: m.Product, session: Any
) -> None:
    version = draft.version

    answer = anna.client.post(at(draft, "save/1"), json={"version": version, "values": {"name": "恶意"}})

    assert answer.status_code == 400
    assert again(session, draft.id).name != "恶意"


# ---------------------------------------------------------------- the checker as one types


def test_findings_cite_their_clause_with_a_good_and_a_bad_example(anna: Browser, draft: m.Product) -> None:
    answer = anna.ask(at(draft, "check/1"), {"values": {"name": "一种电池制造方法"}})

    found = {finding["rule"]: finding for finding in answer.get_json()["findings"]}
    assert {"R12", "R16"} <= found.keys()
    assert found["R12"]["field"] == "name"
    assert found["R12"]["clause"].startswith("操作手册")
    assert found["R12"]["good"]
    assert found["R12"]["bad"]


def test_checking_stores_nothing(anna: Browser, draft: m.Product, session: Any) -> None:
    anna.ask(at(draft, "check/1"), {"values": {"name": "一种电池制造方法", "sales": "0"}})

    product = again(session, draft.id)
    assert (product.name, product.version, product.years[0].sales) == (draft.name, 1, Decimal("1000.00"))
    assert (
        session.scalar(select(func.count()).select_from(m.AuditEvent).where(m.AuditEvent.entity == "product"))
        == 1
    )


@pytest.mark.parametrize("sales", ["0", "０", "0.00", "-1", ""])
def test_T_W11_a_product_without_sales_is_told_at_once(anna: Browser, draft: m.Product, sales: str) -> None:
    findings = anna.ask(at(draft, "check/1"), {"values": {"sales": sales}}).get_json()["findings"]

    assert any(f["field"] == "sales" and f["severity"] == "block" for f in findings)


# ---------------------------------------------------------------- patents


def links(*rows: tuple[m.Patent, str, str]) -> dict[str, Any]:
    """Step 2 as its form sends it."""
    sent: dict[str, Any] = {"patent_id": [patent.id for patent, _core, _share in rows]}
    for patent, core, share in rows:
        sent |= {f"core_{patent.id}": core, f"share_{patent.id}": share}
    return sent


def test_T_T07_patents_are_linked_with_exact_shares(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    first, second, third = (make.make_patent(cast.unit) for _ in range(3))
    session.commit()

    anna.post(
        at(draft, "step/2"),
        {"version": 1, **links((first, "true", "33.33"), (second, "true", "66.67"), (third, "false", ""))},
    )

    stored = [
        (link.patent_id, link.core, link.contribution) for link in again(session, draft.id).years[0].links
    ]
    assert stored == [
        (first.id, True, Decimal("33.33")),
        (second.id, True, Decimal("66.67")),
        (third.id, False, None),
    ]


def test_T_T07_even_shares_make_exactly_one_hundred(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    patents = [make.make_patent(cast.unit) for _ in range(3)]
    session.commit()

    anna.post(
        at(draft, "step/2"),
        {"version": 1, "even": "1", **links(*((patent, "true", "") for patent in patents))},
    )

    shares = [link.contribution for link in again(session, draft.id).years[0].links]
    assert shares == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_without_a_script_patents_are_added_and_removed_by_buttons(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    old, new = draft.years[0].links[0].patent, make.make_patent(cast.unit)
    session.commit()
    key = new.id

    anna.post(
        at(draft, "step/2"), {"version": 1, **links((old, "true", "100")), "add": new.id, "remove": old.id}
    )

    assert [link.patent_id for link in again(session, draft.id).years[0].links] == [key]


def test_a_share_that_is_none_is_said_and_the_running_total_shown(anna: Browser, draft: m.Product) -> None:
    patent = draft.years[0].links[0].patent

    answer = anna.post(at(draft, "step/2"), {"version": 1, **links((patent, "true", "33.333"))})

    assert answer.status_code == 422
    assert "贡献率最多保留两位小数" in plain(answer.text)


def test_T_I04_a_patent_of_another_unit_cannot_be_linked(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    foreign = make.make_patent(cast.other_unit)
    session.commit()
    before = [link.patent_id for link in draft.years[0].links]

    form = anna.post(at(draft, "step/2"), {"version": 1, **links((foreign, "true", "100"))})
    script = anna.ask(at(draft, "save/2"), {"version": 1, "links": [{"patent_id": foreign.id, "core": True}]})

    assert (form.status_code, script.status_code) == (404, 404)
    assert [link.patent_id for link in again(session, draft.id).years[0].links] == before


@pytest.mark.parametrize("page", ["step/2", "step/4", ""])
def test_a_page_asks_the_database_no_more_for_many_patents(
    cast: Cast, anna: Browser, session: Any, page: str
) -> None:
    few, many = (
        make.make_product(cast.unit, patents=[make.make_patent(cast.unit) for _ in range(n)]) for n in (2, 25)
    )
    session.commit()
    paths = [f"/my/products/{product.id}/{page}".rstrip("/") for product in (few, many)]
    anna.get(paths[0])

    counted = []
    for path in paths:
        with statements() as asked:
            assert anna.get(path).status_code == 200
        counted.append(len(asked))

    assert counted[0] == counted[1]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent to the database inside the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# ---------------------------------------------------------------- evidence


def test_evidence_is_added_and_removed(cast: Cast, anna: Browser, draft: m.Product, session: Any) -> None:
    file_id = make.make_file(cast.unit).id
    session.commit()

    anna.post(at(draft, "evidence"), {"version": 1, "file_id": file_id, "kind": "sales"})

    evidence = again(session, draft.id).years[0].evidence
    assert [(e.file_id, e.kind) for e in evidence] == [(file_id, "sales")]
    anna.post(at(draft, f"evidence/{evidence[0].id}/remove"), {"version": again(session, draft.id).version})
    assert again(session, draft.id).years[0].evidence == []


def test_T_I04_another_units_file_cannot_be_evidence(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    foreign = make.make_file(cast.other_unit).id
    session.commit()

    answer = anna.post(at(draft, "evidence"), {"version": 1, "file_id": foreign, "kind": "sales"})

    assert answer.status_code == 422
    assert "没有找到该文件" in plain(answer.text)


# ---------------------------------------------------------------- submission


def test_the_last_step_checks_everything_and_shows_all_data(anna: Browser, draft: m.Product) -> None:
    said = anna.text(at(draft, "step/4"))

    assert "没有必须修改的问题，可以提交" in said
    assert draft.introduction in said
    assert "100.00 %" in said


def test_submitting_gives_a_receipt_number(anna: Browser, draft: m.Product, session: Any) -> None:
    answer = anna.post(at(draft, "submit"), {"version": 1, "commitment": "1"}, follow_redirects=True)

    case = session.scalars(select(m.Case)).one()
    assert f"提交成功，受理号 {case.receipt_no}" in plain(answer.text)
    assert "预计 2025-09-17 前办结，还剩 5 个工作日" in plain(answer.text)


def test_without_the_promise_nothing_is_submitted(anna: Browser, draft: m.Product, session: Any) -> None:
    answer = anna.post(at(draft, "submit"), {"version": 1})

    assert answer.status_code == 422
    assert "请阅读并勾选真实性承诺" in plain(answer.text)
    assert 'href="#commitment"' in answer.text
    assert again(session, draft.id).state == "draft"


def test_what_blocks_links_to_its_step_and_field(anna: Browser, draft: m.Product, session: Any) -> None:
    draft.name, draft.name_key = "一种电池", "一种电池"
    session.commit()

    answer = anna.post(at(draft, "submit"), {"version": draft.version, "commitment": "1"})

    assert answer.status_code == 422
    assert f'href="{at(draft, "step/1")}#name"' in answer.text


def test_without_last_years_assets_the_gate_says_where_to_go(cast: Cast, nina: Browser, session: Any) -> None:
    product = make.make_product(cast.new_unit)
    session.commit()

    page = nina.get(at(product, "step/4")).text

    assert 'href="/my/assets/2024"' in page
    assert 'href="/my/identity/"' in page
    assert nina.post(at(product, "submit"), {"version": 1, "commitment": "1"}).status_code == 422


def test_T_M03_T_U13_a_submitted_filing_is_read_only_files_included(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    submit(cast.anna, draft)
    version = again(session, draft.id).version

    assert anna.get(at(draft, "step/1")).status_code == 302
    answers = [
        anna.post(at(draft, "step/1"), step_1(draft, version=version, name="后改")),
        anna.ask(at(draft, "save/1"), {"version": version, "values": {"name": "后改"}}),
        anna.post(at(draft, "submit"), {"version": version, "commitment": "1"}),
        anna.post(
            at(draft, "evidence"), {"version": version, "file_id": cast.unit.licence_file_id, "kind": "sales"}
        ),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409, 409]
    assert "只能查看，不能修改" in answers[0].text


def test_a_returned_filing_marks_only_the_remarked_fields(
    cast: Cast, anna: Browser, draft: m.Product
) -> None:
    send_back(
        cast.rui,
        submit(cast.anna, draft),
        "请补充",
        {"introduction": "请写明用途", "patents": "请核对贡献率"},
    )

    first, second = anna.get(at(draft, "step/1")).text, anna.get(at(draft, "step/2")).text

    assert first.count("is-remarked") == 1
    assert "请写明用途" in first
    assert "退回时填写的是：" in first
    assert second.count("is-remarked") == 1
    assert f'href="{at(draft, "step/2")}#remark-patents"' in first


@pytest.mark.parametrize(
    "path", ["step/1", "step/2", "step/3", "step/4", "evidence", "evidence/1/remove", "submit"]
)
def test_T_I01_another_units_draft_does_not_exist(
    bo: Browser, draft: m.Product, session: Any, path: str
) -> None:
    if path.startswith("step"):
        assert bo.get(at(draft, path)).status_code == 404
    assert bo.post(at(draft, path), {"version": "1", "commitment": "1"}).status_code == 404
    assert bo.ask(at(draft, "save/1"), {"version": 1, "values": {"name": "恶意"}}).status_code == 404
    assert bo.ask(at(draft, "check/1"), {"values": {}}).status_code == 404
    assert again(session, draft.id).version == 1


# ---------------------------------------------------------------- the yearly update


def test_an_update_begins_with_last_years_proposal_and_runs_through_the_same_steps(
    cast: Cast, anna: Browser, session: Any
) -> None:
    product = make.make_product(cast.unit, state="filed", year=2023)
    session.commit()

    started = anna.post(f"/my/products/{product.id}/update")
    wizard = str(started.location).removesuffix("/step/1")
    page = anna.get(f"{wizard}/step/1").text

    assert "2024 年度经济数据" in page
    assert 'value="1,000.00"' in page
    assert 'name="name"' not in page
    figures = {
        "output_value": "2000",
        "sales": "1900",
        "volume": "7000",
        "volume_unit": "组",
        "profit": "300",
    }
    answer = anna.post(f"{wizard}/step/1", {"version": "2", **figures, "go": "4"})
    assert answer.location == f"{wizard}/step/4"
    year = session.scalars(select(m.ProductYear).where(m.ProductYear.year == 2024)).one()
    assert year.sales == Decimal("1900.00")
    done = anna.post(f"{wizard}/submit", {"version": year.version, "commitment": "1"}, follow_redirects=True)
    assert "受理号" in plain(done.text)


def test_the_filings_own_year_is_no_update(cast: Cast, anna: Browser, session: Any) -> None:
    product = make.make_product(cast.unit, state="filed")
    session.commit()

    assert anna.get(f"/my/updates/{product.years[0].id}/step/1").status_code == 404
