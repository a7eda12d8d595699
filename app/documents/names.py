"""Names of uploaded files: shown and offered for download, never used as a path."""

from __future__ import annotations

import re
import unicodedata

_MAX_CHARACTERS = 100
#: File systems allow 255 bytes; a Chinese character takes three.
_MAX_BYTES = 240
_UNNAMED = "未命名"
#: Control, format (text direction, zero width), surrogate and private characters, separators of lines.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")


def safe_name(original: str, suffixes: tuple[str, ...]) -> str:
    """``original`` as a name that every system can show and store, ending in one of ``suffixes`` (``.jpg``).

    Folders, control and direction characters go, reserved names are prefixed, long ones shortened. The first suffix
    is added where the name has none of them, so that content and name agree.
    """
    name = original.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in _INVISIBLE)
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    name = " ".join(name.split()).rstrip(". ")
    suffix = next((each for each in suffixes if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(suffix)].strip(". ") or _UNNAMED
    if _DEVICES.match(stem):
        stem = f"_{stem}"
    return _shorten(stem) + (suffix or suffixes[0])


def _shorten(stem: str) -> str:
    stem = stem[:_MAX_CHARACTERS]
    return stem.encode("utf-8")[:_MAX_BYTES].decode("utf-8", "ignore").rstrip(". ")
