"""The private keys, which are files only the server can read, and what is done with them: statements and PDF signatures.

One folder (setting ``keys_dir``) holds ``statement-<id>.pem``, an Ed25519 key, and ``document-<id>.pem``, a key with the
certificates that vouch for it. The public halves are rows (``m.SigningKey``).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from app.domain.errors import Conflict, Problem, RuleError
from app.domain.recognition import statement
from app.domain.text import N_
from config import Settings

if TYPE_CHECKING:
    from app.documents.pdf_signer import Signer

STATEMENT = "statement"
DOCUMENT = "document"
KINDS = (STATEMENT, DOCUMENT)
_RSA_BITS = 3072
_YEARS = 10


class _Folder:
    """Where the private keys are."""

    path = Path()


_folder = _Folder()


def configure(settings: Settings) -> None:
    """Take the setting ``keys_dir``."""
    _folder.path = Path(settings.keys_dir)
    _statement_key.cache_clear()
    _signer.cache_clear()


@dataclass(frozen=True)
class NewKey:
    """A key whose private half has been stored: its name, and the public half as PEM."""

    id: str
    public: str


def make_statement_key() -> NewKey:
    """Make and store a new Ed25519 key."""
    return _store_statement(Ed25519PrivateKey.generate())


def take_statement_key(pem: bytes) -> NewKey:
    """Store an Ed25519 key that was made elsewhere (PEM, PKCS #8, without a password)."""
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, ValueError) as error:
        raise _refused() from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused()
    return _store_statement(key)


def make_document_key(name: str, now: datetime) -> NewKey:
    """Make and store a key for PDF files with a certificate it signs itself, in the name of the organisation ``name``."""
    key = rsa.generate_private_key(65537, _RSA_BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _store_document(pem, [certificate])


def take_document_key(content: bytes, password: str) -> NewKey:
    """Store the key and the certificates of a PKCS #12 file."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except ValueError as error:
        raise _refused() from error
    if key is None or certificate is None:
        raise _refused()
    return _store_document(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), [certificate, *others]
    )


def statement_key(key_id: str) -> Ed25519PrivateKey:
    """The private half of a statement key; Conflict where this machine does not have it."""
    return _statement_key(key_id)


def public_statement_key(pem: str) -> Ed25519PublicKey:
    """The public half of a statement key, from its row."""
    return cast(Ed25519PublicKey, load_pem_public_key(pem.encode()))


def sign_pdf(content: bytes, key_id: str, *, name: str, reason: str, address: str) -> bytes:
    """The PDF with a PAdES signature; ``address`` holds the certificate's statement, and stands in the signature."""
    from app.documents import pdf_signer

    return pdf_signer.sign(content, _signer(key_id), pdf_signer.Mark(name, reason, address))


@lru_cache(maxsize=8)
def _statement_key(key_id: str) -> Ed25519PrivateKey:
    return cast(Ed25519PrivateKey, load_pem_private_key(_read(STATEMENT, key_id), None))


@lru_cache(maxsize=8)
def _signer(key_id: str) -> Signer:
    from app.documents.pdf_signer import Signer

    return Signer(_read(DOCUMENT, key_id))


def _store_statement(key: Ed25519PrivateKey) -> NewKey:
    name = statement.key_id(key.public_key())
    _write(STATEMENT, name, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return NewKey(name, public.decode("ascii"))


def _store_document(key: bytes, certificates: list[x509.Certificate]) -> NewKey:
    first = certificates[0]
    name = hashlib.sha256(first.public_bytes(Encoding.DER)).hexdigest()[:16]
    chain = [certificate.public_bytes(Encoding.PEM) for certificate in certificates]
    _write(DOCUMENT, name, key + b"".join(chain))
    return NewKey(name, b"".join(chain).decode("ascii"))


def _write(kind: str, key_id: str, content: bytes) -> None:
    """Store a private key so that only the server's user can read it, from the first byte on."""
    _folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path(kind, key_id)
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(kind: str, key_id: str) -> bytes:
    try:
        return _path(kind, key_id).read_bytes()
    except FileNotFoundError as error:
        raise Conflict(
            N_(
                "这台服务器上没有签名密钥 {id} 的私钥文件，请把密钥文件放到密钥文件夹，或运行 flask keys rotate",
                id=key_id,
            )
        ) from error


def _path(kind: str, key_id: str) -> Path:
    return _folder.path / f"{kind}-{key_id}.pem"


def _refused() -> RuleError:
    return RuleError([Problem(None, N_("密钥文件无法读取：格式不对，或密码不对"))])
