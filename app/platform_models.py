"""THE PLATFORM'S OWN DATA: audit trail, messages, reference data, background work; and what all tables share.

``app.models`` gives these under one name with the data of the process itself: import them from there.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.columns import Code, UtcDateTime

#: SQLite gives ids of its own accord only to a column of type INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")


def one_of(column: str, *values: str) -> CheckConstraint:
    """A constraint that keeps ``column`` to a closed list of codes."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({quoted})", name=column)


class Versioned:
    """A record people edit in forms: ``version`` rises with every save, so that an old form cannot overwrite a new one."""

    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 (a class is what SQLAlchemy passes)
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


# ---------------------------------------------------------------- background work


class BackgroundJob(Model):
    """Long work that somebody started: what it is, how far it has come, what came of it."""

    __tablename__ = "background_job"
    __table_args__ = (
        one_of("state", "waiting", "running", "done", "failed"),
        Index("ix_background_job_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(Code())
    title: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(Code(), default="waiting")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    #: JSON of what the work returned: counts, a link, a file
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: JSON of the message to show when it failed
    error: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the last sign of life while it runs
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# ---------------------------------------------------------------- audit


class AuditEvent(Model):
    """One change or refused access, chained by hash to the one before (``services.audit``)."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_entity_entity_id", "entity", "entity_id"),
        Index("ix_audit_event_unit_id_id", "unit_id", "id"),
    )

    #: position in the chain, from 1, without gaps
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(Integer, index=True)
    actor_name: Mapped[str] = mapped_column(String(100))
    #: closed list, see ``domain.audit.ACTIONS``
    action: Mapped[str] = mapped_column(String(40))
    entity: Mapped[str] = mapped_column(String(40), default="")
    entity_id: Mapped[str] = mapped_column(String(40), default="")
    unit_id: Mapped[int | None] = mapped_column(Integer)
    ip: Mapped[str | None] = mapped_column(String(45))
    #: JSON text, exactly the text that was hashed: {"field": [before, after], …}
    detail: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Model):
    """The chain's last event; one row, locked while events are appended."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[str] = mapped_column(String(64))


# ---------------------------------------------------------------- messages


class MessageTemplate(Model):
    """The text of a message, editable by staff; ``{{ name }}`` fills in a parameter (sandboxed)."""

    __tablename__ = "message_template"
    __table_args__ = (UniqueConstraint("code", "language"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    #: what goes by SMS; without personal data
    sms: Mapped[str] = mapped_column(String(300), default="")
    #: code of the approved template at an SMS provider that sends no free text
    sms_template: Mapped[str] = mapped_column(String(40), default="", server_default="")
    parameters: Mapped[str] = mapped_column(String(300), default="")

    def __str__(self) -> str:
        return self.code


class Outbox(Model):
    """A message to be sent, written in the transaction that caused it; delivered by a job, at most once per key."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("channel", "inapp", "email", "sms"),
        one_of("state", "waiting", "sent", "dead"),
        UniqueConstraint("dedupe_key", "channel", "address"),
        Index("ix_outbox_state_next_try_at", "state", "next_try_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: same for all channels of one message; shown to people as its number
    text_id: Mapped[str] = mapped_column(String(32), index=True)
    dedupe_key: Mapped[str] = mapped_column(String(120))
    template: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(Code())
    address: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(Integer, index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    #: of an SMS: {"template": code at the provider, "params": {name: text}}
    sms: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    link: Mapped[str | None] = mapped_column(String(300))
    #: a one-time code is blotted out of the log once it has been sent
    secret: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(Code(), default="waiting")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: of in-app messages
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# ---------------------------------------------------------------- reference data


class Region(Model):
    """Administrative divisions by GB/T 2260 code: level 1 province, 2 city, 3 district."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    #: our own English name (``registers.region_names``), unofficial
    name_en: Mapped[str] = mapped_column(String(120), default="", server_default="")
    level: Mapped[int] = mapped_column(Integer)
    parent: Mapped[str | None] = mapped_column(String(6), index=True)

    def __str__(self) -> str:
        return self.name


class Industry(Model):
    """GB/T 4754-2017 with amendment 1: section (level 1), division, group, class (level 4)."""

    __tablename__ = "industry"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    #: our own translation (``data/industries_en.csv``), unofficial; the Chinese name where a loaded table has no other
    name_en: Mapped[str] = mapped_column(String(200), default="", server_default="")
    level: Mapped[int] = mapped_column(Integer)
    parent: Mapped[str | None] = mapped_column(String(4), index=True)
    section: Mapped[str] = mapped_column(String(1))
    #: pinyin initials of the name, for search
    initials: Mapped[str] = mapped_column(String(200), default="")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class IntensiveIndustry(Model):
    """Patent-intensive industries, 2019 classification (NBS order 25); provisional until the official table is loaded."""

    __tablename__ = "intensive_industry"

    industry_code: Mapped[str] = mapped_column(String(4), primary_key=True)
    group_code: Mapped[str] = mapped_column(String(8))
    group_name: Mapped[str] = mapped_column(String(100))
    group_name_en: Mapped[str] = mapped_column(String(200), default="", server_default="")
    subgroup_code: Mapped[str] = mapped_column(String(8))
    subgroup_name: Mapped[str] = mapped_column(String(100))
    subgroup_name_en: Mapped[str] = mapped_column(String(200), default="", server_default="")
    #: only part of the class belongs to the subgroup (marked * in the classification)
    partial: Mapped[bool] = mapped_column(Boolean, default=False)
    provisional: Mapped[bool] = mapped_column(Boolean, default=True)


class ProductClass(Model):
    """A node of the product classification in use; replaceable by upload, the built-in one is labelled 示例."""

    __tablename__ = "product_class"
    __table_args__ = (one_of("nature", "goods", "service"), one_of("stage", "intermediate", "end"))

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40))
    scheme_version: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="", server_default="")
    parent: Mapped[str | None] = mapped_column(String(20), index=True)
    is_leaf: Mapped[bool] = mapped_column(Boolean)
    nature: Mapped[str | None] = mapped_column(Code())
    stage: Mapped[str | None] = mapped_column(Code())
    initials: Mapped[str] = mapped_column(String(200), default="")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CalendarDay(Model):
    """A day an administrator loaded: rest on a weekday or work at a weekend; adds to the built-in calendar."""

    __tablename__ = "calendar_day"
    __table_args__ = (one_of("kind", "rest", "work"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(Code())
    holiday: Mapped[str] = mapped_column(String(40), default="")


class FilingRule(Model):
    """A rule of the checker as data: severity, texts and examples may be changed; ``check_name`` names the code."""

    __tablename__ = "filing_rule"
    __table_args__ = (one_of("severity", "block", "warn", "info", "off"),)

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    no: Mapped[int] = mapped_column(Integer)
    stage: Mapped[str] = mapped_column(Code())
    severity: Mapped[str] = mapped_column(Code())
    who: Mapped[str] = mapped_column(String(40))
    check_name: Mapped[str] = mapped_column(String(40))
    clause: Mapped[str] = mapped_column(String(200))
    official: Mapped[bool] = mapped_column(Boolean)
    message_zh: Mapped[str] = mapped_column(Text)
    message_en: Mapped[str] = mapped_column(Text)
    good_example: Mapped[str] = mapped_column(Text, default="")
    bad_example: Mapped[str] = mapped_column(Text, default="")
    good_example_en: Mapped[str] = mapped_column(Text, default="")
    bad_example_en: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return self.id


class Parameter(Model):
    """A figure or pattern that is assumed and may be changed in the running system (``domain.parameters``)."""

    __tablename__ = "parameter"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return self.name
