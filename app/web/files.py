"""Downloads of uploaded files: by token, only rows the reader may see, never as a page of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, ClassVar, TypeVar, cast

from flask import request, send_file
from flask_appbuilder.baseviews import expose
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app import models as m
from app import policies
from app.db import session
from app.documents import content, storage
from app.domain.clock import utc_now
from app.domain.errors import NotFound, Problem, RuleError
from app.domain.text import N_
from app.web.access import guarded
from app.web.base import Page
from app.web.security import current_actor
from app.web.transactions import note

READERS = ("Unit", "Reviewer", "RecognitionOfficer", "IPOffice", "Auditor", "Admin")
#: A file shown inside a page runs nothing, loads nothing and stands outside our origin.
INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
View = TypeVar("View", bound=Callable[..., Any])


def inert(view: View) -> View:
    """Give the answers of ``view`` the policy ``INERT`` instead of that of pages (read by Talisman)."""
    view.talisman_view_options = {"content_security_policy": INERT, "content_security_policy_nonce_in": []}  # type: ignore[attr-defined]
    return view


class FileView(Page):
    """Files of units 上传文件."""

    route_base = "/files"
    roles: ClassVar[Any] = dict.fromkeys(READERS, ("can_read",))

    @expose("/<string(maxlength=32):token>")
    @inert
    @guarded("read")
    def download(self, token: str) -> Response:
        """The file as a download under its own name."""
        return send(find(token), inline=False)

    @expose("/<string(maxlength=32):token>/view")
    @inert
    @guarded("read")
    def view(self, token: str) -> Response:
        """A picture or PDF shown inside a page."""
        file = find(token)
        if file.media_type not in {kind.media_type for kind in content.DOCUMENTS}:
            raise NotFound
        return send(file, inline=True)


def sent() -> FileStorage | None:
    """The file that came with the request, if one did; RuleError where there are several, all but one of which would be
    lost without a word."""
    files = request.files.getlist("file")
    if len(files) > 1:
        raise RuleError([Problem("file", N_("一次只能上传一个文件"))])
    return files[0] if files and files[0].filename else None


def chosen() -> FileStorage:
    """The file that came with the request; RuleError where none or several did."""
    file = sent()
    if file is None:
        raise RuleError([Problem("file", N_("请选择文件"))])
    return file


def received(file: FileStorage, purpose: str, unit_id: int | None, limits: storage.Limits) -> m.StoredFile:
    """A file that was sent, checked; its row is not kept yet. RuleError where it is refused; what carries malware is
    put into quarantine all the same.

    It is looked into outside any transaction: that may take seconds, and SQLite has one writer.
    """
    actor, stream = current_actor(), cast(BinaryIO, file.stream)
    session.rollback()
    try:
        return storage.receive(stream, file.filename or "", purpose, unit_id, actor, utc_now(), limits)
    except storage.Infected as error:
        storage.quarantine(error.file)
        session.commit()
        raise RuleError(error.problems) from error


def find(token: str) -> m.StoredFile:
    """The file with that token, if the reader may see it."""
    query = select(m.StoredFile).where(m.StoredFile.token == token)
    condition = policies.visible(m.StoredFile, current_actor())
    file = session.scalars(query if condition is None else query.where(condition)).one_or_none()
    if file is None:
        raise NotFound
    return file


def send(file: m.StoredFile, *, inline: bool) -> Response:
    """The file: inside a page, or as a download, which leaves a trace."""
    file_id, response = file.id, opened(file, inline=inline)
    if not inline:
        note("download", "StoredFile", file_id)
    return response


def opened(file: m.StoredFile, *, inline: bool = False) -> Response:
    """The file for whoever may have it without a trace."""
    name, media_type = file.original_name, file.media_type
    stream = storage.open_file(file)
    response = send_file(stream, mimetype=media_type, as_attachment=not inline, download_name=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
