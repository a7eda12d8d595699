"""A unit's import of patents by its page, checked, written and taken back as a whole: ``MOST``, or as many as products."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app import jobs
from app import models as m
from app.db import session, transaction
from app.domain.actor import UNIT, Actor
from app.domain.clock import utc_now
from app.domain.patent_number import check_character
from app.services import background
from app.services.imports import batches
from bench.clock import Work
from bench.raw import Raw
from bench.site import Site

MOST = 20_000
HEADING = ("专利号", "专利名称", "专利权人", "申请日", "法律状态")
COLUMNS = ["unit_id", "application_no", "title", "kind", "patentees", "filing_date", "legal_state", "obtained", "pledged",
           "source", "version", "created_at", "changed_at"]  # fmt: skip


def whole(site: Site, username: str) -> tuple[Work, Work | None]:
    """From the file to the records and back, and the raw driver writing and deleting the same patents."""
    with site.app.app_context():
        query = (
            select(User.id, m.Unit.id, m.Unit.name).join(m.Account, m.Account.user_id == User.id).join(m.Unit)
        )
        user_id, unit_id, owner = session.execute(query.where(User.username == username)).one()
        patents = min(MOST, session.execute(select(func.count()).select_from(m.Product)).scalar_one())
        session.remove()
    path = Path(site.app.config["SETTINGS"].data_dir) / "patents-of-a-unit.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADING, *_rows(owner, patents)])
    actor = Actor(user_id, username, frozenset({UNIT}), unit_id)
    return partial(_import, site, actor, path, patents), partial(_raw_import, site.raw, unit_id, path)


def _rows(owner: str, patents: int) -> Iterator[tuple[str, ...]]:
    for number in range(patents):
        digits = f"200819{number:06d}"
        yield f"{digits}.{check_character(digits)}", f"一种示例装置{number}", owner, "2008-03-01", "失效"


def _import(site: Site, actor: Actor, path: Path, patents: int) -> None:
    with site.app.app_context():
        received = batches.receive("patents", path, path.name, "", batches.max_rows(), actor)
        with transaction(actor):
            batch_id = batches.keep(received, actor, utc_now()).id
        background.run_waiting(jobs.HANDLERS)
        with transaction(actor):
            batches.write(actor, batch_id, "all", utc_now())
        background.run_waiting(jobs.HANDLERS)
        written = session.get_one(m.ImportBatch, batch_id).counts
        with transaction(actor):
            batches.undo(actor, batch_id, utc_now())
        background.run_waiting(jobs.HANDLERS)
        session.expire_all()
        if written != {"new": patents} or session.get_one(m.ImportBatch, batch_id).stage != "undone":
            raise RuntimeError(f"imported {written}")
        session.remove()


def _raw_import(raw: Raw, unit_id: int, path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        patents = [
            (unit_id, number.replace(".", ""), title, "invention", owner, filed, "lapsed", "own", False, "import", 1,
             "2026-01-01 00:00:00", "2026-01-01 00:00:00")
            for number, title, owner, filed, _state in rows
        ]  # fmt: skip
    raw.insert("patent", COLUMNS, patents)
    raw.end()
    raw.connection.execute(
        raw.written("DELETE FROM patent WHERE unit_id = ? AND source = 'import'"), (unit_id,)
    )
    raw.end()
