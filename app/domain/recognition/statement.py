"""What the QR code of a certificate says: a short statement under an Ed25519 signature, which anybody can check with
the public key alone, without a network. ``docs/certificates.md`` describes the bytes for others who verify.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: characters of a token, as it stands in an address
TOKEN_LENGTH = 300
VERSION = 1
SIGNATURE_LENGTH = 64
#: What is signed begins with what it is, so that a signature under one is none under the other.
_CERTIFICATE = b"zhuanpin certificate\n"
_REVOCATIONS = b"zhuanpin revocations\n"
#: version, key id, year, days since 2000 until which it is valid, number of patents
_HEAD = struct.Struct(">B8sHHH")
_EPOCH = date(2000, 1, 1)
_TAIL = "…"


@dataclass(frozen=True)
class Statement:
    """A certificate in a few words. Names too long for the token are cut and end in an ellipsis."""

    number: str
    product: str
    unit: str
    year: int
    valid_until: date
    patents: int
    key_id: str


@dataclass(frozen=True)
class PublicKey:
    """The public half of a key that signs or, once ``retired_on``, has signed."""

    key: Ed25519PublicKey
    retired_on: date | None = None


@dataclass(frozen=True)
class Revocations:
    """The list of revoked certificates (number → day) as it was when it was signed."""

    issued_at: datetime
    revoked: Mapping[str, date]


class Unreadable(Exception):
    """The text is no statement."""


class BadList(Exception):
    """The file is no list of revocations that one of the known keys signed."""


def key_id(key: Ed25519PublicKey) -> str:
    """The name of a key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(statement: Statement, key: Ed25519PrivateKey) -> str:
    """The statement with its signature as a token of at most ``TOKEN_LENGTH`` characters of base64url."""
    payload = _payload(replace(statement, key_id=key_id(key.public_key())))
    return text_of(payload + key.sign(_CERTIFICATE + payload))


def read(token: str) -> tuple[Statement, bytes, bytes]:
    """The statement in a token, the bytes that are signed, and the signature, which is not checked; ``Unreadable``."""
    content = _bytes(token)
    payload, signature = content[:-SIGNATURE_LENGTH], content[-SIGNATURE_LENGTH:]
    try:
        version, name, year, days, patents = _HEAD.unpack_from(payload)
        number, product, unit = _texts(payload[_HEAD.size :])
    except (struct.error, UnicodeDecodeError) as error:
        raise Unreadable from error
    if version != VERSION:
        raise Unreadable
    valid_until = _EPOCH + timedelta(days=days)
    found = Statement(number, product, unit, year, valid_until, patents, name.hex())
    return found, _CERTIFICATE + payload, signature


def is_signed(message: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Whether the signature over ``message`` is that of ``key``."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def sign_revocations(revoked: Mapping[str, date], now: datetime, key: Ed25519PrivateKey) -> dict[str, str]:
    """The signed, dated list of revocations as a document (JSON): what is signed is the text of ``payload``."""
    content = {
        "format": "zhuanpin-revocations-1",
        "issued_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "revoked": [{"number": number, "on": day.isoformat()} for number, day in sorted(revoked.items())],
    }
    payload = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    signature = key.sign(_REVOCATIONS + payload.encode())
    return {"payload": payload, "key_id": key_id(key.public_key()), "signature": text_of(signature)}


def read_revocations(document: Any, keys: Mapping[str, PublicKey]) -> Revocations:
    """The list in a document that ``sign_revocations`` made; ``BadList`` where none of ``keys`` signed it."""
    try:
        payload, signature = document["payload"], _bytes(document["signature"])
        known = keys[document["key_id"]]
        if not is_signed(_REVOCATIONS + payload.encode(), signature, known.key):
            raise BadList
        content = json.loads(payload)
        revoked = {row["number"]: date.fromisoformat(row["on"]) for row in content["revoked"]}
        return Revocations(datetime.fromisoformat(content["issued_at"]), revoked)
    except (AttributeError, KeyError, TypeError, ValueError, Unreadable) as error:
        raise BadList from error


def _payload(statement: Statement) -> bytes:
    head = _HEAD.pack(
        VERSION,
        bytes.fromhex(statement.key_id),
        statement.year,
        (statement.valid_until - _EPOCH).days,
        min(statement.patents, 0xFFFF),
    )
    number = statement.number.encode()
    room = TOKEN_LENGTH * 3 // 4 - SIGNATURE_LENGTH - len(head) - len(number) - 3
    names = [name.encode("utf-16-be") for name in _cut(statement.product, statement.unit, room // 2)]
    return head + b"".join(bytes([len(part)]) + part for part in (number, *names))


def _cut(first: str, second: str, room: int) -> tuple[str, str]:
    """Both names cut to ``room`` units of two bytes together; what one does not need of its half, the other may use."""
    half = room // 2
    if _units(first) <= half:
        return first, _shortened(second, room - _units(first))
    if _units(second) <= half:
        return _shortened(first, room - _units(second)), second
    return _shortened(first, half), _shortened(second, room - half)


def _shortened(name: str, room: int) -> str:
    if _units(name) <= room:
        return name
    kept = name
    while _units(kept) >= room:
        kept = kept[:-1]
    return kept + _TAIL


def _units(name: str) -> int:
    return len(name.encode("utf-16-be")) // 2


def _texts(content: bytes) -> tuple[str, str, str]:
    parts, place = [], 0
    for _part in range(3):
        if place >= len(content):
            raise Unreadable
        end = place + 1 + content[place]
        parts.append(content[place + 1 : end])
        place = end
    if place != len(content):
        raise Unreadable
    return parts[0].decode(), parts[1].decode("utf-16-be"), parts[2].decode("utf-16-be")


def text_of(content: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    """The bytes of base64url text; only the one way of writing them is taken, so that no changed sign goes unnoticed."""
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise Unreadable from error
    if text_of(content) != text:
        raise Unreadable
    return content
