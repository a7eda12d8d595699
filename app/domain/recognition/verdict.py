"""What the verification of a certificate answers, in words: the same online, in a command and without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.recognition.statement import (
    SIGNATURE_LENGTH,
    TOKEN_LENGTH,
    PublicKey,
    Statement,
    Unreadable,
    is_signed,
    read,
)
from app.domain.text import N_, Message

VALID = "valid"
VALID_RETIRED = "valid_retired"
EXPIRED = "expired"
REVOKED = "revoked"
FORGED = "forged"
OTHER_KEY = "other_key"
OTHER_CERTIFICATE = "other_certificate"
UNKNOWN = "unknown"
UNREADABLE = "unreadable"

#: verdict → (what to call it, what it means)
WORDS: dict[str, tuple[Message, Message]] = {
    VALID: (N_("有效"), N_("签名正确，证书在有效期内，未被撤销。请核对产品名称和单位名称与证书上印的一致。")),
    VALID_RETIRED: (
        N_("有效（原签名密钥）"),
        N_("签名正确，证书在有效期内，未被撤销。签发后签名密钥已经更换，原密钥签发的证书继续有效。"),
    ),
    EXPIRED: (N_("已到期"), N_("证书是真实的，但有效期已过，不再有效。")),
    REVOKED: (N_("已撤销"), N_("证书是真实签发的，但已被撤销，不再有效。")),
    FORGED: (N_("伪造"), N_("签名与内容不符：内容被改动过，或不是由本平台签发的。请勿采信。")),
    OTHER_KEY: (
        N_("签名密钥不属于本平台"),
        N_("该证书由本平台不认识的密钥签发，不是本平台的证书。请勿采信。"),
    ),
    OTHER_CERTIFICATE: (
        N_("二维码属于另一份证书"),
        N_("二维码本身是真实的，但它属于另一份证书，可能被复制到了别的产品上。请勿采信。"),
    ),
    UNKNOWN: (N_("没有这份证书"), N_("本平台没有这份证书的记录。请核对编号，或向出示证书的单位查询。")),
    UNREADABLE: (N_("无法识别"), N_("这不是本平台证书的二维码内容，或内容不完整。请重新扫描二维码。")),
}
_ADDRESS = re.compile(r"/v/([^/?#\s]+)")
#: verified where there is no key or no statement, so that every answer takes the same time
_NOBODY = Ed25519PrivateKey.generate().public_key()


@dataclass(frozen=True)
class Finding:
    """The answer, and what the statement says where its signature is right."""

    verdict: str
    statement: Statement | None = None
    revoked_on: date | None = None

    @property
    def holds(self) -> bool:
        """Whether the certificate may be relied on."""
        return self.verdict in (VALID, VALID_RETIRED)

    @property
    def title(self) -> Message:
        """The answer in a word."""
        return WORDS[self.verdict][0]

    @property
    def meaning(self) -> Message:
        """The answer in a sentence."""
        return WORDS[self.verdict][1]


def token_in(text: str) -> str:
    """The token in what was scanned or typed: an address that holds it, or the token itself."""
    found = _ADDRESS.search(text)
    return found[1] if found else text.strip()


def judge(
    token: str,
    keys: Mapping[str, PublicKey],
    revoked: Mapping[str, date],
    today: date,
    printed_number: str = "",
) -> Finding:
    """Verify a token with the known keys and the revocations (number → day).

    ``printed_number`` is the number on the certificate that shows the code: another one means a copied code.
    """
    try:
        statement, message, signature = read(token[: TOKEN_LENGTH + 1])
    except Unreadable:
        is_signed(b"", bytes(SIGNATURE_LENGTH), _NOBODY)
        return Finding(UNREADABLE)
    known = keys.get(statement.key_id)
    signed = is_signed(message, signature, known.key if known else _NOBODY)
    if known is None:
        return Finding(OTHER_KEY)
    if not signed:
        return Finding(FORGED)
    if printed_number and _plain(printed_number) != _plain(statement.number):
        return Finding(OTHER_CERTIFICATE, statement)
    if statement.number in revoked:
        return Finding(REVOKED, statement, revoked[statement.number])
    if statement.valid_until < today:
        return Finding(EXPIRED, statement)
    return Finding(VALID_RETIRED if known.retired_on else VALID, statement)


def _plain(number: str) -> str:
    return "".join(number.split()).upper()
