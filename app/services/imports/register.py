"""The patent register from a table, for administrators; very large lists are loaded by the command instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import patent_number
from app.domain.clock import local_date
from app.domain.errors import Problem
from app.domain.normal import InputError, name_key
from app.domain.text import Name
from app.registers.patent_rows import KEY_MAX, Checked, Checker
from app.registers.patent_words import names
from app.services.imports.patents import FACT_COLUMNS, kind_and_state, merged
from app.services.imports.targets import Column, Context, Line, Outcome, Target, same

_COLUMNS = (*FACT_COLUMNS[:-1], Column("expiry", Name("届满日", "Expiry"), ("期限届满日", "到期日")), FACT_COLUMNS[-1])  # fmt: skip


class Register(Target):
    """专利登记簿."""

    kind = "register"
    chunk = 500
    columns = _COLUMNS
    shows_current = False
    used_by = (("register_patent", m.Patent.application_no),)

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The number."""
        try:
            return patent_number.parse(cells.get("number", "")).compact
        except InputError:
            return None

    def take(self, lines: Sequence[Line], context: Context) -> list[Outcome]:
        """Add what is new, change what is there; blank cells erase nothing."""
        numbers = [number for line in lines if (number := self.key(line.cells))]
        known = select(m.RegisterPatent).where(m.RegisterPatent.application_no.in_(numbers))
        present = {patent.application_no: patent for patent in session.scalars(known)}
        checker = Checker(local_date(context.now))
        outcomes = [self._take_one(line, checker, present, context) for line in lines]
        session.flush()
        return outcomes

    def _take_one(
        self, line: Line, checker: Checker, present: Mapping[str, m.RegisterPatent], context: Context
    ) -> Outcome:
        checked: Checked = checker.check(line.number, line.cells)
        if checked.facts is None or line.problems:
            return Outcome.faulty([Problem(fault.field, fault.reason) for fault in checked.faults])
        found = present.get(checked.facts.application_no)
        values = merged(checked.facts, found)
        if found is not None and same(found, values):
            return Outcome("same", found)
        if context.trying:
            return Outcome("change" if found else "new", found)
        before = found.patentees if found else ""
        patent = found or m.RegisterPatent(application_no=checked.facts.application_no)
        stored = {**values, "source": context.title[:60], "loaded_at": context.now}
        for name, value in stored.items():
            setattr(patent, name, value)
        session.add(patent)
        _own(patent, before)
        return Outcome("change" if found else "new", patent)

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """The register, by number."""
        query = select(m.RegisterPatent).order_by(m.RegisterPatent.application_no)
        names_ = [column.name for column in self.columns[1:]]
        for patent in session.scalars(query.execution_options(yield_per=500)):
            cells = [patent.application_no, *(getattr(patent, name) for name in names_)]
            yield kind_and_state(cells, english=context.english)


def _own(patent: m.RegisterPatent, before: str) -> None:
    """Which names own the patent, where they are other ones than before."""
    if patent.patentees == before:
        return
    wanted, present = _keys(patent.patentees), _keys(before)
    gone = m.RegisterPatentee.name_key.in_(present - wanted)
    own = m.RegisterPatentee.application_no == patent.application_no
    for row in session.scalars(select(m.RegisterPatentee).where(own, gone)) if present - wanted else ():
        session.delete(row)
    number = patent.application_no
    session.add_all(
        m.RegisterPatentee(name_key=key, application_no=number) for key in sorted(wanted - present)
    )


def _keys(patentees: str) -> set[str]:
    return {key for name in names(patentees) if (key := name_key(name)[:KEY_MAX])}
