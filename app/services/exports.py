"""Exports that are too large to wait for: asked for in a page, made in the background, kept some days for their owner.

What a list holds and how it is written is the pages' affair (``web.exporting``); here is who may have the file, how
many may be under way, and how long it stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select

from app import audit
from app import models as m
from app.db import session
from app.documents import storage
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.text import N_
from app.registers import parameters
from app.services import background

KIND = "export"
#: exports of one person that may wait or run at a time
UNFINISHED = 3


def start(title: str, arguments: Mapping[str, Any], actor: Actor, now: datetime) -> m.BackgroundJob:
    """Have an export made; the same one asked for again while it is under way is that one."""
    query = select(m.BackgroundJob).where(
        m.BackgroundJob.user_id == actor.user_id,
        m.BackgroundJob.kind == KIND,
        m.BackgroundJob.state.in_(("waiting", "running")),
    )
    unfinished = session.scalars(query).all()
    for job in unfinished:
        if job.arguments == arguments:
            return job
    if len(unfinished) >= UNFINISHED:
        raise Conflict(N_("您已有 {count} 个导出正在进行，请等其中一个完成后再试", count=len(unfinished)))
    return background.start(KIND, title, actor, now, arguments)


def keep(
    path: Path, task: background.Task, now: datetime, *, title: str, kind: str, rows: int, **noted: Any
) -> m.ExportFile:
    """Store what a job has written and note it in the trail; ``noted`` says what was exported."""
    user_id = task.actor.user_id
    if user_id is None:
        raise NotFound
    sha256 = storage.keep_bytes(path)
    file = session.get(m.ExportFile, task.id) or m.ExportFile(job_id=task.id, user_id=user_id)
    file.title, file.kind, file.rows, file.created_at = title[:200], kind, rows, now
    file.sha256, file.size = sha256, path.stat().st_size
    file.kept_until = now + timedelta(days=parameters.integer("export_days"))
    session.add(file)
    audit.record(session(), "export", unit_id=task.actor.unit_id, kind=kind, rows=rows, job=task.id, **noted)
    return file


def listed(actor: Actor, limit: int) -> list[tuple[m.BackgroundJob, m.ExportFile | None]]:
    """The actor's newest exports, each with its file if that is still kept."""
    query = (
        select(m.BackgroundJob, m.ExportFile)
        .outerjoin(m.ExportFile, m.ExportFile.job_id == m.BackgroundJob.id)
        .where(m.BackgroundJob.user_id == actor.user_id, m.BackgroundJob.kind == KIND)
        .order_by(m.BackgroundJob.id.desc())
        .limit(limit)
    )
    return [(job, file) for job, file in session.execute(query)]


def own(actor: Actor, job_id: int) -> tuple[m.BackgroundJob, m.ExportFile | None]:
    """An export the actor asked for, with its file if there is one; NotFound for any other (abuse.md T-I09)."""
    job = background.own(actor, job_id)
    if job.kind != KIND:
        raise NotFound
    return job, session.get(m.ExportFile, job.id)


def own_file(actor: Actor, job_id: int, now: datetime) -> m.ExportFile:
    """The file of an export, while it is kept."""
    file = own(actor, job_id)[1]
    if file is None or file.kept_until <= now:
        raise NotFound(N_("该导出文件已删除或已过保存期限，请重新导出"))
    return file


def open_file(file: m.ExportFile) -> BinaryIO:
    """The file's bytes as a seekable stream."""
    return storage.open_bytes(file.sha256)


def remove(actor: Actor, job_id: int) -> None:
    """Delete the file of an export before its time; its bytes are swept away with those nobody refers to."""
    file = own(actor, job_id)[1]
    if file is None:
        raise NotFound
    session.delete(file)


def expire(now: datetime) -> int:
    """Delete the files that are kept no longer; returns how many."""
    gone = session.scalars(select(m.ExportFile).where(m.ExportFile.kept_until <= now)).all()
    for file in gone:
        session.delete(file)
    return len(gone)
