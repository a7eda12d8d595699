"""Uploaded files: checked, stored under their hash in a folder or a bucket, described by a row.

Bytes first, row second: a file without a row harms nobody and is swept away later, a row without a file would.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url
from sqlalchemy import func, select, update

from app import audit
from app.db import session, transaction
from app.documents import clamd, content
from app.documents.names import safe_name
from app.documents.turns import turn
from app.domain.actor import Actor
from app.domain.clock import BEIJING, local_date
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.domain.text import N_
from app.models import ExportFile, StoredFile
from app.registers import parameters
from config import Settings

log = logging.getLogger(__name__)

#: What a file may be for, and the kinds of file allowed for it.
PURPOSES: dict[str, tuple[content.Kind, ...]] = {
    "licence": content.DOCUMENTS,
    "commitment": content.DOCUMENTS,
    "statement": content.DOCUMENTS,
    "patent_proof": content.DOCUMENTS,
    "evidence": content.DOCUMENTS,
    "picture": content.PICTURES,
    "objection": content.DOCUMENTS,
    "article": content.DOCUMENTS,
}
_CHUNK = 1 << 16
_PDF = "application/pdf"
_UNKNOWN = "application/octet-stream"
_WORKER = Actor.system("storage")
_MIB = 1 << 20
#: Bytes without a row may belong to an upload under way.
_SWEEP_AFTER = timedelta(days=1)


@dataclass
class _Storage:
    """Where files go and who scans them."""

    url: str = ""
    clamd_address: str = ""

    @cached_property
    def store(self) -> ObjectStore:
        if self.url.startswith("file://"):
            return from_url(self.url, mkdir=True)
        return from_url(self.url)


_storage = _Storage()


def configure(settings: Settings) -> None:
    """Take the settings ``storage_url`` and ``clamd_address`` (empty: files are not scanned)."""
    global _storage
    _storage = _Storage(settings.storage_url, settings.clamd_address)


@dataclass(frozen=True)
class Limits:
    """What uploads may take: bytes and pages of one file, bytes of all a unit's files, its files on one day."""

    file_bytes: int
    pages: int
    unit_bytes: int
    unit_files_a_day: int

    @classmethod
    def of(cls, purpose: str) -> Limits:
        """The limits in force, from the parameters."""
        name = "picture_max_mib" if purpose == "picture" else "upload_max_mib"
        return cls(
            file_bytes=parameters.integer(name) * _MIB,
            pages=parameters.integer("pdf_max_pages"),
            unit_bytes=parameters.integer("unit_quota_mib") * _MIB,
            unit_files_a_day=parameters.integer("uploads_per_day"),
        )


class Infected(RuleError):
    """Malware was found. ``file`` is a row in quarantine, not yet added: whoever reports the error keeps it."""

    def __init__(self, file: StoredFile) -> None:
        super().__init__(
            content.refusal(
                N_("文件“{name}”含有病毒，已被隔离，请检查您的计算机", name=file.original_name)
            ).problems
        )
        self.file = file


def save(
    stream: BinaryIO, original_name: str, purpose: str, unit_id: int | None, actor: Actor, now: datetime,
    limits: Limits | None = None,
) -> StoredFile:  # fmt: skip
    """Check an upload, store its bytes and add its row; see ``receive`` and ``keep``, which it is made of."""
    limits = limits or Limits.of(purpose)
    return keep(receive(stream, original_name, purpose, unit_id, actor, now, limits), limits)


def receive(
    stream: BinaryIO,
    original_name: str,
    purpose: str,
    unit_id: int | None,
    actor: Actor,
    now: datetime,
    limits: Limits,
) -> StoredFile:
    """Check an upload and store its bytes; returns the row, not yet added. Touches no database, may take seconds.

    ``purpose`` is a key of ``PURPOSES``. Raises RuleError on field ``file``: too large, empty, of another kind,
    damaged, with scripts or attachments; ``Infected`` for malware; TooMany while other files of the unit are
    looked into. Without an answer from the scanner the file is ``held``: it cannot be opened until ``rescan_held`` has
    cleared it.
    """
    if purpose not in PURPOSES:
        raise content.refusal(N_("不认识的文件用途：{purpose}", purpose=purpose))
    describe = partial(
        StoredFile, token=secrets.token_urlsafe(24), unit_id=unit_id, purpose=purpose, uploaded_by=actor.user_id,
        created_at=now,
    )  # fmt: skip
    try:
        with turn(unit_id), tempfile.TemporaryDirectory(prefix="upload-") as folder:
            path = Path(folder) / "upload"
            _copy(stream, path, limits.file_bytes)
            state = _scan(path)
            if state == "quarantined":
                name = safe_name(original_name, (".bin",))
                raise Infected(describe(**_facts(path), original_name=name, media_type=_UNKNOWN, state=state))
            kind = content.recognise(path, PURPOSES[purpose])
            name = safe_name(original_name, kind.suffixes)
            path = content.inspect(kind, path, limits.pages)
            file = describe(**_facts(path), original_name=name, media_type=kind.media_type, state=state)
            # written even if it is there: that keeps it from being swept away before the row is
            obstore.put(_storage.store, _key(file.sha256), path)
            return file
    except (OSError, BaseError) as error:
        log.exception("an upload could not be stored")
        raise content.refusal(N_("文件暂时无法保存，请稍后重试")) from error


def keep(file: StoredFile, limits: Limits | None = None) -> StoredFile:
    """Add the row of a received file; RuleError on field ``file`` where its unit's quota is used up."""
    if file.unit_id is not None:
        _check_quota(file, limits or Limits.of(file.purpose))
    session.add(file)
    session.flush()
    return file


def quarantine(file: StoredFile) -> None:
    """Keep the row of a file in which malware was found, and say so in the trail."""
    session.add(file)
    session.flush()
    audit.record(
        session(), "quarantined", "StoredFile", file.id, unit_id=file.unit_id, name=file.original_name
    )


def keep_made(content: bytes, name: str, purpose: str, now: datetime) -> StoredFile:
    """Store a PDF that the platform made itself and add its row; it belongs to no unit and needs no check."""
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return _made(content, facts, name, purpose, _PDF, now)


def keep_file(path: Path, name: str, purpose: str, media_type: str, now: datetime) -> StoredFile:
    """The same for a file of any kind and size that the platform made."""
    return _made(path, _facts(path), name, purpose, media_type, now)


def _made(
    content: bytes | Path, facts: dict[str, Any], name: str, purpose: str, media_type: str, now: datetime
) -> StoredFile:
    obstore.put(_storage.store, _key(facts["sha256"]), content)
    file = StoredFile(
        **facts, token=secrets.token_urlsafe(24), unit_id=None, purpose=purpose, media_type=media_type, original_name=name,
        state="clean", created_at=now,
    )  # fmt: skip
    session.add(file)
    session.flush()
    return file


def keep_bytes(path: Path) -> str:
    """Store what the platform itself has written, whatever it is; returns its hash, for the row that will name it."""
    sha256 = str(_facts(path)["sha256"])
    obstore.put(_storage.store, _key(sha256), path)
    return sha256


def open_bytes(sha256: str) -> BinaryIO:
    """The bytes stored under a hash as a seekable stream; NotFound when they are gone."""
    return _fetch(sha256)


def open_file(file: StoredFile) -> BinaryIO:
    """The file's bytes as a seekable stream; the caller has checked that the reader may see the row.

    Raises Conflict while it is held, NotAllowed when it is in quarantine, NotFound when its bytes are gone.
    """
    if file.state == "held":
        raise Conflict(N_("文件正在等待病毒检查，稍后才能打开"))
    if file.state != "clean":
        raise NotAllowed(N_("文件含有病毒，已被隔离，不能打开"))
    return _fetch(file.sha256)


def read_bytes(file: StoredFile) -> bytes:
    """The whole file; as ``open_file``, and NotFound when the bytes are not those that were stored."""
    with open_file(file) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        log.error("stored file %s does not match its hash", file.id)
        raise NotFound(N_("文件内容已损坏，请联系技术支持"))
    return data


@dataclass(frozen=True)
class Rescanned:
    """What became of held files; ``waiting`` ones still have no verdict."""

    clean: int = 0
    infected: int = 0
    waiting: int = 0


def rescan_held(limit: int = 50) -> Rescanned:
    """Scan files that were stored while the scanner was down; a job calls this, with no transaction begun.

    Scanning happens outside a transaction, each verdict is recorded in one of its own.
    """
    with transaction(_WORKER):
        query = select(StoredFile).where(StoredFile.state == "held").order_by(StoredFile.id).limit(limit)
        held = list(session.scalars(query))
        session.expunge_all()
    done = {"clean": 0, "quarantined": 0}
    for file in held:
        with _fetch(file.sha256) as stream:
            verdict = _verdict(stream)
        if verdict == "held":
            break
        _record(file, verdict)
        done[verdict] += 1
    return Rescanned(done["clean"], done["quarantined"], len(held) - sum(done.values()))


def _record(file: StoredFile, verdict: str) -> None:
    with transaction(_WORKER):
        waiting = update(StoredFile).where(StoredFile.id == file.id, StoredFile.state == "held")
        session.execute(waiting.values(state=verdict))
        if verdict == "quarantined":
            audit.record(session(), "quarantined", "StoredFile", file.id, unit_id=file.unit_id)


def delete_unreferenced(now: datetime) -> int:
    """Delete stored bytes that have been without a row for a day; returns how many files. For a job, as above."""
    deleted, cutoff = 0, now - _SWEEP_AFTER
    for batch in obstore.list(_storage.store):
        old = {Path(item["path"]).name: item["path"] for item in batch if item["last_modified"] < cutoff}
        with transaction(_WORKER):
            named = [
                select(column).where(column.in_(old)) for column in (StoredFile.sha256, ExportFile.sha256)
            ]
            known = {sha256 for query in named for sha256 in session.scalars(query)}
        for sha256 in old.keys() - known:
            # the same content may just have been uploaded again
            if obstore.head(_storage.store, old[sha256])["last_modified"] < cutoff:
                obstore.delete(_storage.store, old[sha256])
                deleted += 1
    return deleted


def _copy(stream: BinaryIO, target: Path, limit: int) -> None:
    """Write at most ``limit`` bytes; what the client claims about the length plays no part."""
    size = 0
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise content.refusal(
                    N_("文件超过 {limit} MB 的上限，请压缩或拆分后再上传", limit=f"{limit / _MIB:g}")
                )
            file.write(chunk)
    if not size:
        raise content.refusal(N_("文件是空的（0 字节），请重新选择"))


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "size": path.stat().st_size}


def _scan(path: Path) -> str:
    with path.open("rb") as stream:
        return _verdict(stream)


def _verdict(stream: BinaryIO) -> str:
    """The state of a file with these bytes; a platform without a scanner takes files as they are."""
    if not _storage.clamd_address:
        return "clean"
    try:
        infection = clamd.infection(stream, _storage.clamd_address)
    except clamd.ScannerDown as error:
        log.warning("the virus scanner does not answer: %s", error)
        return "held"
    if infection:
        log.warning("malware in an upload: %s", infection)
    return "quarantined" if infection else "clean"


def _check_quota(file: StoredFile, limits: Limits) -> None:
    midnight = datetime.combine(local_date(file.created_at), time(), BEIJING)
    own = StoredFile.unit_id == file.unit_id
    total = session.scalar(select(func.coalesce(func.sum(StoredFile.size), 0)).where(own)) or 0
    today = (
        session.scalar(
            select(func.count()).select_from(StoredFile).where(own, StoredFile.created_at >= midnight)
        )
        or 0
    )
    if today >= limits.unit_files_a_day:
        raise content.refusal(
            N_("贵单位今天上传的文件已达 {count} 个的上限，请明天再试", count=limits.unit_files_a_day)
        )
    if total + file.size > limits.unit_bytes:
        raise content.refusal(
            N_("贵单位的文件总量已达 {limit} MB 的上限", limit=f"{limits.unit_bytes / _MIB:g}")
        )


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _fetch(sha256: str) -> BinaryIO:
    try:
        chunks = obstore.get(_storage.store, _key(sha256)).stream()
    except FileNotFoundError as error:
        log.exception("stored bytes are gone: %s", sha256)
        raise NotFound(N_("文件内容不存在，请联系技术支持")) from error
    target = tempfile.SpooledTemporaryFile(max_size=4 * _MIB)  # noqa: SIM115 - the caller closes it
    for chunk in chunks:
        target.write(bytes(chunk))
    target.seek(0)
    return cast(BinaryIO, target)
