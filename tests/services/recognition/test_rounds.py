"""A round of recognition is planned, published with its scheme frozen, and closed when every product has its result."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app import models as m
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.domain.recognition import scheme as scheme_rules
from app.services.recognition import rounds
from app.services.records import Stale
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.notices import make_officer
from tests.support.recognition import make_recognition, make_round, make_scheme


@pytest.fixture
def officer(session: Any) -> Actor:
    return make_officer(username="olga")


@pytest.fixture
def scheme(session: Any) -> m.EvaluationScheme:
    return make_scheme()


@pytest.fixture
def typed(scheme: m.EvaluationScheme) -> dict[str, str]:
    """What an officer types for the round of 2025."""
    return {
        "year": "2025", "data_year": "2024", "title": "2025 年度专利密集型产品认定", "filing_deadline": "2025-09-15",
        "supplement_deadline": "2025-10-31", "notice_days": "10", "evaluators": "2", "scheme_id": str(scheme.id),
    }  # fmt: skip


def problems_of(error: pytest.ExceptionInfo[RuleError]) -> set[str | None]:
    return {problem.field for problem in error.value.problems}


def test_a_new_round_is_this_years_on_last_years_data(scheme: m.EvaluationScheme) -> None:
    values = rounds.defaults(NOW)
    assert (values["year"], values["data_year"], values["notice_days"]) == (2025, 2024, 10)
    assert values["filing_deadline"] == date(2025, 9, 15)
    assert values["supplement_deadline"] > values["filing_deadline"]


def test_the_round_after_one_of_this_year_is_next_years_with_the_same_day_and_scheme(
    scheme: m.EvaluationScheme,
) -> None:
    make_round(year=2025, scheme_id=scheme.id, filing_deadline=date(2025, 8, 31))
    values = rounds.defaults(NOW)
    assert (values["year"], values["filing_deadline"], values["scheme_id"]) == (
        2026,
        date(2026, 8, 31),
        scheme.id,
    )


def test_defaults_are_a_round_that_can_be_created(officer: Actor, scheme: m.EvaluationScheme) -> None:
    assert rounds.create(officer, rounds.defaults(NOW), NOW).state == "draft"


def test_what_an_officer_types_becomes_a_draft(officer: Actor, typed: dict[str, str]) -> None:
    made = rounds.create(officer, typed, NOW)
    assert (made.state, made.year, made.supplement_deadline) == ("draft", 2025, date(2025, 10, 31))


def test_every_fault_is_said_beside_its_field(officer: Actor, typed: dict[str, str]) -> None:
    wrong = {**typed, "year": "MMXXV", "title": " ", "filing_deadline": "2025-02-30", "evaluators": "-1"}
    with pytest.raises(RuleError) as error:
        rounds.create(officer, wrong, NOW)
    assert problems_of(error) == {"year", "title", "filing_deadline", "evaluators"}


def test_a_year_has_one_round(officer: Actor, typed: dict[str, str]) -> None:
    rounds.create(officer, typed, NOW)
    with pytest.raises(RuleError) as error:
        rounds.create(officer, typed, NOW)
    assert problems_of(error) == {"year"}


def test_a_scheme_that_is_not_there_is_refused(officer: Actor, typed: dict[str, str]) -> None:
    with pytest.raises(RuleError) as error:
        rounds.create(officer, {**typed, "scheme_id": "999999"}, NOW)
    assert problems_of(error) == {"scheme_id"}


def test_a_reviewer_plans_no_round(session: Any, typed: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        rounds.create(make.make_reviewer(), typed, NOW)


def test_T_M07_an_old_form_changes_nothing(officer: Actor, typed: dict[str, str]) -> None:
    made = rounds.create(officer, typed, NOW)
    rounds.change(officer, made.id, {**typed, "evaluators": "3"}, made.version, NOW)
    with pytest.raises(Stale) as stale:
        rounds.change(officer, made.id, {**typed, "evaluators": "4"}, 1, NOW)
    assert {problem.field for problem in stale.value.problems} == {"evaluators"}
    assert made.evaluators == 3


def test_publishing_freezes_the_scheme_by_its_hash(officer: Actor, scheme: m.EvaluationScheme) -> None:
    round_ = make_round(state="draft", scheme_id=scheme.id)
    before, digest = dict(scheme.content), scheme_rules.content_hash(scheme.content)
    rounds.publish(officer, round_.id, NOW, version=round_.version, seen_hash=digest)
    scheme.content = {**before, "standard": "另一标准"}
    assert round_.state == "published"
    assert (rounds.scheme_document(round_), round_.scheme_hash) == (before, digest)


def test_T_W07_a_scheme_changed_since_it_was_shown_is_not_published(
    officer: Actor, scheme: m.EvaluationScheme
) -> None:
    round_ = make_round(state="draft", scheme_id=scheme.id)
    seen = scheme_rules.content_hash(scheme.content)
    scheme.content = {**scheme.content, "standard": "另一标准"}
    with pytest.raises(Conflict):
        rounds.publish(officer, round_.id, NOW, seen_hash=seen)
    assert round_.state == "draft"


def test_a_scheme_with_faults_is_not_published(officer: Actor, session: Any) -> None:
    broken = make_scheme("坏方案")
    broken.content = {"name": "坏方案"}
    with pytest.raises(RuleError):
        rounds.publish(officer, make_round(state="draft", scheme_id=broken.id).id, NOW)


def test_a_round_whose_terms_have_passed_is_not_published(officer: Actor, scheme: m.EvaluationScheme) -> None:
    round_ = make_round(state="draft", scheme_id=scheme.id)
    with pytest.raises(RuleError) as error:
        rounds.publish(officer, round_.id, NOW + timedelta(days=90))
    assert problems_of(error) == {"supplement_deadline"}


def test_T_W02_a_round_is_published_once(officer: Actor, scheme: m.EvaluationScheme) -> None:
    round_ = make_round(state="draft", scheme_id=scheme.id)
    rounds.publish(officer, round_.id, NOW, version=round_.version)
    with pytest.raises(Conflict) as error:
        rounds.publish(officer, round_.id, NOW)
    assert "已发布" in str(error.value.message)


def test_a_published_rounds_criteria_stay(
    officer: Actor, scheme: m.EvaluationScheme, typed: dict[str, str]
) -> None:
    round_ = make_round(year=2025, scheme_id=scheme.id)
    with pytest.raises(RuleError) as error:
        rounds.change(officer, round_.id, {**typed, "notice_days": "5"}, round_.version, NOW)
    assert problems_of(error) == {"notice_days"}


def test_a_published_rounds_supplement_may_be_given_more_time(
    officer: Actor, scheme: m.EvaluationScheme
) -> None:
    round_ = make_round(year=2025, scheme_id=scheme.id)
    rounds.change(officer, round_.id, {"supplement_deadline": "2025-11-15"}, round_.version, NOW)
    assert round_.supplement_deadline == date(2025, 11, 15)


def test_the_newest_published_round_is_the_current_one(session: Any, scheme: m.EvaluationScheme) -> None:
    assert rounds.current(NOW) is None
    make_round(year=2024, data_year=2023, scheme_id=scheme.id, state="closed")
    newest = make_round(year=2025, scheme_id=scheme.id)
    make_round(year=2026, scheme_id=scheme.id, state="draft")
    assert rounds.current(NOW) == newest
    assert rounds.current(NOW - timedelta(days=1)) is None


def test_T_W01_a_round_with_a_product_under_way_is_not_closed(
    officer: Actor, scheme: m.EvaluationScheme
) -> None:
    round_ = make_round(year=2025, scheme_id=scheme.id)
    product = make.make_product(make.make_unit(), state="filed")
    recognition = make_recognition(round_, product, state="in_notice")
    with pytest.raises(Conflict) as error:
        rounds.close(officer, round_.id, NOW)
    assert "1" in str(error.value.message)
    assert rounds.counts(round_.id) == {"in_notice": 1}
    recognition.state = "recognised"
    assert rounds.close(officer, round_.id, NOW).state == "closed"


def test_only_a_draft_is_given_up(officer: Actor, scheme: m.EvaluationScheme) -> None:
    draft, published = (
        make_round(year=2026, state="draft", scheme_id=scheme.id),
        make_round(year=2025, scheme_id=scheme.id),
    )
    rounds.remove(officer, draft.id)
    with pytest.raises(NotFound):
        rounds.load(draft.id, officer)
    with pytest.raises(Conflict):
        rounds.remove(officer, published.id)
