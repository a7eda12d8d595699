"""The exports somebody asked for: how far each is, and its file until it is kept no longer."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import FileWrapper

from app.domain import actor as roles
from app.domain.clock import utc_now
from app.reports import export
from app.services import background, exports
from app.web import exporting
from app.web.access import guarded
from app.web.base import Page
from app.web.security import current_actor
from app.web.transactions import note

JOB = "<int(max=9223372036854775807):job_id>"
_LISTED = 100
_PIECE = 1 << 16


class ExportsView(Page):
    """我的导出."""

    route_base = "/exports"
    roles = dict.fromkeys(
        (roles.UNIT, roles.REVIEWER, roles.RECOGNITION_OFFICER, roles.IP_OFFICE, roles.AUDITOR, roles.ADMIN), ("can_index",)
    )  # fmt: skip

    @expose("/")
    @guarded("index")
    def index(self) -> str:
        """The present user's exports, newest first."""
        found = exports.listed(current_actor(), _LISTED)
        return str(self.render_template(
            "exports/index.html", title=_("我的导出"), exports=found, now=utc_now(), kinds=export.KINDS
        ))  # fmt: skip

    @expose(f"/{JOB}")
    @guarded("index")
    def show(self, job_id: int) -> str:
        """One export: its bar, then the file."""
        job, file = exports.own(current_actor(), job_id)
        return str(self.render_template(
            "exports/show.html", title=_("导出：%(title)s", title=job.title), job=job, file=file, now=utc_now(),
            failure=background.failure(job),
        ))  # fmt: skip

    @expose(f"/{JOB}/file")
    @guarded("index")
    def download(self, job_id: int) -> AnyResponse:
        """The file; a part of it where the browser goes on with a broken download."""
        return file_of(job_id)

    @expose(f"/{JOB}/delete", methods=["POST"])
    @guarded("index")
    def delete(self, job_id: int) -> AnyResponse:
        """Delete the file before its time."""
        exports.remove(current_actor(), job_id)
        flash(_("已删除"), "success")
        return redirect(url_for("ExportsView.index"))


def file_of(job_id: int) -> AnyResponse:
    """The file of one of the reader's exports, which leaves a trace; NotFound once it is kept no longer."""
    file = exports.own_file(current_actor(), job_id, utc_now())
    title, kind, sha256, size = file.title, file.kind, file.sha256, file.size
    stream = FileWrapper(exports.open_file(file), _PIECE)
    note("download", "export_file", job_id)
    answer = exporting.as_file(stream, title, kind)
    answer.direct_passthrough = True
    answer.content_length = size
    answer.set_etag(sha256)
    return answer.make_conditional(request, accept_ranges=True, complete_length=size)
