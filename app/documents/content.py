"""What an uploaded file is, judged by its bytes: PDF, JPEG or PNG, safe to keep and to show."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import puremagic

from app.domain.errors import Problem, RuleError
from app.domain.text import N_, Message

log = logging.getLogger(__name__)

#: A page scanned at 600 dpi has 35 million.
MAX_PIXELS = 50_000_000
SECONDS = 30
_INSPECTOR = Path(__file__).with_name("inspector.py")


@dataclass(frozen=True)
class Kind:
    """A kind of file people may upload."""

    media_type: str
    suffixes: tuple[str, ...]
    signature: bytes
    label: str

    @property
    def is_image(self) -> bool:
        """A picture, which is written anew."""
        return self.media_type.startswith("image/")


PDF = Kind("application/pdf", (".pdf",), b"%PDF-", "PDF")
JPEG = Kind("image/jpeg", (".jpg", ".jpeg"), b"\xff\xd8\xff", "JPG")
PNG = Kind("image/png", (".png",), b"\x89PNG\r\n\x1a\n", "PNG")
DOCUMENTS = (PDF, JPEG, PNG)
PICTURES = (JPEG, PNG)


def recognise(path: Path, allowed: tuple[Kind, ...]) -> Kind:
    """The kind of the file at ``path``, by its signature; RuleError on field ``file`` if it is none of ``allowed``."""
    with path.open("rb") as file:
        head = file.read(2048)
    kind = next((each for each in allowed if head.startswith(each.signature)), None)
    if kind is None:
        names = "、".join(each.label for each in allowed)
        raise refusal(
            N_("只能上传 {allowed} 文件；该文件的内容是：{found}", allowed=names, found=_looks_like(head))
        )
    if zipfile.is_zipfile(path):
        raise refusal(N_("文件中夹带了压缩包，不能上传"))
    return kind


def inspect(kind: Kind, path: Path, max_pages: int) -> Path:
    """Look into the file; returns the path of what to store: the file itself, or the picture written anew.

    Raises RuleError on field ``file`` with the reason.
    """
    anew = path.with_suffix(".anew")
    limit = MAX_PIXELS if kind.is_image else max_pages
    command = [sys.executable, "-I", str(_INSPECTOR), "image" if kind.is_image else "pdf"]
    try:
        command = [*command, str(path), str(anew), str(limit)]
        # our own program and paths: nothing of what was uploaded is among the arguments
        done = subprocess.run(command, capture_output=True, timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise refusal(N_("文件结构过于复杂，无法在限定时间内检查")) from error
    if done.returncode != 0:
        log.info(
            "inspection ended with %s: %s", done.returncode, done.stderr[-300:].decode("utf-8", "replace")
        )
    if done.returncode < 0:
        raise refusal(N_("文件结构过于复杂，无法在限定时间内检查"))
    reason = json.loads(done.stdout)["refused"] if done.returncode == 0 and done.stdout != b"{}" else None
    if reason or done.returncode:
        raise refusal(_reason(reason or "broken", max_pages))
    return anew if kind.is_image else path


def refusal(message: Message) -> RuleError:
    """The error of an upload, beside its field."""
    return RuleError([Problem("file", message)])


def _reason(code: str, max_pages: int) -> Message:
    reasons = {
        "encrypted": N_("PDF 文件已加密或设有权限密码，请取消加密后再上传"),
        "script": N_("PDF 文件含有脚本或可执行动作，请打印为普通 PDF 后再上传"),
        "embedded": N_("PDF 文件含有附件或多媒体，请打印为普通 PDF 后再上传"),
        "pages": N_("PDF 文件超过 {pages} 页，请拆分后再上传", pages=max_pages),
        "pixels": N_("图片尺寸过大（最多 {pixels} 万像素），请缩小后再上传", pixels=MAX_PIXELS // 10_000),
        "broken": N_("文件已损坏或不完整，无法打开，请重新生成后再上传"),
    }
    return reasons[code]


def _looks_like(head: bytes) -> str:
    try:
        best = puremagic.magic_string(head)[0]
    except puremagic.PureError:
        return "?"
    return str(best.extension.lstrip(".").upper() or best.name)
