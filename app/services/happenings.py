"""Events for webhooks: what is told of a transition, a certificate, a notice, as it is when it happens.

Of what a unit reads in its own pages, nothing about people. Where nobody listens, one small query is all it costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.sql import Select

from app import models as m
from app.db import session
from app.domain.machines import FILING, UPDATE, Machine
from app.domain.webhooks import TRANSITIONS
from app.notify import webhooks
from app.notify.webhooks import Happening

# bare tables: what is told depends on the listener, not on who acts
_P, _U, _Y = m.Product.__table__, m.Unit.__table__, m.ProductYear.__table__
_R, _ROUND, _C = m.Recognition.__table__, m.RecognitionRound.__table__, m.Certificate.__table__
_WHOSE = (
    _U.c.id.label("unit_id"), _U.c.name.label("unit_name"), _U.c.uscc, _U.c.province, _U.c.city, _U.c.district,
    _P.c.id.label("product_id"), _P.c.name.label("product_name"), _P.c.filing_no,
)  # fmt: skip


def moved(machine: Machine, verb: str, ids: Sequence[int], now: datetime, *, note: str | None = None) -> None:
    """Tell of a transition of these records."""
    event = TRANSITIONS.get((machine.name, verb))
    if event is None or not (heard_by := webhooks.listeners(event)).rows:
        return
    of, facts = _SUBJECTS.get(machine.name, (_recognitions, _recognition))
    found = [
        Happening(row.unit_id, _places(row), {**_common(row), **facts(row), "reason": note})
        for row in session.execute(of(ids))
    ]
    webhooks.post(event, found, heard_by, now)


def certificates(event: str, recognition_ids: Sequence[int], now: datetime) -> None:
    """Tell of certificates that were issued or revoked, named by their recognitions."""
    if not (heard_by := webhooks.listeners(event)).rows:
        return
    query = (
        select(*_WHOSE, _C.c.number, _C.c.issued_on, _C.c.valid_until, _C.c.revoked_on, _C.c.revoked_reason, _C.c.token)
        .join(_U, _U.c.id == _C.c.unit_id).join(_P, _P.c.id == _C.c.product_id)
        .where(_C.c.recognition_id.in_(recognition_ids)).order_by(_C.c.id)
    )  # fmt: skip
    found = [
        Happening(
            row.unit_id,
            _places(row),
            {**_common(row), "certificate": _certificate(row), "reason": row.revoked_reason},
        )
        for row in session.execute(query)
    ]
    webhooks.post(event, found, heard_by, now)


def notice(event: str, notice_id: int, now: datetime, *, reason: str | None = None) -> None:
    """Tell each listener once of a notice that has products of its own in it, and how many."""
    if not (heard_by := webhooks.listeners(event)).rows:
        return
    about = session.get_one(m.PublicNotice, notice_id)
    query = (
        select(_U.c.id.label("unit_id"), _U.c.province, _U.c.city, _U.c.district)
        .join(_R, _R.c.unit_id == _U.c.id)
        .where(_R.c.notice_id == notice_id)
    )
    counts: Counter[int] = Counter()
    for row in session.execute(query):
        counts.update(webhook.id for webhook in heard_by.of(row.unit_id, _places(row)))
    facts = {
        "id": about.id, "title": about.title, "starts_on": about.starts_on, "ends_on": about.ends_on,
        "provisional": about.provisional, "path": f"/notices/{about.id}",
    }  # fmt: skip
    for webhook in heard_by.rows:
        if products := counts[webhook.id]:
            data = {"notice": facts, "products": products, "reason": reason}
            one = Happening(webhook.unit_id or 0, (webhook.region_code, None, None), data)
            webhooks.post(event, [one], webhooks.Listeners((webhook,)), now)


def _places(row: Any) -> tuple[str | None, str | None, str | None]:
    return row.province, row.city, row.district


def _common(row: Any) -> dict[str, Any]:
    return {
        "unit": {"id": row.unit_id, "name": row.unit_name, "uscc": row.uscc},
        "product": {"id": row.product_id, "name": row.product_name, "filing_no": row.filing_no},
    }


def _filings(ids: Sequence[int]) -> Select[Any]:
    return _chosen(
        select(*_WHOSE, _P.c.state, _P.c.filing_year).join(_U, _U.c.id == _P.c.unit_id), _P.c.id, ids
    )


def _filing(row: Any) -> dict[str, Any]:
    return {"filing": {"state": row.state, "year": row.filing_year}}


def _updates(ids: Sequence[int]) -> Select[Any]:
    """The data of the year a product is filed with are decided on with the filing: no event of their own."""
    query = (
        select(*_WHOSE, _Y.c.state, _Y.c.year)
        .join(_P, _P.c.id == _Y.c.product_id)
        .join(_U, _U.c.id == _P.c.unit_id)
    )
    return _chosen(query.where(_Y.c.year != _P.c.filing_year), _Y.c.id, ids)


def _update(row: Any) -> dict[str, Any]:
    return {"update": {"state": row.state, "year": row.year}}


def _recognitions(ids: Sequence[int]) -> Select[Any]:
    query = (
        select(*_WHOSE, _R.c.id, _R.c.state, _R.c.recognised_on, _R.c.valid_until, _ROUND.c.title, _ROUND.c.year)
        .join(_R, _R.c.product_id == _P.c.id).join(_U, _U.c.id == _R.c.unit_id).join(_ROUND, _ROUND.c.id == _R.c.round_id)
    )  # fmt: skip
    return _chosen(query, _R.c.id, ids)


def _recognition(row: Any) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in ("id", "state", "recognised_on", "valid_until", "year")}
    return {"recognition": {**facts, "round": row.title}}


def _certificate(row: Any) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in ("number", "issued_on", "valid_until", "revoked_on")}
    return {**facts, "path": f"/v/{row.token}"}


def _chosen(query: Select[Any], column: ColumnElement[int], ids: Sequence[int]) -> Select[Any]:
    return query.where(column.in_(ids)).order_by(column)


_SUBJECTS: dict[str, tuple[Any, Any]] = {FILING.name: (_filings, _filing), UPDATE.name: (_updates, _update)}
