"""Gateways that send SMS: Alibaba Cloud's, or any HTTP endpoint that takes JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlsplit

from app.notify.errors import ChannelDown, TryLater, Undeliverable
from config import Settings


@dataclass(frozen=True)
class Sms:
    """An SMS. ``key`` is the same at every try, so that a gateway can tell a repetition and charge once.

    ``template`` and ``params`` are for gateways that send approved templates only, ``text`` for the others.
    """

    key: str
    mobile: str
    text: str
    template: str
    params: Mapping[str, str]


class SmsGateway(Protocol):
    """Whoever takes SMS. Raises ``Undeliverable``, ``TryLater`` or ``ChannelDown``."""

    def send(self, sms: Sms) -> None:
        """Hand over one SMS."""


def of(settings: Settings, timeout: float) -> SmsGateway | None:
    """The gateway by setting ``sms_provider``; None for the message box. ``timeout`` in seconds."""
    if settings.sms_provider == "http":
        return HttpGateway(settings.sms_endpoint, settings.sms_key, settings.sms_sign, timeout)
    if settings.sms_provider == "aliyun":
        return AliyunGateway(settings, timeout)
    return None


@dataclass(frozen=True)
class HttpGateway:
    """Posts each SMS as JSON; any 2xx answer means taken, 400, 404, 409, 410 and 422 refused for good."""

    endpoint: str
    key: str
    sign: str
    timeout: float

    def send(self, sms: Sms) -> None:
        """Hand over one SMS; the header ``Idempotency-Key`` names it."""
        place = urlsplit(self.endpoint)
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=self.timeout)
        headers = {"Content-Type": "application/json", "Idempotency-Key": sms.key}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            connection.request("POST", path, json.dumps(asdict(sms) | {"sign": self.sign}), headers)
            answer = connection.getresponse()
            text = answer.read(300).decode("utf-8", "replace")
        except (OSError, HTTPException) as error:
            raise ChannelDown(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        _judge(answer.status, f"HTTP {answer.status} {text}")


def _judge(status: int, text: str) -> None:
    if 200 <= status < 300:
        return
    if status in (400, 404, 409, 410, 422):
        raise Undeliverable(text)
    if status == 429:
        raise TryLater(text)
    raise ChannelDown(text)


#: Alibaba Cloud's answers about this number or text, and about too many messages to it.
_REFUSED = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.SMS_TEMPLATE_ILLEGAL",
    }
)
_LATER = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL"})


class AliyunGateway:
    """Alibaba Cloud SMS (dysmsapi 2017-05-25); sends approved templates, named by the message template."""

    def __init__(self, settings: Settings, timeout: float) -> None:
        # the SDK takes a second to load; only a process that uses it pays for that
        from alibabacloud_dysmsapi20170525.client import Client
        from alibabacloud_tea_openapi.utils_models import Config

        place = urlsplit(settings.sms_endpoint or "https://dysmsapi.aliyuncs.com")
        config = Config(
            access_key_id=settings.sms_key,
            access_key_secret=settings.sms_secret,
            endpoint=place.netloc,
            protocol=place.scheme.upper(),
        )
        self.sign, self.timeout = settings.sms_sign, timeout
        self.client: Any = Client(config)

    def send(self, sms: Sms) -> None:
        """Hand over one SMS; its key goes along as OutId."""
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest
        from darabonba.runtime import RuntimeOptions  # type: ignore[import-untyped]
        from Tea.exceptions import TeaException

        request = SendSmsRequest(
            phone_numbers=sms.mobile,
            sign_name=self.sign,
            template_code=sms.template,
            template_param=json.dumps(dict(sms.params), ensure_ascii=False),
            out_id=sms.key,
        )
        milliseconds = int(self.timeout * 1000)
        limits = RuntimeOptions(connect_timeout=milliseconds, read_timeout=milliseconds, autoretry=False)
        try:
            answer = self.client.send_sms_with_options(request, limits).body
        except (TeaException, OSError) as error:
            _judge_aliyun(getattr(error, "code", None) or type(error).__name__, str(error))
        else:
            _judge_aliyun(answer.code, answer.message)


def _judge_aliyun(code: str, text: str) -> None:
    if code == "OK":
        return
    if code in _REFUSED:
        raise Undeliverable(f"{code} {text}")
    if code in _LATER:
        raise TryLater(f"{code} {text}")
    raise ChannelDown(f"{code} {text}")
