"""Files as people, and attackers, upload them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def pdf(change: Callable[[PdfWriter], Any] | None = None, pages: int = 1) -> bytes:
    """A PDF of blank pages, changed by ``change`` before it is written."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if change:
        change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def with_script(writer: PdfWriter) -> None:
    writer.add_open_action(JavaScript("app.alert(1)"))


def with_program(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc")}
    )
    writer.root_object[NameObject("/OpenAction")] = action


def with_attachment(writer: PdfWriter) -> None:
    writer.add_attachment("a.exe", b"MZ")


def encrypted(writer: PdfWriter) -> None:
    writer.encrypt("")


def ring_of_pages(writer: PdfWriter) -> None:
    """The page tree's root is its own child."""
    tree = writer.root_object["/Pages"]
    tree.get_object()["/Kids"].append(tree.indirect_reference)  # type: ignore[index]


def ring_of_xrefs() -> bytes:
    """A cross-reference table that names itself as the one before."""
    data = pdf()
    start = data.rfind(b"startxref")
    offset = data[start:].split()[1]
    return data.replace(b"trailer\n<<", b"trailer\n<<\n/Prev " + offset)


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("a.txt", "a" * 1000)
    return target.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(target, kind, **options)
    return target.getvalue()


def huge_picture() -> bytes:
    """A few bytes that claim 60,000 × 60,000 pixels: gigabytes once decoded."""
    chunk = struct.pack(">4sIIBBBBB", b"IHDR", 60_000, 60_000, 8, 2, 0, 0, 0)
    head = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    small = picture("PNG")
    return small[:8] + head + small[8 + 25 :]


def text_of(document: bytes) -> str:
    """The text layer, without blanks and line ends."""
    reader = PdfReader(io.BytesIO(document))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)
