"""Virus scanning by a ClamAV daemon: the INSTREAM command over TCP or a local socket."""

from __future__ import annotations

import socket
import struct
from typing import BinaryIO

_CHUNK = 1 << 16
#: Seconds for connecting and for each single answer; an upload waits for it.
_TIMEOUT = 10.0


class ScannerDown(Exception):
    """The scanner did not answer, or not with a verdict."""


def infection(stream: BinaryIO, address: str) -> str | None:
    """The name of the malware in ``stream``, or None; ``address`` is ``host:port`` or the path of a local socket.

    Raises ``ScannerDown``.
    """
    try:
        with _connect(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            while chunk := stream.read(_CHUNK):
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
            connection.sendall(struct.pack(">I", 0))
            answer = _answer(connection)
    except OSError as error:
        raise ScannerDown(str(error)) from error
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    if answer.endswith(": OK"):
        return None
    raise ScannerDown(answer or "no answer")


def _connect(address: str) -> socket.socket:
    if "/" not in address:
        host, _, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=_TIMEOUT)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_TIMEOUT)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and (part := connection.recv(4096)):
        answer += part
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
