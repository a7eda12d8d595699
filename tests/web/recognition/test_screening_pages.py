"""Screening in the officer's hands: run, read, compare, try out, take over."""

from __future__ import annotations

import io
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app import jobs
from app import models as m
from app.db import session
from app.domain.recognition import scheme as rules
from app.services import background
from tests.support import factories as make
from tests.support.recognition import STRONG, WEAK, make_four, make_round
from tests.support.world import signed_in


@pytest.fixture
def round_(app: Flask, no_csrf: None) -> m.RecognitionRound:
    """The round of four candidates."""
    made = make_round(document={**deepcopy(rules.EXAMPLE), "min_class": 2})
    make_four(made)
    session.commit()
    return made


@pytest.fixture
def officer(app: Flask, round_: m.RecognitionRound) -> FlaskClient:
    user = make.make_user("RecognitionOfficer")
    session.commit()
    return signed_in(app, user)


def another_round(**values: Any) -> m.RecognitionRound:
    """A round without products."""
    session.rollback()  # begun before the browser wrote its session
    made = make_round(year=2026, **values)
    session.commit()
    return made


def screen(officer: FlaskClient, round_: m.RecognitionRound) -> str:
    """Run the screening as an officer does; the address of its results."""
    started = officer.post(f"/recognition/{round_.id}/screening")
    assert "/jobs/" in started.headers["Location"]
    session.rollback()
    background.run_waiting(jobs.HANDLERS)
    session.expire_all()
    run = session.scalars(select(m.ScreeningRun).order_by(m.ScreeningRun.id.desc()).limit(1)).one()
    assert run.state == "done"
    return f"/recognition/{round_.id}/screening/{run.id}"


def product(name: str) -> m.Product:
    return session.scalars(select(m.Product).where(m.Product.name == name)).one()


def states(round_: m.RecognitionRound) -> set[str]:
    session.rollback()
    session.expire_all()
    return set(session.scalars(select(m.Recognition.state).where(m.Recognition.round_id == round_.id)))


def test_a_run_changes_no_state_and_shows_its_hashes(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    address = screen(officer, round_)
    html = officer.get(address).text
    run = session.scalars(select(m.ScreeningRun)).one()
    assert run.input_hash and run.result_hash
    assert run.input_hash in html and run.result_hash in html and run.scheme_hash in html
    assert states(round_) == {"candidate"}
    assert html.index(STRONG) < html.index(WEAK)


def test_results_are_limited_by_verdict_class_and_text(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    address = screen(officer, round_)
    assert WEAK not in officer.get(f"{address}?passed=yes").text
    assert STRONG not in officer.get(f"{address}?passed=no").text
    assert WEAK in officer.get(f"{address}?class=P38").text
    assert "没有符合条件的产品" in officer.get(f"{address}?class=P17").text


@pytest.mark.parametrize(
    "asked", ["after=x", "after=1_x", "after=NaN_1", "after=1e9_1", f"after=1_{10**23}", "passed=maybe"]
)
def test_T_Q02_odd_arguments_are_refused(
    officer: FlaskClient, round_: m.RecognitionRound, asked: str
) -> None:
    assert officer.get(f"{screen(officer, round_)}?{asked}").status_code == 400


def test_T_Q01_signs_of_patterns_mean_nothing(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    assert "没有符合条件的产品" in officer.get(f"{screen(officer, round_)}?class=%25").text


def test_results_go_on_by_key(
    officer: FlaskClient, round_: m.RecognitionRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.recognition.screening._PAGE", 2)
    address = screen(officer, round_)
    first = officer.get(address).text
    assert STRONG in first and WEAK not in first
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = officer.get(address + link).text
    assert WEAK in second and STRONG not in second


def test_the_explanation_sums_up_and_says_what_would_pass(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    html = officer.get(f"{screen(officer, round_)}/product/{product(WEAK).id}").text
    assert "初筛未通过" in html and "怎样才能通过" in html and "销售收入" in html
    strong = officer.get(f"{screen(officer, round_)}/product/{product(STRONG).id}").text
    assert "初筛通过" in strong and "怎样才能通过" not in strong


def test_T_I02_a_run_of_another_round_is_not_found(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    run_id = screen(officer, round_).rsplit("/", 1)[1]
    other = another_round()
    assert officer.get(f"/recognition/{other.id}/screening/{run_id}").status_code == 404


def test_two_runs_on_the_same_data_are_the_same(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    screen(officer, round_)
    assert "方案和数据都相同，结果也相同" in officer.get(f"{screen(officer, round_)}/compare").text


def test_what_changed_between_two_runs_is_listed(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    screen(officer, round_)
    product(WEAK).years[0].sales = Decimal(1_000_000)
    product(WEAK).years[0].profit = Decimal(500_000)
    session.commit()
    html = officer.get(f"{screen(officer, round_)}/compare").text
    assert "产品数据" in html and WEAK in html


def test_T_W02_results_are_taken_over_once_after_a_page_that_says_what_it_does(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    address = screen(officer, round_)
    assert "采用前请核对" in officer.get(f"{address}/apply").text
    assert states(round_) == {"candidate"}
    assert officer.post(f"{address}/apply").status_code == 302
    assert states(round_) == {"passed", "screened_out"}
    again = officer.post(f"{address}/apply")
    assert again.status_code == 409 and "已经采用" in again.text


def test_T_W01_a_round_without_candidates_is_not_screened(officer: FlaskClient) -> None:
    empty = another_round()
    answer = officer.post(f"/recognition/{empty.id}/screening")
    assert answer.status_code == 409 and "还没有候选产品" in answer.text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_results_are_exported_with_values_points_and_sentences(
    officer: FlaskClient, round_: m.RecognitionRound, kind: str
) -> None:
    data = officer.get(f"{screen(officer, round_)}/export/{kind}?passed=no").get_data()
    if kind == "csv":
        text = data.decode("utf-8-sig")
    else:
        cells = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        text = "\n".join(",".join(str(cell) for cell in row) for row in cells)
    assert WEAK in text and STRONG not in text and "销售收入：得分" in text


# ---------------------------------------------------------------- what if


def test_trying_out_a_lower_line_shows_who_would_pass_and_touches_nothing(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    html = officer.get(f"/recognition/{round_.id}/what-if?pass_score=0").text
    assert "会新通过的产品" in html and WEAK in html
    assert states(round_) == {"candidate"}
    assert session.scalars(select(m.ScreeningRun)).all() == []


def test_weights_tried_out_need_not_add_up(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    html = officer.get(f"/recognition/{round_.id}/what-if?dimensions.0.indicators.0.weight=90").text
    assert "试算结果" in html


def test_a_figure_that_is_none_is_said_beside_it(officer: FlaskClient, round_: m.RecognitionRound) -> None:
    answer = officer.get(f"/recognition/{round_.id}/what-if?dimensions.0.indicators.0.weight=viel")
    assert answer.status_code == 422
    assert 'id="dimensions.0.indicators.0.weight-error"' in answer.text and 'value="viel"' in answer.text


def test_what_was_tried_out_becomes_a_scheme_of_its_own(
    officer: FlaskClient, round_: m.RecognitionRound
) -> None:
    html = officer.get(f"/recognition/{round_.id}/what-if?pass_score=40").text
    document = html.split('name="document" value="')[1].split('">')[0].replace("&#34;", '"')
    assert officer.post("/recognition/schemes/new", data={"document": document}).status_code == 302
    session.rollback()
    made = session.scalars(select(m.EvaluationScheme).order_by(m.EvaluationScheme.id.desc()).limit(1)).one()
    assert made.content["pass_score"] == 40 and made.name.endswith("（试算）")
    assert round_.frozen_scheme is not None and round_.frozen_scheme["pass_score"] != 40


def test_a_round_without_products_can_be_tried_out(officer: FlaskClient) -> None:
    empty = another_round(state="draft")
    assert "试算结果" in officer.get(f"/recognition/{empty.id}/what-if?pass_score=10").text
