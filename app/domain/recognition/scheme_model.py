"""What an evaluation scheme consists of; ``scheme`` reads one from its document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.recognition.formula import Formula
from app.domain.text import N_, Message

SCREENING, EVALUATION = "screening", "evaluation"
STAGES: dict[str, Message] = {SCREENING: N_("初筛"), EVALUATION: N_("评价")}
UP, DOWN = "up", "down"
DIRECTIONS: dict[str, Message] = {UP: N_("越高越好"), DOWN: N_("越低越好")}
MACHINE, EXPERT = "machine", "expert"
SCORERS: dict[str, Message] = {MACHINE: N_("按数据计分"), EXPERT: N_("专家评分")}
PERCENTILE, THRESHOLD, LINEAR, SHARE = "percentile", "threshold", "linear", "share"
METHODS: dict[str, Message] = {
    PERCENTILE: N_("同类百分位：优于多少同类产品，得多少比例的分"),
    THRESHOLD: N_("达标得分：达到阈值得满分，否则不得分"),
    LINEAR: N_("区间得分：从起点到满分点按比例得分"),
    SHARE: N_("基准比例：达到同类中位数的规定倍数得满分，不足的按比例得分"),
}
#: how many numbers a threshold of a method has
THRESHOLD_SIZES = {THRESHOLD: 1, LINEAR: 2, SHARE: 1}
EXAMPLE_MARK = "示例方案"
#: stands for every class without a threshold of its own, and for all candidates together
ANY_CLASS = "*"


@dataclass(frozen=True)
class Indicator:
    """One criterion. ``by`` machine: points from data by ``source`` and ``method``; expert: points by reviewers.

    ``thresholds``: class → one number, for ``linear`` two (no points, full points); ``*`` for all other classes.
    """

    id: str
    name: str
    name_en: str
    weight: Decimal
    direction: str
    by: str
    source: Formula | None = None
    method: str | None = None
    thresholds: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    unit: str = ""
    unit_en: str = ""
    hint: str = ""
    hint_en: str = ""

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.direction == UP

    @property
    def compares(self) -> bool:
        """Whether its points depend on the other products of the class."""
        return self.method in (PERCENTILE, SHARE)

    def label(self, english: bool = False) -> str:
        """Its name in the reader's language."""
        return (english and self.name_en) or self.name

    def threshold_for(self, path: Sequence[str]) -> tuple[str, tuple[Decimal, ...]]:
        """The class whose threshold counts, and the threshold; ``path`` is a class and what stands above it, upwards."""
        found = next((code for code in path if code in self.thresholds), ANY_CLASS)
        return found, self.thresholds.get(found, ())


@dataclass(frozen=True)
class Dimension:
    """A group of indicators, judged in one stage."""

    id: str
    name: str
    name_en: str
    weight: Decimal
    stage: str
    indicators: tuple[Indicator, ...]

    def label(self, english: bool = False) -> str:
        """Its name in the reader's language."""
        return (english and self.name_en) or self.name


@dataclass(frozen=True)
class Scheme:
    """A scheme as it was read. ``pass_score``: points of 100 that pass the screening; ``cut``: of the evaluation,
    the line that is proposed. A class with fewer than ``min_class`` products is compared with the class above."""

    name: str
    standard: str
    scheme_version: str
    source: str
    example: bool
    min_class: int
    pass_score: Decimal
    cut: Decimal
    dimensions: tuple[Dimension, ...]

    def stage(self, stage: str) -> tuple[Indicator, ...]:
        """The indicators of a stage, in the document's order."""
        return tuple(i for d in self.dimensions if d.stage == stage for i in d.indicators)

    def machine(self, stage: str) -> tuple[Indicator, ...]:
        """The indicators of a stage whose points come from data."""
        return tuple(i for i in self.stage(stage) if i.by == MACHINE)

    def expert(self, stage: str = EVALUATION) -> tuple[Indicator, ...]:
        """The indicators that reviewers score."""
        return tuple(i for i in self.stage(stage) if i.by == EXPERT)

    def indicator(self, id_: str) -> Indicator:
        """The indicator with this id; KeyError where there is none."""
        found = {i.id: i for d in self.dimensions for i in d.indicators}
        return found[id_]
