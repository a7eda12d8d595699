"""Looks into an uploaded file in a process of its own, with little time and memory: what breaks it breaks nothing else.

Run as ``python -I inspector.py pdf|image SOURCE TARGET LIMIT``; imports nothing of the application. Prints one JSON
object: ``{}`` if all is well, ``{"refused": code}`` if not. Any other end means that the file could not be read.
For an image TARGET receives the picture written anew: its pixels and nothing else, so nothing hides in it.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MEMORY = 1 << 30
CPU_SECONDS = 10
_ORIENTATION = 0x0112
_ACTIVE = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm"})
_ATTACHED = frozenset({"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/3D"})


def refusal_of_pdf(path: Path, max_pages: int) -> str | None:
    """Why the PDF is refused: encrypted, script, embedded, pages, broken; None if it is not."""
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject

    if not _ends_properly(path.read_bytes()):
        return "broken"
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted:
        return "encrypted"
    wanted = {(number, generation) for generation, entries in reader.xref.items() for number in entries}
    wanted |= {(number, 0) for number in reader.xref_objStm}
    for number, generation in sorted(wanted):
        if number and (found := _forbidden(reader.get_object(IndirectObject(number, generation, reader)))):
            return found
    return _refusal_of_pages(reader.root_object, max_pages)


def _ends_properly(data: bytes) -> bool:
    """Whether nothing but blanks or a few bytes follows the end, and the cross-references before it are sound."""
    end = data.rfind(b"%%EOF")
    pointer = re.search(rb"startxref\s+(\d{1,12})\s*$", data[max(0, end - 100) : max(0, end)])
    return (
        end >= 0 and len(data) - end <= 1024 and pointer is not None and _sound_xrefs(data, int(pointer[1]))
    )


def _sound_xrefs(data: bytes, place: int) -> bool:
    """Follow the cross-references, each naming the one before it, to the first; a ring has none."""
    seen: set[int] = set()
    while place not in seen:
        seen.add(place)
        if table := re.compile(rb"\s*xref\b").match(data, place):
            dictionary = data[data.find(b"trailer", table.end()) : data.find(b"startxref", table.end())]
        elif stream := re.compile(rb"\s*\d+\s+\d+\s+obj\b").match(data, place):
            dictionary = data[stream.end() : data.find(b"stream", stream.end())]
        else:
            return False
        before = re.search(rb"/Prev\s+(\d{1,12})", dictionary)
        if before is None:
            return True
        place = int(before[1])
    return False


def _forbidden(value: Any) -> str | None:
    for each in _dictionaries(value):
        if "/JS" in each or "/XFA" in each or each.get("/S") in _ACTIVE:
            return "script"
        if "/EF" in each or each.get("/Type") in _ATTACHED or each.get("/Subtype") in _ATTACHED:
            return "embedded"
    return None


def _dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    """The dictionaries within one object; references lead to other objects, which are looked at themselves."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(dict.values(each))
        elif isinstance(each, list):
            waiting.extend(list.__iter__(each))


def _refusal_of_pages(root: Any, max_pages: int) -> str | None:
    """Count by walking: the count that a file claims may be wrong, and its tree may be a ring."""
    pages, nodes, waiting = 0, 0, [root["/Pages"]]
    while waiting:
        node = waiting.pop().get_object()
        nodes += 1
        if nodes > 10 * max_pages + 100:
            return "pages"
        if "/Kids" in node:
            waiting.extend(node["/Kids"])
        else:
            pages += 1
        if pages > max_pages:
            return "pages"
    return None if pages else "broken"


def refusal_of_image(source: Path, target: Path, max_pixels: int) -> str | None:
    """Write the picture anew to ``target``, without anything attached to it; why it is refused: pixels."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # judged by our own limit, before anything is decoded
    with Image.open(source, formats=["JPEG", "PNG"]) as image:
        if image.width * image.height > max_pixels:
            return "pixels"
        image.load()
        options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
        if orientation := image.getexif().get(_ORIENTATION):
            exif = Image.Exif()
            exif[_ORIENTATION] = orientation
            options["exif"] = exif
        if image.format == "PNG":
            image.save(target, "PNG", **options)
        else:
            # the same compression as before, so that nothing is lost; not possible with several pictures in one file
            quality = "keep" if image.format == "JPEG" else 95
            image.save(target, "JPEG", quality=quality, comment=b"", **options)
    return None


def main(kind: str, source: str, target: str, limit: str) -> None:
    """Inspect one file and print the verdict."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if kind == "pdf":
        refused = refusal_of_pdf(Path(source), int(limit))
    else:
        refused = refusal_of_image(Path(source), Path(target), int(limit))
    sys.stdout.write(json.dumps({"refused": refused} if refused else {}))


if __name__ == "__main__":
    main(*sys.argv[1:])
