"""QR codes as inline images for documents and pages."""

from __future__ import annotations

import base64
import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

#: Trying all eight masks takes most of the time and gains nothing a reader of a printed code notices.
_MASK = 2


def png(text: str, pixels_a_module: int = 8) -> bytes:
    """``text`` as a QR code, PNG, with a quiet zone; error correction M (15 %)."""
    code = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=pixels_a_module, border=2, mask_pattern=_MASK
    )
    code.add_data(text)
    target = io.BytesIO()
    code.make_image(image_factory=PilImage).save(target)
    return target.getvalue()


def data_uri(text: str) -> str:
    """The QR code of ``text`` as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png(text)).decode("ascii")
