"""Patents of a unit from a table: facts are the register's where it knows the number, else the row's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, Problem
from app.domain.normal import InputError
from app.domain.text import N_, Name
from app.registers import patents as register
from app.registers.patent_rows import Checked, Checker, Facts
from app.services import fieldsets
from app.services.fields import missing, read
from app.services.imports import words
from app.services.imports.targets import YES_NO, Column, Context, Line, Outcome, Target, same
from app.services.patent_rules import date_problems, holding_problems, refuse_linked

_HOLDING = tuple(field for field in fieldsets.PATENT_HOLDING if field.name != "proof_file_id")
_DATES = frozenset({"filing_date", "grant_date", "expiry"})
#: facts a row without them leaves as they are
_KEPT = ("title", "inventors", "filing_date", "grant_date", "publication_no", "ipc", "expiry")

FACT_COLUMNS = (
    Column("number", Name("专利号", "Patent number"), ("申请号", "专利申请号"), required=True,
           note=Name("含校验位，可带 ZL", "With its check digit, with or without ZL")),
    Column("title", Name("专利名称", "Title"), ("名称", "发明名称")),
    Column("kind", Name("专利类型", "Type"), ("类型", "专利种类"),
           note=Name("可不填，由专利号得出", "May be blank: it follows from the number")),
    Column("patentees", Name("专利权人", "Patentees"), ("申请人", "权利人", "patentee"),
           note=Name("多个之间用分号", "Several are separated by semicolons")),
    Column("inventors", Name("发明人", "Inventors"), ("发明（设计）人", "设计人", "inventor")),
    Column("filing_date", Name("申请日", "Filing date"), ("申请日期",)),
    Column("grant_date", Name("授权公告日", "Grant date"), ("授权日", "授权日期", "公告日", "grant date")),
    Column("publication_no", Name("公告号", "Publication number"), ("公开（公告）号", "授权公告号", "公开公告号")),
    Column("ipc", Name("主分类号", "Main IPC class"), ("IPC主分类号", "IPC主分类", "IPC", "IPC分类号")),
    Column("legal_state", Name("法律状态", "Legal state"), ("当前法律状态", "专利状态", "legal status"),
           note=Name("审中、有权或失效", "Pending, in force or lapsed")),
)  # fmt: skip


def kind_and_state(cells: Sequence[Any], *, english: bool) -> list[Any]:
    """Facts as an export holds them: number, title, kind, patentees … in the order of ``FACT_COLUMNS``."""
    number, title, kind, *rest, state = cells
    name = [words.PATENT_KINDS[kind], words.LEGAL_STATES[state]]
    shown = [each.english if english else each.zh for each in name]
    return [patent_number.parse(number).display, title, shown[0], *rest, shown[1]]


def facts_of(facts: Facts) -> dict[str, Any]:
    """The columns of a patent that a checked row states."""
    return {
        name: date.fromisoformat(value) if name in _DATES and value else value
        for name, value in zip(register.FACTS, facts[:-1], strict=True)
    }


def merged(facts: Facts, present: Any) -> dict[str, Any]:
    """A row's facts over those of a record that is there: blank cells erase nothing."""
    values = facts_of(facts)
    if present is None:
        return values
    for name in _KEPT:
        values[name] = getattr(present, name) if values[name] is None else values[name]
    values["patentees"] = values["patentees"] or present.patentees
    if not facts.stated:
        values |= {"legal_state": present.legal_state, "lapse_reason": present.lapse_reason}
    return values


class Patents(Target):
    """专利信息."""

    kind = "patents"
    chunk = 500
    columns = (
        *FACT_COLUMNS,
        Column("obtained", Name("取得方式", "How obtained"), words=words.OBTAINED,
               note=Name("不填为自主申请", "Own application where blank")),
        Column("licence_kind", Name("许可方式", "Kind of licence"), words=words.LICENCES),
        Column("licence_from", Name("许可起始日", "Licence from")),
        Column("licence_until", Name("许可截止日", "Licence until")),
        Column("pledged", Name("是否质押", "Pledged"), words=YES_NO),
        Column("records", Name("质押、许可备案情况", "Recorded pledges and licences")),
    )  # fmt: skip

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The number."""
        try:
            return patent_number.parse(cells.get("number", "")).compact
        except InputError:
            return None

    def take(self, lines: Sequence[Line], context: Context) -> list[Outcome]:
        """Add what is new, change what is there; the register and the base are asked once for all rows."""
        if context.actor.unit_id is None:
            raise NotAllowed(N_("只有备案单位可以维护专利信息"))
        numbers = [self.key(line.cells) for line in lines]
        taker = _Taker(session.get_one(m.Unit, context.actor.unit_id), filter(None, numbers), context)
        outcomes = [taker.take(line, number) for line, number in zip(lines, numbers, strict=True)]
        session.flush()
        return outcomes

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """The unit's patents, by number."""
        query = select(m.Patent).where(m.Patent.unit_id == context.actor.unit_id)
        for patent in session.scalars(
            query.order_by(m.Patent.application_no).execution_options(yield_per=500)
        ):
            facts = ["application_no", *(column.name for column in FACT_COLUMNS[1:])]
            shown = kind_and_state([getattr(patent, name) for name in facts], english=context.english)
            yield [*shown, *(c.word(getattr(patent, c.name), english=context.english)
                             for c in self.columns[len(FACT_COLUMNS) :])]  # fmt: skip


class _Taker:
    """Takes the rows of one chunk."""

    def __init__(self, unit: m.Unit, numbers: Iterable[str], context: Context) -> None:
        wanted = list(numbers)
        own = select(m.Patent).where(m.Patent.unit_id == unit.id, m.Patent.application_no.in_(wanted))
        known = select(m.RegisterPatent).where(m.RegisterPatent.application_no.in_(wanted))
        self.own = {patent.application_no: patent for patent in session.scalars(own)}
        self.known = {patent.application_no: patent for patent in session.scalars(known)}
        self.unit, self.now, self.checker = unit, context.now, Checker(local_date(context.now))
        self.trying = context.trying

    def take(self, line: Line, number: str | None) -> Outcome:
        """A row: new, changed, the same, or its faults."""
        checked = self.checker.check(line.number, line.cells)
        if number is None:
            return Outcome.faulty(_number_faults(checked))
        patent, found = self.own.get(number), self.known.get(number)
        facts, problems = self._facts(checked, patent, found)
        holding, unread = read(line.cells, _HOLDING)
        values = facts | holding
        after = _after(patent, values)
        problems = [*problems, *unread]
        named = {problem.field for problem in problems}
        if facts:  # of facts that could not be read nothing more can be said
            problems += [p for p in self._rules(after, found is not None) if p.field not in named]
        if problems or line.problems:
            return Outcome.faulty(problems)
        return self._store(patent, number, values, found is not None)

    def _facts(
        self, checked: Checked, patent: m.Patent | None, found: m.RegisterPatent | None
    ) -> tuple[dict[str, Any], list[Problem]]:
        if found is not None:
            return {name: getattr(found, name) for name in register.FACTS}, []
        if checked.facts is None:
            return {}, [Problem(fault.field, fault.reason) for fault in checked.faults]
        facts = merged(checked.facts, patent)
        if patent is None and not checked.facts.stated:
            return facts, [Problem("legal_state", N_("登记簿中没有该专利，请填写法律状态"))]
        return facts, []

    def _rules(self, after: Any, is_known: bool) -> list[Problem]:
        fields = _HOLDING if is_known else (*fieldsets.PATENT, *_HOLDING)
        return missing(after, fields) + holding_problems(self.unit, after) + date_problems(after)

    def _store(self, patent: m.Patent | None, number: str, values: dict[str, Any], is_known: bool) -> Outcome:
        refreshed = {"refreshed_at": self.now} if is_known else {}
        if patent is None:
            if self.trying:
                return Outcome("new")
            patent = m.Patent(
                unit_id=self.unit.id, application_no=number, source="import", created_at=self.now
            )
            verdict = "new"
            session.add(patent)
        elif same(patent, values):
            return Outcome("same", patent)
        else:
            try:
                refuse_linked(
                    patent, ("pending", "revocation_pending"), N_("该专利关联的产品正在审核，暂不能修改")
                )
            except Conflict as error:
                return Outcome.faulty([Problem(None, error.message)])
            verdict = "change"
            if self.trying:
                return Outcome(verdict, patent)
        for name, value in {**values, **refreshed, "changed_at": self.now}.items():
            setattr(patent, name, value)
        return Outcome(verdict, patent)


def _number_faults(checked: Checked) -> list[Problem]:
    return [Problem(fault.field, fault.reason) for fault in checked.faults]


def _after(patent: m.Patent | None, values: Mapping[str, Any]) -> Any:
    """The patent as it would be."""
    names = [*register.FACTS, *(field.name for field in fieldsets.PATENT_HOLDING)]
    blank = {"obtained": "own", "pledged": False, "patentees": ""}
    before = {name: getattr(patent, name) if patent else blank.get(name) for name in names}
    return SimpleNamespace(**{**before, **values})
