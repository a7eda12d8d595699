"""The keys that sign certificates: made or loaded, replaced by newer ones, and their public halves published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.documents import signing
from app.documents.signing import DOCUMENT, KINDS, STATEMENT, NewKey
from app.domain.clock import local_date
from app.domain.errors import Conflict
from app.domain.recognition.statement import PublicKey
from app.domain.text import N_

Maker = Callable[[], NewKey]


def init(makers: Mapping[str, Maker], now: datetime) -> list[m.SigningKey]:
    """Make the first key of each kind that has none in use; returns those that were made."""
    return [_add(kind, makers[kind](), now) for kind in KINDS if _active(kind) is None]


def rotate(kind: str, maker: Maker, now: datetime) -> m.SigningKey:
    """Sign with a new key from now on. The old one stays known, and what it signed stays valid."""
    made = maker()
    for row in _rows(kind):
        if row.retired_at is None and row.id != made.id:
            row.retired_at = now
    return _add(kind, made, now)


def makers(name: str, now: datetime) -> dict[str, Maker]:
    """How new keys are made here, in the name of the organisation ``name``."""
    return {STATEMENT: signing.make_statement_key, DOCUMENT: lambda: signing.make_document_key(name, now)}


def active(kind: str) -> m.SigningKey:
    """The key that signs; Conflict where there is none."""
    found = _active(kind)
    if found is None:
        raise Conflict(N_("还没有签名密钥，请管理员运行 flask keys init"))
    return found


def statement_keys() -> dict[str, PublicKey]:
    """Every key that ever signed statements, by its name."""
    return {
        row.id: PublicKey(
            signing.public_statement_key(row.public), local_date(row.retired_at) if row.retired_at else None
        )
        for row in _rows(STATEMENT)
    }


def published(site: str, now: datetime) -> dict[str, Any]:
    """The public halves as a document, for those who verify without asking us."""
    return {
        "format": "zhuanpin-keys-1",
        "site": site,
        "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keys": [
            {
                "id": row.id,
                "kind": row.kind,
                "public": row.public,
                "created_on": local_date(row.created_at).isoformat(),
                "retired_on": local_date(row.retired_at).isoformat() if row.retired_at else None,
            }
            for kind in KINDS
            for row in _rows(kind)
        ],
    }


def _add(kind: str, made: NewKey, now: datetime) -> m.SigningKey:
    known = session.get(m.SigningKey, made.id)
    if known is not None and known.retired_at is None:
        return known
    if known is not None:
        raise Conflict(N_("密钥 {id} 已经停用，不能再次启用", id=made.id))
    row = m.SigningKey(id=made.id, kind=kind, public=made.public, created_at=now)
    session.add(row)
    session.flush()
    return row


def _active(kind: str) -> m.SigningKey | None:
    query = select(m.SigningKey).where(m.SigningKey.kind == kind, m.SigningKey.retired_at.is_(None))
    return session.scalars(query.order_by(m.SigningKey.created_at.desc(), m.SigningKey.id)).first()


def _rows(kind: str) -> list[m.SigningKey]:
    query = select(m.SigningKey).where(m.SigningKey.kind == kind)
    return list(session.scalars(query.order_by(m.SigningKey.created_at, m.SigningKey.id)))
