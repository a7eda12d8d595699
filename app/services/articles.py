"""Articles 通知、政策文件、问答、手册: what the staff's forms ask for, and the files attached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.documents import storage
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.text import N_

MAX_FILES = 20


def check(article: m.Article, now: datetime) -> None:
    """Make an article as it was typed fit to be stored; a published one without a day shows from today on."""
    if bool(article.title_en) != bool(article.body_en):
        missing = "body_en" if article.title_en else "title_en"
        raise RuleError([Problem(missing, N_("英文标题和英文正文要么都填，要么都不填"))])
    if article.status == "published" and article.published_on is None:
        article.published_on = local_date(now)
    article.created_at, article.changed_at = article.created_at or now, now


def clear(article: m.Article) -> None:
    """Before an article is deleted, take its files off; Conflict for what comes with the platform, which would come back
    with the next set-up."""
    if article.code is not None:
        raise Conflict(N_("这是随平台提供的文章，不能删除；不想公开的，请改为草稿"))
    attached = select(m.ArticleFile.file_id).where(m.ArticleFile.article_id == article.id)
    for file_id in session.scalars(attached).all():
        detach(article, file_id)


def attach(article: m.Article, received: m.StoredFile) -> None:
    """Attach a file that ``storage.receive`` has checked and stored."""
    attached = select(func.count()).select_from(m.ArticleFile).where(m.ArticleFile.article_id == article.id)
    if session.execute(attached).scalar_one() >= MAX_FILES:
        raise RuleError([Problem("file", N_("每篇文章最多 {n} 个附件", n=MAX_FILES))])
    file = storage.keep(received)
    session.add(m.ArticleFile(article_id=article.id, file_id=file.id))
    session.flush()


def detach(article: m.Article, file_id: int) -> None:
    """Take a file off an article and forget it; its bytes are swept away later."""
    query = select(m.ArticleFile).where(
        m.ArticleFile.article_id == article.id, m.ArticleFile.file_id == file_id
    )
    link = session.scalars(query).one_or_none()
    if link is None:
        raise NotFound
    session.delete(link)
    session.flush()
    session.delete(session.get_one(m.StoredFile, file_id))
    session.flush()
