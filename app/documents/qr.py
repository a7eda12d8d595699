"""QR codes as inline images for documents and pages."""

from __future__ import annotations

import base64
import io

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

#: Trying all eight masks takes most of the time and gains nothing a reader of a printed code notices.
_MASK = 2


def png(text: str, pixels_a_module: int = 3) -> bytes:
    """``text`` as a QR code, PNG, with a quiet zone; error correction M (15 %). PDF viewers and browsers enlarge it."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2, mask_pattern=_MASK)
    code.add_data(text)
    modules = code.get_matrix()
    size = len(modules)
    picture = Image.new("L", (size, size))
    picture.putdata([0 if dark else 255 for row in modules for dark in row])
    target = io.BytesIO()
    side = size * pixels_a_module
    picture.resize((side, side), Image.Resampling.NEAREST).save(target, "PNG")
    return target.getvalue()


def data_uri(text: str) -> str:
    """The QR code of ``text`` as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png(text)).decode("ascii")
