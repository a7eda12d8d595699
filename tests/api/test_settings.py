"""Administrators' and editors' programs: what the generated views keep, under the same forms and rules."""

from __future__ import annotations

import io
import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.registers import parameters
from app.services import checks
from tests.documents import samples
from tests.support import factories as make
from tests.support.programs import Program, refused

PDF = samples.pdf()
ROLES = {
    "admin": roles.ADMIN, "officer": roles.RECOGNITION_OFFICER, "reviewer": roles.REVIEWER, "auditor": roles.AUDITOR,
}  # fmt: skip


@pytest.fixture
def staff(app: Flask) -> dict[str, Program]:
    """A program of each role of the staff."""
    users = {name: make.make_user(role) for name, role in ROLES.items()}
    session.commit()
    return {name: Program.of(app, user) for name, user in users.items()}


@pytest.fixture
def admin(staff: dict[str, Program]) -> Program:
    """An administrator's program."""
    return staff["admin"]


def first(program: Program, path: str) -> dict[str, Any]:
    """The first record of a list, whole."""
    listed = program.do("GET", path)[0]
    found: dict[str, Any] = program.do("GET", f"{path.split('?')[0]}{listed['id']}")
    return found


def test_a_parameter_is_changed_and_in_force_at_once(admin: Program) -> None:
    before = admin.do("GET", "parameters/filing_due_days")
    kept = admin.do("PUT", "parameters/filing_due_days", {"seen": before["seen"], "value": "7"})
    session.rollback()
    assert parameters.integer("filing_due_days") == 7
    assert kept["seen"] == admin.do("GET", "parameters/filing_due_days")["seen"]
    assert refused(
        admin.call("PUT", "parameters/filing_due_days", {"seen": kept["seen"], "value": "many"})
    ) == {"value"}
    assert parameters.integer("filing_due_days") == 7


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(admin: Program) -> None:
    before = admin.do("GET", "parameters/filing_due_days")
    admin.do("PUT", "parameters/filing_due_days", {"seen": before["seen"], "value": "7"})
    late = admin.call("PUT", "parameters/filing_due_days", {"seen": before["seen"], "value": "9"})
    assert late.status_code == 409
    assert admin.do("GET", "parameters/filing_due_days")["value"] == "7"


def test_of_several_changes_at_once_one_is_kept_and_the_others_are_told(admin: Program) -> None:
    seen = admin.do("GET", "parameters/filing_due_days")["seen"]
    session.rollback()
    together, answers = threading.Barrier(4), []

    def send(days: int) -> None:
        together.wait()
        answer = admin.call("PUT", "parameters/filing_due_days", {"seen": seen, "value": str(days)})
        answers.append((answer.status_code, str(days)))

    threads = [threading.Thread(target=send, args=(days,)) for days in (6, 7, 8, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [kept] = [days for status, days in answers if status == 200]
    assert sorted(status for status, _days in answers) == [200, 409, 409, 409]
    assert admin.do("GET", "parameters/filing_due_days")["value"] == kept


def test_a_rule_says_something_else_from_the_next_check_on(admin: Program) -> None:
    rule = first(admin, "filing-rules/?f_severity=block")
    admin.do("PUT", f"filing-rules/{rule['id']}", {"seen": rule["seen"], "severity": "warn"})
    session.rollback()
    assert {each.id: each.severity for each in checks.rules()}[rule["id"]] == "warn"
    now = admin.do("GET", f"filing-rules/{rule['id']}")
    assert now["message_zh"] == rule["message_zh"]
    faults = refused(
        admin.call("PUT", f"filing-rules/{rule['id']}", {"seen": now["seen"], "message_zh": "{没有这个变量}"})
    )
    assert faults == {"message_zh"}


def test_a_message_that_could_not_be_filled_in_is_refused(admin: Program) -> None:
    text = first(admin, "message-templates/")
    faults = refused(
        admin.call("PUT", f"message-templates/{text['id']}", {"seen": text["seen"], "body": "{{ nobody }}"})
    )
    assert "body" in faults
    admin.do("PUT", f"message-templates/{text['id']}", {"seen": text["seen"], "subject": "新的主题"})
    assert admin.do("GET", f"message-templates/{text['id']}")["subject"] == "新的主题"


def test_a_reviewer_keeps_phrases_and_an_officer_reads_them(staff: dict[str, Program]) -> None:
    made = staff["reviewer"].do("POST", "phrases/", {"field": "profit", "text": "请核对利润", "position": 3})
    path = f"phrases/{made['id']}"
    assert staff["officer"].do("GET", path)["text"] == "请核对利润"
    assert staff["officer"].call("PUT", path, {"seen": made["seen"], "text": "改"}).status_code == 403
    changed = staff["reviewer"].do("PUT", path, {"seen": made["seen"], "text": "请核对销售利润"})
    shown = staff["auditor"].do("GET", path)
    assert (shown["text"], shown["field"], shown["position"]) == ("请核对销售利润", "profit", 3)
    assert staff["reviewer"].call("DELETE", path).status_code == 400
    assert staff["reviewer"].call("DELETE", f"{path}?seen={made['seen']}").status_code == 409
    assert staff["reviewer"].do("DELETE", f"{path}?seen={changed['seen']}") == {"id": made["id"]}
    assert staff["reviewer"].call("GET", path).status_code == 404


def test_every_field_that_is_wrong_is_named(staff: dict[str, Program]) -> None:
    sent = {"kind": "nothing", "text": 5, "position": "first", "author": 1}
    assert refused(staff["reviewer"].call("POST", "phrases/", sent)) == {"kind", "text", "position", "author"}
    assert refused(staff["reviewer"].call("POST", "phrases/", {})) >= {"text"}
    assert refused(staff["reviewer"].call("POST", "phrases/", {"text": "  ", "position": 1})) == {"text"}
    for number in (2**31, 2**63, 10**30, 1e300):
        assert refused(staff["reviewer"].call("POST", "phrases/", {"text": "甲", "position": number})) == {
            "position"
        }
    long = {"text": "甲", "field": "x" * 61}
    assert refused(staff["reviewer"].call("POST", "phrases/", long)) == {"field"}
    endless = {"text": "长" * 5_001}
    assert refused(staff["reviewer"].call("POST", "phrases/", endless)) == {"text"}
    control = {"text": "看不见\x07的", "position": 1}
    assert refused(staff["reviewer"].call("POST", "phrases/", control)) == {"text"}


def test_a_day_off_is_added_once_and_taken_away(admin: Program) -> None:
    day = {"day": "2027-02-05", "kind": "rest", "holiday": "春节"}
    made = admin.do("POST", "calendar-days/", day)
    assert admin.do("GET", f"calendar-days/{made['id']}")["day"] == "2027-02-05"
    assert admin.call("POST", "calendar-days/", day).status_code == 422
    assert refused(admin.call("POST", "calendar-days/", {**day, "day": "2027-02-30"})) == {"day"}
    assert refused(admin.call("POST", "calendar-days/", {"day": "2027-02-08", "kind": "work"})) == {"kind"}
    admin.do("DELETE", f"calendar-days/{made['id']}?seen={made['seen']}")
    assert session.get(m.CalendarDay, date(2027, 2, 5)) is None
    for odd in ("tomorrow", "20270205", "2027-W05-5", "%00"):
        assert admin.call("GET", f"calendar-days/{odd}").status_code == 404
    assert admin.call("GET", "parameters/%00").status_code == 404


def test_a_calendar_of_several_pages_is_read_to_its_end(admin: Program) -> None:
    days = [date(2027, 5, number + 1) for number in range(30)]
    session.add_all(m.CalendarDay(day=day, kind="rest", holiday="示例") for day in days)
    session.commit()
    found, after = [], ""
    for _ in range(8):
        page = admin.call("GET", f"calendar-days/?size=4{after}").get_json()
        found += [row["id"] for row in page["result"]]
        after = f"&after={page['next']}"
    assert found == [day.isoformat() for day in reversed(days)]
    assert page["next"] is None


def test_an_editor_writes_an_article_with_a_file_and_publishes_it(
    staff: dict[str, Program], app: Flask
) -> None:
    officer = staff["officer"]
    draft = {
        "kind": "notice",
        "title": "关于年度更新的通知",
        "body": "请于 **6 月底** 前完成。",
        "position": 0,
        "status": "draft",
    }
    made = officer.do("POST", "articles/", draft)
    path = f"articles/{made['id']}"
    sent = {"file": (io.BytesIO(b"%PDF-1.4\n" + b"%%EOF"), "x.exe")}
    assert refused(officer.call("POST", f"{path}/files", data=sent)) == {"file"}
    two = {"file": [(io.BytesIO(PDF), "一.pdf"), (io.BytesIO(PDF), "二.pdf")]}
    assert refused(officer.call("POST", f"{path}/files", data=two)) == {"file"}
    file = officer.do("POST", f"{path}/files", data={"file": (io.BytesIO(PDF), "年度更新说明.pdf")})
    assert [each["name"] for each in officer.do("GET", f"{path}/files")] == ["年度更新说明.pdf"]
    assert officer.call("GET", f"{path}/files/{file['id']}").data == PDF
    assert app.test_client().get(f"/articles/{made['id']}").status_code == 404
    assert refused(officer.call("PUT", path, {"seen": made["seen"], "title_en": "Yearly update"})) == {
        "body_en"
    }
    published = officer.do("PUT", path, {"seen": made["seen"], "status": "published"})
    assert "关于年度更新的通知" in app.test_client().get(f"/articles/{made['id']}").text
    officer.do("DELETE", f"{path}/files/{file['id']}")
    assert officer.do("GET", f"{path}/files") == []
    assert refused(officer.call("POST", f"{path}/files", data={})) == {"file"}
    officer.do("POST", f"{path}/files", data={"file": (io.BytesIO(PDF), "年度更新说明.pdf")})
    officer.do("DELETE", f"{path}?seen={published['seen']}")
    session.rollback()
    assert session.query(m.StoredFile).where(m.StoredFile.purpose == "article").count() == 0
    assert app.test_client().get(f"/articles/{made['id']}").status_code == 404


def test_an_article_that_comes_with_the_platform_stays(admin: Program) -> None:
    session.add(
        m.Article(
            code="faq-first", kind="faq", title="问", body="答", created_at=utc_now(), changed_at=utc_now()
        )
    )
    session.commit()
    key = session.scalars(select(m.Article.id).where(m.Article.code == "faq-first")).one()
    read = admin.do("GET", f"articles/{key}")["seen"]
    refusal = admin.call("DELETE", f"articles/{key}?seen={read}")
    assert (refusal.status_code, "不能删除" in refusal.text) == (409, True)


def test_a_template_is_tried_put_in_force_and_reset(staff: dict[str, Program]) -> None:
    officer = staff["officer"]
    documents = {each["code"]: each for each in officer.do("GET", "document-templates/")}
    code = next(iter(documents))
    path = f"document-templates/{code}"
    shown = officer.do("GET", path)
    assert (shown["number"], shown["built_in"]) == (0, True)
    html = shown["html"].replace("</body>", "<p>本省专用</p></body>")
    tried = officer.call("POST", f"{path}/preview", {"html": html})
    assert (tried.status_code, tried.mimetype) == (200, "application/pdf")
    assert "html" in refused(officer.call("PUT", path, {"number": 0, "html": "{{ config }}"}))
    kept = officer.do("PUT", path, {"number": 0, "html": html, "note": "加一行"})
    assert kept == {"code": code, "number": 1}
    assert officer.call("PUT", path, {"number": 0, "html": html + " "}).status_code == 409
    assert "本省专用" in staff["auditor"].do("GET", path)["html"]
    assert officer.do("POST", f"{path}/reset", {"number": 1})["number"] == 2
    versions = officer.do("GET", f"{path}/versions")
    assert [(each["number"], each["note"], each["built_in"]) for each in versions] == [
        (2, "", True),
        (1, "加一行", False),
    ]
    assert "本省专用" in officer.do("GET", f"{path}/versions/1")["html"]
    assert officer.call("GET", f"{path}/versions/9").status_code == 404
    for other in ("auditor", "reviewer"):
        assert staff[other].call("PUT", path, {"number": 2, "html": html}).status_code == 403
        assert staff[other].call("POST", f"{path}/preview", {"html": html}).status_code == 403


def test_units_and_strangers_see_none_of_it(app: Flask) -> None:
    user = make.make_user(roles.UNIT, make.make_unit())
    session.commit()
    unit = Program.of(app, user)
    for path in (
        "parameters/",
        "phrases/",
        "message-templates/",
        "calendar-days/",
        "articles/",
        "document-templates/",
    ):
        assert unit.call("GET", path).status_code == 403, path
        assert app.test_client().get(f"/api/v1/{path}").status_code == 401, path
