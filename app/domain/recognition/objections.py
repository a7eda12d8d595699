"""The pass phrase by which whoever raised an objection follows it: given once, kept as its hash only."""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: signs that are not mistaken for one another, read aloud or written by hand
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH, _GROUP = 16, 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}")

OPEN = ("received", "handling")


def is_token(text: str) -> bool:
    """Whether ``text`` can be the secret of a form (``secrets.token_urlsafe``) that a pass phrase is made of."""
    return _TOKEN.fullmatch(text) is not None


def pass_phrase(token: str) -> str:
    """The pass phrase of the form with this token: 80 bits as ``ABCD-EFGH-JKMN-PQRS``.

    The same form sent twice gets the same phrase, so that a receipt can be shown again without keeping the phrase.
    """
    drawn = hashlib.sha256(f"objection {token}".encode()).digest()[:_LENGTH]
    signs = "".join(SIGNS[byte % len(SIGNS)] for byte in drawn)
    return "-".join(signs[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def pass_hash(typed: str) -> str:
    """SHA-256 of a pass phrase, however it is written: small letters, full width, blanks or no hyphens."""
    signs = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", typed[:200]).upper())
    return hashlib.sha256(signs.encode()).hexdigest()
