"""WHO SEES AND DOES WHAT: one SQL condition per model.

The public sees no rows at all, only the projections of ``reports.public`` and ``reports.search``.

``visible(model, actor)`` is asked by everything that reads (list, page, select field, download, export, API);
``may_write`` by the session before anything is stored. What an actor may not see does not exist for it (404).
Which *verbs* of a process an actor may use stands with the state machines (``domain.machines``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import PermissionView, Role, User
from sqlalchemy import ColumnElement, false, inspect, or_, select
from sqlalchemy.orm import Session

from app import models as m
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.errors import NotFound

Condition = ColumnElement[bool]
T = TypeVar("T")

#: Readers of everything that belongs to units.
SEE_ALL = frozenset({roles.REVIEWER, roles.RECOGNITION_OFFICER, roles.AUDITOR, roles.ADMIN})

#: Rows of these belong to one unit, named by ``unit_id``.
UNIT_OWNED: tuple[type[Any], ...] = (
    m.AssetYear,
    m.Patent,
    m.Product,
    m.ProductYear,
    m.PatentLink,
    m.Evidence,
    m.Case,
    m.Remark,
    m.Transition,
    m.StoredFile,
    m.FormerName,
    m.Recognition,
    m.ScreeningResult,
    m.Supplement,
    m.SupplementFile,
    m.Certificate,
    m.ImportBatch,
)

#: Tables everybody may read: codes, classifications, texts.
OPEN: tuple[type[Any], ...] = (
    m.Region,
    m.Industry,
    m.IntensiveIndustry,
    m.ProductClass,
    m.CalendarDay,
    m.FilingRule,
    m.Parameter,
    m.RecognitionRound,
    m.PublicNotice,
    m.StatMap,
    m.PublicCounts,
    m.OpenDataFile,
)

#: Tables only staff and auditors read in pages; services use them for everybody.
STAFF_ONLY: tuple[type[Any], ...] = (
    m.Phrase,
    m.CaseCheck,
    m.MessageTemplate,
    m.RegisterPatent,
    m.RegisterPatentee,
    m.AuditEvent,
    m.AuditHead,
    m.NumberSeries,
    m.OneTimeCode,
    m.SigninFailure,
    m.WebSession,
    m.ProductSearch,
    m.EvaluationScheme,
    m.ScreeningRun,
    m.Objection,
    m.SigningKey,
    m.DocumentTemplate,
    m.Article,
    m.ArticleFile,
    m.StatState,
    m.StatRecord,
    m.StatCell,
    m.StatUnit,
    m.StatReview,
    m.KeptAnswer,
    m.ImportRow,
    m.ImportTrace,
)

#: Rows of these belong to one user, named by ``user_id``.
OWN: tuple[type[Any], ...] = (m.BackgroundJob, m.SavedView, m.ApiToken, m.ExportFile)

#: Rows of these belong to a unit or to the office of a region, named by ``unit_id`` and ``region_code``.
WEBHOOKS: tuple[type[Any], ...] = (m.Webhook, m.WebhookDelivery)

#: Tables of which readers of everything do not see every row.
LIMITED_FOR_STAFF: tuple[type[Any], ...] = (m.Evaluation,)

#: What a service writes on behalf of anybody: traces, messages, counters.
TRACES: tuple[type[Any], ...] = (m.Outbox, m.AuditEvent, m.AuditHead, m.NumberSeries, m.ProductSearch)

#: States of a product that an IP office sees: everything but what the unit has not handed in.
HANDED_IN = ("pending", "filed", "returned", "revocation_pending", "revoked")
#: States of a product of which the public sees a projection.
PUBLISHED = ("filed", "revocation_pending")


def visible(model: type[Any], actor: Actor) -> Condition | None:
    """The condition that limits ``model`` to the rows ``actor`` may see; None where there is no limit."""
    if model is m.Evaluation:
        return _evaluations(actor)
    if actor.is_system or actor.has(*SEE_ALL) or model in OPEN:
        return None
    if model in STAFF_ONLY:
        return false()
    conditions = [rule(model, actor) for role, rule in _BY_ROLE.items() if role in actor.roles]
    return or_(false(), *conditions)


def _evaluations(actor: Actor) -> Condition | None:
    """Reviewers are blind to each other until all of a product have scored: only then it has a score of the experts.
    Units see none."""
    if actor.is_system or (actor.has(*SEE_ALL) and not actor.has(roles.REVIEWER)):
        return None
    if not actor.has(roles.REVIEWER):
        return false()
    # the bare table: a subquery of a model would have conditions of its own added to it
    table = m.Recognition.__table__.c
    all_have_scored = select(table.id).where(table.expert_score.is_not(None))
    return or_(m.Evaluation.reviewer_id == actor.user_id, m.Evaluation.recognition_id.in_(all_have_scored))


def _for_unit(model: type[Any], actor: Actor) -> Condition:
    if actor.unit_id is None:
        return _for_signed_in(model, actor)
    if model is m.Unit:
        return m.Unit.id == actor.unit_id
    if model in UNIT_OWNED or model in WEBHOOKS:
        own: Condition = model.unit_id == actor.unit_id
        return own & applied() if model is m.ScreeningResult else own
    return _for_signed_in(model, actor)


def _for_signed_in(model: type[Any], actor: Actor) -> Condition:
    if model is m.Outbox:
        return (m.Outbox.user_id == actor.user_id) & (m.Outbox.channel == "inapp")
    if model is m.Account:
        return m.Account.user_id == actor.user_id
    if model in OWN:
        own: Condition = model.user_id == actor.user_id
        return own
    if model is User:
        return User.id == actor.user_id
    return false()


def _for_office(model: type[Any], actor: Actor) -> Condition:
    region = actor.region_code or ""
    if model is m.Unit:
        return unit_in_region(region)
    if model is m.Product:
        return m.Product.state.in_(HANDED_IN) & _of_region(m.Product.unit_id, region)
    if model is m.StoredFile or model in (m.AssetYear, m.Patent, m.Case, m.Transition, m.FormerName):
        return _of_region(model.unit_id, region)
    if model is m.ProductYear:
        return (m.ProductYear.state != "draft") & _of_region(m.ProductYear.unit_id, region)
    if model in WEBHOOKS:
        own: Condition = model.region_code == region
        return own
    if model is m.ScreeningResult:
        return applied() & _of_region(model.unit_id, region)
    if model in UNIT_OWNED:
        return _of_region(model.unit_id, region)
    return _for_signed_in(model, actor)


def applied() -> Condition:
    """Results of screenings that were applied: what others found is the officers' own affair until then."""
    runs = select(m.ScreeningRun.id).where(m.ScreeningRun.applied_at.is_not(None))
    condition: Condition = m.ScreeningResult.run_id.in_(runs)
    return condition


def unit_in_region(region: str) -> Condition:
    """Units of a region: '000000' all, xx0000 a province, xxxx00 a city, else a district."""
    if region == "000000":
        return m.Unit.id.is_not(None)
    if region.endswith("0000"):
        return m.Unit.province == region
    if region.endswith("00"):
        return m.Unit.city == region
    return m.Unit.district == region if region else false()


def _of_region(unit_id: Any, region: str) -> Condition:
    condition: Condition = unit_id.in_(select(m.Unit.id).where(unit_in_region(region)))
    return condition


_BY_ROLE: dict[str, Callable[[type[Any], Actor], Condition]] = {
    roles.UNIT: _for_unit,
    roles.IP_OFFICE: _for_office,
}

#: Every model whose rows are limited for somebody; the session adds the condition to each read of them.
SCOPED: tuple[type[Any], ...] = (
    m.Unit, m.Account, m.Outbox, User, *OWN, *WEBHOOKS, *UNIT_OWNED, *LIMITED_FOR_STAFF
)  # fmt: skip


def may_write(actor: Actor, record: Any) -> bool:
    """Whether ``actor`` may store, change or delete ``record`` (its owner columns as they are now)."""
    if actor.is_system or actor.has(roles.ADMIN):
        return True
    if isinstance(record, (Role, PermissionView, User, m.Account)):
        return _is_own(actor, record)
    if actor.is_staff or isinstance(record, TRACES):
        return True
    if isinstance(record, OWN):
        return record.user_id is not None and record.user_id == actor.user_id
    if roles.UNIT in actor.roles and actor.unit_id is not None:
        return _is_own_units(actor, record)
    if roles.IP_OFFICE in actor.roles and actor.region_code and isinstance(record, WEBHOOKS):
        return bool(record.region_code == actor.region_code)
    return False


def _is_own_units(actor: Actor, record: Any) -> bool:
    if isinstance(record, m.Unit):
        return record.id == actor.unit_id
    return isinstance(record, (*UNIT_OWNED, *WEBHOOKS)) and _owner(record) == actor.unit_id


def _is_own(actor: Actor, record: Any) -> bool:
    """Rights are the administrators' to give: of accounts everybody may write the own one, but not its roles, unit,
    region or state (T-M05)."""
    granted: tuple[str, ...]
    if isinstance(record, m.Account):
        granted = ("unit_id", "region_code", "state")
        key = record.user_id
    elif isinstance(record, User):
        granted, key = ("roles", "active"), record.id
    else:
        return False
    attributes = inspect(record).attrs
    return (
        key is not None
        and key == actor.user_id
        and not any(attributes[a].history.has_changes() for a in granted)
    )


def _owner(record: Any) -> int | None:
    if record.unit_id is not None:
        return int(record.unit_id)
    unit = getattr(record, "unit", None)
    return None if unit is None else int(unit.id)


def find(session: Session, model: type[T], key: Any, actor: Actor, *, locked: bool = False) -> T:
    """The record with primary key ``key`` if ``actor`` may see it, else NotFound: the two are not told apart.

    ``locked``: as it stands now, and nobody else changes it before the transaction ends.
    """
    table: Any = model
    column = table.__mapper__.primary_key[0]
    query = select(model).where(column == key)
    condition = visible(model, actor)
    if condition is not None:
        query = query.where(condition)
    if locked:
        query = query.with_for_update(of=table).execution_options(populate_existing=True)
    record = session.execute(query).scalar_one_or_none()
    if record is None:
        raise NotFound
    return record
