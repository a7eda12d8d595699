"""Importing tables: templates, upload, columns, the check to the row, import, undo. The same pages for units and staff."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from flask import redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app import models as m
from app.db import session
from app.documents.names import safe_name
from app.domain import actor as roles
from app.domain.clock import utc_now
from app.domain.errors import Problem, RuleError
from app.domain.text import N_, Name
from app.registers import encodings
from app.reports import export
from app.services import background
from app.services.imports import batches, faults, kinds
from app.services.imports.targets import Context, Target
from app.web import exporting, files, labels
from app.web.access import guarded, limited_writes
from app.web.base import Page, problems_text
from app.web.security import current_actor
from app.web.text import in_english, render
from app.web.transactions import note

BATCH = "<int(max=9223372036854775807):batch_id>"
SHOWN_FAULTS, SHOWN_ROWS = 100, 10
_CHUNK = 1 << 16
#: what a finished import is shown as, in this order
VERDICTS = ("new", "change", "same", "removed", "faulty", "broken")


class ImportPages(Page):
    """What the import pages of units and of staff have in common."""

    targets: ClassVar[Sequence[Target]] = ()
    #: the template whose block ``work`` the pages fill
    frame = "imports/_frame.html"
    section = ""

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """What can be imported, and the last imports."""
        recent = batches.recent(current_actor(), [target.kind for target in self.targets])
        return self._page("index.html", title=_("导入数据"), recent=recent)

    @expose("/new")
    @guarded("read")
    def new(self) -> Any:
        """The template of a kind, and the form to upload a filled one."""
        return self._form(self._target())

    @expose("/new", methods=["POST"])
    @guarded("change")
    def upload(self) -> Any:
        """Take a table; a hostile or unreadable one is refused before its rows are read."""
        target = self._target()
        try:
            batch = taken(target, request.form.get("encoding", ""))
        except RuleError as error:
            session.rollback()
            return self._form(target, problems_text(error))
        return self._to(batch.id)

    @expose("/template/<any(csv,xlsx):kind>")
    @guarded("read")
    def template(self, kind: str) -> Response:
        """An empty table with the headings."""
        return file(kind, _("导入模板"), self._target(), ())

    @expose("/current/<any(csv,xlsx):kind>")
    @guarded("read")
    def current(self, kind: str) -> Response:
        """What is there now, as a table that can be changed and imported again."""
        return current(kind, self._target())

    @expose(f"/{BATCH}")
    @guarded("read")
    def show(self, batch_id: int) -> Any:
        """An import: its columns, what the check found, what was written."""
        return self._show(batches.find(current_actor(), batch_id))

    @expose(f"/{BATCH}/faults.csv")
    @guarded("read")
    def faults(self, batch_id: int) -> Response:
        """All faults, row by row."""
        batch = batches.find(current_actor(), batch_id)
        header = [_("行号"), _("列"), _("值"), _("原因")]
        rows = list(fault_rows(self._target(batch.kind), batch, batches.faulty_rows(batch.id)))
        return exporting.as_file(export.stream("csv", header, rows), _("导入错误清单"), "csv")

    @expose(f"/{BATCH}/columns", methods=["POST"])
    @guarded("change")
    def assign(self, batch_id: int) -> Any:
        """Say which column is which."""
        chosen = request.form.getlist("field")
        return self._step(
            batch_id, lambda: batches.assign(current_actor(), batch_id, chosen, utc_now()), chosen
        )

    @expose(f"/{BATCH}/write", methods=["POST"])
    @guarded("change")
    def write(self, batch_id: int) -> Any:
        """Import what was checked."""
        mode = request.form.get("mode", "")
        return self._step(batch_id, lambda: batches.write(current_actor(), batch_id, mode, utc_now()))

    @expose(f"/{BATCH}/undo", methods=["POST"])
    @guarded("change")
    def undo(self, batch_id: int) -> Any:
        """Take the whole import back."""
        return self._step(batch_id, lambda: batches.undo(current_actor(), batch_id, utc_now()))

    @expose(f"/{BATCH}/again", methods=["POST"])
    @guarded("change")
    def again(self, batch_id: int) -> Any:
        """Go on with a work that died."""
        return self._step(batch_id, lambda: batches.again(current_actor(), batch_id, utc_now()))

    def _step(self, batch_id: int, work: Any, chosen: Sequence[str] = ()) -> Any:
        try:
            work()
        except RuleError as error:
            session.rollback()
            return self._show(batches.find(current_actor(), batch_id), problems_text(error), chosen)
        return self._to(batch_id)

    def _target(self, kind: str | None = None) -> Target:
        return kinds.target_of(kind or request.args.get("of", self.targets[0].kind), current_actor())

    def _to(self, batch_id: int) -> Any:
        return redirect(url_for(f"{self.endpoint}.show", batch_id=batch_id))

    def _form(self, target: Target, problem: str = "") -> Any:
        return self._page(
            "new.html", 422 if problem else 200, title=_("导入%(kind)s", kind=kind_name(target.kind)), target=target,
            problem=problem, encodings=encodings.KNOWN, chosen=request.form.get("encoding", ""),
            mib=batches.max_bytes() >> 20, most=batches.max_rows(), words=_words,
        )  # fmt: skip

    def _show(self, batch: m.ImportBatch, problem: str = "", chosen: Sequence[str] = ()) -> Any:
        target = self._target(batch.kind)
        columns = [target.column(name) for name in batch.fields]
        return self._page(
            "show.html", 422 if problem else 200, title=_("导入%(kind)s", kind=kind_name(batch.kind)), batch=batch,
            target=target, problem=problem, chosen=chosen or [name or "" for name in batch.fields], columns=columns,
            rows=batches.first_rows(batch.id, SHOWN_ROWS), verdicts=VERDICTS,
            wrong=batch.counts.get("faulty", 0) + batch.counts.get("broken", 0),
            found=list(fault_rows(target, batch, batches.faulty_rows(batch.id, most=SHOWN_FAULTS))),
            failure=background.failure(batch.job) if batch.job else None, can_undo=batches.can_undo(batch, utc_now()),
            conflicts=[render(faults.unpacked(each)) for each in batch.conflicts],
        )  # fmt: skip

    def _page(self, template: str, status: int = 200, **context: Any) -> Any:
        shown = {"frame": self.frame, "section": self.section, "here": self.endpoint, "targets": self.targets}
        return str(self.render_template(f"imports/{template}", heading=heading, kind_name=kind_name, **shown, **context)), status  # fmt: skip


class StaffImportView(ImportPages):
    """批量导入, for administrators."""

    route_base = "/import"
    roles: ClassVar[Mapping[str, Any]] = {roles.ADMIN: ("can_read", "can_change")}
    targets = kinds.OF_ADMINS


def taken(target: Target, encoding: str) -> m.ImportBatch:
    """A table that was sent, as an import; RuleError where it is refused.

    It is read before the transaction begins: that may take seconds, and SQLite has one writer.
    """
    sent, actor, limit, most = files.chosen(), current_actor(), batches.max_bytes(), batches.max_rows()
    session.rollback()
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = _received(sent, Path(folder) / "table", limit)
        name = safe_name(sent.filename or "", (".csv", ".xlsx", ".jsonl", ".txt"))
        received = batches.receive(target.kind, path, name, encoding, most, actor)
    return batches.keep(received, actor, utc_now())


def kind_name(kind: str) -> str:
    """What a kind is called."""
    return labels.label("import_batch", "kind", kind)


def heading(name: Name | None) -> str:
    """A heading in the reader's language."""
    if name is None:
        return ""
    return name.english if in_english() else name.zh


def _words(column: Any) -> str:
    return _("、").join(heading(word) for word in column.words.values())


def _received(sent: FileStorage, path: Path, limit: int) -> Path:
    size = 0
    with path.open("wb") as file:
        while piece := sent.stream.read(_CHUNK):
            size += len(piece)
            if size > limit:
                raise RuleError([Problem("file", N_("文件超过 {mib} MiB 的上限", mib=limit >> 20))])
            file.write(piece)
    return path


def current(kind: str, target: Target) -> Response:
    """What there is now of the target's records, as a file of a kind."""
    note("export", target.kind, kind=kind)
    context = Context(current_actor(), utc_now(), english=in_english())
    return file(kind, _("现有数据"), target, target.records(context))


def file(kind: str, title: str, target: Target, rows: Any) -> Response:
    """A table with the target's headings, as a file of a kind."""
    header = [heading(column.heading) for column in target.columns]
    name = f"{kind_name(target.kind)}{title if not in_english() else ' ' + title}"
    return exporting.as_file(export.stream(kind, header, rows), name, kind)


def fault_rows(
    target: Target, batch: m.ImportBatch, rows: Sequence[tuple[int, Sequence[Problem]]]
) -> Iterator[list[Any]]:
    """Row, column, value, reason of each fault of some rows."""
    for start in range(0, len(rows), SHOWN_FAULTS):
        part = rows[start : start + SHOWN_FAULTS]
        cells = batches.cells_of(batch.id, [number for number, _problems in part])
        for number, problems in part:
            values = dict(zip(batch.fields, cells[number], strict=False))
            for problem in problems:
                column = target.column(problem.field)
                value = values.get(problem.field, "") if column else ""
                yield [
                    number,
                    heading(column.heading) if column else "",
                    value[:200],
                    render(problem.message),
                ]
