"""Delivering: retries with growing pauses, each message once, and what happens when a server fails (abuse.md T-D06, T-D07)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import select

from app.models import Outbox
from app.notify import delivery, outbox
from app.notify.delivery import BACKOFF, LEASE, Delivered, deliver
from tests.notify.conftest import NOW, Mailbox

FACTS = {"title": "散热装置", "receipt_no": "SL2026112200001", "filing_no": "ZLCP2025430000123"}
CODE = {"code": "123456", "minutes": 5}
MINUTE = timedelta(minutes=1)


def post(rows: Any, key: str = "k", template: str = "filing_approved", **more: Any) -> str:
    text_id = outbox.post(template, **{"dedupe_key": key, "now": NOW, "params": FACTS} | more)
    rows.commit()
    return text_id


def message(rows: Any, address: str = "a@example.cn") -> Outbox:
    rows.rollback()
    rows.expire_all()
    return rows.scalars(select(Outbox).where(Outbox.address == address)).one()


@pytest.fixture
def black_hole() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def hangs_up() -> Iterator[int]:
    """The port of a mail server that greets with 421 and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.sendall(b"421 too busy\r\n")
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_D13_mail_arrives_whole(rows: Any, mail: Mailbox) -> None:
    text_id = post(rows, email="li@example.cn", link="/my/cases/1")
    assert deliver(NOW) == Delivered(1, 0)
    (envelope,) = mail.taken
    received = message_from_bytes(envelope.content, policy=policy.default)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("noreply@example.cn", ["li@example.cn"])
    assert envelope.content.isascii()
    assert received["Subject"] == "产品备案已通过：散热装置"
    assert received["From"] == "专品 <noreply@example.cn>"
    assert "ZLCP2025430000123" in received.get_content()
    assert "https://example.cn/my/cases/1" in received.get_content()
    assert text_id in received["Message-ID"]
    sent = message(rows, "li@example.cn")
    assert (sent.state, sent.tries, sent.sent_at) == ("sent", 1, NOW)


def test_what_was_sent_is_not_sent_again(rows: Any, mail: Mailbox) -> None:
    post(rows, email="a@example.cn")
    deliver(NOW)
    assert deliver(NOW + timedelta(days=2)) == Delivered(0, 0)
    assert len(mail.taken) == 1


def test_T_X09_line_breaks_make_no_mail_header(rows: Any, mail: Mailbox) -> None:
    post(rows, email="a@example.cn", params=FACTS | {"title": "x\r\nBcc: evil@example.cn"})
    post(rows, "k2", email="b@example.cn\r\nBcc: evil@example.cn")
    post(rows, "k3", email="nobody")
    assert deliver(NOW) == Delivered(1, 2)
    received = message_from_bytes(mail.taken[0].content, policy=policy.default)
    assert received["Bcc"] is None
    assert message(rows, "b@example.cn\r\nBcc: evil@example.cn").state == "dead"


def test_T_D06_one_bad_recipient_harms_no_other(rows: Any, mail: Mailbox) -> None:
    for name in ("a", "bad", "c"):
        post(rows, name, email=f"{name}@example.cn")
    mail.refuse["bad@example.cn"] = "550 no such user"
    assert deliver(NOW) == Delivered(2, 1)
    dead = message(rows, "bad@example.cn")
    assert dead.state == "dead"
    assert "no such user" in str(dead.last_error)


def test_T_D06_a_recipient_refused_for_now_is_tried_again_later(rows: Any, mail: Mailbox) -> None:
    post(rows, email="a@example.cn")
    mail.refuse["a@example.cn"] = "450 mailbox busy"
    assert deliver(NOW) == Delivered(0, 1)
    assert message(rows).next_try_at == NOW + BACKOFF[0]
    mail.refuse.clear()
    assert deliver(NOW + BACKOFF[0] - timedelta(seconds=1)) == Delivered(0, 0)
    assert deliver(NOW + BACKOFF[0]) == Delivered(1, 0)


@pytest.mark.parametrize(
    ("answer", "state"), [("554 spam", "dead"), ("451 later", "waiting"), ("421 closing", "waiting")]
)
def test_T_D06_a_refused_text_is_dead_or_waits(answer: str, state: str, rows: Any, mail: Mailbox) -> None:
    post(rows, email="a@example.cn")
    mail.data_answer = answer
    deliver(NOW)
    assert message(rows).state == state


def test_T_D06_a_black_hole_costs_one_time_limit_and_no_try_of_the_others(
    rows: Any, configure: Any, black_hole: int
) -> None:
    configure(smtp_host="127.0.0.1", smtp_port=black_hole)
    for number in range(5):
        post(rows, f"k{number}", email=f"{number}@example.cn")
    before = datetime.now(tz=NOW.tzinfo)
    assert deliver(NOW) == Delivered(0, 5)
    assert datetime.now(tz=NOW.tzinfo) - before < timedelta(seconds=4)
    assert [message(rows, f"{number}@example.cn").tries for number in range(5)] == [1, 0, 0, 0, 0]
    assert {message(rows, f"{number}@example.cn").next_try_at for number in range(5)} == {NOW + BACKOFF[0]}


def test_T_D06_a_server_that_hangs_up_or_is_gone_leaves_messages_waiting(
    rows: Any, configure: Any, hangs_up: int
) -> None:
    post(rows, email="a@example.cn")
    configure(smtp_host="127.0.0.1", smtp_port=hangs_up)
    assert deliver(NOW) == Delivered(0, 1)
    assert "421" in str(message(rows).last_error)
    configure(smtp_port=1)
    assert deliver(NOW + BACKOFF[0]) == Delivered(0, 1)
    assert message(rows).state == "waiting"


def test_T_D06_a_wrong_password_leaves_messages_waiting(rows: Any, mail: Mailbox, configure: Any) -> None:
    configure(smtp_user="u", smtp_password="secret-password")
    post(rows, email="a@example.cn")
    assert deliver(NOW) == Delivered(0, 1)
    failed = message(rows)
    assert failed.state == "waiting"
    assert "secret-password" not in str(failed.last_error)


def test_T_D06_pauses_grow_and_the_end_is_visible(rows: Any, configure: Any) -> None:
    configure(smtp_host="127.0.0.1", smtp_port=1)
    post(rows, email="a@example.cn")
    now = NOW
    for pause in BACKOFF:
        deliver(now)
        assert message(rows).next_try_at == now + pause
        now += pause
    deliver(now)
    dead = message(rows)
    assert (dead.state, dead.tries) == ("dead", len(BACKOFF) + 1)
    assert dead.last_error


def test_T_D02_a_message_whose_sender_died_is_taken_up_after_the_lease(rows: Any, mail: Mailbox) -> None:
    post(rows, email="a@example.cn")
    assert len(delivery.claim(NOW, 10)) == 1
    assert deliver(NOW + LEASE - MINUTE) == Delivered(0, 0)
    assert deliver(NOW + LEASE) == Delivered(1, 0)
    assert message(rows).tries == 2


def test_T_W02_two_processes_do_not_claim_the_same(rows: Any) -> None:
    for number in range(20):
        post(rows, f"k{number}", email=f"{number}@example.cn")
    first, second = delivery.claim(NOW, 15), delivery.claim(NOW, 15)
    assert len(first) == 15
    assert len(second) == 5
    assert not {each.id for each in first} & {each.id for each in second}


def test_T_W02_claiming_at_the_same_time_shares_the_work(rows: Any, bare_app: Any) -> None:
    for number in range(30):
        post(rows, f"k{number}", email=f"{number}@example.cn")
    taken: list[int] = []

    def work() -> None:
        with bare_app.app_context():
            taken.extend(each.id for each in delivery.claim(NOW, 30))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 30


def test_without_servers_messages_stay_in_the_message_box(rows: Any, configure: Any) -> None:
    configure()
    post(rows, "code", "code_register", params=CODE, mobile="13900000000", secret=True)
    assert deliver(NOW) == Delivered(1, 0)
    kept = message(rows, "13900000000")
    assert kept.state == "sent"
    assert "123456" in kept.body


def test_a_code_is_blotted_out_once_it_is_sent(rows: Any, mail: Mailbox) -> None:
    post(rows, "code", "code_register", params=CODE, email="a@example.cn", secret=True)
    deliver(NOW)
    assert "123456" in message_from_bytes(mail.taken[0].content, policy=policy.default).get_content()
    assert message(rows).body == "******"


def test_a_code_that_comes_too_late_is_not_sent(rows: Any, mail: Mailbox) -> None:
    post(rows, "code", "code_register", params=CODE, email="a@example.cn", secret=True)
    assert deliver(NOW + timedelta(hours=1)) == Delivered(0, 1)
    assert mail.taken == []
    assert (message(rows).state, message(rows).body) == ("dead", "******")


def test_messages_of_the_system_itself_need_no_delivery(rows: Any, people: Any) -> None:
    post(rows, unit_id=people.id, channels=("inapp",))
    assert deliver(NOW) == Delivered(0, 0)
