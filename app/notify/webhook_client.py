"""Sending to an address that somebody else chose: only to the public network, within limits of time and size.

The name is looked up once, every address it has is judged, and the connection is made to the very address that was judged;
redirects are not followed.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from app.domain.normal import InputError
from app.domain.webhooks import may_be_told, read_url
from app.notify.errors import ChannelDown, Undeliverable

#: seconds for the connection and for each piece of the answer, and for all of it
TIMEOUT = 10.0
WHOLE = 20.0
_READ = 2048


@dataclass(frozen=True)
class Answer:
    """What an address answered."""

    status: int
    took_ms: int


def post(url: str, body: bytes, headers: Mapping[str, str], *, loopback: bool) -> Answer:
    """Send ``body``. Undeliverable where the address may not be told, ChannelDown where it does not answer."""
    try:
        read_url(url, loopback=loopback)
    except InputError as error:
        raise Undeliverable(str(error.message)) from error
    place = urlsplit(url)
    secure = place.scheme == "https"
    port = place.port or (443 if secure else 80)
    began = time.monotonic()
    try:
        address = _address(place.hostname or "", port, loopback)
        connection = _Pinned(place.hostname or "", port, address, secure)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        status = _exchange(connection, path, body, headers)
    except (OSError, HTTPException, UnicodeError) as error:
        raise ChannelDown(f"{type(error).__name__}: {error}"[:300]) from error
    return Answer(status, int((time.monotonic() - began) * 1000))


def _address(host: str, port: int, loopback: bool) -> str:
    """The first address of a host; Undeliverable where any of them is not public."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not may_be_told(address, loopback=loopback):
            raise Undeliverable(f"{host} is {address}, which is not on the public network")
    return found[0]


class _Pinned(HTTPConnection):
    """A connection to an address that was judged, whatever the name stands for by now."""

    def __init__(self, host: str, port: int, address: str, secure: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self.default_port = 443 if secure else 80
        self._address, self._context = address, ssl.create_default_context() if secure else None

    def connect(self) -> None:
        """Connect, and prove the name where the connection is a secure one."""
        made: Any = socket.create_connection((self._address, self.port), TIMEOUT)
        self.sock = self._context.wrap_socket(made, server_hostname=self.host) if self._context else made

    def cut(self) -> None:
        """End an exchange that takes too long."""
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _exchange(connection: _Pinned, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    timer = threading.Timer(WHOLE, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        answer.read(_READ)
        return answer.status
    finally:
        timer.cancel()
        connection.close()
