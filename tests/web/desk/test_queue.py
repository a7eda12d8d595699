"""The queue: who sees it, under which headings, what can be done from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app import models as m
from app.services import cases
from tests.support.acts import approve, do, send_back
from tests.support.factories import NOW, TODAY
from tests.web.desk.conftest import Browser, Cast, again, counted, filings, plain

Open = Callable[..., Browser]
POSTS = ("/desk/pick", "/desk/batch/", "/desk/cases/1/claim", "/desk/cases/1/release", "/desk/cases/1/reassign",
         "/desk/cases/1/approve", "/desk/cases/1/return", "/desk/messages/read", "/desk/messages/1/read")  # fmt: skip
PAGES = ("/desk/", "/desk/stats/", "/desk/batch/?case=1", "/desk/messages/")


@pytest.mark.parametrize("path", [*PAGES, "/desk/cases/1"])
def test_strangers_are_sent_to_sign_in(browser: Open, path: str) -> None:
    answer = browser(None).get(path)

    assert answer.status_code == 302
    assert answer.location.startswith("/login/?next=")


@pytest.mark.parametrize("who", ["anna", "office", "officer"])
@pytest.mark.parametrize("path", [*PAGES, "/desk/cases/1", "/desk/cases/1/sheet.pdf"])
def test_the_desk_is_closed_to_other_roles(
    cast: Cast, case: m.Case, browser: Open, who: str, path: str
) -> None:
    assert browser(getattr(cast, who)).get(path).status_code == 403


@pytest.mark.parametrize("who", ["anna", "bo", "office", "officer", "auditor"])
def test_t_i01_other_roles_change_nothing(
    cast: Cast, session: Any, case: m.Case, browser: Open, who: str
) -> None:
    other = browser(getattr(cast, who))
    seen = {
        "version": case.subject_version,
        "reason": "请核对",
        "reviewer_id": cast.rong.user_id,
        "handover": "休假",
    }
    for act in ("claim", "release", "reassign", "approve", "return"):
        assert other.post(f"/desk/cases/{case.id}/{act}", seen).status_code == 403
    assert other.post("/desk/pick", {"case": [case.id], "do": "claim"}).status_code == 403
    batch = {f"seen.{case.id}": case.subject_version, "policy": "valid", "acknowledged": "1"}
    assert other.post("/desk/batch/", batch).status_code == 403
    for act in ("claim", "approve"):
        assert other.post(f"/caseview/action/{act}/{case.id}").status_code in (403, 404)
        assert other.post("/caseview/action_post", {"rowid": [case.id], "action": act}).status_code in (
            403,
            404,
        )

    now = again(session, case)
    assert (now.state, now.claimed_by, now.version) == ("open", None, case.version)


@pytest.mark.parametrize("path", POSTS)
def test_t_c01_nothing_is_done_by_get(cast: Cast, case: m.Case, rui: Browser, path: str) -> None:
    expected = 200 if path == "/desk/batch/" else 405
    assert rui.get(path, follow_redirects=True).status_code == expected


@pytest.mark.parametrize("path", POSTS)
def test_t_c02_a_form_without_its_token_is_refused(cast: Cast, case: m.Case, rui: Browser, path: str) -> None:
    assert rui.post(path, {"case": ["1"], "do": "claim", "version": "1"}, token=False).status_code == 400


def test_cases_stand_under_their_headings(cast: Cast, session: Any, rui: Browser) -> None:
    free, mine, hers, done, late = filings(cast, session, "甲电池", "乙电池", "丙电池", "丁电池", "戊电池")
    do(cases.claim, cast.rui, mine.id)
    do(cases.claim, cast.rong, hers.id)
    approve(cast.rui, done, acknowledged=True)
    session.get_one(m.Case, late.id).due_on = TODAY
    session.commit()

    def titles(tab: str) -> set[str]:
        page = rui.text(f"/desk/?tab={tab}")
        return {case.title for case in (free, mine, hers, done, late) if case.receipt_no in page}

    assert titles("todo") == {"甲电池", "戊电池"}
    assert titles("mine") == {"乙电池"}
    assert titles("due") == {"戊电池"}
    assert titles("open") == {"甲电池", "乙电池", "丙电池", "戊电池"}
    assert titles("done") == {"丁电池"}
    assert rui.get("/desk/?tab=other").status_code == 404


def test_a_case_kept_too_long_is_offered_to_others(cast: Cast, session: Any, rui: Browser) -> None:
    (case,) = filings(cast, session, "甲电池")
    do(cases.claim, cast.rong, case.id, now=NOW - timedelta(hours=25))

    assert "领取已超时，可接手" in rui.text("/desk/")


def test_the_auditor_reads_everybodys_closed_cases_and_has_no_buttons(
    cast: Cast, session: Any, browser: Open
) -> None:
    open_, done = filings(cast, session, "甲电池", "乙电池")
    send_back(cast.rui, done)
    auditor = browser(cast.auditor)

    page = auditor.get("/desk/").text
    assert open_.receipt_no in page
    assert 'name="do"' not in page
    assert done.receipt_no in auditor.text("/desk/?tab=done")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=甲示例", {"甲电池", "乙电池"}),
        ("q=乙电", {"乙电池"}),
        ("q=SL2025", {"甲电池", "乙电池", "丙电池"}),
        ("q=%25", set()),
        ("q=_电池", set()),
        ("region=440000", {"丙电池"}),
        ("f_kind=update", set()),
        ("f_kind=filing&region=430000", {"甲电池", "乙电池"}),
    ],
)
def test_the_queue_is_searched_literally(
    cast: Cast, session: Any, rui: Browser, asked: str, found: set[str]
) -> None:
    made = filings(cast, session, "甲电池", "乙电池")
    other = filings(_of_other_unit(cast), session, "丙电池")
    page = rui.text(f"/desk/?{asked}")

    assert {case.title for case in (*made, *other) if case.receipt_no in page} == found


def _of_other_unit(cast: Cast) -> Cast:
    return Cast(**{**vars(cast), "unit": cast.other_unit, "anna": cast.bo})


@pytest.mark.parametrize(
    "asked", ["size=abc", "order=unit", "order=snapshot", "after=xx", "f_state=open", "dir=up"]
)
def test_t_q02_odd_parameters_are_bad_requests(cast: Cast, rui: Browser, asked: str) -> None:
    assert rui.get(f"/desk/?{asked}").status_code == 400


def test_the_first_due_stand_first_and_pages_follow_by_key(cast: Cast, session: Any, rui: Browser) -> None:
    made = filings(cast, session, "甲电池", "乙电池", "丙电池")
    for case, day in zip(made, (3, 1, 2), strict=True):
        session.get_one(m.Case, case.id).due_on = TODAY + timedelta(days=day)
    session.commit()

    first = rui.get("/desk/?size=2").text
    assert first.index(made[1].receipt_no) < first.index(made[2].receipt_no)
    assert made[0].receipt_no not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert made[0].receipt_no in rui.text(f"/desk/{following}")


def test_the_term_is_shown_in_words(cast: Cast, session: Any, rui: Browser) -> None:
    late, today, later = filings(cast, session, "甲电池", "乙电池", "丙电池")
    for case, day in ((late, date(2025, 9, 8)), (today, TODAY), (later, date(2025, 9, 12))):
        session.get_one(m.Case, case.id).due_on = day
    session.get_one(m.Case, later.id).due_provisional = True
    session.get_one(m.Case, late.id).urged_at = NOW
    session.commit()

    page = rui.text("/desk/")
    for words in ("已逾期 2 个工作日", "今天到期", "还剩 2 个工作日", "暂定", "已催办"):
        assert words in page


def test_ticked_cases_are_claimed_and_what_cannot_be_is_said(cast: Cast, session: Any, rui: Browser) -> None:
    first, second = filings(cast, session, "甲电池", "乙电池")
    do(cases.claim, cast.rong, second.id)

    answer = rui.post("/desk/pick", {"case": [first.id, second.id], "do": "claim", "back": "/desk/?tab=open"})

    assert answer.location == "/desk/?tab=open"
    page = rui.text("/desk/?tab=mine")
    assert "已领取 1 件" in page
    assert "1 件未办理" in page
    assert (again(session, first).claimed_by, again(session, second).claimed_by) == (
        cast.rui.user_id,
        cast.rong.user_id,
    )


def test_cases_are_given_back_and_handed_on(cast: Cast, session: Any, rui: Browser) -> None:
    first, second = filings(cast, session, "甲电池", "乙电池")
    for case in (first, second):
        do(cases.claim, cast.rui, case.id)

    rui.post("/desk/pick", {"case": [first.id], "do": "release"})
    handed = {"case": [second.id], "do": "reassign", "reviewer_id": cast.rong.user_id, "reason": "休假"}
    rui.post("/desk/pick", handed)

    assert again(session, first).claimed_by is None
    assert again(session, second).claimed_by == cast.rong.user_id


@pytest.mark.parametrize("reason", ["", "　　", "\u200b"])
def test_t_w05_handing_on_many_needs_a_reason(cast: Cast, session: Any, rui: Browser, reason: str) -> None:
    (case,) = filings(cast, session, "甲电池")
    do(cases.claim, cast.rui, case.id)

    rui.post(
        "/desk/pick",
        {"case": [case.id], "do": "reassign", "reviewer_id": cast.rong.user_id, "reason": reason},
    )

    assert again(session, case).claimed_by == cast.rui.user_id
    assert "请填写转交原因" in rui.text("/desk/?tab=mine")


def test_nothing_ticked_is_said(cast: Cast, rui: Browser) -> None:
    rui.post("/desk/pick", {"do": "claim"})

    assert "请先勾选要办理的事项" in rui.text("/desk/")


@pytest.mark.parametrize("number", ["abc", "-1", "1" * 23, "999999"])
def test_an_unknown_case_among_the_ticked_stops_all(
    cast: Cast, session: Any, case: m.Case, rui: Browser, number: str
) -> None:
    answer = rui.post("/desk/pick", {"case": [str(case.id), number], "do": "claim"})

    assert answer.status_code == 404
    assert again(session, case).claimed_by is None


def test_back_stays_on_this_site(cast: Cast, case: m.Case, rui: Browser) -> None:
    answer = rui.post("/desk/pick", {"case": [case.id], "do": "claim", "back": "//evil.example"})

    assert answer.location == "/desk/"


def test_a_page_takes_few_statements_whatever_the_rows(cast: Cast, session: Any, rui: Browser) -> None:
    filings(cast, session, *(f"{sign}电池" for sign in "甲乙丙"))
    rui.get("/desk/?tab=open")
    with counted() as few:
        assert rui.get("/desk/?tab=open").status_code == 200
    filings(cast, session, *(f"{sign}电池" for sign in "丁戊己庚辛壬癸"))
    with counted() as many:
        assert rui.get("/desk/?tab=open").status_code == 200

    own = [each for each in many if "count" not in each or "review_case" in each or "outbox" in each]
    assert len(own) <= 8
    assert abs(len(many) - len(few)) <= 4  # tables kept in memory ask once a second whether they changed


def test_the_generated_list_claims_and_leads_to_the_confirmation(
    cast: Cast, session: Any, rui: Browser
) -> None:
    first, second = filings(cast, session, "甲电池", "乙电池")

    rui.post("/caseview/action_post", {"rowid": [first.id, second.id], "action": "claim"})
    answer = rui.post("/caseview/action_post", {"rowid": [first.id, second.id], "action": "approve"})

    assert again(session, first).claimed_by == cast.rui.user_id
    assert answer.location == f"/desk/batch/?case={first.id}&case={second.id}"
    assert again(session, first).state == "open"
    assert "确认批量通过 2 件" in plain(rui.get(answer.location).text)
