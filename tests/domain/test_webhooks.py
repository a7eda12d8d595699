"""Which addresses may be told of events, and how what is sent is proved to be ours."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from app.domain import webhooks
from app.domain.machines import RECOGNITION
from app.domain.normal import InputError

INSIDE = (
    "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254",
    "100.100.100.200", "168.63.129.16", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_this_machine_or_beside_it_is_told(address: str) -> None:
    assert not webhooks.may_be_told(address, loopback=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_public_network_are_told(address: str) -> None:
    assert webhooks.may_be_told(address, loopback=False)


def test_this_machine_is_told_only_where_that_is_allowed_and_others_beside_it_never() -> None:
    assert webhooks.may_be_told("127.0.0.1", loopback=True)
    assert webhooks.may_be_told("::1", loopback=True)
    assert not webhooks.may_be_told("10.0.0.1", loopback=True)
    assert not webhooks.may_be_told("169.254.169.254", loopback=True)
    assert webhooks.read_url("http://127.0.0.1:9000/hook", loopback=True) == "http://127.0.0.1:9000/hook"


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "http://example.com/", "ftp://example.com/", "https://", "https:///x", "https://user@example.com/",
     "https://u:p@example.com/", "https://example.com/#x", "https://localhost/", "https://LOCALHOST./", "https://intranet/",
     "https://db.internal/", "https://printer.local/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
     "https://[::ffff:7f00:1]/", "https://169.254.169.254/latest/meta-data", "https://example.com:0/",
     "https://example.com:99999/", "https://example.com/a b", "https://example.com/\r\nX: y", "https://例子.cn/",
     "https://example.com\\@10.0.0.1/", "javascript:alert(1)", "https://" + "a" * 500 + ".com/"],
)  # fmt: skip
def test_T_Q02_addresses_that_cannot_be_told_are_refused_at_once(url: str) -> None:
    with pytest.raises(InputError):
        webhooks.read_url(url, loopback=False)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook?a=1&b=%20", "https://a-b.example.cn:8443/", "https://8.8.8.8/x"]
)
def test_public_addresses_over_https_are_taken(url: str) -> None:
    assert webhooks.read_url(f" {url}\n", loopback=False) == url


def test_the_signature_covers_time_and_body_under_each_secret_in_force() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    new, old = webhooks.secret("k" * 32, "new"), webhooks.secret("k" * 32, "old")
    made = webhooks.signature([new, old], '{"a":1}', now)
    expected = [
        hmac.new(key.encode(), f'{int(now.timestamp())}.{{"a":1}}'.encode(), hashlib.sha256).hexdigest()
        for key in (new, old)
    ]
    assert made == f"t={int(now.timestamp())},v1={expected[0]},v1={expected[1]}"
    assert new.startswith("zpwh_")
    assert new != webhooks.secret("j" * 32, "new")


def test_every_state_a_recognition_reaches_is_an_event() -> None:
    reached = {transition.target for transition in RECOGNITION.transitions} - {RECOGNITION.initial}
    assert {f"recognition.{state}" for state in reached} == {
        event for event in webhooks.EVENTS if event.startswith("recognition.")
    }
    assert set(webhooks.TRANSITIONS.values()) <= set(webhooks.EVENTS)
