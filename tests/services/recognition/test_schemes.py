"""Schemes of evaluation come from forms and files, are checked whole, and stay as they are once a round used them."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, RuleError
from app.domain.recognition import scheme as scheme_rules
from app.services.recognition import schemes
from app.services.records import Stale
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.notices import make_officer
from tests.support.recognition import make_round, make_scheme


@pytest.fixture
def officer(session: Any) -> Actor:
    return make_officer(username="olga")


def test_a_schemes_file_reads_back_as_it_was_written(officer: Actor) -> None:
    text = schemes.written(scheme_rules.EXAMPLE)
    assert schemes.read_file(text.encode()) == scheme_rules.EXAMPLE
    assert schemes.read_file(b"\xef\xbb\xbf" + text.encode()) == scheme_rules.EXAMPLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n "name": 甲}', "第 2 行第 10 列"),
        ("[1]", "JSON 对象"),
        ('{"name": "甲", "name": "乙"}', "“name”重复"),
        ('{"pass_score": NaN}', "NaN"),
        ("[" * 100_000, "嵌套太深"),
    ],
)
def test_T_Q02_what_is_no_document_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(RuleError) as error:
        schemes.read_text(text)
    assert said in str(error.value.message)


def test_T_X03_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(RuleError) as error:
        schemes.read_file('{"name": "方案"}'.encode("gb18030"))
    assert "UTF-8" in str(error.value.message)


def test_T_U02_a_file_that_is_no_scheme_by_its_size_is_refused() -> None:
    with pytest.raises(RuleError):
        schemes.read_file(b" " * (schemes.MOST_BYTES + 1))


def test_a_document_with_faults_is_not_kept(officer: Actor) -> None:
    with pytest.raises(RuleError) as error:
        schemes.create(officer, {"name": "空方案"}, NOW)
    assert "dimensions" in {problem.field for problem in error.value.problems}


def test_two_schemes_have_two_names(officer: Actor) -> None:
    made = make_scheme("甲示例方案")
    with pytest.raises(RuleError) as error:
        schemes.copy(officer, made.id, "甲示例方案", NOW)
    assert {problem.field for problem in error.value.problems} == {"name"}


def test_a_copy_differs_by_its_name_alone(officer: Actor) -> None:
    made = make_scheme("甲示例方案")
    copied = schemes.copy(officer, made.id, "乙示例方案", NOW)
    assert copied.content == {**made.content, "name": "乙示例方案"}
    assert copied.example


def test_a_drafts_scheme_may_change(officer: Actor) -> None:
    made = make_scheme()
    make_round(state="draft", scheme_id=made.id)
    schemes.change(officer, made.id, {**made.content, "standard": "T/PPAC 402-2022"}, made.version, NOW)
    assert made.content["standard"] == "T/PPAC 402-2022"


@pytest.mark.parametrize("state", ["published", "closed"])
def test_a_published_rounds_scheme_never_changes(officer: Actor, state: str) -> None:
    made = make_scheme()
    make_round(state=state, scheme_id=made.id)
    with pytest.raises(Conflict):
        schemes.change(officer, made.id, {**made.content, "standard": "T/PPAC 402-2022"}, made.version, NOW)


def test_T_M07_an_old_form_changes_no_scheme(officer: Actor) -> None:
    made = make_scheme()
    schemes.change(officer, made.id, {**made.content, "standard": "甲"}, made.version, NOW)
    with pytest.raises(Stale):
        schemes.change(officer, made.id, {**made.content, "standard": "乙"}, 1, NOW)


def test_a_scheme_in_use_is_not_deleted(officer: Actor) -> None:
    used, unused = make_scheme("甲示例方案"), make_scheme("乙示例方案")
    make_round(state="draft", scheme_id=used.id)
    schemes.remove(officer, unused.id)
    assert unused not in schemes.every()
    with pytest.raises(Conflict):
        schemes.remove(officer, used.id)


def test_a_reviewer_changes_no_scheme(session: Any) -> None:
    made = make_scheme()
    with pytest.raises(NotAllowed):
        schemes.change(make.make_reviewer(), made.id, made.content, made.version, NOW)
