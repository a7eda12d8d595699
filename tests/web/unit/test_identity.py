"""The real-name check's pages (mission A3, A4, N2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import models as m
from app.services import realname
from tests.support import factories as make
from tests.support.acts import approve, do, send_back
from tests.web.unit.conftest import Browser, Cast, plain

HERE = "/my/identity/"


def form_of(unit: m.Unit, **changes: Any) -> dict[str, Any]:
    """The whole form, filled in so that it can be submitted."""
    filled = {
        "version": unit.version, "name": unit.name, "uscc": unit.uscc, "kind": "enterprise",
        "legal_representative": "张三", "founded": "2010-05-18", "registered_capital": "5,000.00", "province": "430000",
        "city": "430100", "district": "430102", "address": "示例路 1 号", "industry_code": "3841", "contact": "李四",
        "mobile": "13800000000", "email": "nina@example.com", "makes_or_sells": "y", "former_names": "长沙丁示例厂",
        "licence_file_id": make.make_file(unit, "licence").id, "commitment_file_id": make.make_file(unit, "commitment").id,
    }  # fmt: skip
    make.session.commit()
    return filled | changes


def test_a_draft_is_saved_however_incomplete(cast: Cast, nina: Browser, session: Any) -> None:
    answer = nina.post(HERE, {"version": cast.new_unit.version, "address": "新路 2 号", "former_names": ""})

    assert answer.status_code == 302
    assert session.get(m.Unit, cast.new_unit.id, populate_existing=True).address == "新路 2 号"


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(cast: Cast, nina: Browser) -> None:
    typed = form_of(cast.new_unit, uscc="91350100M000100Y44", contact="王五")

    answer = nina.post(HERE, typed)

    assert answer.status_code == 422
    assert 'id="uscc-error"' in answer.text
    assert 'value="91350100M000100Y44"' in answer.text
    assert 'value="王五"' in answer.text


def test_submitting_gives_a_receipt_with_the_due_date(cast: Cast, nina: Browser, session: Any) -> None:
    answer = nina.post(HERE, form_of(cast.new_unit, submit="1"), follow_redirects=True)

    said = plain(answer.text)
    assert "受理号" in said
    assert "预计 2025-09-12 前办结，还剩 2 个工作日" in said
    assert session.get(m.Unit, cast.new_unit.id, populate_existing=True).state == "pending"


def test_a_branch_is_refused_with_the_clause(cast: Cast, nina: Browser) -> None:
    answer = nina.post(HERE, form_of(cast.new_unit, name="长沙丙示例机械有限公司株洲分公司", submit="1"))

    assert answer.status_code == 422
    assert "没有独立法人资格的分支机构，不能备案" in plain(answer.text)
    assert "操作手册 (1)(1)" in plain(answer.text)


def test_a_university_that_neither_makes_nor_sells_is_refused_with_the_clause(
    cast: Cast, nina: Browser
) -> None:
    filled = form_of(cast.new_unit, kind="university", submit="1")
    del filled["makes_or_sells"]

    answer = nina.post(HERE, filled)

    assert answer.status_code == 422
    assert "既不制造也不销售该产品的，不能备案" in plain(answer.text)


def test_T_M02_columns_that_are_not_in_the_form_are_ignored(cast: Cast, nina: Browser, session: Any) -> None:
    nina.post(HERE, form_of(cast.new_unit, state="verified", id="1", verified_at="2025-01-01"))

    unit = session.get(m.Unit, cast.new_unit.id, populate_existing=True)
    assert (unit.state, unit.verified_at) == ("unverified", None)


def test_T_M07_an_old_form_is_answered_with_both_values_and_overwrites_nothing(
    cast: Cast, nina: Browser, session: Any
) -> None:
    first = form_of(cast.new_unit, address="甲路", former_names="")
    second = form_of(cast.new_unit, address="乙路", former_names="")
    nina.post(HERE, first)

    answer = nina.post(HERE, second)

    assert answer.status_code == 409
    assert "您填写的是“乙路”，现在的内容是“甲路”" in plain(answer.text)
    assert 'value="乙路"' in answer.text
    assert session.get(m.Unit, cast.new_unit.id, populate_existing=True).address == "甲路"


def test_saving_again_after_seeing_both_values_takes_over_what_was_typed(
    cast: Cast, nina: Browser, session: Any
) -> None:
    first = form_of(cast.new_unit, address="甲路", former_names="")
    second = form_of(cast.new_unit, address="乙路", former_names="")
    nina.post(HERE, first)
    stale = nina.post(HERE, second)
    version = stale.text.split('name="version" type="hidden" value="')[1].split('"')[0]

    nina.post(HERE, second | {"version": version})

    assert session.get(m.Unit, cast.new_unit.id, populate_existing=True).address == "乙路"


def test_a_pending_check_can_be_withdrawn(cast: Cast, nina: Browser, session: Any) -> None:
    nina.post(HERE, form_of(cast.new_unit, submit="1"))

    assert "撤回" in nina.text(HERE)
    nina.post(f"{HERE}withdraw")

    assert session.get(m.Unit, cast.new_unit.id, populate_existing=True).state == "unverified"


def test_a_returned_check_shows_the_reason_on_top_and_the_remarks_beside_the_fields(
    cast: Cast, nina: Browser, session: Any
) -> None:
    nina.post(HERE, form_of(cast.new_unit, submit="1"))
    case = session.scalars(select(m.Case)).one()
    send_back(cast.rui, case, "执照不清晰", {"address": "请与执照一致"})

    page = nina.get(HERE).text

    assert "执照不清晰" in page
    assert 'id="remark-address"' in page
    assert "退回时填写的是：" in page
    assert page.count("is-remarked") == 1


def test_a_verified_unit_changes_its_contact_at_once_and_its_name_by_application(
    cast: Cast, anna: Browser, session: Any
) -> None:
    unit = cast.unit
    anna.post(
        HERE,
        {
            "version": unit.version,
            "contact": "赵六",
            "mobile": unit.mobile,
            "email": unit.email,
            "name": "别的公司",
        },
    )
    session.expire_all()

    assert (unit.contact, unit.name) == ("赵六", "长沙甲示例电池有限公司")


def test_a_change_of_name_is_an_application_and_the_old_name_becomes_a_former_one(
    cast: Cast, anna: Browser, session: Any
) -> None:
    unit = cast.unit
    licence = make.make_file(unit, "licence").id
    session.commit()
    change = form_of(unit, name="长沙新甲示例电池有限公司", licence_file_id=licence, version=unit.version)

    answer = anna.post("/my/identity/change/", change)

    assert answer.status_code == 302
    assert "审核" in anna.text(HERE)
    session.expire_all()
    assert unit.name == "长沙甲示例电池有限公司"
    approve(cast.rui, session.scalars(select(m.Case)).one())
    session.expire_all()
    assert (unit.name, [f.name for f in unit.former_names]) == (
        "长沙新甲示例电池有限公司",
        ["长沙甲示例电池有限公司"],
    )


def test_a_change_without_the_new_licence_is_refused_beside_the_upload(cast: Cast, anna: Browser) -> None:
    change = form_of(cast.unit, name="长沙新甲示例电池有限公司", licence_file_id=cast.unit.licence_file_id)

    answer = anna.post("/my/identity/change/", change)

    assert answer.status_code == 422
    assert "请上传变更后的营业执照" in plain(answer.text)


def test_the_commitment_form_is_a_pdf_with_the_units_name(cast: Cast, nina: Browser) -> None:
    answer = nina.get("/my/identity/commitment.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_T_M03_a_submitted_check_is_read_only(cast: Cast, nina: Browser, session: Any) -> None:
    nina.post(HERE, form_of(cast.new_unit, submit="1"))
    unit = session.get(m.Unit, cast.new_unit.id, populate_existing=True)

    answer = nina.post(HERE, form_of(unit, contact="后改"))

    assert answer.status_code == 409
    assert session.get(m.Unit, unit.id, populate_existing=True).contact == "李四"


def test_each_round_is_listed_in_the_progress_by_role_not_by_person(
    cast: Cast, nina: Browser, session: Any
) -> None:
    nina.post(HERE, form_of(cast.new_unit, submit="1"))
    do(realname.withdraw, cast.nina, cast.new_unit.id)
    unit = session.get(m.Unit, cast.new_unit.id, populate_existing=True)
    nina.post(HERE, form_of(unit, submit="1"))

    said = nina.text(HERE)

    assert said.count("提交认证 → 待审核 备案单位") == 2
