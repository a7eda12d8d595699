"""Whether a PDF is one of ours, as it was signed: by pyHanko's validator, without a network."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

INTACT = "intact"
ALTERED = "altered"
UNSIGNED = "unsigned"
OTHER_SIGNER = "other_signer"


@dataclass(frozen=True)
class PdfFinding:
    """What became of the signature; ``address`` is where the certificate is verified, as the signature says."""

    verdict: str
    address: str = ""
    signed_at: datetime | None = None


def validate(content: bytes, trusted: Sequence[str], now: datetime) -> PdfFinding:
    """Check the signature of a PDF against the certificates we sign with (``trusted``, PEM)."""
    # half a second to load, and seldom needed
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import UnacceptableSignerError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    roots = [
        certificate for pem in trusted for certificate in load_certs_from_pemder_data(pem.encode("ascii"))
    ]
    try:
        signatures = PdfFileReader(io.BytesIO(content)).embedded_regular_signatures
        if not signatures:
            return PdfFinding(UNSIGNED)
        first = signatures[0]
        address = str(first.sig_object.get("/ContactInfo", ""))
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=now)
        status = validate_pdf_signature(first, context)
    except (PdfError, SignatureValidationError, UnacceptableSignerError, ValueError, KeyError, TypeError):
        return PdfFinding(ALTERED)
    if not (status.intact and status.valid and status.docmdp_ok) or not _is_whole(
        status.coverage, signatures
    ):
        return PdfFinding(ALTERED, address)
    if status.signing_cert.sha256 not in {root.sha256 for root in roots}:
        return PdfFinding(OTHER_SIGNER)
    return PdfFinding(INTACT, address, status.signer_reported_dt)


def _is_whole(coverage: object, signatures: Sequence[object]) -> bool:
    """Whether nothing was added after the one signature that a certificate has."""
    from pyhanko.sign.validation import SignatureCoverageLevel

    return coverage == SignatureCoverageLevel.ENTIRE_FILE and len(signatures) == 1
