"""Webhooks 事件推送: which events there are, how what is sent is signed, and which addresses may be told."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from app.domain.machines import FILING, RECOGNITION, UPDATE
from app.domain.normal import InputError
from app.domain.text import N_, Message

_ADDRESS = re.compile(r"[!#-;=?-\[\]_a-z~]+")
PREFIX = "zpwh_"
#: an old secret signs as well for so long after it was replaced
OVERLAP = timedelta(days=1)
URL_LENGTH = 500
#: sent on request, to try an address out
PING = "ping"

#: the events that transitions are, by machine and verb
TRANSITIONS: dict[tuple[str, str], str] = {
    (FILING.name, "approve"): "filing.approved",
    (FILING.name, "return"): "filing.returned",
    (FILING.name, "approve_revocation"): "filing.revoked",
    (UPDATE.name, "approve"): "update.approved",
    (UPDATE.name, "return"): "update.returned",
    **{
        (RECOGNITION.name, transition.verb): f"recognition.{transition.target}"
        for transition in RECOGNITION.transitions
        if transition.target != RECOGNITION.initial
    },
}

#: every event with its name; the list is closed
EVENTS: dict[str, Message] = {
    "filing.approved": N_("产品备案通过"),
    "filing.returned": N_("产品备案退回"),
    "filing.revoked": N_("产品备案撤销"),
    "update.approved": N_("年度更新通过"),
    "update.returned": N_("年度更新退回"),
    **{
        f"recognition.{state}": N_("认定：{state}", state=label)
        for state, label in RECOGNITION.states.items()
        if state != RECOGNITION.initial
    },
    "certificate.issued": N_("认定证书颁发"),
    "certificate.revoked": N_("认定证书撤销"),
    "notice.published": N_("公示发布"),
    "notice.cancelled": N_("公示取消"),
}


def secret(platform_key: str, salt: str) -> str:
    """A webhook's secret, worked out from the platform's own key: it is stored nowhere."""
    return PREFIX + hmac.new(platform_key.encode(), f"webhook:{salt}".encode(), hashlib.sha256).hexdigest()


def signature(secrets: Iterable[str], body: str, now: datetime) -> str:
    """The header that proves where ``body`` comes from and when it was sent; one ``v1`` for each secret in force."""
    at = int(now.timestamp())
    signed = f"{at}.{body}".encode()
    parts = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={at}", *(f"v1={part}" for part in parts)])


def read_url(text: str, *, loopback: bool) -> str:
    """An address that may be told, as far as its text says; InputError says why another may not.

    What a name stands for is looked at when something is sent. ``loopback``: this machine may be told, and over http.
    """
    url = text.strip()
    parts = _parts(url)
    host = parts.hostname or ""
    here = host == "localhost" or _is_loopback(host)
    if (here and not loopback) or (not here and _is_inside(host)):
        raise InputError(N_("不能使用本机或内部网络的地址"))
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise InputError(N_("地址应以 https:// 开头"))
    if parts.username is not None or parts.fragment:
        raise InputError(N_("地址中不能含用户名、密码或 # 部分"))
    return url


def _is_inside(host: str) -> bool:
    """Whether a host is a number that is not public, or a name that only a network of one's own knows."""
    if _is_address(host):
        return not may_be_told(host, loopback=False)
    return "." not in host.rstrip(".") or host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or len(url) > URL_LENGTH or not _ADDRESS.fullmatch(url):
        raise InputError(N_("请填写完整的网址，如 https://example.com/hook"))
    return parts


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


#: reachable from everywhere by their numbers, but not what they seem: carriers of other addresses, a cloud's own services
_REFUSED = tuple(
    ipaddress.ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "168.63.129.16/32")
)


def may_be_told(address: str, *, loopback: bool) -> bool:
    """Whether an IP address belongs to the public network: neither this machine nor one beside it is (SSRF)."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return loopback
    return (
        found.is_global
        and not found.is_multicast
        and not found.is_reserved
        and not any(found in network for network in _REFUSED if network.version == found.version)
    )
