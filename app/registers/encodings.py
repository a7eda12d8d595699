"""Which character encoding a text file is in: found by reading all of it, never guessed from a piece."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from app.domain.text import N_
from app.registers.workbook import refuse

BLOCK = 1 << 20
#: what an administrator may choose instead of the detected one
KNOWN = ("utf-8", "gb18030", "utf-16")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def detect(path: Path) -> str:
    """The codec of the file: UTF-8 (with or without mark), UTF-16 or GB18030 (of which GBK and GB 2312 are parts).

    RuleError where it is none of them, or UTF-8 in some lines and GB18030 in others: the first such line is named.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), None)
    if marked is None and b"\x00" in head:
        marked = "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
        if not _reads_as_text(head, marked):
            refuse(N_("这不是文本表格，请上传 CSV、Excel（.xlsx）或 JSON Lines 文件"))
    if marked is None and not _decodes(path, "utf-8"):
        _refuse_mixed(path)
        marked = "gb18030"
    codec = marked or "utf-8"
    if marked and not _decodes(path, codec):
        _refuse_line(path, codec)
    return codec


def confirm(path: Path, codec: str) -> str:
    """``codec``, which somebody chose; RuleError with the line where the file does not read as it."""
    if codec not in KNOWN or not _decodes(path, codec):
        _refuse_line(path, codec if codec in KNOWN else "utf-8")
    return "utf-8-sig" if codec == "utf-8" else codec


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_text(head: bytes, codec: str) -> bool:
    text = head.decode(codec, "ignore")
    return "\x00" not in text and any(sign in text for sign in ",;\t\r\n{")


def _refuse_mixed(path: Path) -> None:
    """A line that is UTF-8 and holds Chinese in a file that is not UTF-8 means that two encodings were pasted
    together (GB18030 text practically never reads as UTF-8 with Chinese in it)."""
    first_other, chinese = 0, False
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.isascii():
                continue
            try:
                chinese = bool(_CHINESE.search(line.decode("utf-8"))) or chinese
            except UnicodeDecodeError:
                first_other = first_other or number
            if chinese and first_other:
                refuse(
                    N_(
                        "文件混用了两种编码（第 {line} 行不是 UTF-8），请用同一种编码另存后重新上传",
                        line=first_other,
                    )
                )


def _refuse_line(path: Path, codec: str) -> NoReturn:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    line = 1
    for block in _blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as fault:
            line += block[: fault.start].count(b"\n")
            break
        line += block.count(b"\n")
    refuse(N_("第 {line} 行有无法识别的字符，请将文件另存为 UTF-8 编码后重新上传", line=line))
