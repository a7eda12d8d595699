"""THE DATA: every table, constraint and relation; no query, no rule. The platform's own tables are in
``platform_models`` and have their names here too.

Codes (states, kinds) are English words of closed lists; their labels are translated where they are shown.
Money is in 万元 with two decimals, percentages have two decimals; both are stored as integers (``Hundredths``).
Marks [M], [P], [A] in the comments: named in the operation manual, in public notices, assumed.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
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
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access_models import ApiToken as ApiToken
from app.access_models import KeptAnswer as KeptAnswer
from app.access_models import Webhook as Webhook
from app.access_models import WebhookDelivery as WebhookDelivery
from app.columns import Code, Hundredths, UtcDateTime
from app.exchange_models import ExportFile as ExportFile
from app.import_models import ImportBatch as ImportBatch
from app.import_models import ImportRow as ImportRow
from app.import_models import ImportTrace as ImportTrace
from app.platform_models import AuditEvent as AuditEvent
from app.platform_models import AuditHead as AuditHead
from app.platform_models import BackgroundJob as BackgroundJob
from app.platform_models import BigId as BigId
from app.platform_models import CalendarDay as CalendarDay
from app.platform_models import FilingRule as FilingRule
from app.platform_models import Industry as Industry
from app.platform_models import IntensiveIndustry as IntensiveIndustry
from app.platform_models import MessageTemplate as MessageTemplate
from app.platform_models import Outbox as Outbox
from app.platform_models import Parameter as Parameter
from app.platform_models import ProductClass as ProductClass
from app.platform_models import Region as Region
from app.platform_models import Versioned as Versioned
from app.platform_models import one_of as one_of
from app.portal_models import Article as Article
from app.portal_models import ArticleFile as ArticleFile
from app.portal_models import OpenDataFile as OpenDataFile
from app.portal_models import PublicCounts as PublicCounts
from app.statistics_models import SavedView as SavedView
from app.statistics_models import StatCell as StatCell
from app.statistics_models import StatMap as StatMap
from app.statistics_models import StatRecord as StatRecord
from app.statistics_models import StatReview as StatReview
from app.statistics_models import StatState as StatState
from app.statistics_models import StatUnit as StatUnit

# ---------------------------------------------------------------- accounts


class Account(Model):
    """What the platform knows of a user beyond FAB's own columns; one row per user."""

    __tablename__ = "account"
    __table_args__ = (one_of("state", "active", "locked", "disabled"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    #: region of an IP office, GB/T 2260, six digits; '000000' is the whole country
    region_code: Mapped[str | None] = mapped_column(String(6))
    mobile: Mapped[str | None] = mapped_column(String(20), unique=True)
    language: Mapped[str] = mapped_column(String(8), default="zh", server_default="zh")
    large_type: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    state: Mapped[str] = mapped_column(Code(), default="active", server_default="active")
    failed_signins: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))

    user: Mapped[User] = relationship(User, lazy="raise_on_sql")
    unit: Mapped[Unit | None] = relationship("Unit", lazy="raise_on_sql")
    roles: Mapped[list[Role]] = relationship(
        Role,
        secondary=assoc_user_role,
        primaryjoin=lambda: Account.user_id == assoc_user_role.c.user_id,
        secondaryjoin=lambda: Role.id == assoc_user_role.c.role_id,
        viewonly=True,
        lazy="raise_on_sql",
    )
    username: AssociationProxy[str] = association_proxy("user", "username")
    name: AssociationProxy[str] = association_proxy("user", "first_name")
    email: AssociationProxy[str] = association_proxy("user", "email")
    uscc: AssociationProxy[str | None] = association_proxy("unit", "uscc")

    def __str__(self) -> str:
        return str(self.username)


class WebSession(Model):
    """A browser's session, kept on the server so that it can be ended there; the cookie carries a random token."""

    __tablename__ = "web_session"

    #: SHA-256 of the cookie's token, hex
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(Integer, index=True)
    data: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OneTimeCode(Model):
    """A code sent by SMS or e-mail: bound to its purpose, address and request, five tries, five minutes, one use."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_address_created_at", "address", "created_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[str] = mapped_column(String(43), index=True)
    purpose: Mapped[str] = mapped_column(Code())
    channel: Mapped[str] = mapped_column(Code())
    address: Mapped[str] = mapped_column(String(120))
    ip: Mapped[str] = mapped_column(String(45), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void: Mapped[bool] = mapped_column(Boolean, default=False)


class SigninFailure(Model):
    """A refused sign-in, counted per address so that one password tried on many accounts is slowed down."""

    __tablename__ = "signin_failure"
    __table_args__ = (Index("ix_signin_failure_ip_at", "ip", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ip: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


# ---------------------------------------------------------------- files


class StoredFile(Model):
    """An uploaded file. Its bytes are stored under their SHA-256 and never change; replacing makes a new row."""

    __tablename__ = "stored_file"
    __table_args__ = (
        one_of("state", "clean", "held", "quarantined"),
        CheckConstraint("size > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: random name used in addresses
    token: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    purpose: Mapped[str] = mapped_column(Code(32))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    original_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(Code(), default="clean")
    uploaded_by: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.original_name


# ---------------------------------------------------------------- units

UNIT_KINDS = ("enterprise", "university", "institute", "new_rnd", "social", "other")


class Unit(Versioned, Model):
    """A filing unit 备案单位. What is here is what staff have verified; a pending change lives in its case."""

    __tablename__ = "unit"
    __table_args__ = (
        one_of("kind", *UNIT_KINDS),
        one_of("state", "unverified", "pending", "verified", "returned", "change_pending", "change_returned"),
        Index("ix_unit_changed_at", "changed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    kind: Mapped[str] = mapped_column(Code(), default="enterprise")
    legal_representative: Mapped[str | None] = mapped_column(String(100))
    founded: Mapped[date | None] = mapped_column(Date)
    registered_capital: Mapped[Decimal | None] = mapped_column(Hundredths)
    province: Mapped[str | None] = mapped_column(String(6), index=True)
    city: Mapped[str | None] = mapped_column(String(6))
    district: Mapped[str | None] = mapped_column(String(6))
    address: Mapped[str | None] = mapped_column(String(300))
    industry_code: Mapped[str | None] = mapped_column(String(4))
    contact: Mapped[str | None] = mapped_column(String(100))
    mobile: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(200))
    makes_or_sells: Mapped[bool] = mapped_column(Boolean, default=False)
    #: codes: high_tech, specialised, ip_advantage, ip_demonstration
    qualifications: Mapped[list[str]] = mapped_column(JSON, default=list)
    licence_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", use_alter=True))
    commitment_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", use_alter=True))
    state: Mapped[str] = mapped_column(Code(), default="unverified", index=True)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: proposed name, USCC and files of a change under way (real-name change application)
    change_draft: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    former_names: Mapped[list[FormerName]] = relationship(
        "FormerName", back_populates="unit", cascade="all, delete-orphan", order_by="FormerName.id"
    )
    licence_file: Mapped[StoredFile | None] = relationship(foreign_keys=[licence_file_id])
    commitment_file: Mapped[StoredFile | None] = relationship(foreign_keys=[commitment_file_id])

    def __str__(self) -> str:
        return self.name


class FormerName(Model):
    """A name the unit bore before 曾用名; patents under it count as the unit's own."""

    __tablename__ = "former_name"
    __table_args__ = (UniqueConstraint("unit_id", "name_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    until: Mapped[date | None] = mapped_column(Date)

    unit: Mapped[Unit] = relationship(Unit, back_populates="former_names")


class AssetYear(Versioned, Model):
    """A unit's assets of one year 资产信息; complete when every required field and the profit statement are there."""

    __tablename__ = "asset_year"
    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        one_of("state", "draft", "complete"),
        one_of("statement_seal", "auditor", "unit_finance"),
        CheckConstraint("year BETWEEN 2000 AND 2100", name="year"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int] = mapped_column(Integer)
    revenue: Mapped[Decimal | None] = mapped_column(Hundredths)
    cost: Mapped[Decimal | None] = mapped_column(Hundredths)
    total_profit: Mapped[Decimal | None] = mapped_column(Hundredths)
    net_profit: Mapped[Decimal | None] = mapped_column(Hundredths)
    total_assets: Mapped[Decimal | None] = mapped_column(Hundredths)
    intangible_assets: Mapped[Decimal | None] = mapped_column(Hundredths)
    rnd_spending: Mapped[Decimal | None] = mapped_column(Hundredths)
    tax: Mapped[Decimal | None] = mapped_column(Hundredths)
    export: Mapped[Decimal | None] = mapped_column(Hundredths)
    employees: Mapped[int | None] = mapped_column(Integer)
    rnd_staff: Mapped[int | None] = mapped_column(Integer)
    valid_patents: Mapped[int | None] = mapped_column(Integer)
    statement_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    statement_seal: Mapped[str | None] = mapped_column(Code())
    state: Mapped[str] = mapped_column(Code(), default="draft")

    unit: Mapped[Unit] = relationship(Unit)
    statement_file: Mapped[StoredFile | None] = relationship(StoredFile)

    def __str__(self) -> str:
        return str(self.year)


# ---------------------------------------------------------------- patents

PATENT_KINDS = ("invention", "utility_model", "design")
LEGAL_STATES = ("pending", "valid", "lapsed")
LAPSE_REASONS = ("fee", "expired", "abandoned", "invalidated", "withdrawn", "rejected")


class PatentFacts:
    """Bibliographic facts of a Chinese patent. ``application_no`` is compact: 12 or 8 digits and the check character."""

    title: Mapped[str | None] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(Code())
    patentees: Mapped[str] = mapped_column(Text, default="")
    inventors: Mapped[str | None] = mapped_column(Text)
    filing_date: Mapped[date | None] = mapped_column(Date)
    grant_date: Mapped[date | None] = mapped_column(Date)
    publication_no: Mapped[str | None] = mapped_column(String(20))
    ipc: Mapped[str | None] = mapped_column(String(40))
    legal_state: Mapped[str] = mapped_column(Code(), default="pending")
    lapse_reason: Mapped[str | None] = mapped_column(Code())
    expiry: Mapped[date | None] = mapped_column(Date)


class RegisterPatent(PatentFacts, Model):
    """The patent register: everybody's patents, loaded from files; made for tens of millions of rows."""

    __tablename__ = "register_patent"
    __table_args__ = (one_of("kind", *PATENT_KINDS), one_of("legal_state", *LEGAL_STATES))

    application_no: Mapped[str] = mapped_column(String(13), primary_key=True)
    source: Mapped[str] = mapped_column(String(60), default="")
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegisterPatentee(Model):
    """Which names own which register patents; the key is ``domain.normal.name_key`` of the name."""

    __tablename__ = "register_patentee"

    name_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    application_no: Mapped[str] = mapped_column(String(13), primary_key=True, index=True)


class Patent(Versioned, PatentFacts, Model):
    """A patent in a unit's own base 专利信息."""

    __tablename__ = "patent"
    __table_args__ = (
        UniqueConstraint("unit_id", "application_no"),
        one_of("kind", *PATENT_KINDS),
        one_of("legal_state", *LEGAL_STATES),
        one_of("obtained", "own", "assigned", "licensed", "contributed"),
        one_of("source", "register", "hand", "import"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    application_no: Mapped[str] = mapped_column(String(13), index=True)
    obtained: Mapped[str] = mapped_column(Code(), default="own")
    #: of a licensed patent: exclusive, sole, ordinary
    licence_kind: Mapped[str | None] = mapped_column(Code())
    licence_from: Mapped[date | None] = mapped_column(Date)
    licence_until: Mapped[date | None] = mapped_column(Date)
    proof_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    pledged: Mapped[bool] = mapped_column(Boolean, default=False)
    records: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Code(), default="hand")
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship(Unit)
    proof_file: Mapped[StoredFile | None] = relationship(StoredFile)

    def __str__(self) -> str:
        return f"{self.application_no} {self.title or ''}"


# ---------------------------------------------------------------- products

FILING_STATES = ("draft", "pending", "filed", "returned", "revocation_pending", "revoked")
UPDATE_STATES = ("not_updated", "draft", "pending", "updated", "returned")


class Product(Versioned, Model):
    """A patent product 专利产品; its yearly data are in ``ProductYear``."""

    __tablename__ = "product"
    __table_args__ = (
        one_of("state", *FILING_STATES),
        one_of("nature", "goods", "service"),
        one_of("stage", "intermediate", "end"),
        one_of("revocation_reason", "off_market", "patents_lapsed"),
        # a number is given exactly when a filing is approved, and stays
        CheckConstraint(
            "(state IN ('draft','pending','returned')) = (filing_no IS NULL)", name="numbered_when_filed"
        ),
        Index("ix_product_unit_id_state_id", "unit_id", "state", "id"),
        Index("ix_product_state_id", "state", "id"),
        Index("ix_product_province_state_id", "province", "state", "id"),
        Index("ix_product_name_key_class_code", "name_key", "class_code"),
        Index("ix_product_changed_at", "changed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    filing_no: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    name_key: Mapped[str] = mapped_column(String(200), default="")
    model: Mapped[str | None] = mapped_column(String(500))
    models_reason: Mapped[str | None] = mapped_column(Text)
    nature: Mapped[str | None] = mapped_column(Code())
    stage: Mapped[str | None] = mapped_column(Code())
    class_code: Mapped[str | None] = mapped_column(String(20))
    industry_code: Mapped[str | None] = mapped_column(String(4))
    takes_part: Mapped[bool | None] = mapped_column(Boolean)
    introduction: Mapped[str | None] = mapped_column(Text)
    picture_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    launch_date: Mapped[date | None] = mapped_column(Date)
    #: first data year of the filing, fixed when the draft is begun
    filing_year: Mapped[int] = mapped_column(Integer)
    #: the last data year that staff approved
    updated_year: Mapped[int | None] = mapped_column(Integer)
    #: province of the unit when filed, for regional work
    province: Mapped[str | None] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(Code(), default="draft")
    filed_on: Mapped[date | None] = mapped_column(Date)
    revocation_reason: Mapped[str | None] = mapped_column(Code())
    revocation_note: Mapped[str | None] = mapped_column(Text)
    revoked_on: Mapped[date | None] = mapped_column(Date)
    #: wizard step the unit was at, 1–4
    draft_step: Mapped[int] = mapped_column(Integer, default=1)
    #: of an approved filing: number of rounds it took
    rounds: Mapped[int] = mapped_column(Integer, default=0)

    unit: Mapped[Unit] = relationship(Unit)
    picture_file: Mapped[StoredFile | None] = relationship(StoredFile)
    years: Mapped[list[ProductYear]] = relationship(
        "ProductYear", back_populates="product", cascade="all, delete-orphan", order_by="ProductYear.year"
    )

    def __str__(self) -> str:
        return self.name


class ProductYear(Versioned, Model):
    """A product's own data of one year, with the patents and evidence of that year: a snapshot that stays."""

    __tablename__ = "product_year"
    __table_args__ = (
        UniqueConstraint("product_id", "year"),
        one_of("state", *UPDATE_STATES),
        Index("ix_product_year_year_state", "year", "state"),
        Index("ix_product_year_changed_at", "changed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    year: Mapped[int] = mapped_column(Integer)
    output_value: Mapped[Decimal | None] = mapped_column(Hundredths)
    sales: Mapped[Decimal | None] = mapped_column(Hundredths)
    volume: Mapped[Decimal | None] = mapped_column(Hundredths)
    volume_unit: Mapped[str | None] = mapped_column(String(20))
    export: Mapped[Decimal | None] = mapped_column(Hundredths)
    profit: Mapped[Decimal | None] = mapped_column(Hundredths)
    domestic_share: Mapped[Decimal | None] = mapped_column(Hundredths)
    world_share: Mapped[Decimal | None] = mapped_column(Hundredths)
    #: state of this year's data as a yearly update; the first year's follows the filing
    state: Mapped[str] = mapped_column(Code(), default="draft")
    #: the promise that what is submitted is true, given with each submission
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    product: Mapped[Product] = relationship(Product, back_populates="years")
    links: Mapped[list[PatentLink]] = relationship(
        "PatentLink", back_populates="product_year", cascade="all, delete-orphan", order_by="PatentLink.id"
    )
    evidence: Mapped[list[Evidence]] = relationship(
        "Evidence", back_populates="product_year", cascade="all, delete-orphan", order_by="Evidence.id"
    )


class PatentLink(Model):
    """A patent linked to a product in a year: core with its contribution in %, or other with none."""

    __tablename__ = "patent_link"
    __table_args__ = (
        UniqueConstraint("product_year_id", "patent_id"),
        CheckConstraint("core OR contribution IS NULL", name="contribution_of_core_only"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_year_id: Mapped[int] = mapped_column(ForeignKey("product_year.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    patent_id: Mapped[int] = mapped_column(ForeignKey("patent.id"), index=True)
    core: Mapped[bool] = mapped_column(Boolean, default=False)
    contribution: Mapped[Decimal | None] = mapped_column(Hundredths)

    product_year: Mapped[ProductYear] = relationship(ProductYear, back_populates="links")
    patent: Mapped[Patent] = relationship(Patent)


class Evidence(Model):
    """An optional file that proves a product's data 证明材料 [M: optional]."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("product_year_id", "file_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_year_id: Mapped[int] = mapped_column(ForeignKey("product_year.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    #: sales, production, export, share, other
    kind: Mapped[str] = mapped_column(Code(), default="other")

    product_year: Mapped[ProductYear] = relationship(ProductYear, back_populates="evidence")
    file: Mapped[StoredFile] = relationship(StoredFile)


class ProductSearch(Model):
    """What a product is found by: one row per product, kept by ``reports.search``; the index itself is per database."""

    __tablename__ = "product_search"

    #: place among the hits, newest filing first: the day of filing, then the product's id (``reports.search``)
    position: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), unique=True)
    #: space-separated tokens: characters, character pairs, pinyin, numbers, filters
    tokens: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
    #: names and their pinyin as they are compared, one a line
    text: Mapped[str] = mapped_column(Text)


# ---------------------------------------------------------------- review

CASE_KINDS = ("realname", "change", "filing", "update", "revocation")


class Case(Model):
    """One submission to staff and its outcome. A corrected submission is a new case of the next round."""

    __tablename__ = "review_case"
    __table_args__ = (
        one_of("kind", *CASE_KINDS),
        one_of("state", "open", "approved", "returned", "withdrawn"),
        CheckConstraint(
            "(state IN ('approved','returned')) = (decided_by IS NOT NULL)", name="decider_named"
        ),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at"),
        # one open case per subject, whatever races there are
        Index(
            "uq_review_case_open",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_review_case_state_due_on_id", "state", "due_on", "id"),
        Index("ix_review_case_kind_subject_id", "kind", "subject_id"),
        Index("ix_review_case_closed_at", "closed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: shown to the unit as the receipt number 受理号
    receipt_no: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(Code())
    #: unit id for realname and change, product id for filing and revocation, product year id for update
    subject_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    round: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(Code(), default="open")
    #: what was submitted, whole; file ids and hashes included
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: the checker's findings at submission
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: version of the subject that was submitted; a decision binds to it
    subject_version: Mapped[int] = mapped_column(Integer)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    due_provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    #: why the reviewer set warnings of the checker aside
    override_note: Mapped[str | None] = mapped_column(Text)
    urged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    unit: Mapped[Unit] = relationship(Unit)
    remarks: Mapped[list[Remark]] = relationship(
        "Remark", back_populates="case", cascade="all, delete-orphan", order_by="Remark.id"
    )
    claimer: Mapped[User | None] = relationship(User, foreign_keys=[claimed_by])

    def __str__(self) -> str:
        return self.receipt_no


class Remark(Model):
    """What a reviewer says of one field when a case is returned."""

    __tablename__ = "remark"
    __table_args__ = (UniqueConstraint("case_id", "field"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("review_case.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)

    case: Mapped[Case] = relationship(Case, back_populates="remarks")


class CaseCheck(Model):
    """A point of the checklist that a reviewer ticked on a case, so that whoever takes it over sees what was looked at."""

    __tablename__ = "case_check"
    __table_args__ = (UniqueConstraint("case_id", "rule_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("review_case.id", ondelete="CASCADE"))
    #: id of the filing rule; no foreign key, for a rule may be withdrawn
    rule_id: Mapped[str] = mapped_column(String(30))
    checked_by: Mapped[int | None] = mapped_column(Integer)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Phrase(Model):
    """A phrase reviewers use often 常用审核意见."""

    __tablename__ = "phrase"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(Code(), default="filing")
    field: Mapped[str | None] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer, default=0)

    def __str__(self) -> str:
        return self.text


class Transition(Model):
    """A change of state: what, from where to where, by whom and when. Written beside the change itself."""

    __tablename__ = "transition"
    __table_args__ = (Index("ix_transition_machine_subject_id", "machine", "subject_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    machine: Mapped[str] = mapped_column(Code())
    subject_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    verb: Mapped[str] = mapped_column(Code())
    source: Mapped[str] = mapped_column(Code())
    target: Mapped[str] = mapped_column(Code())
    actor_id: Mapped[int | None] = mapped_column(Integer)
    #: the role in which it was done; shown to units instead of the person's name
    actor_role: Mapped[str] = mapped_column(Code())
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text)


class NumberSeries(Model):
    """The last number given in each series; raised in the transaction that uses it, so there are no gaps."""

    __tablename__ = "number_series"

    #: the number's pattern with everything but the counter filled in
    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger, default=0)


# ---------------------------------------------------------------- recognition

ROUND_STATES = ("draft", "published", "closed")
RECOGNITION_STATES = (
    "candidate", "passed", "screened_out", "supplement_due", "supplemented", "overdue", "evaluating", "proposed",
    "not_passed", "in_notice", "objected", "recognised", "refused", "expired", "withdrawn",
)  # fmt: skip
OBJECTION_STATES = ("received", "handling", "upheld", "rejected", "not_accepted")
#: what the supplement is about 补充信息 (mission E4) and the evaluation scores, besides the economic data
DIMENSIONS = ("protection", "value", "dependence")


class EvaluationScheme(Versioned, Model):
    """A scheme of evaluation 评价方案: dimensions, indicators, weights, thresholds, all of it data (domain.md §1)."""

    __tablename__ = "evaluation_scheme"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    #: the document that ``domain.recognition.scheme`` reads
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: not an official scheme: shown as 示例方案 wherever it shows
    example: Mapped[bool] = mapped_column(Boolean, default=True)

    def __str__(self) -> str:
        return self.name


class RecognitionRound(Versioned, Model):
    """A yearly round of recognition 认定批次. Published, it keeps its scheme as it was, under its hash."""

    __tablename__ = "recognition_round"
    __table_args__ = (
        one_of("state", *ROUND_STATES),
        CheckConstraint("(state = 'draft') = (scheme_hash IS NULL)", name="frozen_when_published"),
        CheckConstraint("year BETWEEN 2000 AND 2100 AND data_year < year", name="year"),
        CheckConstraint("notice_days > 0 AND evaluators > 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, unique=True)
    data_year: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    #: products filed or updated by the end of this day take part
    filing_deadline: Mapped[date] = mapped_column(Date)
    supplement_deadline: Mapped[date] = mapped_column(Date)
    #: length of the public notice in working days [M: 10]
    notice_days: Mapped[int] = mapped_column(Integer, default=10)
    #: how many reviewers score each product
    evaluators: Mapped[int] = mapped_column(Integer, default=2)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("evaluation_scheme.id"))
    #: the scheme's document when the round was published, and its SHA-256
    frozen_scheme: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    scheme_hash: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(Code(), default="draft")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    scheme: Mapped[EvaluationScheme] = relationship(EvaluationScheme)

    def __str__(self) -> str:
        return self.title


class PublicNotice(Versioned, Model):
    """A public notice 公示 of the products proposed for recognition: from ``starts_on`` to the end of ``ends_on``."""

    __tablename__ = "public_notice"
    __table_args__ = (one_of("state", "open", "ended", "cancelled"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("recognition_round.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    days: Mapped[int] = mapped_column(Integer)
    #: computed without the official calendar of a year it touches: it may not end like this
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(Code(), default="open")
    #: why it was cancelled; everybody reads it
    reason: Mapped[str | None] = mapped_column(Text)

    round: Mapped[RecognitionRound] = relationship(RecognitionRound)

    def __str__(self) -> str:
        return self.title


class Recognition(Versioned, Model):
    """A product's way through a round, from candidate to recognised or not (domain.md §3)."""

    __tablename__ = "recognition"
    __table_args__ = (
        UniqueConstraint("round_id", "product_id"),
        one_of("state", *RECOGNITION_STATES),
        Index("ix_recognition_round_id_state_id", "round_id", "state", "id"),
        Index("ix_recognition_state_valid_until", "state", "valid_until"),
        Index("ix_recognition_changed_at", "changed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("recognition_round.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    product_year_id: Mapped[int] = mapped_column(ForeignKey("product_year.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    state: Mapped[str] = mapped_column(Code(), default="candidate")
    #: a deadline of its own where an officer extended the round's
    supplement_due: Mapped[date | None] = mapped_column(Date)
    #: points of 100: by the scheme from data, by the reviewers, and both together
    machine_score: Mapped[Decimal | None] = mapped_column(Hundredths)
    expert_score: Mapped[Decimal | None] = mapped_column(Hundredths)
    score: Mapped[Decimal | None] = mapped_column(Hundredths)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("public_notice.id"), index=True)
    #: why it was refused, extended or withdrawn; the unit reads it
    reason: Mapped[str | None] = mapped_column(Text)
    recognised_on: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)

    round: Mapped[RecognitionRound] = relationship(RecognitionRound)
    product: Mapped[Product] = relationship(Product)
    product_year: Mapped[ProductYear] = relationship(ProductYear)
    unit: Mapped[Unit] = relationship(Unit)
    notice: Mapped[PublicNotice | None] = relationship(PublicNotice)

    def __str__(self) -> str:
        return self.product.name


class ScreeningRun(Model):
    """One run of the initial screening 初筛 over a round's candidates; running again changes nothing but adds a run."""

    __tablename__ = "screening_run"
    __table_args__ = (UniqueConstraint("round_id", "number"), one_of("state", "waiting", "done", "failed"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("recognition_round.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Code(), default="waiting")
    scheme_hash: Mapped[str] = mapped_column(String(64))
    #: SHA-256 over all data the run looked at, and over all it found
    input_hash: Mapped[str | None] = mapped_column(String(64))
    result_hash: Mapped[str | None] = mapped_column(String(64))
    candidates: Mapped[int] = mapped_column(Integer, default=0)
    passed: Mapped[int] = mapped_column(Integer, default=0)
    #: what the results are compared with: benchmarks per class, as they were computed
    benchmarks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: when its verdicts became states of the candidates
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[RecognitionRound] = relationship(RecognitionRound)


class ScreeningResult(Model):
    """What a run found for one product; sentences are made from the figures where they are shown."""

    __tablename__ = "screening_result"
    __table_args__ = (Index("ix_screening_result_run_id_score_product_id", "run_id", "score", "product_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("screening_run.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    passed: Mapped[bool] = mapped_column(Boolean)
    score: Mapped[Decimal] = mapped_column(Hundredths)
    #: JSON text: per criterion value, threshold, percentile, class compared with, points
    detail: Mapped[str] = mapped_column(Text)

    run: Mapped[ScreeningRun] = relationship(ScreeningRun)
    product: Mapped[Product] = relationship(Product)


class Supplement(Versioned, Model):
    """The further information 补充信息 a unit gives on a product that passed the screening (mission E4)."""

    __tablename__ = "supplement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id", ondelete="CASCADE"), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    #: field → what was typed, as text
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(Integer)

    recognition: Mapped[Recognition] = relationship(Recognition)
    files: Mapped[list[SupplementFile]] = relationship(
        "SupplementFile",
        back_populates="supplement",
        cascade="all, delete-orphan",
        order_by="SupplementFile.id",
    )


class SupplementFile(Model):
    """A proof of one dimension of a supplement."""

    __tablename__ = "supplement_file"
    __table_args__ = (UniqueConstraint("supplement_id", "file_id"), one_of("dimension", *DIMENSIONS))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    supplement_id: Mapped[int] = mapped_column(ForeignKey("supplement.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    dimension: Mapped[str] = mapped_column(Code())

    supplement: Mapped[Supplement] = relationship(Supplement, back_populates="files")
    file: Mapped[StoredFile] = relationship(StoredFile)


class Evaluation(Versioned, Model):
    """One reviewer's scores of one product; unseen by the other reviewers until all of the product have scored."""

    __tablename__ = "evaluation"
    __table_args__ = (
        UniqueConstraint("recognition_id", "reviewer_id"),
        one_of("state", "assigned", "scored", "recused"),
        CheckConstraint("(state = 'scored') = (submitted_at IS NOT NULL)", name="submitted_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id", ondelete="CASCADE"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    state: Mapped[str] = mapped_column(Code(), default="assigned")
    #: indicator → points as text
    scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[Decimal | None] = mapped_column(Hundredths)
    comment: Mapped[str | None] = mapped_column(Text)
    #: of a recusal: the conflict of interest
    reason: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    recognition: Mapped[Recognition] = relationship(Recognition)
    reviewer: Mapped[User] = relationship(User)


class Objection(Versioned, Model):
    """An objection 异议 to a product in a public notice, or a tip 线索 on any filed product (mission F2).

    Name, contact, text and evidence are for those who handle it alone: no unit and no office sees them.
    """

    __tablename__ = "objection"
    __table_args__ = (
        one_of("kind", "objection", "tip"),
        one_of("state", *OBJECTION_STATES),
        CheckConstraint(
            "(state IN ('upheld','rejected','not_accepted')) = (decided_by IS NOT NULL)", name="decider_named"
        ),
        Index("ix_objection_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    receipt_no: Mapped[str] = mapped_column(String(40), unique=True)
    #: SHA-256 of what is asked for, with the number, by whoever follows it
    pass_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(Code())
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    #: of an objection: the recognition in notice
    recognition_id: Mapped[int | None] = mapped_column(ForeignKey("recognition.id"), index=True)
    #: empty: anonymous
    name: Mapped[str] = mapped_column(String(100), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    state: Mapped[str] = mapped_column(Code(), default="received")
    #: the reasoned decision, which whoever raised it reads
    decision: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip: Mapped[str] = mapped_column(String(45), index=True)

    product: Mapped[Product] = relationship(Product)
    recognition: Mapped[Recognition | None] = relationship(Recognition)
    file: Mapped[StoredFile | None] = relationship(StoredFile)

    def __str__(self) -> str:
        return self.receipt_no


class Certificate(Model):
    """A certificate of recognition 认定证书: what it says when it is issued, which stays."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(revoked_on IS NULL) = (revoked_reason IS NULL)", name="revoked_with_reason"),
        Index("ix_certificate_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id"), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    #: year of the round
    year: Mapped[int] = mapped_column(Integer, index=True)
    product_name: Mapped[str] = mapped_column(String(200))
    model: Mapped[str] = mapped_column(String(500), default="")
    unit_name: Mapped[str] = mapped_column(String(200))
    #: [{"number", "title", "kind"}] of the data year
    patents: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    issued_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    #: the signed statement in the QR code, as in its address /v/<token>
    token: Mapped[str] = mapped_column(String(500), unique=True)
    key_id: Mapped[str] = mapped_column(String(16))
    #: the signed PDF, once it has been made
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    revoked_on: Mapped[date | None] = mapped_column(Date)
    revoked_reason: Mapped[str | None] = mapped_column(Text)

    recognition: Mapped[Recognition] = relationship(Recognition)
    unit: Mapped[Unit] = relationship(Unit)
    file: Mapped[StoredFile | None] = relationship(StoredFile)

    def __str__(self) -> str:
        return self.number


class SigningKey(Model):
    """The public half of a key that signs certificates; the private half is a file only the server can read."""

    __tablename__ = "signing_key"
    __table_args__ = (one_of("kind", "statement", "document"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: statement: Ed25519, in QR codes and revocation lists; document: the certificate that signs PDFs
    kind: Mapped[str] = mapped_column(Code())
    #: PEM: the public key, or the X.509 certificate
    public: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: no longer signs; what it signed stays valid
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DocumentTemplate(Model):
    """A version of the HTML of a document that staff may change in the running system; the newest is in force."""

    __tablename__ = "document_template"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: which document, see ``documents.editable``
    code: Mapped[str] = mapped_column(String(40))
    #: 1, 2, … of the document
    number: Mapped[int] = mapped_column(Integer)
    #: None: the built-in template again
    html: Mapped[str | None] = mapped_column(Text)
    #: what was changed, in its author's words
    note: Mapped[str] = mapped_column(String(200), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User | None] = relationship(User)

    def __str__(self) -> str:
        return f"{self.code} {self.number}"
