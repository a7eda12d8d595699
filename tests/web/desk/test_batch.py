"""Approving many at once, from the confirmation page to the outcome of each (abuse.md T-W02, T-W07, T-W14)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.services import cases, filings
from tests.support.acts import approve, do, submit
from tests.web.desk.conftest import Browser, Cast, again, plain
from tests.web.desk.conftest import filings as filed


def form_of(made: list[m.Case], policy: str = "valid", **more: str) -> dict[str, Any]:
    """The confirmation page's form for these cases."""
    return {**{f"seen.{case.id}": str(case.subject_version) for case in made}, "policy": policy, **more}


def lapse(session: Any, case: m.Case) -> None:
    """Let the patent of a filing lapse, so that it cannot be approved."""
    session.rollback()
    session.get_one(m.Product, case.subject_id).years[0].links[0].patent.legal_state = "lapsed"
    session.commit()


def numbers(session: Any) -> list[str]:
    session.rollback()
    query = select(m.Product.filing_no).where(m.Product.filing_no.is_not(None))
    return sorted(session.scalars(query))


def test_the_confirmation_page_changes_nothing_and_shows_what_is_about_to_be_done(
    cast: Cast, session: Any, rui: Browser
) -> None:
    good, warned = filed(cast, session, "铅酸电池", "高效锂电池")
    do(cases.claim, cast.rong, good.id)

    page = rui.get(f"/desk/batch/?case={good.id}&case={warned.id}").text

    assert "确认批量通过 2 件" in page
    assert f'name="seen.{warned.id}" value="{warned.subject_version}"' in page
    assert "该件已由其他审核员领取" in page
    assert "1 条" in plain(page)
    assert again(session, warned).state == "open"


@pytest.mark.parametrize(("policy", "approved"), [("valid", 2), ("all", 0)])
def test_t_w14_a_batch_obeys_its_policy_and_each_row_has_its_outcome(
    cast: Cast, session: Any, rui: Browser, policy: str, approved: int
) -> None:
    made = filed(cast, session, "铅酸蓄电池", "镍氢蓄电池", "锌锰蓄电池")
    lapse(session, made[2])

    answer = rui.post("/desk/batch/", form_of(made, policy, acknowledged="1"))

    assert answer.status_code == 200
    assert f"通过 {approved} 件，未通过 {3 - approved} 件" in answer.text
    assert "失效" in answer.text
    assert len(numbers(session)) == approved
    assert ("同批其他件不能通过" in answer.text) == (policy == "all")
    assert {again(session, case).state for case in made[:2]} == {"approved" if approved else "open"}


def test_warnings_pass_only_when_acknowledged(cast: Cast, session: Any, rui: Browser) -> None:
    made = filed(cast, session, "高效锂电池")

    assert "有提示未处理" in rui.post("/desk/batch/", form_of(made)).text
    assert "已通过" in rui.post("/desk/batch/", form_of(made, acknowledged="1")).text


def test_t_w02_a_batch_sent_twice_approves_once(cast: Cast, session: Any, rui: Browser) -> None:
    made = filed(cast, session, "铅酸电池")
    form = form_of(made, acknowledged="1")

    rui.post("/desk/batch/", form)
    second = rui.post("/desk/batch/", form)

    assert "该件刚刚被他人处理或撤回" in second.text
    assert numbers(session) == ["ZLCP202543000001"]


def test_t_w07_a_case_changed_after_the_confirmation_page_is_not_approved(
    cast: Cast, session: Any, rui: Browser
) -> None:
    (case,) = filed(cast, session, "铅酸电池")
    form = form_of([case], acknowledged="1")
    product = session.get_one(m.Product, case.subject_id)
    do(filings.withdraw, cast.anna, product.id)
    newer = submit(cast.anna, product)

    assert "通过 0 件" in rui.post("/desk/batch/", form).text
    form = {f"seen.{newer.id}": str(case.subject_version), "policy": "valid", "acknowledged": "1"}
    assert "您看到的不是最新提交的内容" in rui.post("/desk/batch/", form).text
    assert numbers(session) == []


def test_t_w04_a_reviewer_of_the_unit_approves_none_of_its_cases(
    cast: Cast, session: Any, browser: Any
) -> None:
    from tests.support import factories as make

    (case,) = filed(cast, session, "铅酸电池")
    both = make.actor_of(make.make_user("Reviewer", cast.unit, username="both"))
    session.commit()

    answer = browser(both).post("/desk/batch/", form_of([case], acknowledged="1"))

    assert "不能审核本单位或本人提交的事项" in answer.text
    assert again(session, case).state == "open"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"policy": "valid"},
        {"policy": "some", "seen.1": "1"},
        {"policy": "valid", "seen.1": "x"},
        {"policy": "valid", "seen.1": "9" * 30},
    ],
)
def test_t_q02_a_form_that_no_page_sends_is_a_bad_request(
    cast: Cast, rui: Browser, form: dict[str, str]
) -> None:
    assert rui.post("/desk/batch/", form).status_code == 400


@pytest.mark.parametrize("number", ["abc", "-1", "9" * 23, "999999"])
def test_an_unknown_case_stops_the_whole_batch(
    cast: Cast, session: Any, case: m.Case, rui: Browser, number: str
) -> None:
    form = {**form_of([case], acknowledged="1"), f"seen.{number}": "1"}

    assert rui.post("/desk/batch/", form).status_code == 404
    assert rui.get(f"/desk/batch/?case={number}").status_code == 404
    assert again(session, case).state == "open"


def test_a_batch_has_a_limit(cast: Cast, session: Any, rui: Browser) -> None:
    form = {f"seen.{number}": "1" for number in range(1, 102)}

    assert rui.post("/desk/batch/", {**form, "policy": "valid"}).status_code == 422


def test_a_closed_case_shows_as_such_before_it_is_tried(cast: Cast, session: Any, rui: Browser) -> None:
    (case,) = filed(cast, session, "铅酸电池")
    approve(cast.rui, case, acknowledged=True)

    assert "该件已办结" in rui.text(f"/desk/batch/?case={case.id}")


def test_a_batch_of_none_leads_back(cast: Cast, rui: Browser) -> None:
    assert rui.get("/desk/batch/").location == "/desk/"
