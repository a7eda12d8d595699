"""Fonts for PDF files, registered once per process: registering them in each document would double its time.

The outlines must be TrueType (reportlab reads no others), so the fonts are the static ones of Noto Sans SC and Noto
Serif SC. Any further TrueType font found serves as a fallback for characters these two lack, such as 𠮷.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SERIF = "zpserif"
SANS = "zpsans"

_FAMILIES = {
    SERIF: ("NotoSerifSC_400Regular.ttf", "NotoSerifSC_700Bold.ttf"),
    SANS: ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf"),
}
#: Fonts of other regions that have characters the ones for Simplified Chinese lack, best first.
_FALLBACKS = ("NotoSerifJP_400Regular.ttf", "NotoSansJP_400Regular.ttf", "NotoSansHK_400Regular.ttf")
_OUTLINES = "glyf"
_LONG_CODE = re.compile(r"<([0-9A-F]{5,6})>")


class FontsMissing(RuntimeError):
    """The fonts are not where the setting says: the platform is not set up."""


class _Fonts:
    """The registered fonts of this process."""

    def __init__(self) -> None:
        self.folders: tuple[Path, ...] = ()
        self.lock = threading.Lock()
        self.ready = False
        self.fallbacks: list[str] = []
        #: code points that documents can draw, whichever family they use
        self.drawn: frozenset[int] = frozenset()


_fonts = _Fonts()


def configure(fonts_dir: str) -> None:
    """Say where the fonts are: one folder, or several separated like ``PATH``; further ones hold fallback fonts."""
    _fonts.folders = tuple(Path(part) for part in fonts_dir.split(os.pathsep) if part)
    _fonts.ready = False


def stack(family: str) -> str:
    """The CSS ``font-family`` of ``family``: itself, then the fallbacks, tried for each character."""
    _register()
    return ", ".join([family, *_fonts.fallbacks])


def sans_file(*, bold: bool) -> Path:
    """The file of the sans serif font, for pictures."""
    wanted = _FAMILIES[SANS][1 if bold else 0]
    for path in _truetype_files():
        if path.name == wanted:
            return path
    raise FontsMissing(f"font {wanted} not found; run the set-up")


def missing(text: str) -> list[str]:
    """The characters of ``text`` that no registered font can draw, in order, each once."""
    _register()
    return list(dict.fromkeys(char for char in text if ord(char) not in _fonts.drawn))


def _register() -> None:
    with _fonts.lock:
        if _fonts.ready:
            return
        files = {path.name: path for path in _truetype_files()}
        absent = [name for names in _FAMILIES.values() for name in names if name not in files]
        if absent:
            folders = ", ".join(map(str, _fonts.folders))
            raise FontsMissing(f"font {absent[0]} not found below {folders or 'any folder'}; run the set-up")
        _mend_text_layer()
        covered = [_add(family, *(files[name] for name in names)) for family, names in _FAMILIES.items()]
        drawn = frozenset.intersection(*covered)
        _fonts.fallbacks.clear()
        for index, path in enumerate(_fallback_files(files)):
            name = f"zpfallback{index}"
            drawn |= _add(name, path, path)
            _fonts.fallbacks.append(name)
        _fonts.drawn = drawn
        _fonts.ready = True


def _truetype_files() -> Iterator[Path]:
    for folder in reversed(_fonts.folders):
        yield from sorted(folder.rglob("*.ttf"))


def _fallback_files(files: dict[str, Path]) -> Iterable[Path]:
    known = [files[name] for name in _FALLBACKS if name in files]
    own = [path for folder in _fonts.folders[1:] for path in sorted(folder.glob("*.ttf"))]
    return dict.fromkeys([*own, *known])


def _add(family: str, regular: Path, bold: Path) -> frozenset[int]:
    """Register a family; returns the code points it has glyphs for."""
    # reportlab and xhtml2pdf take a second to load; only a process that makes a PDF pays for them
    from reportlab import rl_config
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from xhtml2pdf.default import DEFAULT_FONT

    rl_config.useA85 = 0  # plain binary streams: a fifth smaller, and quicker
    pdfmetrics.registerFont(_uncopied(TTFont(family, str(regular))))
    name = family
    if bold != regular:
        name = f"{family}-bold"
        pdfmetrics.registerFont(_uncopied(TTFont(name, str(bold))))
    for italic in (0, 1):
        addMapping(family, 0, italic, family)
        addMapping(family, 1, italic, name)
    DEFAULT_FONT[family] = family
    return frozenset(pdfmetrics.getFont(family).face.charToGlyph)


class _Slices:
    """A font's table of outlines by its slices; reportlab copies all ten megabytes to take a few glyphs."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


def _uncopied(font: Any) -> Any:
    """The font, whose subsets are made without copying its outlines."""
    face, copied = font.face, font.face.get_table
    outlines = _Slices(face._ttf_data, face.get_table_pos(_OUTLINES)[0])
    face.get_table = lambda tag: outlines if tag == _OUTLINES else copied(tag)
    return font


def _mend_text_layer() -> None:
    """Let characters beyond U+FFFF be found and copied: reportlab writes their codes in a form no reader knows."""
    from reportlab.pdfbase import ttfonts

    write = ttfonts.makeToUnicodeCMap

    def mended(font: str, subset: list[int]) -> str:
        return _LONG_CODE.sub(
            lambda code: f"<{chr(int(code[1], 16)).encode('utf-16-be').hex()}>", write(font, subset)
        )

    ttfonts.makeToUnicodeCMap = mended
