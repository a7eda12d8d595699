"""Yearly assets (mission B) and the gate they form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from tests.support import factories as make
from tests.web.unit.conftest import Browser, Cast, plain

HERE = "/my/assets/2024"


def filled(unit: m.Unit, **changes: Any) -> dict[str, Any]:
    """A year's form, complete."""
    statement = make.make_file(unit, "statement").id
    make.session.commit()
    return {
        "revenue": "1,234,567.80", "total_profit": "-12.5", "total_assets": "８８８８", "rnd_spending": "100",
        "employees": "300", "statement_file_id": statement, "statement_seal": "unit_finance", **changes,
    }  # fmt: skip


def of_new_unit(cast: Cast, session: Any) -> m.AssetYear:
    session.expire_all()
    found: m.AssetYear = session.scalars(
        select(m.AssetYear).where(m.AssetYear.unit_id == cast.new_unit.id)
    ).one()
    return found


def test_the_list_says_which_year_stands_in_the_way(nina: Browser, anna: Browser) -> None:
    assert "2024 年度资产信息尚未完成，暂不能提交备案和更新" in nina.text("/my/assets/")
    assert "2024 年度资产信息已完成" in anna.text("/my/assets/")


def test_T_T08_amounts_are_read_with_thousands_and_in_full_width(
    cast: Cast, nina: Browser, session: Any
) -> None:
    nina.post(HERE, filled(cast.new_unit, complete="1"))

    record = of_new_unit(cast, session)
    assert (record.revenue, record.total_profit, record.total_assets) == (
        Decimal("1234567.80"), Decimal("-12.50"), Decimal("8888.00"))  # fmt: skip
    assert (record.state, record.statement_seal) == ("complete", "unit_finance")


def test_a_draft_may_lack_anything(cast: Cast, nina: Browser, session: Any) -> None:
    answer = nina.post(HERE, {"revenue": "10", "save": "1"})

    assert answer.status_code == 302
    assert of_new_unit(cast, session).state == "draft"


def test_what_is_missing_is_said_beside_each_field_and_the_rest_is_kept(
    cast: Cast, nina: Browser, session: Any
) -> None:
    answer = nina.post(HERE, filled(cast.new_unit, employees="", statement_file_id="", complete="1"))

    assert answer.status_code == 422
    assert 'id="employees-error"' in answer.text
    assert "请填写利润表" in plain(answer.text)
    assert of_new_unit(cast, session).revenue == Decimal("1234567.80")


def test_T_T08_an_amount_with_a_unit_or_in_powers_of_ten_is_refused_and_stays_in_the_form(
    cast: Cast, nina: Browser
) -> None:
    answer = nina.post(HERE, filled(cast.new_unit, revenue="1e3", total_profit="12万元"))

    assert answer.status_code == 422
    assert 'value="1e3"' in answer.text
    assert "本栏单位为万元" in plain(answer.text)


def test_the_form_says_its_unit_beside_every_amount(nina: Browser) -> None:
    assert nina.get(HERE).text.count('<span class="input-group-addon">万元</span>') == 9


def test_T_M07_an_old_form_overwrites_nothing(cast: Cast, anna: Browser, session: Any) -> None:
    old = filled(cast.unit, revenue="77", version="1")
    anna.post(HERE, old)

    answer = anna.post(HERE, old | {"revenue": "88"})

    assert answer.status_code == 409
    assert "您填写的是“88.00”，现在的内容是“77.00”" in plain(answer.text)


def test_T_M07_the_same_amount_written_otherwise_is_no_difference(cast: Cast, anna: Browser) -> None:
    old = filled(cast.unit, version="1")
    anna.post(HERE, old)

    answer = anna.post(HERE, old | {"employees": "301"})

    assert "1,234,567.80" not in plain(answer.text).split("放弃我的修改")[0]


def test_T_I04_a_file_of_another_unit_cannot_be_the_statement(cast: Cast, nina: Browser) -> None:
    foreign = make.make_file(cast.unit, "statement").id
    make.session.commit()

    answer = nina.post(HERE, filled(cast.new_unit, statement_file_id=foreign, complete="1"))

    assert answer.status_code == 422
    assert "没有找到该文件" in plain(answer.text)


@pytest.mark.parametrize("typed", ["9" * 18, "9" * 30, "9" * 5000, "-1"])
def test_T_Q02_the_number_of_a_file_that_cannot_be_one_is_refused_beside_its_field(
    cast: Cast, anna: Browser, typed: str
) -> None:
    answer = anna.post(HERE, filled(cast.unit, statement_file_id=typed, version="1"))
    assert answer.status_code == 422


def test_a_year_to_come_does_not_exist(anna: Browser) -> None:
    assert anna.get("/my/assets/2026").status_code == 404


def test_T_I01_every_unit_has_its_own_year(cast: Cast, bo: Browser, anna: Browser) -> None:
    anna.post(HERE, filled(cast.unit, revenue="55555", version="1"))

    assert "55,555.00" not in bo.get(HERE).text
