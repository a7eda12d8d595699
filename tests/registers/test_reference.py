"""What set-up puts into the reference tables, and that it leaves alone what people have changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from app import models as m
from app.domain.errors import RuleError
from app.domain.parameters import PARAMETERS, write
from app.registers import parameters
from app.registers.reference import load_reference_data


def count(session: Any, model: Any) -> int:
    found: int = session.execute(select(func.count()).select_from(model)).scalar_one()
    return found


def test_every_reference_table_is_filled(session: Any) -> None:
    """Set-up has run: see the fixture."""
    sizes = {model: count(session, model) for model in (m.Region, m.Industry, m.IntensiveIndustry, m.ProductClass,
                                                        m.Parameter, m.FilingRule, m.MessageTemplate, m.Phrase,
                                                        m.EvaluationScheme)}  # fmt: skip
    assert all(sizes.values())
    assert (sizes[m.Industry], sizes[m.IntensiveIndustry]) == (1972, 108)
    assert sizes[m.Parameter] == len(PARAMETERS)


def test_loading_again_adds_nothing(session: Any) -> None:
    assert not any(load_reference_data().values())


def test_what_is_missing_comes_back_and_what_was_changed_stays(session: Any) -> None:
    rule = session.scalars(select(m.FilingRule).order_by(m.FilingRule.no)).first()
    rule.severity, rule.message_zh = "off", "改过的文字"
    session.get(m.Parameter, "filing_due_days").value = "4"
    session.execute(delete(m.Parameter).where(m.Parameter.name == "notice_days"))
    session.execute(delete(m.Phrase).where(m.Phrase.position > 1))
    session.flush()
    added = load_reference_data()
    session.expire_all()
    assert {table: number for table, number in added.items() if number} == {"parameter": 1}
    assert (rule.severity, rule.message_zh) == ("off", "改过的文字")
    assert parameters.integer("filing_due_days") == 4
    assert count(session, m.Phrase) == 1


def test_a_parameter_is_its_default_until_it_is_set(session: Any) -> None:
    assert parameters.get("filing_due_days") == 5
    session.execute(delete(m.Parameter))
    parameters.forget()
    assert parameters.integer("filing_due_days") == 5
    assert parameters.decimal("title_similarity") == Decimal("0.90")
    assert parameters.text("filing_number_pattern") == "ZLCP{year}{province2}{seq:06d}"
    assert parameters.flag("intermediate_as_end") is False
    with pytest.raises(TypeError):
        parameters.text("filing_due_days")
    with pytest.raises(KeyError):
        parameters.get("no_such_parameter")


def test_a_value_that_makes_no_sense_is_not_used(session: Any) -> None:
    session.get(m.Parameter, "filing_due_days").value = "soon"
    session.flush()
    parameters.forget()
    assert parameters.integer("filing_due_days") == 5


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_default_can_be_written_and_read(name: str) -> None:
    parameter = PARAMETERS[name]
    assert parameter.read(parameter.default_text) == parameter.default


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("filing_due_days", "0"), ("filing_due_days", "61"), ("filing_due_days", "五"), ("filing_due_days", ""),
        ("title_similarity", "1.01"), ("title_similarity", "NaN"), ("intermediate_as_end", "maybe"),
        ("filing_number_pattern", "ZL{year}"), ("filing_number_pattern", "ZL{seq:06d}{seq:06d}"),
        ("filing_number_pattern", "ZL{city}{seq:06d}"), ("filing_number_pattern", "ZL{seq:>9}"),
        ("filing_number_pattern", "ZL{seq!r}"), ("filing_number_pattern", "ZL{seq.__class__}"),
        ("filing_number_pattern", "ZL{year:04d}{seq:06d}"), ("filing_number_pattern", "ZL{seq:06d"),
        ("certificate_number_pattern", "ZL{province2}{seq:06d}"), ("no_such_parameter", "1"),
    ],
)  # fmt: skip
def test_values_a_parameter_cannot_take_are_refused(name: str, written: str) -> None:
    with pytest.raises(RuleError):
        parameters.check(name, written)


def test_values_are_written_as_they_are_read() -> None:
    assert [write(value) for value in (True, 5, Decimal("0.90"), "x")] == ["true", "5", "0.90", "x"]
