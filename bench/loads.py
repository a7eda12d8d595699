"""Exports, the import, certificates and the start: ours, the raw library's, and what undoes a run."""

from __future__ import annotations

import csv
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter
from flask_appbuilder.security.sqla.models import User
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.documents import certificates, pdf, qr
from app.domain.actor import REVIEWER, Actor
from app.domain.clock import utc_now
from app.registers import patents
from app.services import background, exports
from app.web import exporting
from bench import certified, imported, samples, screened
from bench.clock import Work
from bench.pages import OWNER, STAFF
from bench.raw import LISTED, Raw
from bench.site import Site

Load = tuple[Work, Work | None, Work | None]
ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0


def _csv(site: Site) -> Load:
    return _export(site, "csv"), partial(_raw_csv, site.raw), partial(_forget_exports, site.raw)


def _export(site: Site, kind: str) -> Callable[[], object]:
    """All products as a file, asked for as the page asks and made as the worker makes it, until it can be downloaded."""
    with site.app.app_context():
        user_id = session.scalars(select(User.id).where(User.username == STAFF)).one()
        session.remove()
    asked = exporting.Asked("ProductView", "export", kind, {}, {}, "zh")
    actor = Actor(user_id, STAFF, frozenset({REVIEWER}))

    def export() -> None:
        with site.app.app_context():
            with transaction(actor):
                job_id = exports.start("products", asdict(asked), actor, utc_now()).id
            background.run_waiting({exports.KIND: exporting.run})
            if session.get_one(m.ExportFile, job_id).rows < 1:
                raise RuntimeError("nothing was exported")
            session.remove()

    return export


def _forget_exports(raw: Raw) -> None:
    raw.connection.execute("DELETE FROM export_file")
    raw.connection.execute(raw.written("DELETE FROM background_job WHERE kind = ?"), (exports.KIND,))
    raw.end()


def _raw_csv(raw: Raw) -> None:
    target = io.StringIO()
    csv.writer(target).writerows(_all(raw))
    raw.end()
    target.getvalue().encode()


def _excel(site: Site) -> Load:
    return _export(site, "xlsx"), partial(_raw_excel, site.raw), partial(_forget_exports, site.raw)


def _raw_excel(raw: Raw) -> None:
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        sheet = book.add_worksheet()
        for number, row in enumerate(_all(raw)):
            sheet.write_row(number, 0, row)
        book.close()
    raw.end()


def _all(raw: Raw) -> Iterator[tuple[Any, ...]]:
    return (row[1:] for row in raw.rows(f"SELECT {LISTED} ORDER BY p.id DESC"))


def _import(site: Site) -> Load:
    path = samples.register_workbook(Path(site.app.config["SETTINGS"].data_dir))
    report = path.with_suffix(".faults.csv")

    def load() -> None:
        with site.app.app_context():
            result = patents.load_register(path, report, now=utc_now())
            session.remove()
        if result.loaded != samples.GOOD_ROWS or result.rejected != samples.BAD_ROWS:
            raise RuntimeError(f"loaded {result}")

    return load, partial(_raw_import, site.raw, path), partial(_forget, site.raw)


def _raw_import(raw: Raw, path: Path) -> None:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    facts, owners = [], []
    for number, title, _kind, owner, filed, granted, ipc, _state in rows:
        compact = str(number).replace(".", "")
        facts.append((compact, title, "invention", owner, filed, granted, ipc, "valid", samples.SOURCE, now))
        owners.append((owner, compact))
    columns = ["application_no", "title", "kind", "patentees", "filing_date", "grant_date", "ipc", "legal_state",
               "source", "loaded_at"]  # fmt: skip
    raw.insert("register_patent", columns, facts)
    raw.insert("register_patentee", ["name_key", "application_no"], owners)
    raw.end()


def _own_import(site: Site) -> Load:
    return *imported.whole(site, OWNER), None


def _forget(raw: Raw) -> None:
    """Take out what an import loaded."""
    loaded = "SELECT application_no FROM register_patent WHERE source = ?"
    raw.connection.execute(
        raw.written(f"DELETE FROM register_patentee WHERE application_no IN ({loaded})"), (samples.SOURCE,)
    )
    raw.connection.execute(raw.written("DELETE FROM register_patent WHERE source = ?"), (samples.SOURCE,))
    raw.end()


def _certificate(_site: Site) -> Load:
    from xhtml2pdf.document import pisaDocument

    data, now = samples.certificate(), utc_now()
    certificates.filing_certificate(data, now)  # loads the fonts
    context = {"data": data, "now": now, "qr": qr.data_uri(data.verification_url), "kinds": samples.KINDS}
    html = pdf.environment("zh").get_template("filing_certificate.html").render(context, pages=1)
    return partial(certificates.filing_certificate, data, now), lambda: pisaDocument(html, io.BytesIO()), None


def _ready(_site: Site) -> Load:
    return _start, None, None


def _start() -> None:
    """Start a web process and wait until it says that it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "run:app", "--bind", address, "--workers", "1", "--threads", "2",
               "--worker-class", "gthread", "--log-level", "error", "--no-control-socket"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        _wait_for(f"http://{address}/readyz")
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=READY_SECONDS)
        except urllib.error.URLError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(address)


def _screening(site: Site) -> Load:
    screened.prepare(site)
    return (
        partial(screened.run, site),
        partial(screened.raw_run, site.raw),
        partial(screened.forget, site.raw),
    )


def _what_if(site: Site) -> Load:
    screened.prepare(site)
    return partial(screened.what_if, site), None, None


def _signed(site: Site) -> Load:
    certified.prepare(site)
    return *certified.signed(site), None


def _batch(site: Site) -> Load:
    certified.prepare(site)
    return *certified.batch(site), partial(certified.forget, site.raw)


def _verified(site: Site) -> Load:
    certified.prepare(site)
    return *certified.verified(site), None


def _verified_offline(site: Site) -> Load:
    certified.prepare(site)
    return *certified.verified_offline(site), None


LOADS: dict[str, Callable[[Site], Load]] = {
    "csv": _csv,
    "excel": _excel,
    "import": _import,
    "own-import": _own_import,
    "certificate": _certificate,
    "signed": _signed,
    "batch": _batch,
    "verify": _verified,
    "verify-offline": _verified_offline,
    "screening": _screening,
    "what-if": _what_if,
    "ready": _ready,
}
