"""The unit's products: tabs, a product's page, what may be done with it (mission D10–D15)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app import models as m
from app.documents.turns import turn
from app.services import filings
from tests.support import factories as make
from tests.support.acts import approve, do, send_back, submit
from tests.support.factories import NOW
from tests.web.unit.conftest import Browser, Cast, plain

HERE = "/my/products/"


def again(session: Any, product_id: int) -> m.Product:
    found: m.Product = session.get(m.Product, product_id, populate_existing=True)
    return found


@pytest.fixture
def filed(cast: Cast, session: Any) -> m.Product:
    """A filed product of Anna's unit."""
    product = make.make_product(cast.unit, state="filed")
    session.commit()
    return product


def test_the_tabs_count_and_hold_the_products_of_their_state(cast: Cast, anna: Browser, session: Any) -> None:
    for state in ("draft", "pending", "returned", "filed", "revoked"):
        make.make_product(cast.unit, f"{state}锂离子电池", state=state)
    make.make_product(cast.unit, "旧的锂离子电池", state="filed", year=2023)
    session.commit()

    counted = {
        tab: anna.text(f"{HERE}?tab={tab}").count("锂离子电池")
        for tab in ("draft", "pending", "returned", "filed", "outdated", "revoked")
    }

    assert counted == {"draft": 1, "pending": 1, "returned": 1, "filed": 2, "outdated": 1, "revoked": 1}
    assert "已备案 2 未更新 1" in anna.text(HERE)


def test_a_unit_without_products_is_led_to_file_one(nina: Browser) -> None:
    assert "还没有产品，去备案" in nina.text(HERE)


def test_products_are_searched_by_name_and_number(
    cast: Cast, anna: Browser, filed: m.Product, session: Any
) -> None:
    make.make_product(cast.unit, "充电柜", state="filed")
    session.commit()

    assert "充电柜" not in anna.text(f"{HERE}?tab=filed&q={filed.filing_no}")
    assert filed.filing_no not in anna.text(f"{HERE}?tab=filed&q=充电柜")


@pytest.mark.parametrize(
    "query", ["tab=all", "tab=draft&order=unit_id", "tab=draft&after=%00", "tab=draft&size=x"]
)
def test_T_Q02_an_odd_address_is_a_bad_request(anna: Browser, query: str) -> None:
    assert anna.get(f"{HERE}?{query}").status_code == 400


def test_a_product_shows_its_timeline_by_role_and_the_days_left(
    cast: Cast, anna: Browser, draft: m.Product
) -> None:
    submit(cast.anna, draft)

    said = anna.text(f"{HERE}{draft.id}")

    assert "提交审核 → 待审核 备案单位" in said
    assert "还剩 5 个工作日" in said
    assert "撤回" in said


def test_rounds_stand_side_by_side_with_their_remarks(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    send_back(cast.rui, submit(cast.anna, draft), "请补充", {"introduction": "请写明用途"})
    changed = "采用磷酸铁锂正极材料的电芯组成，额定电压六十伏，装在车架内，为电动自行车供电。"
    version = again(session, draft.id).version
    do(filings.save_step, cast.anna, draft.id, 1, {"introduction": changed}, version)
    submit(cast.anna, again(session, draft.id))

    page = anna.get(f"{HERE}{draft.id}").text

    assert "与上一轮相比" in page
    assert f"<ins>{changed}</ins>" in page
    assert "请写明用途" in page


def test_a_submission_is_withdrawn_while_nobody_has_decided(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    submit(cast.anna, draft)

    anna.post(f"{HERE}{draft.id}/withdraw")

    assert again(session, draft.id).state == "draft"


def test_T_W02_a_decided_submission_cannot_be_withdrawn_and_says_so(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    approve(cast.rui, submit(cast.anna, draft))

    said = plain(anna.post(f"{HERE}{draft.id}/withdraw", follow_redirects=True).text)

    assert "只有尚未作出决定的备案可以撤回" in said
    assert again(session, draft.id).state == "filed"


def test_D15_the_certificate_names_product_unit_and_patents(
    cast: Cast, anna: Browser, filed: m.Product
) -> None:
    answer = anna.get(f"{HERE}{filed.id}/certificate.pdf")

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert filed.filing_no in text
    assert filed.name in text
    assert cast.unit.name in text
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_T_P07_a_unit_has_two_certificates_made_at_once(cast: Cast, anna: Browser, filed: m.Product) -> None:
    address, unit_id = f"{HERE}{filed.id}/certificate.pdf", filed.unit_id
    with turn(unit_id), turn(unit_id):
        answer = anna.get(address)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
    assert anna.get(address).status_code == 200


def test_there_is_no_certificate_before_the_approval_nor_after_the_revocation(
    cast: Cast, anna: Browser, draft: m.Product, session: Any
) -> None:
    revoked = make.make_product(cast.unit, state="revoked")
    session.commit()

    assert [anna.get(f"{HERE}{p}/certificate.pdf").status_code for p in (draft.id, revoked.id)] == [409, 409]


def test_a_product_is_copied_as_a_new_draft(anna: Browser, filed: m.Product, session: Any) -> None:
    answer = anna.post(f"{HERE}{filed.id}/copy")

    copy = session.scalars(select(m.Product).order_by(m.Product.id.desc())).first()
    assert answer.location == f"{HERE}{copy.id}/step/1"
    assert (copy.name, copy.state, copy.filing_no) == (filed.name, "draft", None)


def test_only_a_draft_that_was_never_submitted_is_deleted(
    cast: Cast, anna: Browser, draft: m.Product, filed: m.Product, session: Any
) -> None:
    filed_id, draft_id = filed.id, draft.id

    refused = plain(anna.post(f"{HERE}{filed_id}/delete", {"version": 1}, follow_redirects=True).text)
    anna.post(f"{HERE}{draft_id}/delete", {"version": 1})

    assert "只有从未提交过的草稿可以删除" in refused
    session.expire_all()
    assert list(session.scalars(select(m.Product.id))) == [filed_id]


def test_D12_a_revocation_is_asked_for_with_a_reason(
    cast: Cast, anna: Browser, filed: m.Product, session: Any
) -> None:
    here = f"{HERE}{filed.id}/revoke"

    empty = anna.post(here, {"version": 1, "revocation_reason": "off_market", "revocation_note": "　"})
    assert empty.status_code == 422
    assert "请说明产品何时、为何退出市场" in plain(empty.text)
    answer = anna.post(
        here,
        {"version": 1, "revocation_reason": "off_market", "revocation_note": "已停产"},
        follow_redirects=True,
    )
    assert "撤销备案" in plain(answer.text)
    assert again(session, filed.id).state == "revocation_pending"
    anna.post(f"{here}/withdraw")
    assert again(session, filed.id).state == "filed"


def test_patents_in_force_are_no_reason_for_a_revocation(anna: Browser, filed: m.Product) -> None:
    answer = anna.post(f"{HERE}{filed.id}/revoke", {"version": 1, "revocation_reason": "patents_lapsed"})

    assert answer.status_code == 422


def test_staff_are_urged_only_when_the_term_has_passed(
    cast: Cast, anna: Browser, draft: m.Product, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = submit(cast.anna, draft)

    assert "起可以催办" in plain(anna.post(f"/my/cases/{case.id}/urge", follow_redirects=True).text)
    monkeypatch.setattr("app.web.unit.base.utc_now", lambda: NOW + timedelta(days=20))
    assert "已催办" in plain(anna.post(f"/my/cases/{case.id}/urge", follow_redirects=True).text)
    assert "已催办过" in plain(anna.post(f"/my/cases/{case.id}/urge", follow_redirects=True).text)


def test_a_returned_case_leads_to_its_correction(cast: Cast, anna: Browser, draft: m.Product) -> None:
    case = send_back(cast.rui, submit(cast.anna, draft), "请补充", {"introduction": "请写明用途"})

    page = anna.get(f"/my/cases/{case.id}").text

    assert f'href="{HERE}{draft.id}/step/1"' in page
    assert f'href="{HERE}{draft.id}/step/1#remark-introduction"' in page


@pytest.mark.parametrize("path", ["copy", "delete", "withdraw", "update", "revoke", "revoke/withdraw"])
def test_T_I01_another_units_product_cannot_be_touched(
    bo: Browser, filed: m.Product, session: Any, path: str
) -> None:
    form = {"version": "1", "revocation_reason": "off_market", "revocation_note": "恶意"}

    assert bo.post(f"{HERE}{filed.id}/{path}", form).status_code == 404
    assert bo.get(f"{HERE}{filed.id}").status_code == 404
    assert bo.get(f"{HERE}{filed.id}/certificate.pdf").status_code == 404
    assert again(session, filed.id).state == "filed"
    assert session.scalars(select(m.Product.id)).all() == [filed.id]


def test_T_P10_names_and_remarks_are_shown_as_text(cast: Cast, anna: Browser, session: Any) -> None:
    make.make_product(cast.unit, '<script>alert(1)</script>"><svg onload=x>', state="draft")
    session.commit()

    for path in (f"{HERE}?tab=draft", f"{HERE}{session.scalars(select(m.Product.id)).one()}"):
        page = anna.get(path).text
        assert "<script>alert" not in page
        assert "<svg onload" not in page


def test_T_W12_three_models_are_three_products_and_a_copy_is_pointed_out(
    cast: Cast, anna: Browser, filed: m.Product, session: Any
) -> None:
    twin = make.make_product(cast.unit, filed.name)
    session.commit()

    findings = anna.ask(f"{HERE}{twin.id}/check/1", {"values": {"name": filed.name}}).get_json()["findings"]

    assert any(finding["rule"].startswith("R27") for finding in findings)


def test_D14_the_tab_of_products_to_be_updated_says_how_far_each_update_is(
    cast: Cast, anna: Browser, session: Any
) -> None:
    products = [make.make_product(cast.unit, f"{n}号锂离子电池", state="filed", year=2023) for n in range(3)]
    make.make_year(products[1], 2024, state="draft")
    make.make_year(products[2], 2024, state="pending")
    session.commit()

    page = anna.get(f"{HERE}?tab=outdated").text

    assert page.count("继续更新") == 1
    assert page.count("更新待审核") == 1
    assert page.count('<button class="btn btn-default btn-sm">更新</button>') == 1
