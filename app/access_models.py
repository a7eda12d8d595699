"""WHAT PROGRAMS ARE GIVEN: personal access tokens, answers kept for repeated requests.

None of it can be read back as a secret: of a token the hash is kept.
"""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Code, UtcDateTime
from app.platform_models import BigId, one_of


class ApiToken(Model):
    """A personal access token 访问令牌: a program acts as its owner, within ``scopes``, until it expires or is ended."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("user_id", "name"), one_of("ended", "revoked", "account"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(100))
    #: SHA-256 of the token
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    #: its last characters, by which its owner tells it from others
    hint: Mapped[str] = mapped_column(String(4))
    #: ``domain.scopes``
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: by its owner, or with the account's sessions (new password, closed, signed out everywhere)
    ended: Mapped[str | None] = mapped_column(Code())
    #: to the minute
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ip: Mapped[str | None] = mapped_column(String(45))

    def __str__(self) -> str:
        return self.name


class KeptAnswer(Model):
    """What a request with an ``Idempotency-Key`` was answered: repeated, it is answered alike and does nothing."""

    __tablename__ = "kept_answer"
    __table_args__ = (Index("ix_kept_answer_created_at", "created_at"),)

    user_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    #: hash of method, address and body
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
