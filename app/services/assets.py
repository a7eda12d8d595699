"""Yearly assets 资产信息 (mission B), and the gate they form: without last year's, nothing is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import NotAllowed, Problem, RuleError
from app.domain.text import N_, Message
from app.services import fieldsets, records
from app.services.fields import missing, read

FIRST_YEAR = 2000
RULE = "R07"


@dataclass(frozen=True)
class Saved:
    """The record as it is stored now, and what could not be taken over, field by field."""

    assets: m.AssetYear
    problems: list[Problem]


@dataclass(frozen=True)
class Gate:
    """Whether the assets of ``year`` (last year) are complete; ``message`` says what to do where they are not."""

    ok: bool
    year: int
    message: Message | None = None


def gate(unit_id: int, today: date) -> Gate:
    """What stands between the unit and a submission (manual 4): last year's assets must be complete."""
    year = today.year - 1
    if (found := _find(unit_id, year)) is not None and found.state == "complete":
        return Gate(True, year)
    return Gate(False, year, N_("请先在“资产信息”中填完 {year} 年度的资产信息并上传利润表", year=year))


def save(actor: Actor, year: int, data: Mapping[str, Any], version: int | None, now: datetime) -> Saved:
    """Save a year's assets, however incomplete; ``version`` is None for a year that is not begun.

    A complete record that loses something required is a draft again.
    """
    assets = _of_year(actor, year, version, data, now)
    values, problems = _read(assets, actor, data)
    _store(assets, values, assets.state == "complete", now)
    return Saved(assets, problems)


def complete(
    actor: Actor, year: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> m.AssetYear:
    """Save a year's assets and declare them complete; RuleError beside each field that is missing or wrong."""
    assets = _of_year(actor, year, version, data, now)
    values, problems = _read(assets, actor, data)
    named = {problem.field for problem in problems}
    if problems := problems + [p for p in _problems(assets, values) if p.field not in named]:
        raise RuleError(problems)
    _store(assets, values, True, now)
    return assets


def _read(assets: m.AssetYear, actor: Actor, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    values, problems = read(data, fieldsets.ASSET)
    return values, problems + records.check_files(actor, assets.unit_id, values, ["statement_file_id"])


def _store(assets: m.AssetYear, values: Mapping[str, Any], declared: bool, now: datetime) -> None:
    state = "complete" if declared and not _problems(assets, values) else "draft"
    for name, value in {**values, "state": state}.items():
        setattr(assets, name, value)
    records.touch(assets, now)


def _find(unit_id: int, year: int) -> m.AssetYear | None:
    query = select(m.AssetYear).where(m.AssetYear.unit_id == unit_id, m.AssetYear.year == year)
    return session.scalars(query).one_or_none()


def _of_year(
    actor: Actor, year: int, version: int | None, data: Mapping[str, Any], now: datetime
) -> m.AssetYear:
    if actor.unit_id is None:
        raise NotAllowed(N_("只有备案单位可以填写资产信息"))
    last = local_date(now).year
    if not FIRST_YEAR <= year <= last:
        raise RuleError([Problem("year", N_("年度应在 {first} 至 {last} 之间", first=FIRST_YEAR, last=last))])
    assets = _find(actor.unit_id, year)
    if assets is not None:
        records.expect(assets, version, data)
        return assets
    assets = m.AssetYear(unit_id=actor.unit_id, year=year, created_at=now, changed_at=now)
    session.add(assets)
    session.flush()
    return assets


def _problems(assets: m.AssetYear, values: Mapping[str, Any]) -> list[Problem]:
    """What keeps the record, with ``values`` taken over, from being complete."""
    after = SimpleNamespace(**{name: values.get(name, getattr(assets, name)) for name in _LABELS})
    problems = missing(after, fieldsets.ASSET)
    for part, whole in (("rnd_staff", "employees"), ("intangible_assets", "total_assets")):
        small, large = getattr(after, part), getattr(after, whole)
        if small is not None and large is not None and small > large:
            problems.append(Problem(part, N_("不应大于“{label}”", label=_LABELS[whole])))
    negative = [name for name in _NOT_NEGATIVE if (getattr(after, name) or 0) < 0]
    return problems + [Problem(name, N_("不能是负数")) for name in negative]


_LABELS = {field.name: field.label for field in fieldsets.ASSET}
_NOT_NEGATIVE = ("revenue", "cost", "total_assets", "intangible_assets", "rnd_spending", "export")
