"""What everybody may read of articles 通知、政策文件、问答、手册: published ones, from their day on.

Explicit columns, read as tables: who wrote an article, and drafts, are the staff's own affair.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app import models as m
from app.db import session

PAGE = 30
_A, _F, _S = (model.__table__.c for model in (m.Article, m.ArticleFile, m.StoredFile))


@dataclass(frozen=True)
class ShownFile:
    """A file attached to an article; its size in bytes."""

    id: int
    name: str
    size: int
    media_type: str


@dataclass(frozen=True)
class ShownArticle:
    """A published article; ``chinese`` where a reader of English gets the Chinese text."""

    id: int
    kind: str
    title: str
    body: str
    document_no: str
    published_on: date
    position: int
    chinese: bool = False

    @property
    def cursor(self) -> str:
        """What ``articles`` goes on after."""
        return f"{self.published_on.isoformat()}.{self.position}.{self.id}"


def articles(
    today: date,
    *,
    english: bool = False,
    kinds: Collection[str] = (),
    text: str = "",
    after: str | None = None,
    limit: int = PAGE,
) -> list[ShownArticle]:
    """The newest articles of these kinds (none: of all) whose title, text or number holds ``text``, taken literally.

    Those of one day stand by their position. ``after`` is the ``cursor`` of an article: those that follow it;
    ValueError where it is none.
    """
    query = _published(today).order_by(_A.published_on.desc(), _A.position, _A.id).limit(limit)
    if kinds:
        query = query.where(_A.kind.in_(kinds))
    if text:
        columns = (_A.title, _A.title_en, _A.body, _A.body_en, _A.document_no)
        query = query.where(or_(*[column.icontains(text, autoescape=True) for column in columns]))
    if after is not None:
        query = query.where(_following(after))
    return [_shown(row, english) for row in session.execute(query)]


def article(article_id: int, today: date, *, english: bool = False) -> ShownArticle | None:
    """One published article, else None."""
    row = session.execute(_published(today).where(_A.id == article_id)).one_or_none()
    return None if row is None else _shown(row, english)


def files(article_id: int) -> list[ShownFile]:
    """The files of an article that may be opened, in the order in which they were attached."""
    query = (
        select(_S.id, _S.original_name, _S.size, _S.media_type)
        .join_from(m.ArticleFile.__table__, m.StoredFile.__table__, _S.id == _F.file_id)
        .where(_F.article_id == article_id, _S.state == "clean")
        .order_by(_F.id)
    )
    return [ShownFile(*row) for row in session.execute(query)]


def file(article_id: int, file_id: int) -> m.StoredFile | None:
    """A file of an article; whether the article is published has been asked."""
    query = select(m.StoredFile).join(m.ArticleFile, m.ArticleFile.file_id == m.StoredFile.id)
    query = query.where(m.ArticleFile.article_id == article_id, m.StoredFile.id == file_id)
    return session.scalars(query.execution_options(unscoped=True)).one_or_none()


def _published(today: date) -> Select[Any]:
    columns = (
        _A.id,
        _A.kind,
        _A.title,
        _A.title_en,
        _A.body,
        _A.body_en,
        _A.document_no,
        _A.published_on,
        _A.position,
    )
    return select(*columns).where(_A.status == "published", _A.published_on <= today)


def _following(cursor: str) -> ColumnElement[bool]:
    day_text, position_text, id_text = cursor.split(".")
    day, position, article_id = date.fromisoformat(day_text), int(position_text), int(id_text)
    same_day = _A.published_on == day
    return or_(
        _A.published_on < day,
        and_(same_day, _A.position > position),
        and_(same_day, _A.position == position, _A.id > article_id),
    )


def _shown(row: Any, english: bool) -> ShownArticle:
    translated = english and bool(row.title_en and row.body_en)
    return ShownArticle(
        row.id, row.kind, row.title_en if translated else row.title, row.body_en if translated else row.body,
        row.document_no, row.published_on, row.position, chinese=english and not translated,
    )  # fmt: skip
