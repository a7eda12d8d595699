"""Webhooks are told by a real HTTP server's leave: signed, tried again with growing pauses, never inside the network."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.domain import webhooks as rules
from app.models import Account, Outbox, Webhook, WebhookDelivery
from app.notify import webhook_client, webhook_delivery, webhooks
from app.notify.delivery import BACKOFF, LEASE, Delivered
from app.notify.webhooks import Happening
from config import Settings
from tests.notify.conftest import NOW

KEY = "0123456789abcdef" * 2
MINUTE = timedelta(minutes=1)


class Receiver(http.server.ThreadingHTTPServer):
    """A unit's program: what it was told, and how it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[dict[str, str], str]] = []
        self.status, self.location = 200, ""
        self.url = f"http://127.0.0.1:{self.server_port}/hook?from=zp"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.told.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """Nobody should come this way."""
        self.server.told.append(({}, "redirected"))

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine may be told, as in a trial."""
    monkeypatch.setattr(webhook_delivery, "_settings", Settings(secret_key=KEY, webhook_loopback=True))


@pytest.fixture
def make(rows: Any, people: Any) -> Callable[..., Webhook]:
    """Makes a webhook of the unit."""

    def made(url: str, **values: Any) -> Webhook:
        user_id = rows.scalars(select(Account.user_id).order_by(Account.user_id)).first()
        given = {"unit_id": people.id, "name": "ERP", "events": ["filing.approved"], "salt": "s1"} | values
        webhook = Webhook(user_id=user_id, url=url, created_at=NOW, changed_at=NOW, **given)
        rows.add(webhook)
        rows.commit()
        return webhook

    return made


def happen(rows: Any, unit_id: int, event: str = "filing.approved", times: int = 1) -> int:
    """The event happens at the unit's products; how many deliveries were written."""
    found = [Happening(unit_id, ("430000", "430100", None), {"product": {"name": "储能柜"}})] * times
    count = webhooks.post(event, found, webhooks.listeners(event), NOW)
    rows.commit()
    return count


def deliver(now: datetime = NOW) -> Delivered:
    return webhook_delivery.deliver(now, lambda: now)


def delivery(rows: Any) -> WebhookDelivery:
    rows.rollback()
    rows.expire_all()
    return rows.scalars(select(WebhookDelivery)).one()


def documented() -> Callable[[str, bytes, str, float], bool]:
    """What docs/webhooks.md tells receivers to do."""
    page = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
    known: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(page.split("```python\n")[1].split("```")[0], known)
    return known["is_ours"]  # type: ignore[no-any-return]


def signed(headers: dict[str, str], body: str, secret: str, now: datetime = NOW) -> bool:
    """Whether a receiver believes what it was told."""
    return documented()(headers["Zhuanpin-Signature"], body.encode(), secret, now.timestamp())


def test_what_happened_is_sent_once_signed_and_as_it_was_written(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    make(receiver.url)
    assert happen(rows, people.id) == 1
    assert deliver() == Delivered(1, 0)
    assert deliver() == Delivered(0, 0)
    [(headers, body)] = receiver.told
    told = json.loads(body)
    assert (told["event"], told["data"]) == ("filing.approved", {"product": {"name": "储能柜"}})
    assert headers["Zhuanpin-Event-Id"] == told["id"]
    assert signed(headers, body, rules.secret(KEY, "s1"))
    assert not signed(headers, body + " ", rules.secret(KEY, "s1"))
    assert not signed(headers, body, rules.secret(KEY, "s1"), NOW + 5 * MINUTE)
    one = delivery(rows)
    assert (one.state, one.last_status, one.tries, one.payload) == ("sent", 200, 1, body)


def test_a_unit_hears_of_its_own_and_an_office_of_its_region(
    rows: Any, make: Callable[..., Webhook], people: Any
) -> None:
    url = "https://example.com/"
    own = make(url)
    here = [make(url, unit_id=None, region_code=code) for code in ("430000", "430100", "000000")]
    make(url, unit_id=None, region_code="440000")
    make(url, events=["filing.returned"])
    make(url, active=False)
    assert happen(rows, people.id) == 4
    heard = set(rows.scalars(select(WebhookDelivery.webhook_id)))
    assert heard == {own.id, *(webhook.id for webhook in here)}
    assert len(set(rows.scalars(select(WebhookDelivery.event_id)))) == 1
    assert webhooks.post("filing.approved", [Happening(people.id + 1, ("440100", None, None), {})],
                         webhooks.listeners("filing.approved"), NOW) == 1  # fmt: skip


def test_what_is_taken_back_is_told_to_nobody(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    make(receiver.url)
    webhooks.post(
        "filing.approved",
        [Happening(people.id, (None, None, None), {})],
        webhooks.listeners("filing.approved"),
        NOW,
    )
    rows.rollback()
    assert deliver() == Delivered(0, 0)
    assert receiver.told == []


@pytest.mark.parametrize("status", [500, 429, 404, 302])
def test_what_is_not_taken_is_tried_again_with_growing_pauses_and_then_dead(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any, status: int
) -> None:
    webhook = make(receiver.url)
    happen(rows, people.id)
    receiver.status, receiver.location = status, receiver.url if status == 302 else ""
    now = NOW
    for tries, pause in enumerate(BACKOFF, start=1):
        assert deliver(now) == Delivered(0, 1)
        assert deliver(now + pause - MINUTE / 2) == Delivered(0, 0)
        assert (delivery(rows).tries, delivery(rows).next_try_at) == (tries, now + pause)
        now += pause
    deliver(now)
    one = delivery(rows)
    assert (one.state, one.last_status, one.tries) == ("dead", status, len(BACKOFF) + 1)
    assert len(receiver.told) == one.tries
    messages = rows.scalars(select(Outbox).where(Outbox.template == "webhook_failed")).all()
    assert {message.channel for message in messages} == {"inapp", "email"}
    assert {message.user_id for message in messages} == {webhook.user_id}


def test_an_address_that_is_gone_is_not_tried_again(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    make(receiver.url)
    happen(rows, people.id)
    receiver.status = 410
    deliver()
    assert delivery(rows).state == "dead"


def test_where_nothing_answers_the_rest_waits_and_other_addresses_do_not(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    silent = make(f"http://127.0.0.1:{port}/")
    make(receiver.url)
    happen(rows, people.id, times=3)
    assert deliver() == Delivered(3, 3)
    rows.expire_all()
    waiting = rows.scalars(select(WebhookDelivery).where(WebhookDelivery.webhook_id == silent.id)).all()
    assert [one.tries for one in waiting] == [1, 0, 0]
    assert {one.next_try_at for one in waiting} == {NOW + BACKOFF[0]}


def test_while_both_secrets_are_in_force_both_sign(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    make(receiver.url, salt="new", old_salt="old", old_until=NOW + MINUTE)
    happen(rows, people.id)
    deliver()
    happen(rows, people.id)
    deliver(NOW + MINUTE)
    (first, body), (second, later) = receiver.told
    assert signed(first, body, rules.secret(KEY, "new"))
    assert signed(first, body, rules.secret(KEY, "old"))
    assert signed(second, later, rules.secret(KEY, "new"))
    assert not signed(second, later, rules.secret(KEY, "old"))


def test_a_worker_that_died_is_followed_by_another_after_a_while(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    make(receiver.url)
    happen(rows, people.id)
    assert len(webhook_delivery._claim(NOW, 10)) == 1
    assert deliver(NOW + MINUTE) == Delivered(0, 0)
    assert deliver(NOW + LEASE) == Delivered(1, 0)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "100.100.100.200", "::1"])
def test_a_name_that_stands_for_an_inner_address_is_refused_after_it_is_looked_up(
    rows: Any,
    receiver: Receiver,
    make: Callable[..., Webhook],
    people: Any,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where it stands for a public address beside it."""
    webhook_delivery.configure(Settings(secret_key=KEY))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (family, socket.SOCK_STREAM, 6, "", (address, 443)),
    ]
    monkeypatch.setattr(webhook_client.socket, "getaddrinfo", lambda *_, **__: answers)
    monkeypatch.setattr(
        webhook_client.socket, "create_connection", lambda *_: pytest.fail("it was connected to")
    )
    make("https://hook.example.com/")
    happen(rows, people.id)
    deliver()
    one = delivery(rows)
    assert (one.state, one.last_status) == ("dead", None)
    assert address in (one.last_error or "")


def test_a_loopback_address_kept_from_a_trial_is_refused_where_that_is_not_allowed(
    rows: Any, receiver: Receiver, make: Callable[..., Webhook], people: Any
) -> None:
    webhook_delivery.configure(Settings(secret_key=KEY))
    make(receiver.url)
    happen(rows, people.id)
    deliver()
    assert delivery(rows).state == "dead"
    assert receiver.told == []


def test_an_address_that_never_ends_its_answer_is_cut_off(
    rows: Any, make: Callable[..., Webhook], people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_client, "WHOLE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        make(f"http://127.0.0.1:{black_hole.getsockname()[1]}/")
        happen(rows, people.id)
        assert deliver() == Delivered(0, 1)
    assert delivery(rows).state == "waiting"
