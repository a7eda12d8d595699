"""The pages of the evaluation: reviewers score, officers arrange and decide; nothing typed is lost, nothing shown too early."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.services.recognition import proposal, screening
from tests.support.acts import work
from tests.support.evaluations import (
    Stage,
    again,
    begin,
    free_of,
    full,
    machine_scores,
    make_stage,
    of,
    points,
    score,
    score_all,
    states,
)  # fmt: skip
from tests.support.recognition import make_supplemented
from tests.web.desk.conftest import Browser, plain


@pytest.fixture
def stage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A round that is evaluated; the points from data are the same for all."""
    monkeypatch.setattr(screening, "machine_scores", machine_scores)
    return make_stage()


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """A browser for somebody."""
    return lambda actor, language="zh": Browser(app, actor, language)


Open = Callable[..., Browser]


def scores_form(row: m.Evaluation, share: str = "0.5", **more: str) -> dict[str, str]:
    form = {f"score.{name}": text for name, text in points(share).items()}
    return {**form, "version": str(row.version), "comment": "材料充分", **more}


def decision(stage: Stage, cut: str, **more: str) -> dict[str, str]:
    seen = proposal.fingerprint(proposal.ready(stage.round.id))
    return {"cut": cut, "seen": seen, "reason": "得分不足", **more}


def test_a_reviewer_sees_a_product_whole_saves_a_draft_and_hands_the_scores_in(
    stage: Stage, browser: Open
) -> None:
    (made,) = begin(stage, answers={"protection_note": "覆盖全部关键部件", "claims": "12"})
    row = of(made)[0]
    mine: Actor = stage.reviewers[row.reviewer_id]
    reviewer, page = browser(mine), f"/evaluation/{row.id}"

    for text in (made.product.name, "覆盖全部关键部件", "关联专利", "示例方案"):
        assert text in reviewer.text(page), text
    assert reviewer.post(f"{page}/save", {**scores_form(row), "score.value_expert": ""}).status_code == 302
    assert "有草稿" in reviewer.text("/evaluation/")
    assert reviewer.post(f"{page}/score", scores_form(again(row))).status_code == 302
    assert again(row).total == full() / 2
    assert "已评 1 个，共 1 个" in reviewer.text("/evaluation/")


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    reviewer = browser(stage.reviewers[row.reviewer_id])

    answer = reviewer.post(f"/evaluation/{row.id}/score", scores_form(row, **{"score.value_expert": "99"}))

    assert answer.status_code == 422
    assert re.search(r'name="score.value_expert" value="99"[^>]+aria-invalid="true"', answer.text)
    assert "不能超过本项满分" in answer.text
    assert "材料充分" in answer.text


def test_t_m07_a_second_tab_is_told_what_both_hold(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    reviewer, old = browser(stage.reviewers[row.reviewer_id]), scores_form(row, "1")
    reviewer.post(f"/evaluation/{row.id}/save", scores_form(row, "0.5"))

    answer = reviewer.post(f"/evaluation/{row.id}/score", old)

    assert answer.status_code == 409
    assert "您填写的是“17.00”，现在的内容是“8.50”" in plain(answer.text)


def test_nobody_sees_others_scores_before_all_have_scored(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    first, second = of(made)
    score(stage, first, "0.9")
    shown = str(again(first).total)
    other = browser(stage.reviewers[second.reviewer_id])
    officer = browser(stage.ou)

    assert other.get(f"/evaluation/{first.id}").status_code == 404
    places = (f"/recognition/evaluations/{made.id}", f"/recognition/{stage.round.id}/proposal")
    for page in (other.text(f"/evaluation/{second.id}"), *map(officer.text, places)):
        assert shown not in page

    score(stage, again(second), "0.5")
    assert shown in other.text(f"/evaluation/{second.id}")
    assert shown in officer.text(places[0])
    assert "差距较大" in officer.text(places[1])


def test_a_recusal_needs_a_reason_and_leads_on(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    row = of(made)[0]
    reviewer = browser(stage.reviewers[row.reviewer_id])

    assert reviewer.post(f"/evaluation/{row.id}/recuse", {"reason": "　"}).status_code == 422
    assert reviewer.post(f"/evaluation/{row.id}/recuse", {"reason": "有合作关系"}).status_code == 302
    assert "有合作关系" in reviewer.text("/evaluation/?tab=recused")
    assert "有合作关系" in reviewer.text(f"/evaluation/{row.id}")


def test_an_officer_begins_sees_progress_reminds_and_reassigns(stage: Stage, browser: Open) -> None:
    made = make_supplemented(stage.round, stage.unit)
    session.commit()
    officer, page = browser(stage.ou), f"/recognition/{stage.round.id}/evaluation"

    assert "开始评价 1 个产品" in officer.text(page)
    assert officer.post(f"{page}/begin").status_code == 302
    work()
    assert states([made]) == ["evaluating"]
    first = of(made)[0]
    assert officer.post(f"{page}/remind", {"reviewer": str(first.reviewer_id)}).status_code == 302
    form = {"evaluation_id": str(first.id), "reviewer_id": str(free_of(stage, made)), "reason": ""}
    address = f"/recognition/evaluations/{made.id}"
    refused = officer.post(f"{address}/replace", form)
    assert refused.status_code == 422
    assert "请填写改派原因" in refused.text
    assert officer.post(f"{address}/replace", {**form, "reason": "请假"}).status_code == 302
    assert again(first).state == "recused"
    assert "请假" in officer.text(address)


def test_the_line_is_tried_and_the_list_decided_with_one_product_against_it(
    stage: Stage, browser: Open
) -> None:
    made = begin(stage, 3)
    for each, share in zip(made, ("1", "0.5", "0"), strict=True):
        score_all(stage, each, share, share)
    best, middle, last = (again(each) for each in made)
    officer, page = browser(stage.ou), f"/recognition/{stage.round.id}/proposal"

    listed = officer.text(f"{page}?most=2")
    assert f"拟认定分数线 {middle.score} 分" in listed
    assert listed.index(middle.product.name) < listed.index("拟认定分数线") < listed.index(last.product.name)
    confirm = officer.text(f"{page}/confirm?cut={middle.score}&adjust={last.id}")
    assert "将列为拟认定 3 个，未通过评价 0 个" in confirm

    form = decision(stage, str(middle.score), **{f"override.{last.id}": " "})
    refused = officer.post(page, form)
    assert refused.status_code == 422
    assert "请填写单独决定的理由" in refused.text
    begun = officer.post(page, {**form, f"override.{last.id}": "复核后改判"})
    assert begun.status_code == 302
    work()
    assert "已列为拟认定 3 个，未通过评价 0 个" in officer.text(begun.headers["Location"])
    assert states([best, middle, last]) == ["proposed"] * 3
    assert officer.post(page, form).status_code == 409


def test_the_list_is_exported_with_its_scores(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    score_all(stage, made)
    page = f"/recognition/{stage.round.id}/proposal"
    text = browser(stage.ou).get(f"{page}.csv").get_data().decode("utf-8-sig")
    assert str(again(made).score) in text.splitlines()[1]


def test_a_line_that_is_none_is_said_beside_its_field(stage: Stage, browser: Open) -> None:
    begin(stage)
    officer, page = browser(stage.ou), f"/recognition/{stage.round.id}/proposal"
    for asked in ("cut=101", "cut=x", "most=x", "most=0"):
        answer, field = officer.get(f"{page}?{asked}"), asked.split("=")[0]
        assert answer.status_code == 422
        assert answer.text.count('-error" role="alert"') == answer.text.count(f'id="{field}-error"') == 1


def test_the_generated_view_keeps_an_officer_blind_who_reviews_too(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    mine, other = of(made)
    officer = session.get_one(User, stage.ou.user_id).roles[0]
    reviewer = session.get_one(User, mine.reviewer_id)
    reviewer.roles.append(officer)
    session.commit()
    score(stage, other)
    both = browser(stage.reviewers[mine.reviewer_id])

    assert both.get(f"/evaluationview/show/{mine.id}").status_code == 200
    assert both.get(f"/evaluationview/show/{other.id}").status_code == 404
    export = "/evaluationview/export/csv"
    assert len(both.get(export).text.splitlines()) == 2
    assert len(browser(stage.ou).get(export).text.splitlines()) == 3
    score(stage, mine)
    assert both.get(f"/evaluationview/show/{other.id}").status_code == 200
    assert len(both.get(export).text.splitlines()) == 3


def test_everything_is_there_in_english(stage: Stage, browser: Open) -> None:
    (made,) = begin(stage)
    score_all(stage, made)
    row = of(made)[0]
    pages = {
        stage.ou: (
            f"/recognition/{stage.round.id}/evaluation",
            f"/recognition/{stage.round.id}/proposal",
            f"/recognition/{stage.round.id}/proposal/confirm?cut=50&adjust={made.id}",
            f"/recognition/evaluations/{made.id}",
        ),
        stage.reviewers[row.reviewer_id]: ("/evaluation/", f"/evaluation/{row.id}"),
    }
    for who, addresses in pages.items():
        for address in addresses:
            assert browser(who, "en").get(address).status_code == 200, address
