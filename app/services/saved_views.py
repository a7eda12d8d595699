"""Pages of statistics saved under a name, with the figures as they were; run again, a difference is explained by the
facts that came, went or changed meanwhile (mission N10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.errors import NotFound, Problem, RuleError
from app.domain.normal import clean, is_blank
from app.domain.text import N_, Message
from app.reports import statistics
from app.reports.statistics import Asked, Figures, State

MOST = 200
NAME_LENGTH = 100
#: a fact's figures that a difference is told in
COMPARED = ("inventions", "utility_models", "designs", "output", "sales", "export", "profit")
CAME, WENT, CHANGED = "came", "went", "changed"
_RECORD = m.StatRecord.__table__.c


def save(
    actor: Actor, name: str, page: str, query: Mapping[str, str], state: State, totals: Figures,
    tables: Sequence[Mapping[str, Any]], now: datetime,
) -> m.SavedView:  # fmt: skip
    """Keep what a page shows; the name must be new among the actor's own."""
    text = "" if is_blank(name) else clean(name)
    _refuse(actor, text)
    view = m.SavedView(
        user_id=actor.user_id, name=text, page=page, query=dict(query), number=state.number, branches=state.branches,
        at=state.at, totals=totals._asdict(), tables=[dict(table) for table in tables], created_at=now,
    )  # fmt: skip
    session.add(view)
    session.flush()
    return view


def _refuse(actor: Actor, name: str) -> None:
    problem: Message | None = None
    if not name:
        problem = N_("请填写名称")
    elif len(name) > NAME_LENGTH:
        problem = N_("名称至多 {n} 个字", n=NAME_LENGTH)
    elif any(view.name == name for view in listed(actor)):
        problem = N_("您已有同名的视图，请换一个名称")
    elif len(listed(actor)) >= MOST:
        problem = N_("最多保存 {n} 个视图，请先删除不用的", n=MOST)
    if problem is not None:
        raise RuleError([Problem("name", problem)])


def listed(actor: Actor) -> list[m.SavedView]:
    """The actor's own, newest first."""
    query = select(m.SavedView).where(m.SavedView.user_id == actor.user_id).order_by(m.SavedView.id.desc())
    return list(session.scalars(query))


def own(actor: Actor, view_id: int) -> m.SavedView:
    """One of the actor's own; NotFound for any other."""
    query = select(m.SavedView).where(m.SavedView.id == view_id, m.SavedView.user_id == actor.user_id)
    view = session.scalars(query).one_or_none()
    if view is None or actor.user_id is None:
        raise NotFound
    return view


def remove(actor: Actor, view_id: int) -> None:
    """Forget a saved view."""
    session.delete(own(actor, view_id))


@dataclass(frozen=True)
class Change:
    """A product whose part in the figures is another now. ``before`` and ``after`` are its figures, None where it did
    not count for what is looked at; ``why`` says what it was or is instead."""

    kind: str
    filing_no: str | None
    product: str
    unit: str
    before: Sequence[int] | None
    after: Sequence[int] | None
    why: Message

    def difference(self, place: int) -> int:
        """By how much the figure at a place has changed through it."""
        old = self.before[place] if self.before else 0
        new = self.after[place] if self.after else 0
        return new - old


@dataclass(frozen=True)
class Rerun:
    """A saved view run again. ``again``: as of the time it was saved; ``now``: as of today."""

    kept: Figures
    again: Figures
    now: Figures
    changes: Sequence[Change]

    @property
    def reproduced(self) -> bool:
        """Whether the figures of then come out again."""
        return self.kept == self.again


def rerun(view: m.SavedView, asked: Asked, state: State) -> Rerun:
    """Add up the view's figures again, as they were and as they are, with what lies between."""
    kept = Figures(**{name: int(view.totals[name]) for name in Figures._fields})
    then, now = statistics.asof(asked, view.number), statistics.asof(asked, state.number)
    return Rerun(kept, then, now, _changes(asked, view.number))


def _changes(asked: Asked, number: int) -> list[Change]:
    """What has changed since a number of the data, the largest differences of sales first."""
    matching = statistics.facts_asked(select(_RECORD.id), asked).whereclause
    before = _by_year(and_(_RECORD.opened <= number, _RECORD.closed > number), matching)
    after = _by_year(and_(_RECORD.opened > number, _RECORD.closed.is_(None)), matching)
    touched = [key for key in {*before, *after} if _counts(before.get(key)) or _counts(after.get(key))]
    names = _names(touched, before, after)
    changes = [_change(before.get(key), after.get(key), names) for key in touched]
    place = COMPARED.index("sales")
    return sorted(
        (change for change in changes if change is not None),
        key=lambda change: (-abs(change.difference(place)), change.kind, change.filing_no or ""),
    )


def _by_year(held: ColumnElement[bool], matching: Any) -> dict[int, Any]:
    """Facts by product and year; ``matches`` says whether one counts for what is asked."""
    columns = (_RECORD.product_year_id, _RECORD.product_id, _RECORD.unit_id, _RECORD.state, _RECORD.counted)
    figures = [_RECORD[name] for name in COMPARED]
    matches = func.coalesce(matching, False).label("matches")
    return {
        row.product_year_id: row for row in session.execute(select(*columns, *figures, matches).where(held))
    }


def _counts(row: Any) -> bool:
    return row is not None and bool(row.matches)


def _names(
    keys: Iterable[int], before: Mapping[int, Any], after: Mapping[int, Any]
) -> dict[int, tuple[Any, ...]]:
    wanted = [(after.get(key) or before[key]).product_id for key in keys]
    p, u = m.Product.__table__.c, m.Unit.__table__.c
    names: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(wanted), 5_000):
        query = select(p.id, p.filing_no, p.name, u.name).join_from(
            m.Product.__table__, m.Unit.__table__, u.id == p.unit_id
        )
        rows = session.execute(query.where(p.id.in_(wanted[start : start + 5_000])))
        names |= {row[0]: tuple(row[1:]) for row in rows}
    return names


def _change(before: Any, after: Any, names: Mapping[int, tuple[Any, ...]]) -> Change | None:
    old = tuple(getattr(before, name) for name in COMPARED) if _counts(before) else None
    new = tuple(getattr(after, name) for name in COMPARED) if _counts(after) else None
    if old == new:
        return None
    kind = CHANGED if old and new else CAME if new else WENT
    number, product, unit = names.get((after or before).product_id, (None, "", ""))
    return Change(kind, number, product, unit, old, new, _why(kind, before, after))


def _why(kind: str, before: Any, after: Any) -> Message:
    if kind == CHANGED:
        return N_("数据或关联专利有变动")
    if kind == CAME:
        return N_("从其他地区、分类或类型转入") if before is not None and before.counted else N_("新增备案或年度更新通过审核")  # fmt: skip
    if after is None:
        return N_("数据已不存在")
    return N_("转到其他地区、分类或类型") if after.counted else N_("备案已不在有效状态")


def current(asked: Asked, state: State) -> Figures:
    """The totals of what is asked, from the cells."""
    return statistics.Cells(state.generation).by_year(asked).get(asked.year, statistics.NOTHING)
