"""The public pages of notices: both dates, the days counted and left, the products; nothing personal, nothing early."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.reports import public_notices
from tests.support import factories as make
from tests.support.notices import TITLE, make_notice, make_objection
from tests.support.recognition import make_recognition, make_round

TODAY = date(2025, 9, 15)


def read(client: FlaskClient, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query_string=query or None)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture
def notice(app: Any) -> m.PublicNotice:
    """A notice of three products of two units, from 10 to 24 September 2025."""
    round_, unit = make_round(), make.make_unit("长沙甲示例电池有限公司")
    made = make_notice(round_)
    for name, owner, state in (
        ("锂离子电池", unit, "in_notice"), ("钠离子电池 <b>", unit, "objected"), ("充电桩", make.make_unit("长沙乙示例有限公司"), "in_notice"),
    ):  # fmt: skip
        make_recognition(
            round_, make.make_product(owner, name, state="filed"), state=state, notice_id=made.id
        )
    session.commit()
    return made


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the pages' clock to a day."""

    def move(day: str) -> None:
        monkeypatch.setattr("app.web.notices.local_date", lambda _now: date.fromisoformat(day))

    return move


def test_the_list_shows_both_dates_the_days_and_what_is_left(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    at("2025-09-22")
    html = read(client, "/notices/")
    for text in (TITLE, "2025-09-10", "2025-09-24", ">10<", "公示中", "还剩 2 个工作日"):
        assert text in html


def test_without_notices_the_list_says_so(client: FlaskClient) -> None:
    assert "目前没有公示" in read(client, "/notices/")


def test_a_running_notice_names_its_products_and_how_to_object(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    at("2025-09-24")
    html = read(client, f"/notices/{notice.id}")
    for text in (
        "锂离子电池",
        "充电桩",
        "长沙乙示例有限公司",
        "异议渠道",
        "匿名",
        "/objections/new",
        "今天截止",
    ):
        assert text in html
    assert "结果" not in html and "异议处理中" not in html


@pytest.mark.parametrize("path", ["", "/print"])
def test_T_V08_a_notice_shows_from_its_first_day_on_and_not_before(
    client: FlaskClient, notice: m.PublicNotice, at: Any, path: str
) -> None:
    at("2025-09-09")
    answer = client.get(f"/notices/{notice.id}{path}")
    assert answer.status_code == 404 and "锂离子电池" not in answer.get_data(as_text=True)
    assert TITLE not in read(client, "/notices/")
    at("2025-09-10")
    assert "锂离子电池" in read(client, f"/notices/{notice.id}{path}")


def test_T_V08_products_that_are_not_in_the_notice_do_not_show(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    unit = make.make_unit()
    for state in ("candidate", "screened_out", "proposed", "evaluating"):
        make_recognition(notice.round, make.make_product(unit, f"未公示{state}", state="filed"), state=state)
    session.commit()
    at("2025-09-15")
    assert "未公示" not in read(client, f"/notices/{notice.id}")


def test_a_cancelled_notice_says_why_and_names_nobody(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    session.execute(m.PublicNotice.__table__.update().values(state="cancelled", reason="名单有误"))
    session.commit()
    at("2025-09-15")
    html = read(client, f"/notices/{notice.id}")
    assert "名单有误" in html and "锂离子电池" not in html


def test_after_the_term_the_result_of_each_product_shows(notice: m.PublicNotice) -> None:
    changes = m.Recognition.__table__.update().where(m.Recognition.__table__.c.state == "in_notice")
    session.execute(changes.values(state="recognised"))
    session.commit()
    shown = public_notices.notice(notice.id, date(2025, 9, 25))
    assert shown is not None and shown.phase == "over"
    assert public_notices.results(shown) == {"recognised": 2, "undecided": 1}


def test_a_notice_with_a_provisional_end_goes_on_and_says_so(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    session.execute(m.PublicNotice.__table__.update().values(provisional=True))
    session.commit()
    at("2025-10-20")
    html = read(client, f"/notices/{notice.id}")
    assert "工作日历尚未公布" in html and "提出异议" in html


def test_T_P10_T_Q01_products_are_found_literally_and_shown_escaped(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    at("2025-09-15")
    assert "钠离子电池 &lt;b&gt;" in read(client, f"/notices/{notice.id}", q="<b>")
    assert "充电桩" not in read(client, f"/notices/{notice.id}", q="电池")
    assert "充电桩" in read(client, f"/notices/{notice.id}", q="乙示例")
    for odd in ("%", "_", "'", "\\", "\x00", '"><script>'):
        html = read(client, f"/notices/{notice.id}", q=odd)
        assert "<script>" not in html
        assert ("没有找到符合条件" in html) == (odd != "\x00")


def test_the_products_are_paged_by_key(notice: m.PublicNotice) -> None:
    shown = public_notices.notice(notice.id, TODAY)
    assert shown is not None
    numbers: list[str] = []
    after = None
    for _page in range(3):
        found = public_notices.products(shown, "", after, 1)
        numbers += [row.filing_no for row in found.rows]
        after = found.after
        assert found.count == 3
    assert after is None and numbers == sorted(set(numbers)) and len(numbers) == 3


@pytest.mark.parametrize(
    "path", ["/notices/?before=abc", "/notices/?before=-1", "/notices/?before=9999999999999999999999"]
)
def test_T_Q02_odd_addresses_are_bad_requests(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


def test_T_Q02_odd_ids_are_not_found(client: FlaskClient) -> None:
    for key in ("0", "-1", "abc", "9" * 23):
        assert client.get(f"/notices/{key}").status_code == 404


def test_T_V03_nothing_personal_and_no_objection_is_in_any_public_page(
    client: FlaskClient, notice: m.PublicNotice, at: Any
) -> None:
    at("2025-09-15")
    product = session.scalars(
        m.Product.__table__.select().with_only_columns(m.Product.__table__.c.id)
    ).first()
    make_objection(session.get_one(m.Product, product), kind="objection")
    session.commit()
    pages = [
        "/notices/",
        f"/notices/{notice.id}",
        f"/notices/{notice.id}/print",
        "/objections/",
        "/objections/new",
    ]
    text = "".join(client.get(page).get_data(as_text=True) for page in pages)
    for canary in (
        "13800000000",
        "13900000000",
        "王五",
        "李四",
        "张三",
        "@example.com",
        "示例路 1 号",
        "203.0.113.7",
    ):
        assert canary not in text


def test_a_product_page_leads_to_the_form_with_its_number(
    client: FlaskClient, notice: m.PublicNotice
) -> None:
    product = session.get_one(
        m.Product,
        session.scalars(
            m.Recognition.__table__.select().with_only_columns(m.Recognition.__table__.c.product_id)
        ).first(),
    )
    html = read(client, f"/products/{product.filing_no}")
    assert f"/objections/new?product={product.filing_no}" in html


def test_days_left_are_those_of_today(notice: m.PublicNotice) -> None:
    shown = public_notices.notice(notice.id, local_date(utc_now()) + timedelta(days=1))
    assert shown is not None and shown.days_left == 0
