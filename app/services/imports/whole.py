"""Reference tables that are replaced as a whole: classifications, and the calendar of whole years."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.text import Message, Name
from app.registers import calendars
from app.registers import classification_files as files
from app.registers.classification_files import Faults
from app.registers.tables import Row
from app.services.imports import words
from app.services.imports.targets import YES_NO, Column, Context, Line, Outcome, Target, Words, same

_CODE = Column("code", Name("代码", "Code"), required=True)
_NAME = Column("name", Name("名称", "Name"), required=True)
_NAME_EN = Column("name_en", Name("英文名称", "English name"))


class WholeTarget(Target):
    """A table whose rows take the place of those that are there; with a single fault nothing is changed."""

    chunk = None
    model: ClassVar[Any]
    #: columns in which rows do not differ though their table is called otherwise
    label: ClassVar[tuple[str, ...]] = ()
    #: words for codes that reading knows more of than the template tells
    shown: ClassVar[Mapping[str, Words]] = {}
    #: columns whose records' attribute is called otherwise
    attributes: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def read(self, rows: Sequence[Row], faults: Faults, context: Context) -> list[dict[str, Any]]:
        """Values of the records the rows say, in their order; RuleError where one has faults."""

    def present(self, _rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The records whose place these rows take."""
        return list(session.scalars(select(self.model)))

    def take(self, lines: Sequence[Line], context: Context) -> list[Outcome]:
        """Put the rows in place of what is there."""
        blank = {column.name: "" for column in self.columns}
        faults = Faults()
        try:
            rows = self.read([(line.number, blank | line.cells) for line in lines], faults, context)
        except RuleError as error:
            return _refused(lines, faults, error)
        if any(line.problems for line in lines):
            return [Outcome("unchecked") for _ in lines]
        return self._replace(rows, context)

    def _replace(self, rows: Sequence[dict[str, Any]], context: Context) -> list[Outcome]:
        key = self.model.__mapper__.primary_key[0].name
        present = {getattr(record, key): record for record in self.present(rows)}
        outcomes = []
        for values in rows:
            facts = {name: value for name, value in values.items() if name not in self.label}
            record = present.pop(values[key], None)
            verdict = "new" if record is None else "same" if same(record, facts) else "change"
            outcomes.append(Outcome(verdict, record or self.model()))
        if present:
            context.notes["removed"] = len(present)
        if present or any(outcome.verdict != "same" for outcome in outcomes):
            for outcome, values in zip(outcomes, rows, strict=True):
                for name, value in values.items():
                    setattr(outcome.record, name, value)
                session.add(outcome.record)
        for record in present.values():
            session.delete(record)
        session.flush()
        return outcomes

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """The table as it is."""
        for record in session.scalars(select(self.model).order_by(*self.order())):
            yield [self._cell(record, column, english=context.english) for column in self.columns]

    @abstractmethod
    def order(self) -> Sequence[Any]:
        """How its records are ordered in an export."""

    def _cell(self, record: Any, column: Column, *, english: bool) -> Any:
        value = getattr(record, self.attributes.get(column.name, column.name))
        known = self.shown.get(column.name, column.words)
        return Column(column.name, column.heading, words=known).word(value, english=english)


def _refused(lines: Sequence[Line], faults: Faults, error: RuleError) -> list[Outcome]:
    by_row: dict[int, list[Problem]] = {}
    for row, message in faults.by_row:
        by_row.setdefault(row, []).append(Problem(None, message))
    for problem in error.problems if not faults.by_row else ():
        place = (problem.field or "").removeprefix("rows.")
        row = int(place) if place.isdecimal() else lines[0].number
        by_row.setdefault(row, []).append(Problem(None, _bare(problem.message)))
    return [
        Outcome.faulty(by_row[line.number])
        if line.number in by_row and not line.problems
        else Outcome("unchecked")
        for line in lines
    ]


def _bare(message: Message) -> Message:
    """The reason without the row's number, which stands beside it anyway."""
    reason = message.params.get("reason")
    return reason if isinstance(reason, Message) else message


class Industries(WholeTarget):
    """国民经济行业分类."""

    kind = "industry"
    model = m.Industry
    columns = (
        Column("code", _CODE.heading, ("行业代码",), required=True),
        Column("name", _NAME.heading, ("类别名称", "行业名称"), required=True),
        Column("section", Name("门类", "Section"), ("门类代码",)),
        _NAME_EN,
    )
    used_by = (("industry", m.Product.industry_code), ("industry", m.Unit.industry_code))
    forget = (files.forget_trees,)

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The code."""
        return cells.get("code")

    def read(self, rows: Sequence[Row], faults: Faults, context: Context) -> list[dict[str, Any]]:
        """Levels follow from the codes."""
        return files.industry_rows(rows, faults)

    def order(self) -> Sequence[Any]:
        """Sections before what is in them."""
        return (m.Industry.section, m.Industry.level > 1, m.Industry.code)


class Classes(WholeTarget):
    """产品分类."""

    kind = "class"
    model = m.ProductClass
    label = ("scheme", "scheme_version")
    columns = (
        Column("code", _CODE.heading, ("分类代码",), required=True),
        Column("name", _NAME.heading, ("分类名称",), required=True),
        Column("parent", Name("上级代码", "Code above")),
        Column(
            "nature",
            Name("产品性质", "Nature of product"),
            ("产品类型", "产品属性"),
            note=Name(
                "实物产品或技术服务；不填与上级相同",
                "Physical product or technical service; blank: as above it",
            ),
        ),
        Column(
            "stage",
            Name("产品阶段", "Stage"),
            note=Name(
                "中间材料或终端产品；不填与上级相同",
                "Intermediate material or end product; blank: as above it",
            ),
        ),
        _NAME_EN,
    )
    shown: ClassVar[Mapping[str, Words]] = {"nature": words.NATURES, "stage": words.STAGES}
    used_by = (("product_class", m.Product.class_code),)
    forget = (files.forget_trees,)

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The code."""
        return cells.get("code")

    def read(self, rows: Sequence[Row], faults: Faults, context: Context) -> list[dict[str, Any]]:
        """The file's name becomes the classification's."""
        name = context.title.rpartition(".")[0] or context.title
        return files.class_records(files.class_rows(rows, faults), name[:40], "")

    def order(self) -> Sequence[Any]:
        """By code."""
        return (m.ProductClass.code,)


class Intensive(WholeTarget):
    """专利密集型产业."""

    kind = "intensive"
    model = m.IntensiveIndustry
    columns = (
        Column("group_code", Name("大类代码", "Group code"), required=True),
        Column("group", Name("大类名称", "Group name"), required=True),
        Column("subgroup_code", Name("中类代码", "Subgroup code"), required=True),
        Column("subgroup", Name("中类名称", "Subgroup name"), required=True),
        Column("code", Name("行业代码", "Industry code"), ("国民经济行业代码", "gb4754_code"), required=True),
        Column("group_en", Name("大类英文名称", "English name of the group")),
        Column("subgroup_en", Name("中类英文名称", "English name of the subgroup")),
        Column("partial", Name("是否部分", "In part"), ("部分",), words=YES_NO),
        Column("provisional", Name("是否暂用", "Provisional"), words=YES_NO),
    )
    forget = (files.forget_trees,)
    attributes: ClassVar[Mapping[str, str]] = {
        "group": "group_name", "subgroup": "subgroup_name", "code": "industry_code", "group_en": "group_name_en",
        "subgroup_en": "subgroup_name_en",
    }  # fmt: skip

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The industry's code."""
        return cells.get("code", "").rstrip("*") or None

    def read(self, rows: Sequence[Row], faults: Faults, context: Context) -> list[dict[str, Any]]:
        """Provisional only where the table itself says so."""
        return files.intensive_rows(rows, faults)

    def order(self) -> Sequence[Any]:
        """By code."""
        return (m.IntensiveIndustry.industry_code,)


class Days(WholeTarget):
    """工作日历: the years of the file as a whole."""

    kind = "calendar"
    model = m.CalendarDay
    columns = (
        Column("day", Name("日期", "Date"), required=True),
        Column(
            "kind", Name("休或班", "Rest or work"), ("类型", "休/班"), words=words.DAY_KINDS, required=True
        ),
        Column("holiday", Name("节日", "Holiday"), ("节假日",)),
    )
    forget = (calendars.forget,)

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The day as it is written."""
        return cells.get("day")

    def read(self, rows: Sequence[Row], faults: Faults, context: Context) -> list[dict[str, Any]]:
        """Each year must be whole."""
        days = calendars.read_days(rows)
        calendars.check_years(days, {day.year for day in days})
        return [{"day": day, "kind": kind, "holiday": holiday} for day, (kind, holiday) in days.items()]

    def present(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The days of these years."""
        years = {row["day"].year for row in rows}
        spans = [(date(year, 1, 1), date(year, 12, 31)) for year in years]
        return [
            day
            for first, last in spans
            for day in session.scalars(select(m.CalendarDay).where(m.CalendarDay.day.between(first, last)))
        ]

    def order(self) -> Sequence[Any]:
        """By day."""
        return (m.CalendarDay.day,)
