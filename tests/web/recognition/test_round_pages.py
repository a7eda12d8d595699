"""The officer's home: rounds, their checklist, their products, and the schemes they are judged by."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.recognition import scheme as rules
from app.services.recognition import schemes
from tests.support.recognition import make_scheme
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_csrf")


@pytest.fixture
def officer(world: World) -> FlaskClient:
    return world.browser("officer")


@pytest.fixture
def round_id(world: World) -> int:
    return int(world.records["a"]["recognition_round"])


@pytest.fixture
def draft(world: World) -> m.EvaluationScheme:
    """A scheme no round uses."""
    made = make_scheme("待改的示例方案")
    session.commit()
    return made


def newest(model: Any) -> Any:
    session.rollback()
    return session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()


# ---------------------------------------------------------------- rounds


def test_a_new_rounds_form_is_filled_in_as_rounds_usually_are(officer: FlaskClient) -> None:
    html = officer.get("/recognition/new").text
    assert "专利密集型产品认定" in html and "示例方案" in html


def test_a_round_is_planned_read_and_published(officer: FlaskClient, world: World) -> None:
    typed = {
        "year": "2090", "data_year": "2089", "title": "2090 年度专利密集型产品认定", "filing_deadline": "2090-09-15",
        "supplement_deadline": "2090-10-31", "notice_days": "10", "evaluators": "3",
        "scheme_id": str(world.records["a"]["evaluation_scheme"]),
    }  # fmt: skip
    there = officer.post("/recognition/new", data=typed).headers["Location"]
    assert "核对并发布" in officer.get(there).text
    shown = officer.get(f"{there}/publish").text
    digest = rules.content_hash(newest(m.RecognitionRound).scheme.content)
    assert digest in shown and "不是官方数值" in shown
    assert officer.post(f"{there}/publish", data={"version": "1", "hash": digest}).status_code == 302
    page = officer.get(there).text
    assert "已发布" in page and digest in page and "去办理" in page


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(officer: FlaskClient) -> None:
    answer = officer.post(
        "/recognition/new", data={"year": "2099", "title": "我写的名称", "evaluators": "99"}
    )
    assert answer.status_code == 422
    assert 'id="filing_deadline-error"' in answer.text and "我写的名称" in answer.text


def test_a_published_rounds_form_offers_what_may_still_change(officer: FlaskClient, round_id: int) -> None:
    html = officer.get(f"/recognition/{round_id}/edit").text
    assert 'name="supplement_deadline"' in html and 'name="notice_days"' not in html


def test_T_W01_a_round_under_way_is_not_closed_and_says_why(officer: FlaskClient, round_id: int) -> None:
    answer = officer.post(f"/recognition/{round_id}/close", data={"version": "1"})
    assert answer.status_code == 409 and "还有 2 个产品没有认定结果" in answer.text


def test_the_checklist_names_the_products_and_the_next_step(officer: FlaskClient, round_id: int) -> None:
    html = officer.get(f"/recognition/{round_id}").text
    assert "候选 <strong>2</strong>" in html and "2 件待办" in html


def test_the_auditor_reads_without_buttons(world: World, round_id: int) -> None:
    html = world.browser("auditor").get(f"/recognition/{round_id}").text
    assert "btn-primary" not in html and "初筛" in html


# ---------------------------------------------------------------- products


def test_the_others_are_listed_with_each_of_their_reasons(officer: FlaskClient, round_id: int) -> None:
    html = officer.get(f"/recognition/{round_id}/candidates/excluded").text
    assert "尚未完成备案 <strong>2</strong>" in html and "电动叉车用锂离子电池" in html
    only = officer.get(f"/recognition/{round_id}/candidates/excluded?reason=no_sales").text
    assert "电动叉车用锂离子电池" not in only


@pytest.mark.parametrize("asked", ["reason=x", "after=abc", "after=-1"])
def test_T_Q02_odd_arguments_are_refused(officer: FlaskClient, round_id: int, asked: str) -> None:
    assert officer.get(f"/recognition/{round_id}/candidates/excluded?{asked}").status_code == 400


def test_products_are_gathered_again_without_harm(officer: FlaskClient, round_id: int) -> None:
    assert officer.post(f"/recognition/{round_id}/candidates").status_code == 302
    html = officer.get(f"/recognition/{round_id}/candidates").text
    assert "新增候选产品 0 个，共 2 个" in html and "电动自行车用锂离子电池" in html


def test_products_are_found_by_unit_and_state(officer: FlaskClient, round_id: int) -> None:
    assert "没有符合条件的产品" in officer.get(f"/recognition/{round_id}/candidates?f_state=passed").text
    assert "没有符合条件的产品" in officer.get(f"/recognition/{round_id}/candidates?q=不存在的名称").text


# ---------------------------------------------------------------- schemes


def test_a_scheme_is_exported_and_imported_as_a_file(officer: FlaskClient, draft: m.EvaluationScheme) -> None:
    file = officer.get(f"/recognition/schemes/{draft.id}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    data = file.get_data().replace("待改的示例方案".encode(), "导入的示例方案".encode())
    answer = officer.post("/recognition/schemes/new", data={"file": (io.BytesIO(data), "方案.json")})
    assert answer.status_code == 302
    made = newest(m.EvaluationScheme)
    assert made.content == {**draft.content, "name": "导入的示例方案"}


def test_every_fault_of_a_file_is_said_at_its_place(officer: FlaskClient) -> None:
    document = {**rules.EXAMPLE, "name": "又一个示例方案", "pass_score": 101}
    document["dimensions"] = [
        {**rules.EXAMPLE["dimensions"][0], "stage": "x"},
        *rules.EXAMPLE["dimensions"][1:],
    ]
    data = schemes.written(document).encode()
    answer = officer.post("/recognition/schemes/new", data={"file": (io.BytesIO(data), "x.json")})
    assert answer.status_code == 422
    assert "<code>pass_score</code>" in answer.text and "<code>dimensions.0.stage</code>" in answer.text
    assert "又一个示例方案" in answer.text


def test_figures_are_changed_in_a_form(officer: FlaskClient, draft: m.EvaluationScheme) -> None:
    address = f"/recognition/schemes/{draft.id}/edit"
    assert 'name="dimensions.0.indicators.0.weight"' in officer.get(address).text
    answer = officer.post(address, data={"version": draft.version, "pass_score": "５8.5", "cut": "62"})
    assert answer.status_code == 302
    content = newest(m.EvaluationScheme).content
    assert (content["pass_score"], content["cut"]) == (58.5, 62)
    assert content["dimensions"] == draft.content["dimensions"]


def test_a_weight_that_spoils_the_sum_is_said_beside_it(
    officer: FlaskClient, draft: m.EvaluationScheme
) -> None:
    typed = {"version": draft.version, "dimensions.0.weight": "abc"}
    answer = officer.post(f"/recognition/schemes/{draft.id}/edit", data=typed)
    assert answer.status_code == 422
    assert 'id="dimensions.0.weight-error"' in answer.text and 'value="abc"' in answer.text


def test_T_M07_two_editors_of_a_scheme_do_not_overwrite_each_other(
    officer: FlaskClient, draft: m.EvaluationScheme
) -> None:
    address = f"/recognition/schemes/{draft.id}/json"
    text = schemes.written({**draft.content, "standard": "甲"})
    assert officer.post(address, data={"version": "1", "document": text}).status_code == 302
    late = officer.post(address, data={"version": "1", "document": text.replace("甲", "乙")})
    assert late.status_code == 409 and "乙" in late.text


def test_a_published_rounds_scheme_is_shown_but_not_changed(officer: FlaskClient, world: World) -> None:
    scheme = session.get_one(m.EvaluationScheme, world.records["a"]["evaluation_scheme"])
    assert "内容不能再改" in officer.get(f"/recognition/schemes/{scheme.id}").text
    answer = officer.post(
        f"/recognition/schemes/{scheme.id}/edit", data={"version": scheme.version, "pass_score": "1"}
    )
    assert answer.status_code == 409 and "复制为新方案" in answer.text


def test_a_copy_can_be_changed(officer: FlaskClient, world: World) -> None:
    scheme_id = world.records["a"]["evaluation_scheme"]
    answer = officer.post(f"/recognition/schemes/{scheme_id}/copy", data={"name": "副本示例方案"})
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/edit")


def test_every_scheme_that_is_none_of_the_official_ones_says_so(officer: FlaskClient) -> None:
    for address in ("/recognition/", "/recognition/schemes/"):
        assert "示例方案" in officer.get(address).text


def test_pages_are_english_in_english(world: World, round_id: int) -> None:
    client = world.browser("officer")
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    html = client.get(f"/recognition/{round_id}").text
    assert "Gather candidates" in html and "汇集" not in html
    assert (
        "Economic benefit"
        in client.get(f"/recognition/schemes/{world.records['a']['evaluation_scheme']}").text
    )
