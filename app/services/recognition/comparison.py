"""Two runs of a round side by side: whose verdict or score is another one, and why that may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from app import models as m
from app.db import session
from app.domain.text import N_, Message

LIMIT = 200


@dataclass(frozen=True)
class Moved:
    """A product with its two scores, None where a run did not have it."""

    product_id: int
    name: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Differences:
    """``joined`` pass now and did not before, ``dropped`` the other way round, ``added`` and ``gone`` are in one run
    only; at most ``LIMIT`` of each, ``counts`` has all. ``rescored``: another score with the same verdict."""

    joined: Sequence[Moved]
    dropped: Sequence[Moved]
    added: Sequence[Moved]
    gone: Sequence[Moved]
    counts: dict[str, int]
    reasons: tuple[Message, ...]

    @property
    def none(self) -> bool:
        """Whether the two found the same."""
        return not any(self.counts.values())


def compare(run: m.ScreeningRun, earlier: m.ScreeningRun) -> Differences:
    """What ``run`` found otherwise than ``earlier``."""
    now, before = aliased(m.ScreeningResult), aliased(m.ScreeningResult)
    both = select().select_from(now).join(before, before.product_id == now.product_id)
    both = both.where(now.run_id == run.id, before.run_id == earlier.id)
    joined = and_(now.passed.is_(True), before.passed.is_(False))
    dropped = and_(now.passed.is_(False), before.passed.is_(True))
    rescored = and_(now.passed == before.passed, now.score != before.score)
    tests = {"joined": joined, "dropped": dropped, "rescored": rescored}
    added, gone = _only(run.id, earlier.id), _only(earlier.id, run.id)
    counted = session.execute(both.add_columns(*(func.count().filter(t) for t in tests.values()))).one()
    counts = dict(zip(tests, counted, strict=True)) | {"added": _count(added), "gone": _count(gone)}
    scores = both.add_columns(now.product_id, before.score, now.score)
    return Differences(
        _moved(scores.where(joined), now), _moved(scores.where(dropped), now),
        _only_moved(added, new=True), _only_moved(gone, new=False), counts, _reasons(run, earlier),
    )  # fmt: skip


def _moved(query: Select[Any], result: Any) -> list[Moved]:
    query = query.join(m.Product, m.Product.id == result.product_id).add_columns(m.Product.name)
    rows = session.execute(query.order_by(result.product_id).limit(LIMIT))
    return [Moved(product, name, before, after) for product, before, after, name in rows]


def _only(run_id: int, other_id: int) -> Select[Any]:
    other = aliased(m.ScreeningResult)
    there = select(other.product_id).where(
        other.run_id == other_id, other.product_id == m.ScreeningResult.product_id
    )
    own: Any = select(m.ScreeningResult.product_id, m.ScreeningResult.score)
    found: Select[Any] = own.where(m.ScreeningResult.run_id == run_id, ~there.exists())
    return found


def _count(query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _only_moved(query: Select[Any], *, new: bool) -> list[Moved]:
    query = query.join(m.Product, m.Product.id == m.ScreeningResult.product_id).add_columns(m.Product.name)
    rows = session.execute(query.order_by(m.ScreeningResult.product_id).limit(LIMIT)).all()
    return [Moved(product, name, None if new else s, s if new else None) for product, s, name in rows]


def _reasons(run: m.ScreeningRun, earlier: m.ScreeningRun) -> tuple[Message, ...]:
    if run.scheme_hash != earlier.scheme_hash:
        return (N_("两次初筛所用的方案不同"),)
    if run.input_hash != earlier.input_hash:
        return (N_("两次初筛之间，产品数据、关联专利的法律状态、候选产品或产品分类有变化"),)
    return (N_("方案和数据都相同，结果也相同"),)
