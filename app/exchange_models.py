"""WHAT LEAVES THE PLATFORM AS FILES: exports made in the background, kept for some days for whoever asked for them."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Code, UtcDateTime
from app.platform_models import BackgroundJob


class ExportFile(Model):
    """The file that a background job of the kind ``export`` made; the row goes when the file does."""

    __tablename__ = "export_file"

    job_id: Mapped[int] = mapped_column(ForeignKey(BackgroundJob.id), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    #: xlsx, csv, gb18030
    kind: Mapped[str] = mapped_column(Code())
    #: under which the bytes are stored
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
