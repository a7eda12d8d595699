"""What people are told: one small function for each message, named like its template; the texts are data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.clock import local_date
from app.domain.machines import DECIDERS
from app.notify import outbox


def submitted(case: m.Case, now: datetime) -> None:
    """To the unit: the submission has arrived, under this receipt number, to be decided by this day."""
    _to_unit(case, "case_submitted", now, due_on=case.due_on)


def approved(case: m.Case, now: datetime, **facts: object) -> None:
    """To the unit: staff approved (``realname_approved``, ``filing_approved`` with its number, …)."""
    _to_unit(case, f"{case.kind}_approved", now, **facts)


def returned(case: m.Case, now: datetime) -> None:
    """To the unit: staff returned the case, and why."""
    _to_unit(case, f"{case.kind}_returned", now, reason=case.reason)


def case_assigned(case: m.Case, reason: str, now: datetime) -> None:
    """To a reviewer: a case was handed to them, and why."""
    _to_users([case.claimed_by], case, "case_assigned", now, reason=reason)


def case_urged(case: m.Case, now: datetime) -> None:
    """To the reviewer who holds an overdue case, or to all who could take it: the unit asks for it."""
    _to_users(
        [case.claimed_by] if case.claimed_by else reviewers(), case, "case_urged", now, due_on=case.due_on
    )


def desk_digest(user_id: int, now: datetime, **counts: int) -> None:
    """To a reviewer, once a day: so many cases are due (``due``, ``overdue``, ``unclaimed``)."""
    outbox.post(
        "desk_digest", dedupe_key=f"desk_digest:{user_id}:{local_date(now)}", user_ids=[user_id],
        params=counts, channels=("inapp", "email"), link="/desk/?tab=due", now=now,
    )  # fmt: skip


def patents_lapsed(product: m.Product, numbers: Sequence[str], now: datetime) -> None:
    """To the unit, once: these patents linked to a filed product have lapsed; where all have, revocation is the way."""
    shown = "、".join(patent_number.parse(number).display for number in numbers)
    which = sha256(shown.encode()).hexdigest()[:16]
    outbox.post(
        "patents_lapsed", dedupe_key=f"patents_lapsed:{product.id}:{which}", unit_id=product.unit_id,
        params={"product": product.name, "filing_no": product.filing_no, "patents": shown},
        link=f"/my/products/{product.id}", now=now,
    )  # fmt: skip


def update_reminder(unit_id: int, year: int, count: int, now: datetime) -> None:
    """To the unit, once a month: so many filed products lack the data of ``year``."""
    month = local_date(now).strftime("%Y-%m")
    outbox.post(
        "update_reminder", dedupe_key=f"update_reminder:{unit_id}:{month}", unit_id=unit_id,
        params={"year": year, "count": count}, link="/my/products/?tab=outdated", now=now,
    )  # fmt: skip


def _to_unit(case: m.Case, template: str, now: datetime, **facts: object) -> None:
    outbox.post(
        template, dedupe_key=f"{template}:{case.id}", unit_id=case.unit_id,
        params={"title": case.title, "receipt_no": case.receipt_no, **facts}, link=f"/my/cases/{case.id}", now=now,
    )  # fmt: skip


def _to_users(
    users: Sequence[int | None], case: m.Case, template: str, now: datetime, **facts: object
) -> None:
    outbox.post(
        template, dedupe_key=f"{template}:{case.id}:{case.version}", user_ids=[user for user in users if user is not None],
        params={"title": case.title, "receipt_no": case.receipt_no, **facts}, link=f"/desk/cases/{case.id}", now=now,
    )  # fmt: skip


def reviewers() -> list[int]:
    """The ids of all who may decide cases."""
    query = select(User.id).join(User.roles).where(User.active.is_(True), Role.name.in_(DECIDERS)).distinct()
    return list(session.scalars(query.execution_options(unscoped=True)))
