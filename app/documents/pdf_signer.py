"""PAdES signatures by pyHanko. Half a second to load: only what signs imports it (``documents.signing``)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from asn1crypto.cms import ContentInfo
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Signature"
_DIGEST = "sha256"
_BEGIN = b"-----BEGIN CERTIFICATE"
#: what a signature takes beside the certificates in it
_SIGNATURE_BYTES = 4096


@dataclass(frozen=True)
class Mark:
    """What a PDF signature says beside the signature itself; ``address`` holds the certificate's statement."""

    name: str
    reason: str
    address: str


@dataclass(frozen=True)
class _Form:
    """A signature in which digest and bare signature, both of a fixed length, are to be filled in."""

    #: what is signed, before and after the digest
    attributes: tuple[bytes, bytes]
    #: before the digest, between the two, after the bare signature
    whole: tuple[bytes, bytes, bytes]

    @classmethod
    def of(cls, made: ContentInfo, digest: bytes) -> _Form:
        """What is the same in all signatures like this one, in which the digest stands once."""
        signer = made["content"]["signer_infos"][0]
        before, after = signer["signed_attrs"].untag().dump().split(digest)
        first, rest = made.dump().split(digest)
        middle, last = rest.split(signer["signature"].native)
        return cls((before, after), (first, middle, last))

    def filled_in(self, digest: bytes, signer: Signer) -> ContentInfo:
        """The signature of another document."""
        bare = signer.sign_raw(digest.join(self.attributes), _DIGEST)
        first, middle, last = self.whole
        return ContentInfo.load(b"".join((first, digest, middle, bare, last)))


class Signer(SimpleSigner):
    """Signs with a key that is read once: reading an RSA key anew for each signature takes longer than all else."""

    def __init__(self, pem: bytes) -> None:
        first, *others = load_certs_from_pemder_data(pem[pem.index(_BEGIN) :])
        super().__init__(
            signing_cert=first,
            signing_key=load_private_key_from_pemder_data(pem, None),
            cert_registry=SimpleCertificateStore.from_certs(others),
        )
        self._kept = load_pem_private_key(pem, None)
        #: whether all signatures are of one length
        self._fixed = isinstance(self._kept, RSAPrivateKey)
        self._form: _Form | None = None
        #: room for the signature in the file, in hexadecimal digits
        self.room = 2 * (_SIGNATURE_BYTES + sum(len(each.dump()) for each in (first, *others)))

    async def async_sign(
        self, data_digest: bytes, digest_algorithm: str, *rest: Any, **options: Any
    ) -> ContentInfo:
        """The signature of a document by its digest. Those of one key differ in two places, the digest and the bare
        signature: to put the rest together anew takes four fifths of a signature's time."""
        alike = self._fixed and digest_algorithm == _DIGEST and not rest and not options.get("dry_run")
        if alike and self._form is not None:
            return self._form.filled_in(data_digest, self)
        made = await super().async_sign(data_digest, digest_algorithm, *rest, **options)
        if alike:
            self._form = _Form.of(made, data_digest)
        return made

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The bare signature of ``data``."""
        if isinstance(self._kept, RSAPrivateKey) and digest_algorithm == _DIGEST:
            return self._kept.sign(data, PKCS1v15(), SHA256())
        return super().sign_raw(data, digest_algorithm)


def sign(content: bytes, signer: Signer, mark: Mark) -> bytes:
    """The PDF with a signature over the whole of it, after which nothing in it may change."""
    described = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES, name=mark.name, reason=mark.reason, contact_info=mark.address,
    )  # fmt: skip
    target = io.BytesIO()
    PdfSigner(described, signer=signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(content)), bytes_reserved=signer.room, output=target
    )
    return target.getvalue()
