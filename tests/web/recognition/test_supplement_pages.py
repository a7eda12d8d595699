"""The officer's pages of the further information: ask, see who has given it, give more time, read it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import models as m
from tests.support import factories as make
from tests.support.acts import work
from tests.support.factories import NOW
from tests.support.supplements import WHOLE, make_officer, make_recognition, make_round, make_supplement
from tests.support.world import signed_in


class Desk:
    """The officer's browser, and a published round in which unit A has a product in each of the states that matter."""

    def __init__(self, app: Flask, session: Any) -> None:
        self.session = session
        self.unit = make.make_unit("长沙甲示例电池有限公司")
        make.make_owner(self.unit)
        self.round = make_round()
        self.products = {
            state: make_recognition(make.make_product(self.unit, name, state="filed"), self.round, state)
            for state, name in (("passed", "电动自行车用锂离子电池"), ("supplement_due", "电动叉车用锂离子电池"),
                                ("overdue", "电动船用锂离子电池"), ("supplemented", "储能柜用锂离子电池"))
        }  # fmt: skip
        for state, recognition in self.products.items():
            if state != "passed":
                make_supplement(
                    recognition, answers=WHOLE, submitted_at=NOW if state == "supplemented" else None
                )
        officer = make_officer().user_id
        session.commit()
        self.client = signed_in(app, officer)

    def at(self, rest: str = "") -> str:
        return f"/recognition/{self.round.id}/supplements{rest}"

    def get(self, path: str) -> str:
        self.session.rollback()
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return re.sub(r"\s+", " ", answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None) -> Any:
        self.session.rollback()
        return self.client.post(path, data=data or {})

    def state(self, name: str) -> m.Recognition:
        self.session.rollback()
        found: m.Recognition = self.session.get(m.Recognition, self.products[name].id, populate_existing=True)
        return found


@pytest.fixture
def desk(app: Flask, session: Any, no_csrf: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """On 10 September 2025."""
    for module in ("web.recognition.supplements", "services.recognition.round_work"):
        monkeypatch.setattr(f"app.{module}.utc_now", lambda: NOW)
    return Desk(app, session)


def test_the_round_leads_to_the_page_and_the_page_to_asking(desk: Desk) -> None:
    assert f'href="{desk.at()}"' in desk.get(f"/recognition/{desk.round.id}")
    assert "通知 1 个初筛通过的产品" in desk.get(desk.at())


def test_before_asking_the_officer_sees_how_many_and_the_text(desk: Desk) -> None:
    page = desk.get(desk.at("/ask"))

    assert "将通知 1 家单位的 1 个产品补充信息，截止日 2025-09-20" in page
    assert "电动自行车用锂离子电池" in page and "短信" in page
    assert desk.state("passed").state == "passed"


def test_T_W02_asking_twice_asks_once(desk: Desk) -> None:
    clicks = [desk.post(desk.at("/ask")) for _ in range(2)]
    assert [click.status_code for click in clicks] == [302, 302]
    assert clicks[0].headers["Location"] == clicks[1].headers["Location"]
    assert "本批次正在办理：通知补充信息（0 / 1）" in desk.get(f"/recognition/{desk.round.id}")
    work()
    assert "正在办理" not in desk.get(f"/recognition/{desk.round.id}")
    assert desk.post(desk.at("/ask")).status_code == 409

    assert desk.state("passed").state == "supplement_due"
    sent = select(m.Outbox).where(m.Outbox.template == "supplement_asked", m.Outbox.channel == "inapp")
    assert len(desk.session.scalars(sent).all()) == 1
    assert "没有初筛通过、尚未通知的产品" in desk.get(desk.at("/ask"))


def test_asking_after_the_deadline_is_refused_on_the_page(desk: Desk) -> None:
    desk.round.supplement_deadline = date(2025, 9, 9)
    desk.session.commit()

    answer = desk.post(desk.at("/ask"))
    assert answer.status_code == 409 and "2025-09-09 已过" in answer.text


def test_the_list_is_filtered_by_state_and_searched(desk: Desk) -> None:
    assert "电动自行车用锂离子电池" not in desk.get(desk.at())  # not asked yet

    overdue = desk.get(desk.at("?f_state=overdue"))
    assert "电动船用锂离子电池" in overdue and "电动叉车用锂离子电池" not in overdue
    assert "储能柜用锂离子电池" in desk.get(desk.at("?q=储能"))
    assert "储能柜用锂离子电池" in desk.get(desk.at("?q=长沙甲"))
    assert "没有符合条件的产品" in desk.get(desk.at("?q=%25"))
    assert desk.client.get(desk.at("?f_score=1")).status_code == 400


def test_several_are_extended_with_a_reason(desk: Desk) -> None:
    chosen = [str(desk.products[state].id) for state in ("supplement_due", "overdue")]

    answer = desk.post(
        desk.at("/extend"), {"recognition": chosen, "until": "2025-09-30", "reason": "公证材料晚到"}
    )

    assert answer.status_code == 302
    for state in ("supplement_due", "overdue"):
        recognition = desk.state(state)
        assert (recognition.state, recognition.supplement_due) == ("supplement_due", date(2025, 9, 30))
    assert "已延期" in desk.get(desk.at())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"until": "2025-09-30", "reason": "　"}, "请填写延期理由"),
        ({"until": "", "reason": "材料晚到"}, "没有这一天"),
        ({"until": "2025-09-01", "reason": "材料晚到"}, "延期后的截止日应晚于"),
    ],
)
def test_T_W05_what_is_wrong_is_said_beside_its_field_and_the_ticks_stay(
    desk: Desk, data: dict[str, str], said: str
) -> None:
    overdue = desk.products["overdue"].id

    answer = desk.post(desk.at("/extend"), {"recognition": str(overdue), **data})

    page = re.sub(r"\s+", " ", answer.text)
    assert answer.status_code == 422 and said in page
    assert re.search(rf'value="{overdue}"[^>]* checked', page)
    assert f'value="{data["reason"]}"' in answer.text
    assert desk.state("overdue").state == "overdue"


def test_T_I01_a_product_of_another_round_in_the_list_stops_all(desk: Desk) -> None:
    other = make_round(year=2024, data_year=2023)
    product = make.make_product(desk.unit, "船用电池", state="filed", year=2023)
    foreign = make_recognition(product, other, "overdue")
    desk.session.commit()
    chosen = [str(desk.products["overdue"].id), str(foreign.id)]

    answer = desk.post(desk.at("/extend"), {"recognition": chosen, "until": "2025-09-30", "reason": "延期"})

    assert answer.status_code == 404
    assert desk.state("overdue").state == "overdue"


def test_T_W01_what_is_submitted_cannot_be_extended(desk: Desk) -> None:
    chosen = [str(desk.products["overdue"].id), str(desk.products["supplemented"].id)]

    answer = desk.post(desk.at("/extend"), {"recognition": chosen, "until": "2025-09-30", "reason": "延期"})

    assert answer.status_code == 409 and "只有待补充或逾期未补充的产品可以延期" in answer.text
    assert desk.state("overdue").state == "overdue"


def test_a_submitted_supplement_is_read_with_its_files_and_a_draft_is_not(desk: Desk) -> None:
    file = make.make_file(desk.unit)
    submitted = desk.products["supplemented"]
    found = desk.session.scalars(
        select(m.Supplement).where(m.Supplement.recognition_id == submitted.id)
    ).one()
    found.files.append(m.SupplementFile(unit_id=desk.unit.id, file_id=file.id, dimension="value"))
    desk.session.commit()

    page = desk.get(f"/recognition/supplements/{submitted.id}")
    assert "120.00 万元" in page and file.original_name in page
    draft = desk.get(f"/recognition/supplements/{desk.products['supplement_due'].id}")
    assert "在这里不显示" in draft and "120.00" not in draft
    assert desk.client.get(f"/recognition/supplements/{desk.products['passed'].id}").status_code == 404
