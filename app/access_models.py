"""WHAT PROGRAMS ARE GIVEN: personal access tokens, answers kept for repeated requests, webhooks.

None of it can be read back as a secret: of a token the hash is kept, of a webhook's secret what it is worked out from.
"""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Code, UtcDateTime
from app.platform_models import BigId, Versioned, one_of


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


class Owned:
    """A webhook and what it sends belong to a unit, or to the IP office of a region."""

    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(String(6))


class Webhook(Owned, Versioned, Model):
    """An address of a unit or an IP office that is told of events 事件推送; its secrets are worked out from the salts."""

    __tablename__ = "webhook"
    __table_args__ = (CheckConstraint("(unit_id IS NULL) <> (region_code IS NULL)", name="one_owner"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: who made it, and is told when it fails
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(500))
    #: ``domain.webhooks.EVENTS``
    events: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    salt: Mapped[str] = mapped_column(String(32))
    #: of the secret before, which signs as well until then
    old_salt: Mapped[str | None] = mapped_column(String(32))
    old_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(Owned, Model):
    """An event on its way to a webhook: the text as it was when it happened, written in the same transaction."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("state", "waiting", "sent", "dead"),
        Index("ix_webhook_delivery_state_next_try_at", "state", "next_try_at"),
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    #: the same for all webhooks that are told, and when it is sent again
    event_id: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Code(), default="waiting")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: of the last try: what was answered, how long it took, what went wrong
    last_status: Mapped[int | None] = mapped_column(Integer)
    took_ms: Mapped[int | None] = mapped_column(Integer)
    last_error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
