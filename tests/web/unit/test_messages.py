"""The workspace's inbox, and what its scripts look up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from tests.support.acts import send_back, submit
from tests.web.unit.conftest import Browser, Cast

HERE = "/my/messages/"


def own(session: Any, user_id: int | None) -> list[m.Outbox]:
    session.expire_all()
    query = (
        select(m.Outbox).where(m.Outbox.user_id == user_id, m.Outbox.channel == "inapp").order_by(m.Outbox.id)
    )
    return list(session.scalars(query))


@pytest.fixture
def returned(cast: Cast, draft: m.Product) -> m.Case:
    """A returned filing: two messages for Anna."""
    return send_back(cast.rui, submit(cast.anna, draft), "请补充")


def test_the_outcome_of_a_review_is_in_the_inbox(anna: Browser, returned: m.Case) -> None:
    said = anna.text(HERE)

    assert returned.receipt_no in said
    assert said.count(" 未读 ") == 2


def test_a_message_is_read_by_a_click_and_leads_to_its_record(
    cast: Cast, anna: Browser, returned: m.Case, session: Any
) -> None:
    message = own(session, cast.anna.user_id)[-1]

    answer = anna.post(f"{HERE}{message.id}/read")

    assert answer.location == f"/my/cases/{returned.id}"
    assert [bool(each.read_at) for each in own(session, cast.anna.user_id)] == [False, True]


def test_T_C01_opening_the_inbox_reads_nothing(
    cast: Cast, anna: Browser, returned: m.Case, session: Any
) -> None:
    anna.get(HERE)
    message = own(session, cast.anna.user_id)[0]

    assert anna.get(f"{HERE}{message.id}/read").status_code == 405
    assert not any(each.read_at for each in own(session, cast.anna.user_id))


def test_everything_is_marked_as_read_at_once(
    cast: Cast, anna: Browser, returned: m.Case, session: Any
) -> None:
    anna.post(f"{HERE}read")

    assert all(each.read_at for each in own(session, cast.anna.user_id))
    assert "全部标为已读" not in anna.text(HERE)


def test_T_I01_another_persons_message_does_not_exist(
    cast: Cast, bo: Browser, returned: m.Case, session: Any
) -> None:
    message = own(session, cast.anna.user_id)[0]

    assert bo.post(f"{HERE}{message.id}/read").status_code == 404
    assert returned.receipt_no not in bo.text(HERE)
    assert bo.get(f"/my/cases/{returned.id}").status_code == 404
    bo.post(f"{HERE}read")
    assert not any(each.read_at for each in own(session, cast.anna.user_id))


def test_divisions_below_a_province(anna: Browser) -> None:
    below = anna.get("/my/lookup/regions?parent=430000").get_json()

    assert {"code": "430100", "name": "长沙市"} in below


@pytest.mark.parametrize("text", ["锂电池", "ldc", "P3841"])
def test_a_class_is_found_by_name_pinyin_and_code(anna: Browser, text: str) -> None:
    found = anna.get(f"/my/lookup/class?q={text}").get_json()

    assert any(
        node["name"] == "锂电池" and node["path"] and node["kind"] == "实物产品，终端产品" for node in found
    )


def test_the_tree_is_gone_through_from_the_top(anna: Browser) -> None:
    top = anna.get("/my/lookup/industry").get_json()
    below = anna.get("/my/lookup/industry?parent=C").get_json()

    assert [top[0]["code"], top[0]["leaf"]] == ["A", False]
    assert "13" in [node["code"] for node in below]


def test_a_patent_intensive_industry_is_marked_as_provisional(anna: Browser) -> None:
    listed = anna.get("/my/lookup/intensive?code=3911").get_json()
    other = anna.get("/my/lookup/intensive?code=0111").get_json()

    assert (listed["intensive"], listed["provisional"]) == (True, True)
    assert (other["intensive"], other["provisional"]) == (False, True)
    assert anna.get("/my/lookup/intensive?code=x").get_json() is None
