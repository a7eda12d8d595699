"""Who may score which product: reviewers at work, without a conflict of interest (abuse.md T-W04)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, func, or_, select

from app import models as m
from app.db import session
from app.domain.actor import REVIEWER

#: cases whose submission hands in a product; an update's subject is the product's year
_OF_PRODUCT = ("filing", "revocation")
Condition = ColumnElement[bool]


def pool() -> dict[int, int | None]:
    """Every reviewer who can sign in, with the unit they belong to, if any."""
    query = (
        select(User.id, m.Account.unit_id)
        .join(User.roles)
        .outerjoin(m.Account, m.Account.user_id == User.id)
        .where(
            Role.name == REVIEWER,
            User.active.is_(True),
            or_(m.Account.state.is_(None), m.Account.state != "disabled"),
        )
        .order_by(User.id)
    )
    rows = session.execute(query.execution_options(unscoped=True)).all()
    return {row.id: row.unit_id for row in rows}


def loads(round_id: int, reviewers: Iterable[int]) -> dict[int, int]:
    """How many products of the round each reviewer has been given."""
    query = (
        select(m.Evaluation.reviewer_id, func.count())
        .join(m.Recognition, m.Recognition.id == m.Evaluation.recognition_id)
        .where(m.Recognition.round_id == round_id, m.Evaluation.state != "recused")
        .group_by(m.Evaluation.reviewer_id)
    )
    rows = session.execute(query.execution_options(unscoped=True))
    given = {reviewer: int(count) for reviewer, count in rows}
    return {reviewer: given.get(reviewer, 0) for reviewer in reviewers}


def barred(which: Condition, reviewers: dict[int, int | None]) -> dict[int, frozenset[int]]:
    """For each recognition that fits ``which``: reviewers who may not score it, or have it or had it already."""
    found = conflicts(which, reviewers)
    query = (
        select(m.Evaluation.recognition_id, m.Evaluation.reviewer_id)
        .join(m.Evaluation.recognition)
        .where(which, m.Evaluation.reviewer_id.in_(reviewers))
    )
    for recognition, reviewer in session.execute(query.execution_options(unscoped=True)):
        found[recognition].add(reviewer)
    return {recognition: frozenset(users) for recognition, users in found.items()}


def conflicts(which: Condition, reviewers: dict[int, int | None]) -> defaultdict[int, set[int]]:
    """For each recognition that fits ``which``: reviewers of the product's unit, and those who handed the product in."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    of_units = {unit for unit in reviewers.values() if unit is not None}
    own = select(m.Recognition.id, m.Recognition.unit_id).where(which, m.Recognition.unit_id.in_(of_units))
    for recognition, unit in session.execute(own):
        found[recognition].update(user for user, of in reviewers.items() if of == unit)
    for recognition, user in _submitters(which, list(reviewers)):
        found[recognition].add(user)
    return found


def _submitters(which: Condition, reviewers: list[int]) -> Iterable[tuple[int, int]]:
    case, found = m.Case, m.Recognition
    filed = select(found.id, case.submitted_by).join(case, case.subject_id == found.product_id)
    updated = select(found.id, case.submitted_by).join(case, case.subject_id == found.product_year_id)
    supplemented = select(found.id, m.Supplement.submitted_by).join(
        m.Supplement, m.Supplement.recognition_id == found.id
    )
    queries = (
        filed.where(which, case.kind.in_(_OF_PRODUCT), case.submitted_by.in_(reviewers)),
        updated.where(which, case.kind == "update", case.submitted_by.in_(reviewers)),
        supplemented.where(which, m.Supplement.submitted_by.in_(reviewers)),
    )
    for query in queries:
        yield from ((row[0], row[1]) for row in session.execute(query) if row[1] is not None)


def has_conflict(recognition: m.Recognition, user_id: int | None, unit_id: int | None) -> bool:
    """Whether a person belongs to the product's unit or handed the product in, and so may not judge it."""
    if user_id is None:
        return False
    return user_id in conflicts(m.Recognition.id == recognition.id, {user_id: unit_id})[recognition.id]
