"""What a round's checklist asks of the officers while a notice runs, when it is over, and when somebody objects."""

from __future__ import annotations

from datetime import date
from typing import Any

from app import models as m
from app.services.recognition import todo
from tests.services.recognition.conftest import InNotice
from tests.support.notices import object_to

LAST, AFTER = date(2025, 9, 24), date(2025, 9, 25)


def test_while_a_notice_runs_there_is_nothing_to_recognise(in_notice: InNotice) -> None:
    assert todo.waiting(in_notice.round.id, LAST)["recognition"] == 0
    assert todo.notice_until(in_notice.round.id, LAST) == LAST


def test_when_it_is_over_its_products_wait(in_notice: InNotice) -> None:
    assert todo.waiting(in_notice.round.id, AFTER)["recognition"] == 1
    assert todo.notice_until(in_notice.round.id, AFTER) is None


def test_T_T01_a_provisional_notice_is_not_over(in_notice: InNotice, session: Any) -> None:
    in_notice.notice.provisional = True
    session.commit()
    assert todo.waiting(in_notice.round.id, AFTER)["recognition"] == 0
    assert todo.notice_until(in_notice.round.id, AFTER) == LAST


def test_T_W01_an_objection_that_nobody_has_taken_up_comes_first(in_notice: InNotice) -> None:
    object_to(in_notice.product)
    found = todo.waiting(in_notice.round.id, AFTER)
    assert (found["objections"], found["recognition"]) == (1, 0)


def test_a_certificate_without_a_file_waits_for_it(certificate: m.Certificate, session: Any) -> None:
    round_id = certificate.recognition.round_id
    assert todo.waiting(round_id, AFTER)["certificates"] == 1
    certificate.revoked_on, certificate.revoked_reason = AFTER, "材料不实"
    session.commit()
    assert todo.waiting(round_id, AFTER)["certificates"] == 0
