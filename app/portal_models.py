"""THE PUBLIC PORTAL'S OWN DATA: what staff write for everybody to read, what is counted and given away for everybody."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Code, UtcDateTime
from app.platform_models import BigId, Versioned, one_of

ARTICLE_KINDS = ("notice", "policy", "file", "faq", "manual", "flow")


class Article(Versioned, Model):
    """A text for everybody 文章: a notice, policy document, question with its answer, chapter of the manual …

    It shows from ``published_on`` on, once it is published.
    """

    __tablename__ = "article"
    __table_args__ = (
        one_of("kind", *ARTICLE_KINDS),
        one_of("status", "draft", "published"),
        CheckConstraint("status = 'draft' OR published_on IS NOT NULL", name="published_on_a_day"),
        Index("ix_article_status_published_on", "status", "published_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: of what comes with the platform (``data/articles.csv``); None for all else
    code: Mapped[str | None] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(Code())
    title: Mapped[str] = mapped_column(String(200))
    #: empty: readers of English get the Chinese text
    title_en: Mapped[str] = mapped_column(String(300), default="", server_default="")
    #: Markdown, of which pages show an allowed part (``web.markup``)
    body: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text, default="", server_default="")
    document_no: Mapped[str] = mapped_column(String(100), default="", server_default="")
    #: the lower, the earlier among those of one day
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    status: Mapped[str] = mapped_column(Code(), default="draft", server_default="draft")
    published_on: Mapped[date | None] = mapped_column(Date)

    def __str__(self) -> str:
        return self.title


class ArticleFile(Model):
    """A file attached to an article."""

    __tablename__ = "article_file"
    __table_args__ = (UniqueConstraint("article_id", "file_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))


class PublicCounts(Model):
    """How many products there are of which region, industry and so on, as of a time; one row, made by a job."""

    __tablename__ = "public_counts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: key → code → number (``reports.facets``)
    values: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpenDataFile(Model):
    """A file of the open data, made by a job every night."""

    __tablename__ = "open_data_file"
    __table_args__ = (UniqueConstraint("name", "made_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: products.csv, products.jsonl
    name: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
