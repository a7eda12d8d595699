"""Articles 通知、政策文件、问答、手册: the public pages, and the generated view in which staff write them."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app import models as m
from app.documents import storage
from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound, RuleError
from app.domain.text import N_
from app.reports import articles
from app.services import articles as writing
from app.web import files, labels, markup
from app.web.access import guarded
from app.web.base import OpenPage, RecordView, problems_text
from app.web.files import inert
from app.web.interface import PolicyInterface
from app.web.records import STAFF_READ
from app.web.reference import WRITE
from app.web.text import in_english

_ID = "<int(max=9223372036854775807):article_id>"
_CURSOR = re.compile(r"\d{4}-\d{2}-\d{2}\.\d{1,6}\.\d{1,18}", re.ASCII)
_TEXT_LENGTH = 100


class ArticlesView(OpenPage):
    """Notices, policy documents, files, questions and manual for everybody."""

    route_base = "/articles"

    @expose("/")
    def index(self) -> str:
        """The articles of a kind or of all, the newest first."""
        kind, after = request.args.get("kind", ""), request.args.get("after") or None
        if (kind and kind not in labels.ARTICLE_KINDS) or (after and not _CURSOR.fullmatch(after)):
            raise BadRequest
        typed = "".join(filter(str.isprintable, request.args.get("q", "")))[:_TEXT_LENGTH].strip()
        try:
            found = articles.articles(
                local_date(utc_now()), english=in_english(), kinds=[kind] if kind else (), text=typed, after=after,
                limit=articles.PAGE + 1,
            )  # fmt: skip
        except ValueError as error:  # a day that is none
            raise BadRequest from error
        shown = found[: articles.PAGE]
        return str(self.render_template(
            "articles/index.html", articles=shown, more=shown[-1].cursor if len(found) > len(shown) else None,
            kind=kind, kinds=labels.codes("article", "kind"), typed=typed, after=after, html=markup.html,
        ))  # fmt: skip

    @expose(f"/{_ID}")
    def show(self, article_id: int) -> str:
        """One article with its files."""
        article = _published(article_id)
        return str(self.render_template(
            "articles/show.html", article=article, files=articles.files(article.id), html=markup.html,
        ))  # fmt: skip

    @expose(f"/{_ID}/files/<int(max=9223372036854775807):file_id>")
    @inert
    def file(self, article_id: int, file_id: int) -> Response:
        """A file of a published article, as a download."""
        _published(article_id)
        return files.opened(_there(articles.file(article_id, file_id)))


class ArticleView(RecordView):
    """Articles, written by staff; the page of one is its preview."""

    datamodel = PolicyInterface(m.Article)
    longest = 50_000
    roles = {**STAFF_READ, "RecognitionOfficer": WRITE, "Admin": WRITE}
    base_permissions = list(WRITE)
    list_title = _l("文章")
    list_columns = ["published_on", "kind", "title", "document_no", "status", "changed_at"]
    order_columns = ["published_on", "changed_at"]
    base_order = ("id", "desc")
    filter_columns = ("kind", "status")
    text_columns = ("title", "title_en", "document_no")
    search_hint = _l("标题或文号")
    show_columns = ["kind", "status", "published_on", "document_no", "position", "title_en", "changed_at"]
    add_columns = edit_columns = ["kind", "title", "body", "title_en", "body_en", "document_no", "published_on", "position",
                                  "status"]  # fmt: skip
    show_template = "articles/record.html"
    label_columns = {
        "kind": _l("栏目"),
        "title": _l("标题"),
        "body": _l("正文"),
        "title_en": _l("英文标题"),
        "body_en": _l("英文正文"),
        "document_no": _l("文号"),
        "published_on": _l("发布日期"),
        "position": _l("顺序"),
        "status": _l("发布状态"),
        "changed_at": _l("修改时间"),
    }
    description_columns: ClassVar[dict[str, Any]] = {
        "body": _l("可用 Markdown：# 标题、**加粗**、- 列表、[文字](网址)、表格；不支持 HTML 和图片。"),
        "title_en": _l("不填时，英文页面显示中文。"),
        "document_no": _l("政策文件的文号，如“国知办函运字〔2022〕985 号”。"),
        "published_on": _l("到这一天才公开；已发布而未填的，从今天起公开。"),
        "position": _l("同一天发布的，数字小的排在前面。"),
        "status": _l("草稿只有工作人员可见。"),
    }

    def pre_add(self, item: m.Article) -> None:
        """See ``services.articles.check``."""
        writing.check(item, utc_now())

    def pre_update(self, item: m.Article) -> None:
        """See ``services.articles.check``."""
        writing.check(item, utc_now())

    def pre_delete(self, item: m.Article) -> None:
        """See ``services.articles.clear``."""
        writing.clear(item)

    def html(self, text: str) -> Any:
        """A text as the public page shows it."""
        return markup.html(text)

    def files(self, item: m.Article) -> list[articles.ShownFile]:
        """The files attached."""
        return articles.files(item.id)

    @expose("/show/<pk>/files", methods=["POST"])
    @guarded("edit")
    def attach(self, pk: str) -> Response:
        """Attach a file."""
        self.datamodel.find(pk)
        try:
            sent = files.chosen()
            received = files.received(sent, "article", None, storage.Limits.of("article"))
            writing.attach(self.datamodel.find(pk), received)
        except RuleError as error:
            flash(problems_text(error), "danger")
        else:
            flash(_("已添加附件“%(name)s”", name=sent.filename), "success")
        return self._back(pk)

    @expose("/show/<pk>/files/<int(max=9223372036854775807):file_id>")
    @inert
    @guarded("show")
    def file(self, pk: str, file_id: int) -> Response:
        """A file of an article, whether it is published or not."""
        return files.send(_there(articles.file(self.datamodel.find(pk).id, file_id)), inline=False)

    @expose("/show/<pk>/files/<int(max=9223372036854775807):file_id>/delete", methods=["POST"])
    @guarded("edit")
    def detach(self, pk: str, file_id: int) -> Response:
        """Take a file off."""
        writing.detach(self.datamodel.find(pk), file_id)
        flash(_("附件已删除"), "success")
        return self._back(pk)

    def _back(self, pk: str) -> Response:
        return redirect(url_for("ArticleView.show", pk=pk))


def _published(article_id: int) -> articles.ShownArticle:
    article = articles.article(article_id, local_date(utc_now()), english=in_english())
    if article is None:
        raise NotFound(N_("没有找到这篇文章，可能已经撤下"))
    return article


def _there(file: m.StoredFile | None) -> m.StoredFile:
    if file is None:
        raise NotFound
    return file
