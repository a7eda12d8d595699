"""SMS gateways: what is handed over, and what their answers mean (abuse.md T-D07)."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.models import MessageTemplate, Outbox
from app.notify import outbox
from app.notify.delivery import BACKOFF, Delivered, deliver
from app.notify.errors import ChannelDown, TryLater, Undeliverable
from app.notify.gateways import Sms
from tests.notify.conftest import NOW, Gateway

MOBILE = "13900000000"
SMS = Sms("zp-1", MOBILE, "验证码：123456", "SMS_1", {"code": "123456"})


@pytest.fixture
def http(configure: Any, gateway: Gateway) -> Gateway:
    """An HTTP gateway, and the platform set to use it."""
    configure(sms_provider="http", sms_endpoint=f"{gateway.url}/sms?v=1", sms_key="k", sms_sign="专品")
    return gateway


@pytest.fixture
def aliyun(configure: Any, gateway: Gateway) -> Gateway:
    """Alibaba Cloud's protocol on loopback, and the platform set to use it."""
    configure(sms_provider="aliyun", sms_endpoint=gateway.url, sms_key="k", sms_secret="s", sms_sign="专品")
    gateway.answer = json.dumps({"Code": "OK", "Message": "OK", "BizId": "1", "RequestId": "1"})
    return gateway


def post(rows: Any) -> None:
    rows.add(
        MessageTemplate(
            code="code_register", language="zh", subject="注册验证码", body="{{ code }}", sms="验证码：{{ code }}",
            sms_template="SMS_1", parameters="code,minutes",
        )
    )  # fmt: skip
    outbox.post(
        "code_register",
        dedupe_key="k",
        now=NOW,
        params={"code": "123456", "minutes": 5},
        mobile=MOBILE,
        secret=True,
    )
    rows.commit()


def row(rows: Any) -> Outbox:
    rows.rollback()
    rows.expire_all()
    return rows.scalars(select(Outbox)).one()


def gateway_in_force() -> Any:
    from app.notify import channels

    channel: Any = channels.channel("sms")
    return channel.gateway


def test_an_http_gateway_is_handed_everything_and_the_code_is_then_blotted_out(
    rows: Any, http: Gateway
) -> None:
    post(rows)
    assert deliver(NOW) == Delivered(1, 0)
    (request,) = http.requests
    sent = row(rows)
    assert request == {
        "key": f"zp-{sent.id}", "mobile": MOBILE, "text": "验证码：123456", "template": "SMS_1",
        "params": {"code": "123456"}, "sign": "专品"}  # fmt: skip
    assert http.headers[0]["Idempotency-Key"] == f"zp-{sent.id}"
    assert http.headers[0]["Authorization"] == "Bearer k"
    assert (sent.state, sent.body, sent.sms) == ("sent", "******", None)


def test_T_D07_a_repeated_try_has_the_same_key_so_that_it_is_charged_once(rows: Any, http: Gateway) -> None:
    post(rows)
    http.status = 503
    assert deliver(NOW) == Delivered(0, 1)
    http.status = 200
    assert deliver(NOW + BACKOFF[0]) == Delivered(1, 0)
    assert http.requests[0]["key"] == http.requests[1]["key"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Undeliverable),
        (422, Undeliverable),
        (429, TryLater),
        (401, ChannelDown),
        (302, ChannelDown),
        (500, ChannelDown),
    ],
)
def test_T_D07_an_http_gateways_answers(status: int, error: type[Exception], http: Gateway) -> None:
    http.status = status
    with pytest.raises(error):
        gateway_in_force().send(SMS)


def test_T_D07_a_gateway_that_is_gone_or_silent_is_down(configure: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (1, silent.getsockname()[1]):
            configure(sms_provider="http", sms_endpoint=f"http://127.0.0.1:{port}/")
            with pytest.raises(ChannelDown):
                gateway_in_force().send(SMS)


def test_aliyun_is_handed_the_approved_template_and_its_values(rows: Any, aliyun: Gateway) -> None:
    post(rows)
    assert deliver(NOW) == Delivered(1, 0)
    (request,) = aliyun.requests
    asked = {name: values[0] for name, values in parse_qs(urlsplit(request["path"]).query).items()}
    assert asked["PhoneNumbers"] == MOBILE
    assert asked["SignName"] == "专品"
    assert asked["TemplateCode"] == "SMS_1"
    assert json.loads(asked["TemplateParam"]) == {"code": "123456"}
    assert asked["OutId"] == f"zp-{row(rows).id}"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", Undeliverable),
        ("isv.BUSINESS_LIMIT_CONTROL", TryLater),
        ("isv.AMOUNT_NOT_ENOUGH", ChannelDown),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_T_D07_aliyuns_answers(status: int, code: str, error: type[Exception], aliyun: Gateway) -> None:
    aliyun.status, aliyun.answer = status, json.dumps({"Code": code, "Message": "x", "RequestId": "1"})
    with pytest.raises(error, match=code):
        gateway_in_force().send(SMS)


def test_T_D07_aliyun_that_is_gone_is_down(configure: Any) -> None:
    configure(
        sms_provider="aliyun", sms_endpoint="http://127.0.0.1:1", sms_key="k", sms_secret="s", sms_sign="x"
    )
    with pytest.raises(ChannelDown):
        gateway_in_force().send(SMS)
