"""The open data for everybody: the page, the files, their schema and hashes."""

from __future__ import annotations

import json

from flask import Response, send_file
from flask_appbuilder.baseviews import expose
from werkzeug.wrappers import Response as AnyResponse

from app import models as m
from app.db import session
from app.documents import storage
from app.domain.errors import NotFound
from app.domain.text import N_
from app.reports import open_data
from app.services import open_data as files
from app.web.base import OpenPage


class OpenDataView(OpenPage):
    """数据开放."""

    route_base = "/data"
    #: pages and files are few, and each file is the whole
    often = "60 per minute"

    @expose("/")
    def index(self) -> str:
        """What there is, how it is read and checked, and how programs ask for single records."""
        return str(self.render_template("portal/data.html", files=files.current(), fields=open_data.FIELDS))

    @expose("/<any('products.csv','products.jsonl'):file>")
    def file(self, file: str) -> AnyResponse:
        """A file as of last night."""
        found = next((each for each in files.current() if each.name == file), None)
        if found is None:
            raise NotFound(N_("数据文件每天夜里生成，目前还没有"))
        stored = session.get_one(m.StoredFile, found.file_id, execution_options={"unscoped": True})
        return send_file(
            storage.open_file(stored), mimetype=files.MEDIA_TYPES[file], as_attachment=True,
            download_name=f"{found.made_at:%Y%m%d}-{file}", etag=found.sha256, last_modified=found.made_at,
        )  # fmt: skip

    @expose("/schema.json")
    def schema(self) -> Response:
        """The schema of a record."""
        return Response(
            json.dumps(open_data.schema(), ensure_ascii=False, indent=1), mimetype="application/schema+json"
        )

    @expose("/SHA256SUMS")
    def hashes(self) -> Response:
        """The files' hashes, in the form that ``sha256sum --check`` reads."""
        lines = "".join(f"{each.sha256}  {each.name}\n" for each in files.current())
        return Response(lines, mimetype="text/plain")
