"""A case on one page: what it shows, and what deciding it does and refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import models as m
from app.services import cases, filings, realname, revocations
from tests.support import factories as make
from tests.support.acts import do, send_back, submit
from tests.support.factories import NOW
from tests.web.desk.conftest import Browser, Cast, again, plain
from tests.web.desk.conftest import filings as filed

Open = Callable[..., Browser]
BLANKS = ["", " ", "　　", "\u200b\u200b", "\u3164"]


def page_of(case: m.Case, act: str = "") -> str:
    return f"/desk/cases/{case.id}" + (f"/{act}" if act else "")


def product_of(session: Any, case: m.Case) -> m.Product:
    session.rollback()
    return session.get_one(m.Product, case.subject_id)


def test_the_page_shows_all_of_a_filing(cast: Cast, session: Any, rui: Browser) -> None:
    patent = make.make_patent(cast.unit, ipc="H01M 10/0525", title="一种电池")
    product = make.make_product(cast.unit, patents=[patent], model="甲型")
    year = product.years[0]
    proof = make.make_file(cast.unit, original_name="销售合同.pdf")
    year.evidence.append(m.Evidence(unit_id=cast.unit.id, file_id=proof.id, kind="sales"))
    session.commit()
    case = submit(cast.anna, product)
    number = patent.application_no

    page = rui.get(page_of(case)).text

    shown = (case.receipt_no, cast.unit.name, "甲型", "实物产品", "1,000.00 万元", "15.00 %", "锂电池", "H01M 10/0525",
             "100.00 %", "有权", "销售合同.pdf", f"/files/{proof.token}/view", "90,000.00 万元", "核对专利与产品相关")  # fmt: skip
    for text in shown:
        assert text in page, text
    assert f"ZL {number[:4]}" in plain(page)
    assert f'name="version" value="{case.subject_version}"' in page


def test_findings_stand_with_rule_clause_and_examples_and_beside_their_field(
    cast: Cast, session: Any, rui: Browser
) -> None:
    (case,) = filed(cast, session, "高效锂电池")

    page = rui.text(page_of(case))

    assert "R15-praise" in page
    assert "操作手册 6(1)1" in page
    assert "正例" in page
    assert page.count("产品名称含形容词“高效”") >= 2


def test_what_the_checker_finds_only_since_the_submission_is_marked(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    product_of(session, case).years[0].links[0].patent.legal_state = "lapsed"
    session.commit()

    page = rui.text(page_of(case))

    assert "提交后新增" in page
    assert "提交时：有权" in page


def test_likely_duplicates_are_shown_with_why(cast: Cast, session: Any, rui: Browser) -> None:
    other = make.make_product(cast.other_unit, "磷酸铁锂电池组", state="filed")
    session.commit()
    (case,) = filed(cast, session, "磷酸铁锂电池组")

    page = rui.text(page_of(case))

    assert other.filing_no in page
    assert cast.other_unit.name in page
    assert "产品名称相同" in page


def test_a_real_name_check_shows_the_unit_and_its_files(cast: Cast, session: Any, rui: Browser) -> None:
    unit = make.make_unit("示例新材料有限公司", state="unverified", former_names=["示例旧材料厂"])
    owner = make.make_owner(unit)
    session.commit()
    case = do(realname.submit, owner, unit.id, unit.version)

    page = rui.text(page_of(case))
    for text in (unit.uscc, "湖南省", "示例旧材料厂", "营业执照", "诚信承诺书", "核对营业执照"):
        assert text in page
    assert rui.post(page_of(case, "approve"), {"version": case.subject_version}).status_code == 302
    assert session.get_one(m.Unit, unit.id, populate_existing=True).state == "verified"


def test_a_change_application_shows_old_and_new(cast: Cast, session: Any, rui: Browser) -> None:
    licence = make.make_file(cast.unit, "licence")
    session.commit()
    data = {"name": "长沙甲示例储能有限公司", "licence_file_id": licence.id}
    case = do(realname.submit_change, cast.anna, cast.unit.id, data, cast.unit.version)

    page = rui.get(page_of(case)).text

    assert '<span class="old-value">长沙甲示例电池有限公司</span>' in page
    assert '<span class="new-value">长沙甲示例储能有限公司</span>' in page


def test_a_revocation_is_decided_like_the_rest(cast: Cast, session: Any, rui: Browser) -> None:
    product = make.make_product(cast.unit, state="filed")
    session.commit()
    case = do(revocations.request, cast.anna, product.id, "off_market", "2025 年 6 月停产", product.version)

    assert "2025 年 6 月停产" in rui.text(page_of(case))
    rui.post(page_of(case, "return"), {"version": case.subject_version, "reason": "仍在销售"})
    assert product_of(session, case).state == "filed"


def test_approval_gives_the_number_and_says_so(cast: Cast, session: Any, case: m.Case, rui: Browser) -> None:
    answer = rui.post(page_of(case, "approve"), {"version": case.subject_version})

    assert answer.location == page_of(case)
    assert "已通过：" in rui.text(page_of(case))
    assert product_of(session, case).filing_no == "ZLCP202543000001"


def test_decide_and_next_goes_to_the_case_due_next(cast: Cast, session: Any, rui: Browser) -> None:
    first, second = filed(cast, session, "铅酸电池", "锂电池")

    answer = rui.post(page_of(first, "approve"), {"version": first.subject_version, "next": "1"})
    assert answer.location == page_of(second)
    answer = rui.post(page_of(second, "approve"), {"version": second.subject_version, "next": "1"})
    assert answer.location == "/desk/"
    assert "待办事项已全部办完" in rui.text("/desk/")


def test_a_return_keeps_reason_and_remarks_and_the_unit_is_told(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    sent = {"version": case.subject_version, "reason": "两处需要修改", "remark.name": "请写明用途", "remark.model": " ",
            "remark.patents": "请核对贡献率"}  # fmt: skip

    assert rui.post(page_of(case, "return"), sent).status_code == 302

    now = again(session, case)
    assert (now.state, now.reason, now.decided_by) == ("returned", "两处需要修改", cast.rui.user_id)
    assert {r.field: r.text for r in now.remarks} == {"name": "请写明用途", "patents": "请核对贡献率"}
    assert session.query(m.Outbox).filter_by(template="filing_returned").count() > 0


def test_t_w02_the_second_reviewer_is_told_and_keeps_what_was_typed(
    cast: Cast, session: Any, case: m.Case, rui: Browser, browser: Open
) -> None:
    seen = case.subject_version
    assert rui.post(page_of(case, "approve"), {"version": seen}).status_code == 302

    answer = browser(cast.rong).post(page_of(case, "return"), {"version": seen, "reason": "我有不同意见"})

    assert answer.status_code == 409
    assert "该件刚刚被他人处理或撤回" in answer.text
    assert again(session, case).state == "approved"
    twice = rui.post(page_of(case, "approve"), {"version": seen})
    assert twice.status_code == 409
    assert product_of(session, case).filing_no == "ZLCP202543000001"


def test_t_w04_nobody_decides_for_their_own_unit_and_the_page_says_why(
    cast: Cast, session: Any, case: m.Case, browser: Open
) -> None:
    both = make.actor_of(make.make_user("Reviewer", cast.unit, username="both"))
    session.commit()
    own = browser(both)

    assert "回避" in own.text(page_of(case))
    assert 'id="decision"' not in own.get(page_of(case)).text
    sent = {"version": case.subject_version, "reason": "请核对"}
    for act in ("approve", "return", "claim"):
        assert own.post(page_of(case, act), sent).status_code == 403
    assert again(session, case).state == "open"


@pytest.mark.parametrize("reason", BLANKS)
def test_t_w05_a_return_without_a_reason_is_refused_and_nothing_typed_is_lost(
    cast: Cast, session: Any, case: m.Case, rui: Browser, reason: str
) -> None:
    sent = {"version": case.subject_version, "reason": reason, "remark.name": "名称不清"}

    answer = rui.post(page_of(case, "return"), sent)

    assert answer.status_code == 422
    assert "请填写退回原因" in answer.text
    assert "名称不清</textarea>" in answer.text
    assert again(session, case).state == "open"


def test_t_w07_a_decision_on_an_older_round_is_refused_and_the_new_one_linked(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    seen, product = case.subject_version, product_of(session, case)
    do(filings.withdraw, cast.anna, product.id)
    do(filings.save_step, cast.anna, product.id, 1, {"model": "甲型"}, product.version)
    newer = submit(cast.anna, product)

    answer = rui.post(page_of(case, "approve"), {"version": seen})
    assert answer.status_code == 409
    assert page_of(newer) in answer.text
    answer = rui.post(page_of(newer, "approve"), {"version": seen})
    assert answer.status_code == 409
    assert "您看到的不是最新提交的内容" in answer.text
    assert again(session, newer).state == "open"


@pytest.mark.parametrize("version", [None, "", "x", "-1", "9" * 30])
def test_t_m07_a_decision_without_the_version_seen_is_refused(
    cast: Cast, session: Any, case: m.Case, rui: Browser, version: str | None
) -> None:
    sent = {} if version is None else {"version": version}

    assert rui.post(page_of(case, "approve"), sent).status_code == 409
    assert again(session, case).state == "open"


def test_t_w07_data_changed_behind_the_case_are_not_approved(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    product_of(session, case).introduction = "另一段简介，介绍另一种产品的结构和用途，字数足够。"
    session.commit()

    answer = rui.post(page_of(case, "approve"), {"version": case.subject_version})

    assert answer.status_code == 409
    assert "提交后数据有变动" in answer.text


def test_warnings_have_to_be_answered_in_writing(cast: Cast, session: Any, rui: Browser) -> None:
    (case,) = filed(cast, session, "高效锂电池")
    assert 'id="override_note"' in rui.get(page_of(case)).text

    for note in ("", "　"):
        answer = rui.post(page_of(case, "approve"), {"version": case.subject_version, "override_note": note})
        assert answer.status_code == 422
        assert "有提示未处理" in answer.text
    rui.post(page_of(case, "approve"), {"version": case.subject_version, "override_note": "“高效”是标准术语"})

    assert again(session, case).override_note == "“高效”是标准术语"
    assert "“高效”是标准术语" in rui.text(page_of(case))


def test_a_blocking_finding_refuses_approval_with_its_rule(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    product_of(session, case).years[0].links[0].patent.legal_state = "lapsed"
    session.commit()

    answer = rui.post(page_of(case, "approve"), {"version": case.subject_version})

    assert answer.status_code == 422
    assert "R23-state" in answer.text
    assert again(session, case).state == "open"


def test_the_second_round_shows_old_and_new_beside_the_remark(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    send_back(cast.rui, case, "请修改", {"model": "请写明型号", "introduction": "请写明结构"})
    product = product_of(session, case)
    do(filings.save_step, cast.anna, product.id, 1, {"model": "乙型"}, product.version)
    newer = submit(cast.anna, product, now=NOW + timedelta(minutes=1))

    page = rui.text(page_of(newer))

    assert "与上一轮相比" in page
    changes = page.split("与上一轮相比")[1].split("产品信息")[0]
    assert "规格型号 无 乙型 请写明型号" in changes
    assert "上一轮对“产品简介”的意见未见修改" in changes
    assert "第 2 轮" in page


def test_a_case_is_taken_given_back_and_handed_on(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    assert rui.post(page_of(case, "claim")).status_code == 302
    assert again(session, case).claimed_by == cast.rui.user_id
    assert rui.post(page_of(case, "release")).status_code == 302
    assert again(session, case).claimed_by is None
    sent = {"reviewer_id": cast.rong.user_id, "handover": "专业对口"}
    assert rui.post(page_of(case, "reassign"), sent).status_code == 302
    assert again(session, case).claimed_by == cast.rong.user_id
    assert "该件已由其他审核员领取" in rui.text(page_of(case))


@pytest.mark.parametrize("wrong", [{"handover": "　"}, {"reviewer_id": "1"}, {"reviewer_id": ""}])
def test_handing_on_needs_a_reviewer_and_a_reason(
    cast: Cast, session: Any, case: m.Case, rui: Browser, wrong: dict[str, str]
) -> None:
    sent = {"reviewer_id": str(cast.rong.user_id), "handover": "休假", **wrong}

    assert rui.post(page_of(case, "reassign"), sent).status_code == 422
    assert again(session, case).claimed_by is None


def test_a_case_a_colleague_has_in_hand_cannot_be_taken(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    do(cases.claim, cast.rong, case.id)

    assert rui.post(page_of(case, "claim")).status_code == 409
    assert rui.post(page_of(case, "approve"), {"version": case.subject_version}).status_code == 409
    assert again(session, case).claimed_by == cast.rong.user_id


def test_the_auditor_reads_without_a_form(cast: Cast, case: m.Case, browser: Open) -> None:
    page = browser(cast.auditor).get(page_of(case)).text

    assert case.receipt_no in page
    assert "<textarea" not in page
    assert 'id="decision"' not in page


@pytest.mark.parametrize("number", ["0", "999999", "abc", "-1", "9" * 23])
def test_t_q02_an_unknown_case_is_not_found(cast: Cast, rui: Browser, number: str) -> None:
    assert rui.get(f"/desk/cases/{number}").status_code == 404
    assert rui.post(f"/desk/cases/{number}/approve", {"version": "1"}).status_code == 404


def test_t_p10_what_a_unit_or_reviewer_typed_is_text(cast: Cast, session: Any, rui: Browser) -> None:
    (case,) = filed(
        cast, session, "锂电池", introduction="<script>alert(1)</script>的电池，介绍其结构和用途，字数足够。"
    )
    evil = '"><svg onload=alert(2)>'
    answer = rui.post(
        page_of(case, "return"), {"version": case.subject_version, "reason": "", "remark.name": evil}
    )

    assert "<script>alert" not in answer.text
    assert "<svg onload" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_t_q03_control_characters_in_a_remark_are_refused(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    sent = {"version": case.subject_version, "reason": "请核对\x00", "remark.name": "a\x00b"}

    assert rui.post(page_of(case, "return"), sent).status_code == 422
    assert again(session, case).state == "open"


def test_the_page_has_no_inline_script_or_style(cast: Cast, case: m.Case, rui: Browser) -> None:
    page = rui.get(page_of(case)).text

    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page


def test_the_review_sheet_says_what_the_page_says(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    send_back(cast.rui, case, "请核对贡献率", {"patents": "贡献率不合理"})
    answer = rui.get(page_of(case, "sheet.pdf"))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert case.receipt_no in answer.headers["Content-Disposition"]
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages).replace("\n", "")
    for words in (
        "产品备案审核表",
        case.receipt_no,
        cast.unit.name,
        "1,000.00 万元",
        "请核对贡献率",
        "贡献率不合理",
    ):
        assert words in text, words
    session.rollback()
    assert session.query(m.AuditEvent).filter_by(action="download").count() == 1


def test_english_readers_get_english(cast: Cast, session: Any, rui: Browser, browser: Open) -> None:
    (case,) = filed(cast, session, "高效锂电池")
    send_back(cast.rui, case, "x", {"name": "y"})
    reader = browser(cast.rui, "en")

    for path in (page_of(case), "/desk/?tab=done", "/desk/stats/", "/desk/messages/"):
        page = reader.text(path).split("rui")[1]
        for typed in ("高效锂电池", cast.unit.name, "中文"):
            page = page.replace(typed, "")
        assert not re.findall("审核|退回|提交|待办|领取|已办|附件", page), path
    assert "Review record" in reader.text(page_of(case))


def test_what_is_ticked_is_seen_by_the_colleague_who_takes_over(
    cast: Cast, session: Any, case: m.Case, rui: Browser, browser: Open
) -> None:
    address = f"{page_of(case)}/checklist"
    (first, *_) = re.findall(r'name="checked" value="([^"]+)"', rui.get(page_of(case)).text)

    answer = rui.post(address, {"checklist": "1", "checked": first, "reason": "写了一半"})

    assert answer.status_code == 200
    assert "核对情况已保存" in answer.text
    assert "写了一半" in answer.text  # without a script, too, nothing typed is lost
    seen = browser(cast.rong).get(page_of(case)).text
    assert re.search(rf'value="{first}" form="decision" checked', seen)
    assert re.search(rf"{first} · [^<]* · ✓ 瑞", seen)


def test_a_decision_keeps_the_ticks_it_was_made_with(
    cast: Cast, session: Any, case: m.Case, rui: Browser
) -> None:
    points = re.findall(r'name="checked" value="([^"]+)"', rui.get(page_of(case)).text)
    rui.post(
        f"{page_of(case)}/approve", {"version": case.subject_version, "checklist": "1", "checked": points}
    )

    page = rui.get(page_of(case)).text
    assert page.count(" checked disabled") == len(points)
    assert "保存核对情况" not in page


def test_a_script_is_told_what_became_of_its_ticks(cast: Cast, case: m.Case, rui: Browser) -> None:
    token, address = rui.token(), f"{page_of(case)}/checklist"
    asking = {"headers": {"Accept": "application/json", "X-CSRFToken": token}}
    assert rui._send("POST", address, data={"checked": []}, **asking).status_code == 204
    assert rui._send("POST", address, data={"checked": ["NO-SUCH-RULE"]}, **asking).status_code == 422
