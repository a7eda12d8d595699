"""How a page gives its rows as a file: a small list at once, a large one by a job that asks the same page again.

A view has one method that returns a ``Sheet`` for the arguments of its address, made a route by ``exports``. The job
calls that method as the page does: under the same filters, in the language and with the rights of whoever asked, as they
are when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response, current_app, g, redirect, request, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from app import models as m
from app.db import acting, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import Conflict, NotAllowed
from app.domain.text import N_
from app.registers import parameters
from app.reports import export
from app.services import exports as files
from app.services.background import Task
from app.web import labels
from app.web.access import guarded, require
from app.web.security import current_actor
from app.web.transactions import note

#: as part of a route: which kind of file
KIND = f"<any({','.join(export.KINDS)}):kind>"
#: rows between two signs of life of a job
_STEP = 20_000


@dataclass(frozen=True)
class Sheet:
    """What a file holds: its title, the table it shows, headings, rows (read as they are asked for), the filters in
    words, and how to count the rows for the progress of a job."""

    title: str
    entity: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    filters: Sequence[tuple[str, str]] = ()
    count: Callable[[], int] | None = None
    entity_id: object = ""

    def notes(self) -> export.Notes:
        """The last worksheet: what this is, of when, limited by what."""
        lines = [(_("内容"), self.title), (_("导出时间"), labels.show(utc_now())), *self.filters]
        return export.Notes(_("导出说明"), lines, _("行数"))


Sheets = Callable[..., Sheet]


def exports(needed: str | None = None) -> Callable[[Sheets], Any]:
    """Make a method that returns a ``Sheet`` a route with the argument ``kind``: GET gives the file or, where the list
    is long, a page that offers to have it made; POST has it made."""

    def decorate(method: Sheets) -> Any:
        @wraps(method)
        def answer(self: Any, kind: str, **where: Any) -> Any:
            if request.method == "POST":
                job = begin(self, method.__name__, kind, where, request.args)
                return redirect(url_for("ExportsView.show", job_id=job.id))
            sheet = method(self, request.args, **where)
            return sent(sheet, kind) or self.render_template(
                "exports/offer.html", title=_("导出：%(title)s", title=sheet.title), sheet=sheet, name_of_kind=export.KINDS[kind],
                limit=parameters.integer("export_at_once"), days=parameters.integer("export_days"),
            )  # fmt: skip

        checked: Any = guarded(needed)(answer)
        checked.sheet_of = method
        return checked

    return decorate


def sent(sheet: Sheet, kind: str) -> Response | None:
    """The file at once, noted in the trail; None where the sheet has more rows than people should wait for."""
    limit = parameters.integer("export_at_once")
    rows = list(islice(sheet.rows, limit + 1))
    if len(rows) > limit:
        return None
    body = export.stream(kind, sheet.header, rows, sheet.notes())
    note("export", sheet.entity, sheet.entity_id, kind=kind, rows=len(rows), filter=dict(request.args))
    return as_file(body, sheet.title, kind)


def as_file(body: bytes | Iterable[bytes], title: str, kind: str) -> Response:
    """What was made, of a kind of ``reports.export`` or a ``pdf``, as a download named after ``title``."""
    return Response(body, content_type=export.media_type(kind), headers=export.headers(title, kind))


# ---------------------------------------------------------------- the job


@dataclass(frozen=True)
class Asked:
    """What a page was asked for, as a job keeps it."""

    view: str
    method: str
    kind: str
    where: Mapping[str, Any]
    query: Mapping[str, str]
    language: str


def begin(
    view: Any, method: str, kind: str, where: Mapping[str, Any], query: Mapping[str, str]
) -> m.BackgroundJob:
    """Have the list of a view made into a file of a kind, as far as whoever asks may see it."""
    asked = Asked(view.endpoint, method, kind, dict(where), dict(query), str(get_locale()))
    return files.start(_sheet(view, asked).title, asdict(asked), current_actor(), utc_now())


def run(task: Task) -> Mapping[str, Any]:
    """Make the file of a job (``app.jobs.HANDLERS``)."""
    asked = Asked(**task.arguments)
    with _as_asked(asked, task.actor), TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "export"
        sheet = _again(asked)
        rows = _Counted(sheet.rows, task, sheet.count() if sheet.count else 0)
        with path.open("w+b") as file:
            export.write(file, asked.kind, sheet.header, rows, sheet.notes())
        with transaction(task.actor):
            files.keep(
                path, task, utc_now(), title=sheet.title, kind=asked.kind, rows=rows.number, entity=sheet.entity,
                entity_id=sheet.entity_id, filter=dict(asked.query),
            )  # fmt: skip
        task.step(rows.number, rows.number)
    return {"rows": rows.number, "link": f"/exports/{task.id}"}


@contextmanager
def _as_asked(asked: Asked, actor: Actor) -> Iterator[None]:
    """A request like the one that started the work, with a session of its own."""
    if actor.user_id is None:
        raise NotAllowed(N_("发起任务的账号已停用"))
    with current_app.app_context(), current_app.test_request_context("/", query_string=dict(asked.query)):
        g.actor = actor
        with force_locale(asked.language), acting(actor):
            yield


def _sheet(view: Any, asked: Asked) -> Sheet:
    """The page's rows, if its reader may see it; BadRequest where its arguments are not known."""
    require(permission(view, asked.method), view.class_permission_name)
    sheet: Sheet = getattr(type(view), asked.method).sheet_of(view, asked.query, **asked.where)
    return sheet


def permission(view: Any, method: str) -> str:
    """What whoever exports a view's list must be allowed there."""
    return f"{PERMISSION_PREFIX}{getattr(type(view), method)._permission_name}"


def _again(asked: Asked) -> Sheet:
    """The same later, if its reader may still see it."""
    views = current_app.appbuilder.baseviews  # type: ignore[attr-defined]
    try:
        return _sheet(next(each for each in views if each.endpoint == asked.view), asked)
    except HTTPException as error:  # filters that are known no longer
        raise Conflict(N_("列表的筛选条件已失效，请重新打开列表再导出")) from error


class _Counted:
    """Rows as they pass, with signs of life for whoever waits."""

    def __init__(self, rows: Iterable[Sequence[Any]], task: Task, total: int) -> None:
        self._rows, self._task, self._total = rows, task, total
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        self._task.step(0, self._total)
        for row in self._rows:
            self.number += 1
            if self.number % _STEP == 0:
                self._task.step(self.number, max(self._total, self.number) if self._total else 0)
            yield row
