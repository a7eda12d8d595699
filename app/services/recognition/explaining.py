"""A result of the screening in words: every criterion's value, what it is held against, its points, and a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from app import models as m
from app.db import session
from app.domain.recognition import least_change as changes
from app.domain.recognition import scheme as schemes
from app.domain.recognition.least_change import LeastChange
from app.domain.recognition.scheme import (
    ANY_CLASS,
    LINEAR,
    PERCENTILE,
    SCREENING,
    SHARE,
    THRESHOLD,
    Indicator,
    Scheme,
)
from app.domain.recognition.scoring import Standing, hundredths, points_decimal, scale_threshold, unscaled
from app.domain.text import N_, Message, Name
from app.registers import classifications
from app.services.recognition import details
from app.services.recognition.details import Part

#: of so many classes at most, results are asked for by class; beyond, for all
_MOST_CLASSES = 300


@dataclass(frozen=True)
class Criterion:
    """One criterion of a result. ``percentile``: of the other products how many percent are beaten; ``threshold``: the
    value that gives all points; ``group``: the class compared with, of which ``peers`` products had a value, with
    their ``median``; ``note`` says where that is not the product's own class."""

    indicator: Indicator
    value: Decimal | None
    points: Decimal
    percentile: Decimal | None
    threshold: Decimal | None
    group: str
    group_label: Name | Message
    peers: int
    median: Decimal | None
    sentence: Message
    note: Message | None

    @property
    def weight(self) -> Decimal:
        """The most points."""
        return self.indicator.weight

    @property
    def fell_back(self) -> bool:
        """Whether its own class was too small to compare with."""
        return self.note is not None


@dataclass(frozen=True)
class Explained:
    """A result, criterion by criterion; their points make the score exactly."""

    scheme: Scheme
    class_code: str
    class_label: Name | Message
    criteria: tuple[Criterion, ...]
    score: Decimal
    pass_score: Decimal
    passed: bool
    verdict: Message


def explain(result: m.ScreeningResult, run: m.ScreeningRun) -> Explained:
    """A product's result of a run, from what was kept of it."""
    scheme = schemes.read(run.round.frozen_scheme or {})
    kept = details.read(result.detail)
    benchmarks = (run.benchmarks or {}).get("indicators", {})
    criteria = tuple(
        _criterion(indicator, part, kept.class_code, benchmarks, scheme)
        for indicator, part in zip(scheme.machine(SCREENING), kept.parts, strict=True)
    )
    told = _PASSED if result.passed else _FAILED
    return Explained(
        scheme, kept.class_code, _label(kept.class_code), criteria, result.score, scheme.pass_score, result.passed,
        Message(told.msgid, {"score": result.score, "pass_score": scheme.pass_score}),
    )  # fmt: skip


_PASSED = N_("总分 {score}，达到 {pass_score} 分，初筛通过", score="", pass_score="")
_FAILED = N_("总分 {score}，低于 {pass_score} 分，初筛未通过", score="", pass_score="")


def _criterion(
    indicator: Indicator, part: Part, class_code: str, benchmarks: dict[str, Any], scheme: Scheme
) -> Criterion:
    percent, line = (part.mark, None) if indicator.method == PERCENTILE else (None, part.mark)
    peers, _, median, _ = benchmarks.get(indicator.id, {}).get(part.group) or (0, None, None, None)
    bare = Criterion(
        indicator=indicator,
        value=None if part.value is None else unscaled(part.value),
        points=points_decimal(part.points),
        percentile=None if percent is None else points_decimal(percent),
        threshold=None if line is None else unscaled(line),
        group=part.group,
        group_label=_label(part.group),
        peers=peers,
        median=None if median is None else unscaled(median),
        sentence=N_("没有数据，不得分"),
        note=_note(indicator, part, class_code, scheme),
    )
    if part.value is None:
        return bare
    sentence = _SENTENCES[indicator.method or THRESHOLD](bare)
    return Criterion(**{**bare.__dict__, "sentence": sentence})


def _note(indicator: Indicator, part: Part, class_code: str, scheme: Scheme) -> Message | None:
    if not indicator.compares or part.group == class_code:
        return None
    return N_(
        "同类产品（{own}）有数据的不足 {least} 个，改与{group}比较",
        own=_label(class_code), least=scheme.min_class, group=_label(part.group),
    )  # fmt: skip


def _label(code: str) -> Name | Message:
    if code == ANY_CLASS:
        return N_("全部候选产品")
    node = classifications.get("class", code)
    return Name(f"“{node.name}”", f"“{node.name_en}”") if node else Name(f"“{code}”")


def _percentile(found: Criterion) -> Message:
    if found.peers == 1:
        return N_("没有其他产品可以比较，得满分 {points} 分", points=found.points)
    return N_(
        "优于{group}中 {percent}% 的其他产品（共 {count} 个产品），得 {points} 分",
        group=found.group_label, percent=found.percentile, count=found.peers, points=found.points,
    )  # fmt: skip


def _threshold(found: Criterion) -> Message:
    line, reached = found.threshold, found.points > 0 or found.weight == 0
    if found.indicator.rises:
        if reached:
            return N_("达到阈值 {line}，得 {points} 分", line=line, points=found.points)
        return N_("未达到阈值 {line}，不得分", line=line)
    if reached:
        return N_("不高于阈值 {line}，得 {points} 分", line=line, points=found.points)
    return N_("高于阈值 {line}，不得分", line=line)


def _linear(found: Criterion) -> Message:
    return N_("{line} 得满分，按比例得 {points} 分", line=found.threshold, points=found.points)


def _share(found: Criterion) -> Message:
    return N_(
        "{group}（共 {count} 个产品）的中位数为 {median}，{line} 得满分，得 {points} 分",
        group=found.group_label, count=found.peers, median=found.median, line=found.threshold, points=found.points,
    )  # fmt: skip


_SENTENCES: dict[str, Callable[[Criterion], Message]] = {
    PERCENTILE: _percentile, THRESHOLD: _threshold, LINEAR: _linear, SHARE: _share,
}  # fmt: skip


# ---------------------------------------------------------------- the least change


def least_change(result: m.ScreeningResult, run: m.ScreeningRun) -> LeastChange:
    """By how much the product would have to be better to pass, held against the very products the run compared it
    with; each criterion alone, the others as they are."""
    scheme = schemes.read(run.round.frozen_scheme or {})
    return changes.least_change(standings(result, run, scheme), hundredths(scheme.pass_score))


def standings(result: m.ScreeningResult, run: m.ScreeningRun, scheme: Scheme) -> list[Standing]:
    """How a product stood in a run."""
    kept = details.read(result.detail)
    parents = (run.benchmarks or {}).get("parents", {})
    indicators = scheme.machine(SCREENING)
    groups = {p.group for i, p in zip(indicators, kept.parts, strict=True) if i.compares}
    others = _others(result, {group: _below(group, parents) for group in groups})
    path = _path(kept.class_code, parents)
    return [
        Standing(
            indicator,
            part.value,
            scale_threshold(indicator.threshold_for(path)[1]),
            _values(others, place, part.group, parents) if indicator.compares else (),
            part.group,
        )
        for place, (indicator, part) in enumerate(zip(indicators, kept.parts, strict=True))
    ]


def _values(others: list[Any], place: int, group: str, parents: dict[str, str | None]) -> tuple[int, ...]:
    inside = _below(group, parents)
    # as they are kept (``details``): the class, then of each criterion the value first
    values = (other[place + 1][0] for other in others if inside is None or other[0] in inside)
    return tuple(sorted(value for value in values if value is not None))


def _others(result: m.ScreeningResult, classes: dict[str, frozenset[str] | None]) -> list[Any]:
    """The other results of the run in any of the classes."""
    query = select(m.ScreeningResult.detail).where(
        m.ScreeningResult.run_id == result.run_id, m.ScreeningResult.product_id != result.product_id
    )
    if not classes:
        return []
    wanted = [code for codes in classes.values() for code in codes or ()]
    if all(codes is not None for codes in classes.values()) and len(wanted) <= _MOST_CLASSES:
        begins = (
            m.ScreeningResult.detail.startswith(details.begins_with(code), autoescape=True)
            for code in sorted({*wanted})
        )
        query = query.where(or_(*begins))
    # other units' values: of them only the number needed is told
    return [json.loads(text) for text in session.scalars(query.execution_options(unscoped=True))]


def _path(code: str, parents: dict[str, str | None]) -> list[str]:
    found: list[str] = []
    step: str | None = code
    while step is not None and step not in found:
        found.append(step)
        step = parents.get(step)
    return found


def _below(group: str, parents: dict[str, str | None]) -> frozenset[str] | None:
    """A class and all below it; None for all candidates."""
    if group == ANY_CLASS:
        return None
    return frozenset(code for code in parents if group in _path(code, parents))
