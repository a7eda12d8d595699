"""The workspace's first page: what to do next (mission A, B, C, D)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app import models as m
from tests.support import factories as make
from tests.support.acts import submit
from tests.support.supplements import make_recognition, make_round
from tests.web.unit.conftest import Browser, Cast


def test_a_new_unit_is_told_what_to_do_first(nina: Browser) -> None:
    said = nina.text("/my/")

    assert "去认证" in said
    assert "填报 2024 年度资产信息" in said
    assert "完成前面几项后才能提交" in said


def test_what_is_done_is_ticked(anna: Browser) -> None:
    said = anna.text("/my/")

    assert "已通过，可以备案产品" in said
    assert "去填报" not in said


def test_a_submission_shows_its_receipt_and_the_days_left(
    cast: Cast, anna: Browser, draft: m.Product
) -> None:
    case = submit(cast.anna, draft)

    said = anna.text("/my/")

    assert case.receipt_no in said
    assert "还剩 5 个工作日" in said


def test_products_without_this_years_data_are_announced(cast: Cast, anna: Browser, session: Any) -> None:
    make.make_product(cast.unit, state="filed", year=2023)
    session.commit()

    said = anna.text("/my/")

    assert "1 个已备案产品尚未更新 2024 年度数据" in said
    assert "更新 2024 年度数据" in said


def test_T_W13_a_product_whose_patents_have_all_lapsed_is_pointed_to_revocation(
    cast: Cast, anna: Browser, session: Any
) -> None:
    lapsed = make.make_patent(cast.unit, legal_state="lapsed", lapse_reason="fee")
    make.make_product(cast.unit, state="filed", patents=[lapsed])
    session.commit()

    assert "关联的专利已全部失效，可申请撤销备案" in anna.text("/my/")


def test_further_information_that_can_still_be_given_is_counted_with_its_first_deadline(
    cast: Cast, anna: Browser, session: Any
) -> None:
    round_ = make_round(supplement_deadline=date(2025, 9, 20))
    for name, due in (("电池甲", None), ("电池乙", date(2025, 9, 16)), ("电池丙", date(2025, 9, 9))):
        product = make.make_product(cast.unit, name, state="filed")
        make_recognition(product, round_, supplement_due=due)
    make_recognition(make.make_product(make.make_unit(), "电池丁", state="filed"), round_)
    session.commit()

    said = anna.text("/my/")

    assert "2 个产品初筛已通过，请在 2025-09-16（含）前补充信息，还剩 6 天" in said
    assert 'href="/my/recognition/"' in anna.get("/my/").text


def test_nobody_else_is_counted(cast: Cast, bo: Browser, draft: m.Product) -> None:
    assert draft.name not in bo.text("/my/products/?tab=draft")


def test_staff_have_no_workspace(cast: Cast, browser: Callable[..., Browser]) -> None:
    assert browser(cast.rui).get("/my/").status_code == 403


def test_the_anonymous_are_sent_to_sign_in(browser: Callable[..., Browser]) -> None:
    answer = browser(None).get("/my/products/")

    assert answer.status_code == 302
    assert "/login/" in answer.location


def test_the_workspace_speaks_english(anna: Browser) -> None:
    anna.post("/language", {"language": "en", "next": "/my/"}, headers={"Origin": "http://localhost"})

    said = anna.text("/my/")

    assert "What to do next" in said
    assert "下一步做什么" not in said
