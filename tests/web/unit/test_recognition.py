"""The unit's pages of recognition: its products in a round, why others take no part, the further information."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app import jobs
from app import models as m
from app.db import transaction
from app.services import background
from app.services.recognition import screening
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.supplements import WHOLE, make_officer, make_recognition, make_round, make_supplement
from tests.support.world import World
from tests.web.unit.conftest import Browser, Cast, plain

#: the day after the round's last day for further information
LATE = datetime(2025, 9, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def due(cast: Cast, session: Any) -> m.Recognition:
    """A product of Anna's unit that is asked for further information."""
    recognition = make_recognition(make.make_product(cast.unit, state="filed"), make_round())
    make_supplement(recognition)
    session.commit()
    return recognition


def at(recognition: m.Recognition, rest: str = "supplement") -> str:
    return f"/my/recognition/{recognition.id}/{rest}"


def supplement(session: Any, recognition: m.Recognition) -> m.Supplement:
    session.rollback()
    query = select(m.Supplement).where(m.Supplement.recognition_id == recognition.id)
    found: m.Supplement = session.scalars(query.execution_options(populate_existing=True)).one()
    return found


def state(session: Any, recognition: m.Recognition) -> str:
    session.rollback()
    return str(session.get(m.Recognition, recognition.id, populate_existing=True).state)


def version(session: Any, recognition: m.Recognition) -> int:
    return supplement(session, recognition).version


# ---------------------------------------------------------------- the rounds


def test_before_the_first_round_the_page_says_what_will_be_there(anna: Browser) -> None:
    assert "还没有发布认定批次" in anna.text("/my/recognition/")


def test_a_round_being_prepared_is_not_shown(anna: Browser, cast: Cast, session: Any) -> None:
    round_ = make_round("draft")
    session.commit()

    assert "还没有发布认定批次" in anna.text("/my/recognition/")
    assert anna.get(f"/my/recognition/?round={round_.id}").status_code == 404


def test_each_product_shows_its_state_and_what_comes_next(anna: Browser, due: m.Recognition) -> None:
    page = anna.text("/my/recognition/")

    assert "待补充" in page and "请在 2025-09-20（含）前补充信息，还剩 10 天" in page
    assert f'href="{at(due)}"' in anna.get("/my/recognition/").text


def test_a_product_that_is_no_candidate_says_why_and_where_it_is_mended(
    anna: Browser, cast: Cast, session: Any
) -> None:
    make_round()
    pending = make.make_product(cast.unit, "电动叉车用锂离子电池", state="pending")
    apart = make.make_product(cast.unit, "电动船用锂离子电池", state="filed", takes_part=False)
    session.commit()

    page = anna.get("/my/recognition/").text
    assert plain(page).count("为什么不是候选产品") == 2
    assert f'<a href="/my/products/{pending.id}">查看备案进度' in page
    assert f'<a href="/my/products/{apart.id}">查看产品' in page


def test_T_I01_T_I03_products_of_others_are_nowhere(bo: Browser, due: m.Recognition) -> None:
    assert due.product.name not in bo.text("/my/recognition/")
    for path in (f"/my/recognition/{due.id}", at(due)):
        assert bo.get(path).status_code == 404
    for rest in ("supplement", "take-back"):
        assert bo.post(at(due, rest), {"version": "1"}).status_code == 404
    assert bo.ask(at(due, "save"), {"version": 1, "values": {"awards": "1"}}).status_code == 404


def test_every_state_has_its_page(anna: Browser, cast: Cast, session: Any) -> None:
    round_, made = make_round(), []
    for each in m.RECOGNITION_STATES:
        product = make.make_product(cast.unit, f"{each} 用电池", state="filed")
        made.append(make_recognition(product, round_, each, reason="理由如此", valid_until=date(2026, 9, 24)))
    session.commit()

    pages = {recognition.state: anna.text(f"/my/recognition/{recognition.id}") for recognition in made}
    assert all("原因：理由如此" in pages[each] for each in ("not_passed", "refused", "withdrawn"))
    assert "认定有效期至 2026-09-24" in pages["recognised"]
    assert all("理由如此" not in pages[each] for each in ("candidate", "evaluating", "recognised"))
    assert anna.get("/my/recognition/?size=100").status_code == 200


def test_the_screening_is_explained_once_it_is_in_force(anna: Browser, cast: Cast, session: Any) -> None:
    officer, round_ = make_officer(), make_round()
    recognition = make_recognition(make.make_product(cast.unit, state="filed"), round_, "candidate")
    session.commit()
    with transaction(officer):
        screening.start(round_.id, officer, NOW)
    background.run_waiting(jobs.HANDLERS)
    session.expire_all()
    run_id = session.scalars(select(m.ScreeningRun.id)).one()
    page = f"/my/recognition/{recognition.id}"
    assert "初筛结果" not in plain(anna.get(page).text).replace("每项指标的结果", "")

    with transaction(officer):
        screening.apply(run_id, officer, NOW)

    shown = anna.text(page)
    assert "总分" in shown and "示例方案" in shown and "得分 / 满分" in shown
    assert "没有其他产品可以比较" in shown


# ---------------------------------------------------------------- the form


def test_answers_are_saved_and_come_back(anna: Browser, due: m.Recognition, session: Any) -> None:
    answer = anna.post(at(due), {"version": "1", "claims": "１２", "value_note": "甲\r\n乙", "save": "1"})

    assert answer.location.endswith(at(due))
    assert supplement(session, due).answers == {"claims": "12", "value_note": "甲\n乙"}
    page = anna.get(at(due)).text
    assert 'value="12"' in page and "示例方案" in page


def test_what_cannot_be_read_stays_in_the_form_and_the_rest_is_saved(
    anna: Browser, due: m.Recognition, session: Any
) -> None:
    answer = anna.post(at(due), {"version": "1", "licence_income": "1e3", "awards": "2", "save": "1"})

    assert answer.status_code == 422
    assert 'value="1e3"' in answer.text and 'id="licence_income-error"' in answer.text
    assert supplement(session, due).answers == {"awards": "2"}


def test_autosave_stores_and_says_when(anna: Browser, due: m.Recognition, session: Any) -> None:
    answer = anna.ask(
        at(due, "save"), {"version": 1, "values": {"awards": "3", "claims": "x", "state": "recognised"}}
    )

    body = answer.get_json()
    assert (body["at"], body["version"]) == ("10:00", 2)
    assert [problem["field"] for problem in body["problems"]] == ["claims"]
    assert supplement(session, due).answers == {"awards": "3"}


def test_T_M07_an_old_form_is_refused_with_both_values_and_keeps_what_was_typed(
    anna: Browser, due: m.Recognition, session: Any
) -> None:
    anna.ask(at(due, "save"), {"version": 1, "values": {"awards": "3"}})

    form = anna.post(at(due), {"version": "1", "awards": "5", "save": "1"})
    script = anna.ask(at(due, "save"), {"version": 1, "values": {"awards": "5"}})

    assert form.status_code == script.status_code == 409
    assert "您填写的是“5”，现在的内容是“3”" in plain(form.text) and 'value="5"' in form.text
    assert script.get_json()["problems"][0]["field"] == "awards"
    assert supplement(session, due).answers == {"awards": "3"}


@pytest.mark.parametrize("body", [[], "x", {"version": "1e9", "values": [1]}, {"values": {"awards": ["a"]}}])
def test_T_Q02_a_script_that_sends_nonsense_gets_an_answer_not_an_error(
    anna: Browser, due: m.Recognition, body: Any
) -> None:
    assert anna.ask(at(due, "save"), body).status_code in (400, 409)


def test_evidence_is_added_with_what_is_typed_and_removed(
    anna: Browser, cast: Cast, due: m.Recognition, session: Any
) -> None:
    file = make.make_file(cast.unit)
    session.commit()
    data = {"version": "1", "awards": "4", "files_value": str(file.id), "add_file": "value"}

    assert anna.post(at(due), data).location.endswith("#files_value")
    stored = supplement(session, due)
    assert (stored.answers, [each.dimension for each in stored.files]) == ({"awards": "4"}, ["value"])
    assert file.original_name in anna.text(at(due))

    anna.post(at(due), {"version": str(stored.version), "remove_file": str(stored.files[0].id)})
    assert supplement(session, due).files == []


def test_T_I04_a_file_that_is_not_ones_own_is_refused_beside_its_dimension(
    anna: Browser, cast: Cast, due: m.Recognition, session: Any
) -> None:
    foreign = make.make_file(cast.other_unit)
    session.commit()

    for file_id in (str(foreign.id), "", "9" * 30):
        answer = anna.post(
            at(due), {"version": str(version(session, due)), "files_value": file_id, "add_file": "value"}
        )
        assert answer.status_code == 422
    assert supplement(session, due).files == []


def test_what_lacks_is_said_beside_each_field_and_the_assets_lead_to_their_page(
    anna: Browser, cast: Cast, due: m.Recognition, session: Any
) -> None:
    session.execute(m.AssetYear.__table__.update().values(state="draft"))
    session.commit()
    assert "/my/assets/2024" in anna.get(at(due)).text

    answer = anna.post(at(due), {"version": "1", **WHOLE, "claims": "", "submit": "1"})

    said = plain(answer.text)
    assert answer.status_code == 422 and 'id="claims-error"' in answer.text
    assert "“专利保护强度”至少要有 1 份证明材料" in said and "请阅读并勾选真实性承诺" in said
    assert state(session, due) == "supplement_due"
    assert supplement(session, due).answers["awards"] == "1"


def test_a_whole_supplement_is_handed_in_read_and_taken_back(
    anna: Browser, cast: Cast, due: m.Recognition, session: Any
) -> None:
    for dimension in ("protection", "value", "dependence"):
        file = make.make_file(cast.unit)
        session.commit()
        data = {
            "version": str(version(session, due)),
            f"files_{dimension}": str(file.id),
            "add_file": dimension,
        }
        anna.post(at(due), data)

    data = {"version": str(version(session, due)), **WHOLE, "commitment": "1", "submit": "1"}
    answer = anna.post(at(due), data)

    assert answer.location.endswith(f"/my/recognition/{due.id}")
    assert state(session, due) == "supplemented"
    page = anna.text(f"/my/recognition/{due.id}")
    assert "120.00 万元" in page and "有替代技术，但性能或成本明显不及" in page and "提交补充信息" in page
    assert anna.get(at(due)).status_code == 302
    assert anna.post(at(due), {"version": "9", "awards": "9", "save": "1"}).status_code == 409

    anna.post(at(due, "take-back"))
    assert state(session, due) == "supplement_due"


def test_late_is_late(
    anna: Browser, due: m.Recognition, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.unit.base.utc_now", lambda: LATE)

    assert anna.get(at(due)).location.endswith(f"/my/recognition/{due.id}")
    assert "补充信息已于 2025-09-20 截止" in anna.text(f"/my/recognition/{due.id}")
    assert anna.post(at(due), {"version": "1", "awards": "1", "save": "1"}).status_code == 409
    assert anna.ask(at(due, "save"), {"version": 1, "values": {"awards": "1"}}).status_code == 409


def test_T_P10_answers_and_names_are_shown_as_text(anna: Browser, cast: Cast, session: Any) -> None:
    evil = '<script>alert(1)</script>"><svg onload=x>'
    product = make.make_product(cast.unit, evil, state="filed")
    recognition = make_recognition(product, make_round(), "evaluating", reason=evil)
    make_supplement(recognition, answers={"value_note": evil}, submitted_at=NOW)
    session.commit()

    for path in ("/my/recognition/", f"/my/recognition/{recognition.id}"):
        page = anna.get(path).text
        assert "<script>alert" not in page and "<svg onload" not in page


def test_a_recognised_product_leads_to_its_certificate(world: World, no_csrf: None) -> None:
    own = world.records["a"]

    page = world.browser("unit_a").get(f"/my/recognition/{own['recognition']}").text

    assert f'href="/my/certificates/{own["certificate"]}.pdf"' in page
