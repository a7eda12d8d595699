"""Keeps the statistics up to date: once a minute what changed, every night everything anew.

Each transaction looks at some units: it compares the facts as they are with those it knows, closes those that no
longer hold, opens new ones, and adds the difference to the cells. So facts, cells and the number of the data agree
whenever somebody looks, and a figure of the past is the sum of the facts that held at its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, String, Table, delete, select, text, update

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.clock import BEIJING
from app.domain.statistics import MEASURES, Branches, Fact, Sums, add_unit, expand
from app.registers.bulk import fill, stage
from app.reports import facts, review_months
from app.reports.facts import Owner

_SYSTEM = Actor.system("statistics")
CHUNK = 500
#: of a whole run: fewer, longer transactions
LARGE_CHUNK = 2_000
#: a transaction may commit what it dated so long before
OVERLAP = timedelta(minutes=5)
_IDS = 5_000
_STATE = 1


def refresh(now: datetime) -> int:
    """Bring the figures up to date with what changed since the last time; returns how many units were looked at.
    Everything is made anew where the figures were never made or the classifications have changed."""
    branches = facts.branches()
    mark = facts.fingerprint(branches)
    state = _state()
    if state is None or state.branches != mark:
        return rebuild(now)
    since = state.at - OVERLAP
    session.rollback()
    changed = facts.changed_units(since)
    for start in range(0, len(changed), CHUNK):
        with transaction(_SYSTEM):
            _sync(_locked(), changed[start : start + CHUNK], branches)
    decided = review_months.decided_since(since)
    with transaction(_SYSTEM):
        state = _locked()
        if decided:
            review_months.count(since.astimezone(BEIJING).strftime("%Y-%m"))
        state.at = now
    return len(changed)


def rebuild(now: datetime) -> int:
    """Look at every unit and make all cells anew, beside those in force; returns how many units there were."""
    branches = facts.branches()
    with transaction(_SYSTEM):
        target = _begin(now)
    count = after = 0
    while True:
        with transaction(_SYSTEM):
            units = facts.next_units(after, LARGE_CHUNK)
            if not units:
                break
            _sync(_locked(), units, branches, target)
        count, after = count + len(units), units[-1]
    with transaction(_SYSTEM):
        state = _locked()
        old, state.generation, state.at = state.generation, target, now
        state.branches = facts.fingerprint(branches)
        state.number += 1
        review_months.count("")
        session.execute(delete(m.StatCell).where(m.StatCell.generation <= old))
    return count


def _state() -> m.StatState | None:
    return session.get(m.StatState, _STATE)


def _locked() -> m.StatState:
    """The state, held until the end of the transaction: one refresh at a time."""
    query = select(m.StatState).where(m.StatState.id == _STATE).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _begin(now: datetime) -> int:
    """The generation to be made; what an earlier attempt left of it is removed."""
    if _state() is None:
        session.add(m.StatState(id=_STATE, number=0, generation=0, branches="", at=now))
        session.flush()
    target = _locked().generation + 1
    session.execute(delete(m.StatCell).where(m.StatCell.generation >= target))
    return target


def _sync(state: m.StatState, units: Sequence[int], branches: Branches, target: int | None = None) -> None:
    """Bring the facts of some units up to date, and the cells in force; fill the cells of ``target``."""
    before, after = facts.known(units), facts.of_units(units)
    changed = [unit for unit in units if before.get(unit) != after.get(unit)]
    if changed:
        state.number += 1
        session.flush()
        _move(before, after, changed, state.number)
        _rank(after, changed)
    if changed and state.generation:
        _add_cells(_sums(after, changed, branches, minus=before), state.generation)
    if target is not None:
        _add_cells(_sums(after, units, branches), target)


def _sums(
    found: facts.Facts, units: Sequence[int], branches: Branches, minus: facts.Facts | None = None
) -> Sums:
    sums: Sums = {}
    for unit in units:
        if minus is not None:
            add_unit(sums, minus.get(unit, {}).values(), branches, -1)
        add_unit(sums, found.get(unit, {}).values(), branches)
    return sums


def _move(before: facts.Facts, after: facts.Facts, units: Sequence[int], number: int) -> None:
    """Close the facts that no longer hold and open the new ones."""
    closing: list[int] = []
    opening: list[tuple[Any, ...]] = []
    for unit in units:
        old, new = before.get(unit, {}), after.get(unit, {})
        closing += [owner.product_year_id for owner, fact in old.items() if new.get(owner) != fact]
        opening += [(*o, *fact, number) for o, fact in new.items() if old.get(o) != fact]
    table = m.StatRecord
    for start in range(0, len(closing), _IDS):
        query = update(table).where(
            table.closed.is_(None), table.product_year_id.in_(closing[start : start + _IDS])
        )
        session.execute(query.values(closed=number), execution_options={"synchronize_session": False})
    if opening:
        _fill(table, (*Owner._fields, *Fact._fields, "opened"), opening)


def _rank(after: facts.Facts, units: Sequence[int]) -> None:
    """Add up the products of each unit and year anew."""
    table = m.StatUnit
    session.execute(
        delete(table).where(table.unit_id.in_(units)), execution_options={"synchronize_session": False}
    )
    rows = [row for unit in units for row in _unit_rows(unit, list(after.get(unit, {}).values()))]
    if rows:
        names = "unit_id year province city district kind products patents output sales export profit"
        _fill(table, names.split(), rows)


def _unit_rows(unit: int, found: Sequence[Fact]) -> Iterator[tuple[Any, ...]]:
    counted = [fact for fact in found if fact.counted]
    for year in sorted({fact.year for fact in counted}):
        own = [fact for fact in counted if fact.year == year]
        first = own[0]
        patents = sum(fact.inventions + fact.utility_models + fact.designs for fact in own)
        amounts = (
            sum(getattr(fact, name) for fact in own) for name in ("output", "sales", "export", "profit")
        )
        yield (
            unit,
            year,
            first.province,
            first.city,
            first.district,
            first.kind,
            len(own),
            patents,
            *amounts,
        )


_CELL_TYPES: dict[str, Any] = {
    "generation": Integer(), "region": String(6), "region_parent": String(6), "node": String(24),
    "node_parent": String(24), "year": Integer(), "kind": String(24), **dict.fromkeys(MEASURES, BigInteger()),
}  # fmt: skip
_NAMES = ", ".join(f'"{name}"' for name in _CELL_TYPES)
_ADDED = ", ".join(f'"{name}" = stat_cell."{name}" + excluded."{name}"' for name in MEASURES)
_MERGE = f"""
INSERT INTO stat_cell ({_NAMES}) SELECT {_NAMES} FROM stat_difference WHERE true
ON CONFLICT (generation, region, node, year, kind) DO UPDATE SET {_ADDED}
"""  # noqa: S608 (our own names)


def _add_cells(sums: Sums, generation: int) -> None:
    cells = expand(sums)
    if not cells:
        return
    # in the order of the key, so that nobody else's rows are waited for crosswise
    rows = [(generation, *key, *cells[key]) for key in sorted(cells)]
    stage(session.connection(), "stat_difference", _CELL_TYPES, rows)
    session.execute(text(_MERGE))


def _fill(model: type[Any], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    source: Table = model.__table__
    fill(
        session.connection(),
        Table(source.name, MetaData(), *(source.c[name]._copy() for name in names)),
        rows,
    )
