"""Uploads: what is taken, what is refused and why, and what is kept (abuse.md group G)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image, ImageChops
from sqlalchemy import func, select

from app.documents import storage
from app.domain.actor import UNIT, Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError, TooMany
from app.models import StoredFile, Unit
from tests.documents import samples

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LIMITS = storage.Limits(file_bytes=1 << 20, pages=200, unit_bytes=3 << 20, unit_files_a_day=5)
Files = Callable[..., Path]


def upload(
    content: bytes | BinaryIO, name: str = "证明.pdf", purpose: str = "evidence", **changes: Any
) -> StoredFile:
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    values = {"unit_id": None, "actor": Actor.system(), "now": NOW, "limits": LIMITS} | changes
    return storage.save(stream, name, purpose, **values)


def refusal(content: bytes | BinaryIO, **more: Any) -> str:
    with pytest.raises(RuleError) as refused:
        upload(content, **more)
    assert [problem.field for problem in refused.value.problems] == ["file"]
    return str(refused.value)


def make_unit(session: Any, uscc: str = "91350100M000100Y43") -> int:
    unit = Unit(name="示例单位", name_key="示例单位", uscc=uscc, created_at=NOW, changed_at=NOW)
    session.add(unit)
    session.commit()
    return unit.id


def test_a_pdf_is_kept_bit_for_bit_under_its_hash(rows: Any, files: Files) -> None:
    content = samples.pdf()
    file = upload(content, "营业执照.pdf", "licence")
    assert (file.original_name, file.media_type, file.state) == ("营业执照.pdf", "application/pdf", "clean")
    assert storage.read_bytes(file) == content
    assert len(file.token) == 32
    assert [path.name for path in files().rglob("*") if path.is_file()] == [file.sha256]


def test_T_U11_a_unit_has_two_files_looked_into_at_once(rows: Any, files: Files) -> None:
    unit_id, other_id = make_unit(rows), make_unit(rows, "91430100MA4L1A2B3C")
    seen: list[str] = []

    class Slow(io.BytesIO):
        """What happens ``meanwhile`` happens while this file is being received."""

        def __init__(self, meanwhile: Callable[[], Any]) -> None:
            super().__init__(samples.pdf())
            self.meanwhile = meanwhile

        def read(self, size: int | None = -1) -> bytes:
            if not self.tell():
                self.meanwhile()
            return super().read(size)

    def third() -> None:
        with pytest.raises(TooMany) as refused:
            upload(samples.pdf(), unit_id=unit_id)
        seen.append(str(refused.value))
        upload(samples.pdf(), unit_id=other_id)

    upload(Slow(lambda: upload(Slow(third), unit_id=unit_id)), unit_id=unit_id)
    assert "还有文件正在处理" in seen[0]
    upload(samples.pdf(), unit_id=unit_id)


def test_the_same_content_is_stored_once_and_described_twice(rows: Any, files: Files) -> None:
    first, second = upload(samples.pdf()), upload(samples.pdf())
    assert first.sha256 == second.sha256
    assert first.token != second.token
    assert len([path for path in files().rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (b"<html><script>alert(1)</script></html>", "HTML"),
        (b"MZ" + bytes(300), "EXE"),
        (samples.archive(), ""),
        (b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)", "GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", ""),
        (b"just text", ""),
    ],
)
def test_T_U01_T_U04_the_content_decides_not_the_name(content: bytes, looks_like: str, files: Files) -> None:
    message = refusal(content)
    assert message.startswith("只能上传 PDF、JPG、PNG 文件")
    assert looks_like in message


def test_T_U01_a_pdf_that_is_a_zip_as_well_is_refused(files: Files) -> None:
    assert "压缩包" in refusal(samples.pdf() + samples.archive())


def test_T_U01_what_hangs_behind_a_picture_is_cut_off(rows: Any, files: Files) -> None:
    file = upload(samples.picture() + b"<script>alert(1)</script>", "a.jpg")
    stored = storage.read_bytes(file)
    assert b"script" not in stored
    assert Image.open(io.BytesIO(stored)).size == (60, 40)


def test_a_picture_loses_its_metadata_but_not_its_orientation(rows: Any, files: Files) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at 39.9N 116.4E"
    stored = Image.open(
        io.BytesIO(storage.read_bytes(upload(samples.picture(exif=exif), "a.jpg", "picture")))
    )
    assert dict(stored.getexif()) == {0x0112: 6}


@pytest.mark.parametrize(("kind", "tolerance"), [("PNG", 0), ("JPEG", 3)])
def test_a_picture_written_anew_looks_the_same(kind: str, tolerance: int, rows: Any, files: Files) -> None:
    before = samples.picture(kind)
    after = storage.read_bytes(upload(before, purpose="picture"))
    difference = ImageChops.difference(Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after)))
    assert max(high for _, high in difference.getextrema()) <= tolerance


def test_a_picture_of_a_product_cannot_be_a_pdf(files: Files) -> None:
    assert refusal(samples.pdf(), purpose="picture").startswith("只能上传 JPG、PNG 文件")


def test_T_U02_an_empty_file_is_refused(files: Files) -> None:
    assert "0 字节" in refusal(b"")


def test_T_U02_one_byte_above_the_limit_is_refused_naming_the_limit(files: Files) -> None:
    assert "1 MB" in refusal(samples.pdf().ljust(LIMITS.file_bytes + 1))


def test_T_U02_a_stream_without_end_is_cut_off(files: Files) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"%PDF-" + bytes(size - 5)

    stream = Endless()
    assert "1 MB" in refusal(stream)  # type: ignore[arg-type]
    assert stream.taken <= LIMITS.file_bytes + (1 << 16)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (samples.pdf(samples.encrypted), "加密"),
        (samples.pdf(samples.with_script), "脚本"),
        (samples.pdf(samples.with_program), "脚本"),
        (samples.pdf(samples.with_attachment), "附件"),
        (samples.pdf(pages=201), "200 页"),
        (samples.pdf(samples.ring_of_pages), "200 页"),
        (samples.ring_of_xrefs(), "损坏"),
        (samples.pdf().replace(b"startxref\n", b"startxref\n9"), "损坏"),
        (samples.pdf()[:200], "损坏"),
        (samples.pdf() + b"x" * 2000, "损坏"),
        (b"%PDF-1.7\n", "损坏"),
    ],
)
def test_T_U08_a_dangerous_or_broken_pdf_is_refused_with_the_reason(
    content: bytes, reason: str, files: Files
) -> None:
    assert reason in refusal(content)


def test_T_U08_a_picture_that_would_burst_the_memory_is_refused_undecoded(files: Files) -> None:
    assert "5000 万像素" in refusal(samples.huge_picture())


def test_a_truncated_picture_is_refused(files: Files) -> None:
    assert "损坏" in refusal(samples.picture()[:300])


def test_T_U08_an_inspection_that_takes_too_long_is_ended(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.documents import content

    monkeypatch.setattr(content, "SECONDS", 0.001)
    assert "过于复杂" in refusal(samples.pdf())


def test_nothing_is_kept_of_a_refused_file(rows: Any, files: Files) -> None:
    refusal(samples.pdf(samples.with_script))
    assert not [path for path in files().rglob("*") if path.is_file()]
    assert rows.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_an_unknown_purpose_is_refused(files: Files) -> None:
    assert "用途" in refusal(samples.pdf(), purpose="../x")


def test_T_U11_a_unit_has_a_daily_number_of_uploads(rows: Any, files: Files) -> None:
    unit = make_unit(rows)
    for _ in range(LIMITS.unit_files_a_day):
        upload(samples.pdf(), unit_id=unit)
    assert "5 个" in refusal(samples.pdf(), unit_id=unit)
    upload(samples.pdf(), unit_id=make_unit(rows, "91350100M000100Y44"))
    upload(samples.pdf(), unit_id=unit, now=NOW + timedelta(days=1))


def test_T_U11_a_unit_has_a_quota_of_bytes(rows: Any, files: Files) -> None:
    unit = make_unit(rows)
    limits = storage.Limits(1 << 20, 200, unit_bytes=700, unit_files_a_day=100)
    upload(samples.pdf(), unit_id=unit, limits=limits)
    assert "上限" in refusal(samples.pdf(), unit_id=unit, limits=limits)


def test_the_parameters_give_the_limits(rows: Any) -> None:
    assert storage.Limits.of("picture").file_bytes == 5 << 20
    assert storage.Limits.of("evidence") == storage.Limits(20 << 20, 500, 2048 << 20, 100)


def test_T_I02_the_row_of_a_unit_is_not_seen_by_another(rows: Any, files: Files) -> None:
    from app.db import acting

    mine, other = make_unit(rows), make_unit(rows, "91350100M000100Y44")
    file = upload(samples.pdf(), unit_id=mine)
    rows.commit()
    for unit, seen in ((mine, [file.id]), (other, [])):
        with acting(Actor(1, "u", frozenset({UNIT}), unit_id=unit)):
            assert list(rows.scalars(select(StoredFile.id))) == seen


def test_changed_bytes_are_not_handed_out(rows: Any, files: Files) -> None:
    file = upload(samples.pdf())
    next(path for path in files().rglob("*") if path.is_file()).write_bytes(b"%PDF-other")
    with pytest.raises(NotFound):
        storage.read_bytes(file)


def test_missing_bytes_are_reported_as_missing(rows: Any, files: Files) -> None:
    with pytest.raises(NotFound):
        storage.open_file(StoredFile(sha256="0" * 64, state="clean"))


@pytest.mark.parametrize(("state", "error"), [("held", Conflict), ("quarantined", NotAllowed)])
def test_a_file_that_is_not_clean_cannot_be_opened(state: str, error: type[Exception], files: Files) -> None:
    with pytest.raises(error):
        storage.open_file(StoredFile(sha256="0" * 64, state=state))


def test_T_D04_a_store_that_cannot_write_is_a_message_not_a_crash(files: Files) -> None:
    files().parent.joinpath("files").write_bytes(b"a file where the folder should be")
    assert "稍后重试" in refusal(samples.pdf())


def test_bytes_without_a_row_are_swept_away_after_a_day(rows: Any, files: Files) -> None:
    kept = upload(samples.pdf())
    rows.commit()
    upload(samples.pdf(pages=2))
    rows.rollback()
    now = datetime.now(UTC)
    assert storage.delete_unreferenced(now) == 0
    assert storage.delete_unreferenced(now + timedelta(days=2)) == 1
    assert storage.read_bytes(kept) == samples.pdf()
