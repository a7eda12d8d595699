"""Screening: runs in the background are kept and can be compared; only applying one changes states, once."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app import jobs
from app import models as m
from app.db import acting, transaction
from app.domain.actor import RECOGNITION_OFFICER, REVIEWER, UNIT, Actor
from app.domain.errors import Conflict, NotAllowed, RuleError
from app.domain.machines import RECOGNITION
from app.domain.recognition import scheme as schemes
from app.domain.recognition.facts import ANSWERS
from app.domain.recognition.supplement_fields import BY_NAME
from app.services import background
from app.services.background import Task
from app.services.recognition import screening
from app.services.workflow import fire
from tests.support.factories import NOW, actor_of, make_patent, make_product, make_unit, make_user, make_year
from tests.support.recognition import make_recognition, make_round

MIN_CLASS = 3


def small_scheme(**changes: Any) -> dict[str, Any]:
    """The built-in scheme, comparing from three products on."""
    return {**deepcopy(schemes.EXAMPLE), "min_class": MIN_CLASS, **changes}


@pytest.fixture
def officer(session: Any) -> Actor:
    made = actor_of(make_user(RECOGNITION_OFFICER))
    session.commit()
    return made


@pytest.fixture
def round_(session: Any) -> m.RecognitionRound:
    """Six products of one class, the first the weakest in everything, and one of a class with no other."""
    made = make_round(document=small_scheme())
    unit = make_unit()
    for number in range(7):
        old = make_patent(unit, legal_state="valid")
        product = make_product(
            unit, state="filed", patents=[old], class_code="P3841" if number < 6 else "P1711",
            figures={"sales": Decimal(1000 + 500 * number), "profit": Decimal(50 + 60 * number),
                     "export": Decimal(10 * number), "domestic_share": Decimal(4 * number)},
        )  # fmt: skip
        make_year(product, 2023, state="updated", patents=[], sales=Decimal(1000))
        make_recognition(made, product)
    session.commit()
    return made


def run_once(round_: m.RecognitionRound, officer: Actor, session: Any) -> m.ScreeningRun:
    with transaction(officer):
        job_id = screening.start(round_.id, officer, NOW).id
    background.run_waiting(jobs.HANDLERS)
    session.expire_all()
    job = session.get_one(m.BackgroundJob, job_id)
    assert (job.state, job.done) == ("done", job.total)
    return session.get_one(m.ScreeningRun, job.result["run_id"])


def apply(run: m.ScreeningRun, officer: Actor) -> screening.Applied:
    with transaction(officer):
        return screening.apply(run.id, officer, NOW)


def results(run: m.ScreeningRun, session: Any) -> list[m.ScreeningResult]:
    query = select(m.ScreeningResult).where(m.ScreeningResult.run_id == run.id)
    return list(session.scalars(query.order_by(m.ScreeningResult.product_id)))


def states(session: Any) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(m.Recognition.state).order_by(m.Recognition.product_id)))


def test_a_run_judges_all_candidates_and_touches_none_of_them(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    run = run_once(round_, officer, session)
    assert (run.state, run.number, run.candidates, run.scheme_hash) == ("done", 1, 7, round_.scheme_hash)
    assert run.passed == sum(result.passed for result in results(run, session)) > 0
    assert set(states(session)) == {"candidate"}
    assert session.scalar(select(func.count()).select_from(m.Transition)) == 0


def test_every_result_is_explained_and_the_parts_make_the_total_exactly(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    run = run_once(round_, officer, session)
    for result in results(run, session):
        explained = screening.explain(result, run)
        assert sum(c.points for c in explained.criteria) == explained.score == result.score
        assert explained.passed == (explained.score >= explained.pass_score) == result.passed
        assert all(str(c.sentence) and c.points <= c.weight for c in explained.criteria)
        assert str(explained.score) in str(explained.verdict)
    weakest = screening.explain(results(run, session)[0], run)
    sales = weakest.criteria[0]
    assert (sales.value, sales.percentile, sales.points, sales.peers) == (
        Decimal("1000.00"), Decimal("0.00"), Decimal("0.00"), 6
    )  # fmt: skip
    assert "中 0.00% 的其他产品（共 6 个产品），得 0.00 分" in str(sales.sentence)


def test_a_class_too_small_is_compared_with_the_one_above_and_says_so(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    run = run_once(round_, officer, session)
    alone = screening.explain(results(run, session)[-1], run)
    sales = alone.criteria[0]
    assert (sales.group, sales.peers, sales.percentile, sales.fell_back) == ("PC", 7, Decimal("100.00"), True)
    assert "有数据的不足 3 个，改与“制造业”比较" in str(sales.note)


def test_a_missing_figure_gives_no_points_and_says_so(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    product = make_product(make_unit(), state="filed", class_code="P3841", figures={"export": None})
    make_recognition(round_, product)
    session.commit()
    run = run_once(round_, officer, session)
    explained = screening.explain(results(run, session)[-1], run)
    growth = next(c for c in explained.criteria if c.indicator.id == "sales_growth")
    assert (growth.value, growth.points, str(growth.sentence)) == (None, Decimal("0.00"), "没有数据，不得分")


def test_the_same_data_give_the_same_hashes_and_other_data_others(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    first, second = (run_once(round_, officer, session) for _ in range(2))
    assert (first.input_hash, first.result_hash) == (second.input_hash, second.result_hash)
    assert [r.detail for r in results(first, session)] == [r.detail for r in results(second, session)]
    assert screening.compare(second, first).none
    year = session.scalars(select(m.ProductYear).where(m.ProductYear.year == 2024)).first()
    year.sales = Decimal("1000.01")
    session.commit()
    third = run_once(round_, officer, session)
    assert third.input_hash != first.input_hash
    assert "有变化" in str(screening.compare(third, second).reasons[0])


def test_a_patent_that_lapsed_meanwhile_shows_in_the_comparison(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    first = run_once(round_, officer, session)
    strongest = results(first, session)[5]
    link = session.scalars(
        select(m.PatentLink)
        .join(m.PatentLink.product_year)
        .where(m.ProductYear.product_id == strongest.product_id, m.ProductYear.year == 2024)
    ).one()
    link.patent.legal_state = "lapsed"
    other = make_product(make_unit(), state="filed", class_code="P3841")
    make_recognition(round_, other)
    session.commit()
    second = run_once(round_, officer, session)
    found = screening.compare(second, first)
    assert found.counts["added"] == 1
    assert [moved.product_id for moved in found.added] == [other.id]
    after = screening.explain(results(second, session)[5], second)
    assert after.score < strongest.score
    assert found.counts["rescored"] + found.counts["dropped"] >= 1


def test_applying_makes_states_with_their_transitions(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    run = run_once(round_, officer, session)
    applied = apply(run, officer)
    expected = ["passed" if result.passed else "screened_out" for result in results(run, session)]
    assert states(session) == expected
    assert (applied.passed, applied.screened_out, applied.changed) == (
        expected.count("passed"), expected.count("screened_out"), 0
    )  # fmt: skip
    assert session.scalar(select(func.count()).select_from(m.Transition)) == 7
    recognition = session.scalars(select(m.Recognition).order_by(m.Recognition.product_id)).first()
    found = screening.result_of(recognition)
    assert found is not None
    assert found.run_id == run.id


def test_T_I03_a_unit_sees_its_own_results_and_only_of_runs_that_were_applied(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    owner = actor_of(make_user(UNIT, session.scalars(select(m.Unit)).first()))
    stranger = actor_of(make_user(UNIT, make_unit()))
    session.commit()
    run = run_once(round_, officer, session)
    for who in (owner, stranger):
        with acting(who):
            assert session.scalars(select(m.ScreeningResult)).all() == []
    apply(run, officer)
    for who, number in ((owner, 7), (stranger, 0)):
        with acting(who):
            seen = session.scalars(select(m.ScreeningResult)).all()
            assert len(seen) == number
            explained = [screening.explain(result, result.run) for result in seen]
            assert all(each.criteria for each in explained)


def test_applying_a_later_run_moves_only_those_judged_otherwise(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    apply(run_once(round_, officer, session), officer)
    before = states(session)
    assert before[0] == "screened_out"
    moved_on = session.scalars(select(m.Recognition.id).where(m.Recognition.state == "passed")).first()
    with transaction(officer):
        recognition = session.get_one(m.Recognition, moved_on)
        fire(RECOGNITION, recognition, "ask_supplement", officer, NOW)
    weakest = session.scalars(
        select(m.ProductYear).where(m.ProductYear.year == 2024).order_by(m.ProductYear.product_id)
    ).first()
    weakest.sales, weakest.profit, weakest.export, weakest.domestic_share = map(
        Decimal, (9000, 4000, 900, 40)
    )
    session.commit()
    applied = apply(run_once(round_, officer, session), officer)
    after = states(session)
    assert after[0] == "passed"
    assert applied.changed >= 1
    assert "supplement_due" in after


def test_T_W02_a_run_is_applied_once_and_an_older_one_never(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    older, newer = (run_once(round_, officer, session) for _ in range(2))
    with pytest.raises(Conflict, match="最近一次"):
        apply(older, officer)
    apply(newer, officer)
    with pytest.raises(Conflict, match="已经采用"):
        apply(newer, officer)
    assert session.scalar(select(func.count()).select_from(m.Transition)) == 7


def test_T_W01_nothing_is_screened_before_the_round_is_published_or_without_candidates(
    officer: Actor, session: Any
) -> None:
    draft, empty = make_round(state="draft"), make_round(year=2026, data_year=2025)
    session.commit()
    for round_ in (draft, empty):
        with pytest.raises(Conflict), transaction(officer):
            screening.start(round_.id, officer, NOW)


def test_a_second_run_waits_until_the_first_is_done(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    with transaction(officer):
        screening.start(round_.id, officer, NOW)
    with pytest.raises(Conflict, match="正在进行"), transaction(officer):
        screening.start(round_.id, officer, NOW)


def test_only_recognition_officers_screen_and_apply(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    reviewer = actor_of(make_user(REVIEWER))
    session.commit()
    run = run_once(round_, officer, session)
    with pytest.raises(NotAllowed), transaction(reviewer):
        screening.start(round_.id, reviewer, NOW)
    with pytest.raises(NotAllowed), transaction(reviewer):
        screening.apply(run.id, reviewer, NOW)


def test_T_D01_a_run_that_was_cut_off_is_begun_anew_and_ends_as_if_nothing_had_happened(
    round_: m.RecognitionRound, officer: Actor, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_once(round_, officer, session)
    monkeypatch.setattr(screening, "CHUNK", 2)
    with transaction(officer):
        run_id = screening.plan(round_.id, officer, NOW).id

    class PowerCut(BaseException):
        pass

    class Cut(Task):
        def step(self, done: int, total: int) -> None:
            if done >= 4:
                raise PowerCut

    monkeypatch.setattr(screening, "_end", lambda *_: True)  # nobody is left to note the end
    with pytest.raises(PowerCut):
        screening.run(Cut(0, officer, {"run_id": run_id}))
    monkeypatch.undo()
    assert len(results(session.get_one(m.ScreeningRun, run_id), session)) == 4
    screening.run(Task(0, officer, {"run_id": run_id}))
    again = session.get_one(m.ScreeningRun, run_id)
    assert (again.state, again.result_hash) == ("done", whole.result_hash)
    assert len(results(again, session)) == 7


def test_a_run_that_breaks_is_failed_and_the_next_may_begin(
    round_: m.RecognitionRound, officer: Actor, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(officer):
        screening.start(round_.id, officer, NOW)
    monkeypatch.setattr("app.services.recognition.engine.score", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        background.run_waiting(jobs.HANDLERS)
    monkeypatch.undo()
    assert session.scalars(select(m.ScreeningRun.state)).all() == ["failed"]
    assert run_once(round_, officer, session).number == 2


def test_what_if_says_who_would_pass_and_touches_nothing(
    round_: m.RecognitionRound, officer: Actor, session: Any
) -> None:
    events = select(func.count()).select_from(m.AuditEvent)
    before = session.scalar(events)
    assert screening.what_if(round_, {}).joining_count == 0
    all_pass = screening.what_if(round_, {"pass_score": 0})
    assert (all_pass.candidates, all_pass.passed_then) == (7, 7)
    assert all_pass.joining_count == 7 - all_pass.passed_now == len(all_pass.joining) > 0
    none_pass = screening.what_if(round_, {"pass_score": 100})
    assert none_pass.dropping_count == none_pass.passed_now - none_pass.passed_then
    stricter = screening.what_if(round_, {"dimensions.0.indicators.3.thresholds.*": "0, 90"})
    assert stricter.passed_then <= stricter.passed_now
    session.commit()
    assert session.scalar(events) == before
    assert session.scalar(select(func.count()).select_from(m.ScreeningRun)) == 0


def test_what_if_refuses_what_is_no_scheme_at_its_place(round_: m.RecognitionRound) -> None:
    for changes in (
        {"pass_score": "x"},
        {"dimensions.0.indicators.0.weight": "viel"},
        {"cut": 50},
        {"dimensions.9.weight": 1},
    ):
        with pytest.raises(RuleError) as error:
            screening.what_if(round_, changes)
        assert error.value.problems[0].field


def test_the_least_change_would_really_pass(round_: m.RecognitionRound, officer: Actor, session: Any) -> None:
    run = run_once(round_, officer, session)
    failed = next(result for result in results(run, session)[1:] if not result.passed)
    found = screening.least_change(failed, run)
    assert found.missing > 0
    assert found.alone or found.together
    passed = next(result for result in results(run, session) if result.passed)
    assert screening.least_change(passed, run).missing == 0


def test_results_are_kept_short(round_: m.RecognitionRound, officer: Actor, session: Any) -> None:
    run = run_once(round_, officer, session)
    detail = results(run, session)[0].detail
    assert len(detail) < 400
    assert json.loads(detail)[0] == "P3841"


def test_the_machine_scores_what_data_and_supplement_say(round_: m.RecognitionRound, session: Any) -> None:
    assert set(ANSWERS) <= set(BY_NAME)
    recognition = session.scalars(select(m.Recognition).order_by(m.Recognition.product_id)).first()
    with pytest.raises(Conflict):
        screening.machine_score(recognition)
    answers = {
        "claims": "15",
        "family_countries": "5",
        "awards": "0",
        "patented_features": "80.00",
        "substitution": "none",
    }
    supplement = m.Supplement(
        recognition_id=recognition.id, unit_id=recognition.unit_id, answers=answers, created_at=NOW, changed_at=NOW,
        submitted_at=NOW,
    )  # fmt: skip
    session.add(supplement)
    session.commit()
    # 1 of 5 patents, all inventions, half the claims, all countries; no peers; no awards; all features, no substitute
    expected = sum(map(Decimal, ("1", "5", "2", "4", "0", "10", "0", "8", "3")))
    assert screening.machine_score(recognition) == expected
    assert screening.machine_scores(round_) == {recognition.id: expected}


def test_flask_batch_screen_prints_the_run_and_its_hashes(
    round_: m.RecognitionRound, app: Any, session: Any
) -> None:
    found = app.test_cli_runner().invoke(args=["batch", "screen", "2025"])
    assert found.exit_code == 0, found.output
    run = session.scalars(select(m.ScreeningRun)).one()
    assert f"run=1 candidates=7 passed={run.passed}" in found.output
    assert str(run.result_hash) in found.output
    assert app.test_cli_runner().invoke(args=["batch", "screen", "1999"]).exit_code == 1
