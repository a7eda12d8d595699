"""Reads the document of an evaluation scheme: every fault is said at its place, ``dimensions.0.indicators.2.weight``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError, refuse_control
from app.domain.recognition import scheme_model as s
from app.domain.recognition.facts import DATA, FACTS
from app.domain.recognition.formula import LIMIT, Formula, parse
from app.domain.recognition.scheme_model import Dimension, Indicator, Scheme
from app.domain.text import N_, Message

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CLASS = re.compile(r"\*|[0-9A-Za-z._-]{1,20}")
_TEXT = 500
_MOST = 60
_FULL = Decimal(100)
_SCHEME_KEYS = frozenset({"name", "standard", "scheme_version", "source", "example", "min_class", "pass_score", "cut",
                          "dimensions"})  # fmt: skip
_DIMENSION_KEYS = frozenset({"id", "name", "name_en", "weight", "stage", "indicators"})
_INDICATOR_KEYS = frozenset({"id", "name", "name_en", "weight", "direction", "by", "source", "method", "thresholds",
                             "unit", "unit_en", "hint", "hint_en"})  # fmt: skip


def read(document: object) -> Scheme:
    """The scheme; RuleError with every problem."""
    reader = _Reader()
    found = reader.scheme(document)
    if reader.problems:
        raise RuleError(reader.problems)
    return found


class _Reader:
    """Reads on after a fault, with something harmless in its place, so that all faults are found at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.ids: set[str] = set()

    def wrong(self, place: str, message: Message) -> None:
        self.problems.append(Problem(place, message))

    # ------------------------------------------------------------ parts

    def scheme(self, document: object) -> Scheme:
        doc = self._object(document, "", _SCHEME_KEYS)
        found = Scheme(
            name=self._text(doc, "name", ""),
            standard=self._text(doc, "standard", ""),
            scheme_version=self._text(doc, "scheme_version", ""),
            source=self._text(doc, "source", ""),
            example=self._flag(doc, "example", ""),
            min_class=int(self._number(doc, "min_class", "", 2, 100_000, whole=True)),
            pass_score=self._number(doc, "pass_score", "", 0, 100),
            cut=self._number(doc, "cut", "", 0, 100),
            dimensions=tuple(
                self._dimension(each, place) for each, place in self._list(doc, "dimensions", "", 20)
            ),
        )
        if found.example and s.EXAMPLE_MARK not in found.name:
            self.wrong("name", N_("示例方案的名称必须含有“{mark}”", mark=s.EXAMPLE_MARK))
        self._check_stages(found.dimensions)
        return found

    def _check_stages(self, dimensions: Iterable[Dimension]) -> None:
        for stage, label in s.STAGES.items():
            total = sum((d.weight for d in dimensions if d.stage == stage), Decimal(0))
            if total != _FULL:
                self.wrong(
                    "dimensions",
                    N_("“{stage}”各维度的权重合计为 {total}，应恰为 100", stage=label, total=total),
                )

    def _dimension(self, value: object, place: str) -> Dimension:
        doc = self._object(value, place, _DIMENSION_KEYS)
        stage = self._choice(doc, "stage", place, s.STAGES)
        found = Dimension(
            id=self._id(doc, place),
            name=self._text(doc, "name", place),
            name_en=self._text(doc, "name_en", place),
            weight=self._number(doc, "weight", place, 0, 100),
            stage=stage,
            indicators=tuple(
                self._indicator(each, there, stage)
                for each, there in self._list(doc, "indicators", place, _MOST)
            ),
        )
        total = sum((i.weight for i in found.indicators), Decimal(0))
        if total != found.weight:
            self.wrong(
                _at(place, "weight"),
                N_("各指标的权重合计为 {total}，应等于维度的权重 {weight}", total=total, weight=found.weight),
            )
        return found

    def _indicator(self, value: object, place: str, stage: str) -> Indicator:
        doc = self._object(value, place, _INDICATOR_KEYS)
        by = self._choice(doc, "by", place, s.SCORERS)
        machine = self._machine(doc, place, stage) if by == s.MACHINE else {}
        if by == s.EXPERT:
            self._check_expert(doc, place, stage)
        return Indicator(
            id=self._id(doc, place),
            name=self._text(doc, "name", place),
            name_en=self._text(doc, "name_en", place),
            weight=self._number(doc, "weight", place, 0, 100),
            direction=self._choice({"direction": s.UP, **doc}, "direction", place, s.DIRECTIONS),
            by=by,
            unit=self._text(doc, "unit", place, needed=False),
            unit_en=self._text(doc, "unit_en", place, needed=False),
            hint=self._text(doc, "hint", place, needed=False),
            hint_en=self._text(doc, "hint_en", place, needed=False),
            **machine,
        )

    def _check_expert(self, doc: Mapping[str, Any], place: str, stage: str) -> None:
        if stage == s.SCREENING:
            self.wrong(_at(place, "by"), N_("初筛只按数据计分，专家评分的指标应放在评价阶段"))
        for key in ("source", "method", "thresholds"):
            if key in doc:
                self.wrong(_at(place, key), N_("专家评分的指标没有这一项"))

    def _machine(self, doc: Mapping[str, Any], place: str, stage: str) -> dict[str, Any]:
        method = self._choice(doc, "method", place, s.METHODS)
        return {
            "source": self._formula(doc, place, stage),
            "method": method,
            "thresholds": self._thresholds(doc, place, method),
        }

    def _formula(self, doc: Mapping[str, Any], place: str, stage: str) -> Formula | None:
        allowed = DATA if stage == s.SCREENING else tuple(FACTS)
        formula, problems = parse(doc.get("source"), allowed, _at(place, "source"))
        self.problems += problems
        return formula

    # ------------------------------------------------------------ thresholds

    def _thresholds(self, doc: Mapping[str, Any], place: str, method: str) -> dict[str, tuple[Decimal, ...]]:
        where, size = _at(place, "thresholds"), s.THRESHOLD_SIZES.get(method, 0)
        given = doc.get("thresholds", {})
        if not isinstance(given, Mapping) or len(given) > 5_000:
            self.wrong(where, N_("阈值应为 {form} 的形式", form='{"*": …}'))
            return {}
        if not size and given:
            self.wrong(where, N_("这种计分方法没有阈值"))
        if size and s.ANY_CLASS not in given:
            self.wrong(where, N_("缺少适用于其他类别的阈值“*”"))
        worst_first = doc.get("direction", s.UP) == s.UP
        return {
            str(code): self._threshold(value, f"{where}.{code}", method, worst_first)
            for code, value in given.items()
            if self._is_class(code, where)
        }

    def _is_class(self, code: object, where: str) -> bool:
        if isinstance(code, str) and _CLASS.fullmatch(code):
            return True
        self.wrong(where, N_("“{code}”不是类别代码", code=str(code)[:40]))
        return False

    def _threshold(self, value: object, place: str, method: str, rises: bool) -> tuple[Decimal, ...]:
        size = s.THRESHOLD_SIZES.get(method, 1)
        parts = value if isinstance(value, list | tuple) and size > 1 else [value]
        numbers = tuple(n for n in map(_decimal, parts) if n is not None and abs(n) <= Decimal(int(LIMIT)))
        if len(numbers) != size or len(parts) != size:
            self.wrong(place, N_("请填写 {count} 个数字，至多四位小数", count=size))
            return (Decimal(0),) * size
        if method == s.LINEAR and (numbers[0] >= numbers[1] if rises else numbers[0] <= numbers[1]):
            self.wrong(place, N_("先写不得分的值，再写得满分的值，方向应与指标一致"))
        if method == s.SHARE and not 0 < numbers[0] <= 1000:
            self.wrong(place, N_("应在 {low} 至 {high} 之间", low=0, high=1000))
        return numbers

    # ------------------------------------------------------------ values

    def _object(self, value: object, place: str, keys: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.wrong(place or "document", N_("此处应为一个对象"))
            return {}
        for key in value:
            if key not in keys:
                self.wrong(
                    _at(place, str(key)[:40]), N_("没有这一项；可用：{known}", known="、".join(sorted(keys)))
                )
        return value

    def _list(self, doc: Mapping[str, Any], key: str, place: str, most: int) -> list[tuple[object, str]]:
        value = doc.get(key)
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= most:
            self.wrong(_at(place, key), N_("此处应为 1 至 {most} 项的列表", most=most))
            return []
        return [(each, f"{_at(place, key)}.{number}") for number, each in enumerate(value)]

    def _text(self, doc: Mapping[str, Any], key: str, place: str, *, needed: bool = True) -> str:
        value = doc.get(key, "")
        if not isinstance(value, str) or len(value) > _TEXT:
            self.wrong(_at(place, key), N_("请填写文字，至多 {most} 个字", most=_TEXT))
            return ""
        try:
            text = refuse_control(value).strip()
        except InputError as error:
            self.wrong(_at(place, key), error.message)
            return ""
        if needed and not text:
            self.wrong(_at(place, key), N_("请填写此项"))
        return text

    def _flag(self, doc: Mapping[str, Any], key: str, place: str) -> bool:
        value = doc.get(key)
        if not isinstance(value, bool):
            self.wrong(_at(place, key), N_("请填写 true 或 false"))
            return True
        return value

    def _id(self, doc: Mapping[str, Any], place: str) -> str:
        value = doc.get("id")
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.wrong(_at(place, "id"), N_("编号由小写字母、数字和下划线组成，以字母开头，至多 40 位"))
            return ""
        if value in self.ids:
            self.wrong(_at(place, "id"), N_("编号“{id}”重复", id=value))
        self.ids.add(value)
        return value

    def _choice(self, doc: Mapping[str, Any], key: str, place: str, known: Mapping[str, Message]) -> str:
        value = doc.get(key)
        if isinstance(value, str) and value in known:
            return value
        self.wrong(_at(place, key), N_("可填：{known}", known="、".join(known)))
        return next(iter(known))

    def _number(
        self, doc: Mapping[str, Any], key: str, place: str, low: int, high: int, *, whole: bool = False
    ) -> Decimal:
        value = _decimal(doc.get(key))
        if value is None or not low <= value <= high:
            self.wrong(_at(place, key), N_("请填写 {low} 至 {high} 之间的数字", low=low, high=high))
            return Decimal(low)
        if value != value.quantize(Decimal(1) if whole else Decimal("0.01")):
            self.wrong(_at(place, key), N_("请填写整数") if whole else N_("最多保留两位小数"))
        return value


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _decimal(value: object) -> Decimal | None:
    """A number as it is written in JSON, or as text; None where it is none or has more than four decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        return None
    return number if number == number.quantize(Decimal("0.0001")) else None
