"""Assets of a unit from a table: a row a year; the profit statement is uploaded in the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.normal import InputError, clean
from app.domain.text import N_, Name
from app.services import assets, fieldsets
from app.services.fields import read, whole
from app.services.imports import words
from app.services.imports.targets import Column, Context, Line, Outcome, RowTarget, same

_FIELDS = tuple(field for field in fieldsets.ASSET if field.name != "statement_file_id")
_AMOUNT = Name("万元", "CNY 10,000")


def _amount(name: str, zh: str, en: str) -> Column:
    return Column(name, Name(zh, en), note=_AMOUNT)


class Assets(RowTarget):
    """资产信息."""

    kind = "assets"
    columns = (
        Column("year", Name("年度", "Year"), required=True),
        _amount("revenue", "营业收入", "Revenue"),
        _amount("cost", "营业成本", "Operating cost"),
        _amount("total_profit", "利润总额", "Total profit"),
        _amount("net_profit", "净利润", "Net profit"),
        _amount("total_assets", "资产总额", "Total assets"),
        _amount("intangible_assets", "无形资产", "Intangible assets"),
        _amount("rnd_spending", "研发投入", "R&D spending"),
        _amount("tax", "纳税总额", "Taxes paid"),
        _amount("export", "出口额", "Export"),
        Column("employees", Name("从业人数", "Employees")),
        Column("rnd_staff", Name("研发人员数", "R&D staff")),
        Column("valid_patents", Name("有效专利数", "Valid patents")),
        Column("statement_seal", Name("利润表盖章", "Seal on the profit statement"), words=words.SEALS),
    )

    def key(self, cells: Mapping[str, str]) -> str | None:
        """The year."""
        return clean(cells.get("year", "")) or None

    def take_one(self, line: Line, context: Context) -> Outcome:
        """Save the year's draft, as its form does."""
        year, values = _year(line), _values(line)
        query = select(m.AssetYear).where(
            m.AssetYear.unit_id == context.actor.unit_id, m.AssetYear.year == year
        )
        found = session.scalars(query).one_or_none()
        if found is not None and same(found, values):
            return Outcome("same", found)
        version = found.version if found else None
        saved = assets.save(context.actor, year, values, version, context.now)
        if saved.problems:
            raise RuleError(saved.problems)
        return Outcome("change" if found else "new", saved.assets)

    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """The unit's years."""
        query = select(m.AssetYear).where(m.AssetYear.unit_id == context.actor.unit_id)
        for found in session.scalars(query.order_by(m.AssetYear.year)):
            yield [c.word(getattr(found, c.name), english=context.english) for c in self.columns]


def _year(line: Line) -> int:
    try:
        return whole(line.cells.get("year", ""))
    except InputError:
        raise RuleError([Problem("year", N_("应为 {length} 位数字", length=4))]) from None


def _values(line: Line) -> dict[str, Any]:
    values, problems = read(line.cells, _FIELDS)
    if problems:
        raise RuleError(problems)
    return values
