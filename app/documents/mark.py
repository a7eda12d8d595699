"""The mark 标识 of a recognised product: its certificate's QR code with name and number, for packaging and web pages."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M

from app.documents import fonts

_TITLE = "专利密集型产品"
_BLUE = "#123c73"
_MODULE = 10
_BORDER = 3
#: modules below the code for the two lines of text
_FOOT = 13


def png(address: str, number: str) -> bytes:
    """The mark as a picture for print, ten pixels a module."""
    code = _code(address)
    width = len(code) * _MODULE
    picture = Image.new("RGB", (width, width + _FOOT * _MODULE), "white")
    draw = ImageDraw.Draw(picture)
    for row, modules in enumerate(code):
        for column, dark in enumerate(modules):
            if dark:
                left, top = column * _MODULE, row * _MODULE
                draw.rectangle((left, top, left + _MODULE - 1, top + _MODULE - 1), fill="black")
    for text, size, below, bold in ((_TITLE, 5, 0, True), (number, 4, 6, False)):
        font = ImageFont.truetype(str(fonts.sans_file(bold=bold)), size * _MODULE)
        draw.text((width / 2, width + below * _MODULE), text, fill=_BLUE, font=font, anchor="ma")
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def svg(address: str, number: str) -> bytes:
    """The mark as a drawing that can be scaled."""
    code = _code(address)
    width, height = len(code), len(code) + _FOOT
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, modules in enumerate(code)
        for column, dark in enumerate(modules)
        if dark
    )
    text = 'text-anchor="middle" font-family="Noto Sans SC, Microsoft YaHei, sans-serif"'
    middle = width / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(f'{_TITLE} {number}')}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<path d="{path}" shape-rendering="crispEdges"/>',
        f'<text x="{middle}" y="{width + 4.5}" font-size="5" font-weight="700" fill="{_BLUE}" {text}>{_TITLE}</text>',
        f'<text x="{middle}" y="{width + 10}" font-size="4" fill="{_BLUE}" {text}>{escape(number)}</text>',
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _code(address: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_BORDER)
    code.add_data(address)
    code.make()
    return [[bool(dark) for dark in row] for row in code.get_matrix()]
