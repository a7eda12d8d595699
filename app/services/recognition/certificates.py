"""Certificates of recognition 认定证书 (mission E7, E8): issued with a number and a signed statement, revoked, withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.documents import signing
from app.domain import patent_number
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict
from app.domain.machines import OFFICERS, RECOGNITION, UNDER_WAY
from app.domain.normal import clean_lines
from app.domain.recognition import statement
from app.domain.recognition.public_notice import valid_until
from app.domain.recognition.statement import Statement
from app.domain.text import N_, Message
from app.registers import parameters
from app.reports import search
from app.services import cases, happenings, numbers
from app.services.recognition import certificate_messages, keys
from app.services.workflow import fire

#: in whose name the consequences of a revoked filing are drawn: reviewers decide on it, who may not withdraw themselves
_CONSEQUENCE = Actor.system("revocation")
_AT_ONCE = 500


def issue(recognition: m.Recognition, actor: Actor, now: datetime) -> m.Certificate:
    """The certificate of a recognised product, numbered and signed; a second call returns the first one's.

    Its PDF is made later (``certificate_files``). Conflict unless the product is recognised, or without a key.
    """
    known = of(recognition)
    if known is not None:
        return known
    if recognition.state != "recognised":
        raise Conflict(N_("只有已认定的产品可以颁发证书"))
    pen = _Pen.ready()
    made = _made(
        recognition, _patents([recognition.product_year_id]), pen, pen.numbers([recognition])[0], now
    )
    session.add(made)
    session.flush()
    happenings.certificates("certificate.issued", [recognition.id], now)
    return made


def issue_all(which: ColumnElement[bool], actor: Actor, now: datetime) -> int:
    """The certificates of all recognised products that fit ``which`` and have none yet; returns how many."""
    query = (
        select(m.Recognition)
        .outerjoin(m.Certificate, m.Certificate.recognition_id == m.Recognition.id)
        .where(which, m.Recognition.state == "recognised", m.Certificate.id.is_(None))
        .order_by(m.Recognition.id)
        .options(
            *(joinedload(way) for way in (m.Recognition.product, m.Recognition.unit, m.Recognition.round))
        )
    )
    waiting = list(session.scalars(query))
    for start in range(0, len(waiting), _AT_ONCE):
        _issue_some(waiting[start : start + _AT_ONCE], now)
    return len(waiting)


def _issue_some(waiting: Sequence[m.Recognition], now: datetime) -> None:
    pen, patents = _Pen.ready(), _patents([recognition.product_year_id for recognition in waiting])
    made = [
        _made(recognition, patents, pen, number, now)
        for recognition, number in zip(waiting, pen.numbers(waiting), strict=True)
    ]
    session.add_all(made)
    session.flush()
    happenings.certificates("certificate.issued", [recognition.id for recognition in waiting], now)


def of(recognition: m.Recognition) -> m.Certificate | None:
    """The certificate of a recognition, if it has been issued."""
    query = select(m.Certificate).where(m.Certificate.recognition_id == recognition.id)
    return session.scalars(query).one_or_none()


def revoke(certificate: m.Certificate, reason: str, actor: Actor, now: datetime) -> None:
    """Put a certificate on the list of revocations; what was revoked stays so, with its first reason."""
    cases.require_text(reason, "reason", N_("请填写撤销原因"))
    if certificate.revoked_on is None:
        certificate.revoked_on, certificate.revoked_reason = local_date(now), clean_lines(reason)
        session.flush()
        happenings.certificates("certificate.revoked", [certificate.recognition_id], now)


def withdraw(
    recognition: m.Recognition, reason: str, actor: Actor, now: datetime, *, version: int | None = None
) -> None:
    """撤销认定: the recognition ends before its time, its certificate is revoked and the unit is told why."""
    cases.require_text(reason, "reason", N_("请填写撤销原因"))
    why = clean_lines(reason)
    fire(RECOGNITION, recognition, "withdraw", actor, now, note=why, version=version, values={"reason": why})
    certificate = of(recognition)
    if certificate is not None:
        revoke(certificate, why, actor, now)
    search.index_product(recognition.product_id)
    certificate_messages.withdrawn(recognition, certificate, why, now)


def effects_of_revocation(product: m.Product, today: date) -> list[Message]:
    """What revoking the product's filing would end beside it: recognitions under way, certificates in force (T-W09)."""
    found = []
    for recognition in _affected(product, today):
        values = {"title": recognition.round.title, "state": RECOGNITION.states[recognition.state]}
        certificate = of(recognition)
        if certificate is not None:
            found.append(N_("认定将被撤销，认定证书 {number}（有效期至 {until}）随之失效", number=certificate.number,
                            until=certificate.valid_until))  # fmt: skip
        elif recognition.state == "recognised":
            found.append(N_("该产品在“{title}”中的认定将被撤销", **values))
        else:
            found.append(N_("该产品在“{title}”中的认定程序（{state}）将终止", **values))
    return found


def on_filing_revoked(product: m.Product, actor: Actor, now: datetime) -> None:
    """Draw the consequences of a revoked filing: what is under way ends, what was recognised is withdrawn (T-W09).

    ``actor``, who decided on the filing, is named in the audit trail; the transitions are the system's.
    """
    reason = str(N_("产品备案已撤销（备案编号 {number}）", number=product.filing_no))
    for recognition in _affected(product, local_date(now)):
        if recognition.state == "recognised":
            withdraw(recognition, reason, _CONSEQUENCE, now)
        else:
            fire(RECOGNITION, recognition, "drop", _CONSEQUENCE, now, note=reason, values={"reason": reason})
            certificate_messages.dropped(recognition, reason, now)


def may_withdraw(recognition: m.Recognition, actor: Actor) -> bool:
    """Whether the actor may withdraw the recognition, for the page's button."""
    return recognition.state == "recognised" and actor.has(*OFFICERS)


def _affected(product: m.Product, today: date) -> list[m.Recognition]:
    query = select(m.Recognition).where(
        m.Recognition.product_id == product.id, m.Recognition.state.in_((*UNDER_WAY, "recognised"))
    )
    found = session.scalars(query.options(joinedload(m.Recognition.round)).order_by(m.Recognition.id))
    return [r for r in found if r.state != "recognised" or r.valid_until is None or r.valid_until >= today]


@dataclass(frozen=True)
class _Pen:
    """What writes certificates: the key in use and the pattern of their numbers."""

    key_id: str
    key: Ed25519PrivateKey
    pattern: str

    @classmethod
    def ready(cls) -> _Pen:
        """With the key of today; Conflict without one."""
        key_id = keys.active(signing.STATEMENT).id
        return cls(key_id, signing.statement_key(key_id), parameters.text("certificate_number_pattern"))

    def numbers(self, recognitions: Sequence[m.Recognition]) -> list[str]:
        """A number for each, those of a year one after the other."""
        years = Counter(recognition.round.year for recognition in recognitions)
        given = {year: iter(numbers.next_numbers(self.pattern, n, year=year)) for year, n in years.items()}
        return [next(given[recognition.round.year]) for recognition in recognitions]


def _made(
    recognition: m.Recognition,
    patents: Mapping[int, list[dict[str, Any]]],
    pen: _Pen,
    number: str,
    now: datetime,
) -> m.Certificate:
    listed = patents.get(recognition.product_year_id, [])
    issued_on = recognition.recognised_on or local_date(now)
    stated = Statement(
        number=number, product=recognition.product.name, unit=recognition.unit.name, year=recognition.round.year,
        valid_until=recognition.valid_until or valid_until(issued_on), patents=len(listed), key_id=pen.key_id,
    )  # fmt: skip
    return m.Certificate(
        number=stated.number, recognition_id=recognition.id, product_id=recognition.product_id, unit_id=recognition.unit_id,
        year=stated.year, product_name=stated.product, model=recognition.product.model or "", unit_name=stated.unit,
        patents=listed, issued_on=issued_on, valid_until=stated.valid_until, token=statement.sign(stated, pen.key),
        key_id=pen.key_id,
    )  # fmt: skip


def _patents(product_year_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The patents linked in each data year, by number, core ones not told apart."""
    query = (
        select(m.PatentLink.product_year_id, m.Patent.application_no, m.Patent.title, m.Patent.kind)
        .join(m.Patent, m.Patent.id == m.PatentLink.patent_id)
        .where(m.PatentLink.product_year_id.in_(product_year_ids))
        .order_by(m.Patent.application_no)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for year_id, number, title, kind in session.execute(query):
        shown = patent_number.parse(number).display
        found.setdefault(year_id, []).append({"number": shown, "title": title or "", "kind": kind})
    return found
