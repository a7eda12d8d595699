"""Uploads from the forms: a script sends the file at once, the form then carries its id."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from app import models as m
from app.db import session
from app.documents import storage
from app.domain.errors import RuleError
from app.web import files
from app.web.access import guarded
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import UnitPage, refused


class UnitUploadView(UnitPage):
    """Takes files for the unit."""

    route_base = "/my/uploads"
    roles = {"Unit": ("can_change",)}

    @expose("/", methods=["POST"])
    @guarded("change")
    def add(self) -> Any:
        """Check and store the file ``file`` for ``purpose``; its id and address, or what is wrong with it (422)."""
        actor, purpose = current_actor(), request.form.get("purpose", "")
        try:
            sent = files.sent()
            if purpose not in storage.PURPOSES or sent is None or actor.unit_id is None:
                raise BadRequest
            limits = storage.Limits.of(purpose)
            file = files.received(sent, purpose, actor.unit_id, limits)
            return jsonify(_row(storage.keep(file, limits)))
        except RuleError as error:
            session.rollback()
            return refused(render(error.message), error.problems)


def _row(file: m.StoredFile) -> dict[str, Any]:
    held = _("文件正在等待病毒检查，检查通过后才能打开和提交") if file.state == "held" else ""
    return {"id": file.id, "token": file.token, "name": file.original_name, "size": file.size,
            "type": file.media_type, "state": file.state, "notice": held}  # fmt: skip
