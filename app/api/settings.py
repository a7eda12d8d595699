"""What administrators and editors keep, over REST: parameters, calendar, phrases, message texts, articles."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.api import schemas
from app.api.answers import GONE, PK, gone
from app.api.base import operation
from app.api.viewed import ViewApi
from app.columns import LARGEST_KEY
from app.documents import storage
from app.domain.errors import NotFound
from app.reports import articles as published
from app.services import articles
from app.web import files, reference
from app.web.articles import ArticleView

FILE_ID = f"<int(min=1,max={LARGEST_KEY}):file_id>"
_FILE = schemas.obj({"id": schemas.ID, "name": schemas.TEXT, "size": schemas.COUNT})


class SettingsApi(ViewApi):
    """What staff read and some of them change."""

    area = "settings"


class ParameterApi(SettingsApi):
    """Figures and patterns that are assumed and may be changed."""

    resource_name = "parameters"
    view = reference.ParameterView
    example = {"value": "20"}


class CalendarApi(SettingsApi):
    """Days that differ from Monday to Friday and from the official calendar."""

    resource_name = "calendar-days"
    view = reference.CalendarDayView
    example = {"day": "2027-02-05", "kind": "rest", "holiday": "春节"}


class PhraseApi(SettingsApi):
    """Phrases reviewers use often."""

    resource_name = "phrases"
    view = reference.PhraseView
    example = {"text": "请补充专利权有效的证明材料", "position": 10}


class MessageTemplateApi(SettingsApi):
    """Texts of the messages the platform sends."""

    resource_name = "message-templates"
    view = reference.MessageTemplateView
    example = {"subject": "备案审核结果"}


class ArticleApi(SettingsApi):
    """Articles as staff write them, drafts among them, and the files attached."""

    resource_name = "articles"
    view = ArticleView
    example = {
        "kind": "notice",
        "title": "关于开展年度更新的通知",
        "body": "请于 **6 月底** 前完成。",
        "status": "draft",
    }

    @operation(
        "GET", f"/{PK}/files", _l("文章的附件"), answer=schemas.result(schemas.array(_FILE)), errors=(404,),
    )  # fmt: skip
    def files(self, pk: int) -> Any:
        """The files attached."""
        attached = published.files(self.find(pk).id)
        return {"result": [{"id": each.id, "name": each.name, "size": each.size} for each in attached]}

    @operation(
        "POST", f"/{PK}/files", _l("添加附件"), sends="multipart/form-data", answer=schemas.result(_FILE), status=201,
        body=schemas.obj({"file": {"type": "string", "format": "binary"}}),
    )  # fmt: skip
    def attach(self, pk: int) -> Any:
        """Attach a file."""
        self.find(pk)
        received = files.received(files.chosen(), "article", None, storage.Limits.of("article"))
        articles.attach(self.find(pk), received)
        return {"result": {"id": received.id, "name": received.original_name, "size": received.size}}

    @operation(
        "GET", f"/{PK}/files/{FILE_ID}", _l("下载附件"), answers="application/octet-stream",
        answer={"type": "string", "format": "binary"}, errors=(404,),
    )  # fmt: skip
    def download(self, pk: int, file_id: int) -> Response:
        """A file as a download."""
        found = published.file(self.find(pk).id, file_id)
        if found is None:
            raise NotFound
        return files.send(found, inline=False)

    @operation("DELETE", f"/{PK}/files/{FILE_ID}", _l("删除附件"), answer=GONE)
    def detach(self, pk: int, file_id: int) -> Any:
        """Take a file off."""
        articles.detach(self.find(pk), file_id)
        return gone(file_id)
