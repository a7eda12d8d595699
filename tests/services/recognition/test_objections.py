"""Objections and tips: taken from anybody once, limited, decided with reasons, with their effect on the recognition."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.audit import ACTIONS
from app.db import transaction
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, RuleError, TooMany
from app.services.recognition import objections
from tests.services.conftest import Cast
from tests.services.recognition.conftest import InNotice
from tests.support import factories as make
from tests.support.acts import do
from tests.support.notices import FACTS, at, make_recognition, object_to, raised

REASON = "经核查，登记簿显示专利有效，异议不成立。"


def stored(session: Any, receipt_no: str | None = None) -> m.Objection:
    query = select(m.Objection).order_by(m.Objection.id.desc())
    if receipt_no:
        query = query.where(m.Objection.receipt_no == receipt_no)
    found: m.Objection = session.scalars(query).first()
    return found


def count(session: Any) -> int:
    return int(session.execute(select(func.count(m.Objection.id))).scalar_one())


def act(
    verb: Any, actor: Actor, objection: m.Objection, *decision: str, version: int | None = None
) -> m.Objection:
    seen = objection.version if version is None else version
    done: m.Objection = do(verb, actor, objection.id, seen, *decision)
    return done


def told(session: Any, template: str) -> list[m.Outbox]:
    return list(session.scalars(select(m.Outbox).where(m.Outbox.template == template)))


@pytest.fixture
def objection(in_notice: InNotice, session: Any) -> m.Objection:
    return stored(session, object_to(in_notice.product, name="王五", contact="13900000000").receipt_no)


# ---------------------------------------------------------------- raising


def test_an_objection_to_a_product_in_notice_is_received_under_a_number(
    in_notice: InNotice, session: Any
) -> None:
    receipt = object_to(in_notice.product)
    kept = stored(session)

    assert (kept.kind, kept.state, kept.recognition_id) == ("objection", "received", in_notice.recognition.id)
    assert receipt.receipt_no == kept.receipt_no == "YY2025091000001"
    assert (kept.name, kept.contact) == ("", "")
    assert in_notice.recognition.state == "in_notice"


@pytest.mark.parametrize("moment", ["2025-09-09", "2025-09-25"])
def test_before_and_after_the_notice_it_is_a_tip(in_notice: InNotice, session: Any, moment: str) -> None:
    assert object_to(in_notice.product, now=at(moment)).kind == "tip"
    assert stored(session).recognition_id is None


def test_until_the_end_of_a_provisional_notice_is_certain_objections_are_taken(
    in_notice: InNotice, session: Any
) -> None:
    in_notice.notice.provisional = True
    session.commit()
    assert object_to(in_notice.product, now=at("2025-10-20")).kind == "objection"


def test_a_tip_on_any_filed_product_is_taken(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.other_unit, state="filed")
    session.commit()
    assert object_to(product).kind == "tip"


def test_T_V04_only_products_everybody_may_find_can_be_objected_to(cast: Cast, session: Any) -> None:
    make.make_product(cast.unit)
    session.commit()
    for number in ("ZLCP2025439999999", "%", "' OR 1=1 --"):
        with pytest.raises(RuleError) as refused, transaction(Actor.anonymous()):
            objections.raise_(
                objections.Raised({"filing_no": number, "text": FACTS}, "::1", "t" * 32), None, make.NOW
            )
        assert [(p.field, str(p.message)) for p in refused.value.problems] == [
            ("filing_no", "没有找到这个备案编号的产品，请核对编号")
        ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": "太短"}, "text"),
        ({"text": "　 \u200b"}, "text"),
        ({"text": "字" * 5001}, "text"),
        ({"text": FACTS + "\x00"}, "text"),
        ({"name": "名" * 101}, "name"),
        ({"contact": "1\x07"}, "contact"),
        ({"filing_no": ""}, "filing_no"),
    ],
)
def test_T_V06_T_Q03_what_cannot_be_taken_is_said_beside_its_field(
    in_notice: InNotice, session: Any, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleError) as refused:
        object_to(in_notice.product, **({"text": FACTS} | typed))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert count(session) == 0


def test_T_V06_the_same_form_twice_gives_the_same_receipt(in_notice: InNotice, session: Any) -> None:
    first, second = object_to(in_notice.product), object_to(in_notice.product)
    assert first == second
    assert count(session) == 1
    assert (
        len(told(session, "objection_received")) == 4
    )  # in the system and by mail, to the officer and the administrator


def test_T_V06_a_hundred_times_the_same_from_one_person_is_accepted_once(
    in_notice: InNotice, session: Any
) -> None:
    receipt = object_to(in_notice.product)
    for number in range(100):
        with pytest.raises(Conflict, match=receipt.receipt_no):
            object_to(in_notice.product, FACTS + "。 ", token=f"{number:032d}")
    assert count(session) == 1


def test_T_V06_the_same_contact_from_another_address_is_the_same_person(
    in_notice: InNotice, session: Any
) -> None:
    object_to(in_notice.product, contact="13900000000")
    with pytest.raises(Conflict):
        object_to(in_notice.product, contact="13900000000", ip="198.51.100.9", token="u" * 32)
    object_to(in_notice.product, ip="198.51.100.9", token="v" * 32)
    assert count(session) == 2


def test_T_V06_one_address_may_send_so_many_a_day(in_notice: InNotice, session: Any) -> None:
    texts = [f"{FACTS} 第{number}条事实" for number in "一二三四五六"]
    for number, text in enumerate(texts[:5]):
        object_to(in_notice.product, text, token=f"{number:032d}")
    with pytest.raises(TooMany) as refused:
        object_to(in_notice.product, texts[5], token="x" * 32)
    assert refused.value.retry_after == 14 * 3600 + 1  # until midnight in Beijing
    object_to(in_notice.product, texts[5], token="x" * 32, now=at("2025-09-11", "00:00"))
    assert count(session) == 6


def test_T_V03_who_objected_is_in_no_trail_and_in_no_message(objection: m.Objection, session: Any) -> None:
    events = session.scalars(select(m.AuditEvent)).all()
    messages = session.scalars(select(m.Outbox)).all()
    written = "".join(str(event.detail) for event in events) + "".join(
        each.subject + each.body for each in messages
    )
    for personal in ("王五", "13900000000", FACTS, "203.0.113.7", objection.pass_hash):
        assert personal not in written
    assert "create" in ACTIONS and any(event.entity == "objection" for event in events)


# ---------------------------------------------------------------- following


def test_number_and_phrase_together_open_the_progress(in_notice: InNotice, session: Any) -> None:
    receipt = object_to(in_notice.product, name="王五")
    shown = objections.follow(receipt.receipt_no.lower(), receipt.pass_phrase.lower().replace("-", " "))

    assert shown is not None
    assert (shown.kind, shown.state, shown.product, shown.decision) == (
        "objection",
        "received",
        in_notice.product.name,
        None,
    )
    assert "王五" not in str(shown)


def test_a_wrong_phrase_and_an_unknown_number_are_answered_alike(in_notice: InNotice) -> None:
    receipt = object_to(in_notice.product)
    other = object_to(in_notice.product, "另有一件事实：该产品并未实际生产销售。", token="o" * 32)

    assert objections.follow(receipt.receipt_no, "AAAA-BBBB-CCCC-DDDD") is None
    assert objections.follow(receipt.receipt_no, other.pass_phrase) is None
    assert objections.follow("YY2025091099999", receipt.pass_phrase) is None
    assert objections.follow("", "") is None


# ---------------------------------------------------------------- deciding


def test_taking_it_up_puts_the_product_under_objection_and_tells_the_unit(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)

    assert (objection.state, in_notice.recognition.state) == ("handling", "objected")
    for message in told(session, "objection_handling"):
        assert message.unit_id == in_notice.recognition.unit_id
        assert "王五" not in message.body and FACTS not in message.body


def test_upheld_the_product_is_refused_and_the_unit_reads_why(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)
    act(objections.uphold, in_notice.officer, objection, "专利已失效，不符合认定条件。")

    assert (objection.state, objection.decided_by) == ("upheld", in_notice.officer.user_id)
    assert (in_notice.recognition.state, in_notice.recognition.reason) == (
        "refused",
        "专利已失效，不符合认定条件。",
    )
    assert "专利已失效" in told(session, "objection_upheld")[0].body


def test_rejected_the_product_returns_to_the_notice(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)
    act(objections.reject, in_notice.officer, objection, REASON)

    assert (objection.state, objection.decision, in_notice.recognition.state) == (
        "rejected",
        REASON,
        "in_notice",
    )
    assert told(session, "objection_rejected")


def test_while_another_objection_is_open_the_product_stays_under_objection(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    other = stored(
        session,
        object_to(in_notice.product, "另有一件事实：该产品并未实际生产销售。", token="o" * 32).receipt_no,
    )
    act(objections.handle, in_notice.officer, objection)
    act(objections.reject, in_notice.officer, objection, REASON)
    assert in_notice.recognition.state == "objected"

    act(objections.refuse, in_notice.officer, other, "没有提供任何事实")
    assert in_notice.recognition.state == "in_notice"


def test_not_accepted_the_unit_never_hears_of_it(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.refuse, in_notice.officer, objection, "与该产品无关")

    assert (objection.state, in_notice.recognition.state) == ("not_accepted", "in_notice")
    assert not session.scalars(
        select(m.Outbox).where(m.Outbox.unit_id == in_notice.recognition.unit_id)
    ).all()


def test_an_upheld_objection_to_a_product_taken_out_of_the_notice_ends_its_recognition(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)
    in_notice.recognition.notice_id = None
    session.execute(m.Recognition.__table__.update().values(state="proposed"))
    session.commit()

    act(objections.uphold, in_notice.officer, objection, "专利已失效。")
    assert in_notice.recognition.state == "refused"


def test_a_tip_decides_nothing_about_a_recognition(in_notice: InNotice, cast: Cast, session: Any) -> None:
    product = make.make_product(cast.other_unit, "充电桩", state="filed")
    recognition = make_recognition(product, in_notice.round, "evaluating")
    session.commit()
    tip = stored(session, object_to(product).receipt_no)

    act(objections.handle, cast.rui, tip)
    act(objections.uphold, cast.rui, tip, "线索属实，已转备案审核办理。")
    assert (tip.state, recognition.state) == ("upheld", "evaluating")


@pytest.mark.parametrize("verb", [objections.uphold, objections.reject, objections.refuse])
@pytest.mark.parametrize("reason", ["", "　 \n", "\u200b\u2060\ufeff"])
def test_T_W05_every_decision_needs_its_reasons(
    in_notice: InNotice, objection: m.Objection, session: Any, verb: Any, reason: str
) -> None:
    if verb is not objections.refuse:
        act(objections.handle, in_notice.officer, objection)
    before = objection.state
    with pytest.raises(RuleError) as refused:
        act(verb, in_notice.officer, objection, reason)
    session.refresh(objection)
    assert ([problem.field for problem in refused.value.problems], objection.state) == (["decision"], before)


def test_T_W01_nothing_is_decided_before_it_is_taken_up(in_notice: InNotice, objection: m.Objection) -> None:
    for verb in (objections.uphold, objections.reject):
        with pytest.raises(Conflict, match="处理中"):
            act(verb, in_notice.officer, objection, REASON)
    act(objections.handle, in_notice.officer, objection)
    with pytest.raises(Conflict, match="尚未开始处理"):
        act(objections.refuse, in_notice.officer, objection, REASON)


def test_T_W02_T_W07_of_two_decisions_the_second_is_told_so(
    in_notice: InNotice, objection: m.Objection, cast: Cast, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)
    seen = objection.version
    act(objections.reject, in_notice.officer, objection, REASON, version=seen)
    with pytest.raises(Conflict):
        act(objections.uphold, cast.admin, objection, "专利已失效。", version=seen)
    assert (objection.state, in_notice.recognition.state) == ("rejected", "in_notice")
    rows = session.scalars(select(m.Transition).where(m.Transition.machine == "objection")).all()
    assert [row.verb for row in rows] == ["handle", "reject"]


def test_objections_are_for_officers_and_no_unit_or_office_reaches_them(
    in_notice: InNotice, objection: m.Objection, cast: Cast
) -> None:
    for actor, error in ((cast.rui, NotAllowed), (cast.auditor, NotAllowed)):
        with pytest.raises(error):
            act(objections.handle, actor, objection)
    for actor in (cast.anna, cast.bo, cast.office):
        with pytest.raises(Exception, match="没有找到该记录"):
            act(objections.handle, actor, objection)
    assert objection.state == "received"


def test_T_W04_nobody_decides_about_the_own_unit(
    in_notice: InNotice, objection: m.Objection, cast: Cast
) -> None:
    insider = make.actor_of(make.make_user("RecognitionOfficer", cast.unit))
    with pytest.raises(NotAllowed):
        act(objections.handle, insider, objection)


def test_the_notice_ends_when_the_last_product_is_refused_after_it(
    in_notice: InNotice, objection: m.Objection, session: Any
) -> None:
    act(objections.handle, in_notice.officer, objection)
    do(
        objections.uphold,
        in_notice.officer,
        objection.id,
        objection.version,
        "专利已失效。",
        now=at("2025-09-25"),
    )
    assert session.get(m.PublicNotice, in_notice.notice.id).state == "ended"
    assert in_notice.notice.ends_on == date(2025, 9, 24)


def test_what_is_raised_carries_its_token_only_as_a_hash(in_notice: InNotice, session: Any) -> None:
    what = raised(in_notice.product)
    object_to(in_notice.product)
    assert what.token not in str(vars(stored(session)))
