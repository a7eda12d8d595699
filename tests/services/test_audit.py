"""The audit trail: whole, in the transaction it belongs to, and its tampering provable (T-D14)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app import audit
from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from tests.support.factories import make_owner, make_unit

SYSTEM = Actor.system("test")


@pytest.fixture
def chain(app: Flask) -> tuple[int, str]:
    """A trail of some events; returns its head as an outsider noted it."""
    for number in range(5):
        with transaction(SYSTEM):
            session.add(m.Phrase(kind="filing", text=f"意见 {number}", position=number))
    return audit.head(session())


def faults(noted: tuple[int, str] | None = None) -> list[str]:
    session.rollback()
    return list(audit.verify(session(), expect=noted))


def test_a_whole_chain_has_no_fault(chain: tuple[int, str]) -> None:
    assert faults(chain) == []


def test_a_chain_that_went_on_still_holds_the_head_that_was_noted(chain: tuple[int, str]) -> None:
    with transaction(SYSTEM):
        session.add(m.Phrase(kind="filing", text="以后", position=9))
    assert faults(chain) == []


def _edit(current: Session, last: int) -> None:
    current.execute(
        update(m.AuditEvent).where(m.AuditEvent.id == last - 2).values(actor_name="somebody else")
    )


def _delete_in_the_middle(current: Session, last: int) -> None:
    current.execute(delete(m.AuditEvent).where(m.AuditEvent.id == last - 2))


def _cut_off_the_end(current: Session, last: int) -> None:
    current.execute(delete(m.AuditEvent).where(m.AuditEvent.id > last - 2))


def _cut_off_the_end_and_mend_the_head(current: Session, last: int) -> None:
    _cut_off_the_end(current, last)
    hash_ = current.execute(select(m.AuditEvent.hash).where(m.AuditEvent.id == last - 2)).scalar_one()
    current.execute(update(m.AuditHead).values(last_id=last - 2, last_hash=hash_))


def _insert(current: Session, last: int) -> None:
    row = dict(
        current.execute(select(*m.AuditEvent.__table__.columns).where(m.AuditEvent.id == last)).one()._mapping
    )
    current.execute(insert(m.AuditEvent).values(row | {"id": last + 1}))


def _chain_anew(current: Session, last: int) -> None:
    """What somebody with all rights to the database would do: change an event and hash everything after it again."""
    _edit(current, last)
    previous = audit.GENESIS
    for row in current.execute(select(*m.AuditEvent.__table__.columns).order_by(m.AuditEvent.id)).all():
        previous = audit.event_hash(previous, dict(row._mapping))
        current.execute(update(m.AuditEvent).where(m.AuditEvent.id == row.id).values(hash=previous))
    current.execute(update(m.AuditHead).values(last_hash=previous))


@pytest.mark.parametrize(
    "tamper",
    [
        _edit,
        _delete_in_the_middle,
        _cut_off_the_end,
        _cut_off_the_end_and_mend_the_head,
        _insert,
        _chain_anew,
    ],
)
def test_T_D14_tampering_is_found_against_the_noted_head(
    chain: tuple[int, str], tamper: Callable[[Session, int], None]
) -> None:
    with transaction(SYSTEM) as current:
        tamper(current, chain[0])
    assert faults(chain)


def test_events_of_an_undone_change_are_undone_too(app: Flask) -> None:
    before = audit.head(session())

    def fail_after_a_change() -> None:
        with transaction(SYSTEM):
            session.add(m.Phrase(kind="filing", text="不会留下", position=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_a_change()
    assert audit.head(session()) == before


def test_events_of_an_undone_part_are_undone_and_the_rest_stay(app: Flask) -> None:
    with transaction(SYSTEM):
        session.add(m.Phrase(kind="filing", text="留下一", position=1))
        inner = session.begin_nested()
        session.add(m.Phrase(kind="filing", text="撤销", position=2))
        session.flush()
        inner.rollback()
        with session.begin_nested():
            session.add(m.Phrase(kind="filing", text="留下二", position=3))
    details = session.scalars(select(m.AuditEvent.detail).where(m.AuditEvent.entity == "phrase")).all()
    assert ["留下一" in text or "留下二" in text for text in details] == [True, True]
    assert faults() == []


def test_an_event_names_who_when_and_what_before_and_after(app: Flask) -> None:
    with transaction(SYSTEM):
        unit = make_unit(contact="旧联系人")
        actor = make_owner(unit)
    with transaction(actor):
        session.get_one(m.Unit, unit.id).contact = "新联系人"
    event = session.scalars(select(m.AuditEvent).order_by(m.AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.actor_id, event.actor_name, event.action, event.entity) == (
        actor.user_id,
        actor.name,
        "change",
        "unit",
    )
    assert event.detail == '{"contact": ["旧联系人", "新联系人"]}'
    assert event.unit_id == unit.id


def test_no_password_reaches_the_trail(app: Flask) -> None:
    with transaction(SYSTEM):
        user_id = make_owner(make_unit()).user_id
    with transaction(SYSTEM):
        user = session.get_one(m.User, user_id)
        user.password = "scrypt:geheim"
    texts = session.scalars(select(m.AuditEvent.detail)).all()
    assert not any("geheim" in text for text in texts)
    assert (
        session.execute(select(func.count()).select_from(m.AuditEvent)).scalar_one()
        == audit.head(session())[0]
    )
