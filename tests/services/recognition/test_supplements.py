"""Further information: asked for, given in time, extended, overdue, reminded of (mission E4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.domain.actor import Actor
from app.domain.errors import Conflict, DomainError, NotAllowed, NotFound, RuleError
from app.services.recognition import asking, supplements
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do
from tests.support.factories import NOW
from tests.support.supplements import WHOLE, make_officer, make_recognition, make_round, make_supplement

IN_TIME = datetime(2025, 9, 20, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
TOO_LATE = datetime(2025, 9, 20, 16, 0, tzinfo=UTC)


@dataclass
class Scene:
    """A published round in which a product of unit A is to be supplemented, with a file for evidence."""

    round: m.RecognitionRound
    recognition: m.Recognition
    file: m.StoredFile
    olga: Actor


@pytest.fixture
def scene(cast: Cast, session: Any) -> Scene:
    """As Anna finds it after the message."""
    round_ = make_round()
    product = make.make_product(cast.unit, state="filed")
    made = Scene(
        round_,
        make_recognition(product, round_, "supplement_due"),
        make.make_file(cast.unit),
        make_officer(username="olga"),
    )
    make_supplement(made.recognition)
    session.commit()
    return made


def stored(scene: Scene) -> m.Supplement:
    return do(supplements.of, Actor.system(), scene.recognition.id)


def again(session: Any, scene: Scene) -> m.Recognition:
    found: m.Recognition = session.get(m.Recognition, scene.recognition.id, populate_existing=True)
    return found


def fill(cast: Cast, scene: Scene, **values: str) -> m.Supplement:
    """Everything that is needed, saved by Anna."""
    version = stored(scene).version
    saved = do(supplements.save, cast.anna, scene.recognition.id, {**WHOLE, **values}, version)
    assert not saved.problems
    for dimension in ("protection", "value", "dependence"):
        file = make.make_file(cast.unit)
        make.session.commit()
        version = stored(scene).version
        do(supplements.add_file, cast.anna, scene.recognition.id, file.id, dimension, version)
    return stored(scene)


def submit(cast: Cast, scene: Scene, **values: Any) -> m.Recognition:
    version = stored(scene).version
    commitment = values.pop("commitment", True)
    return do(supplements.submit, cast.anna, scene.recognition.id, version, commitment, **values)


def messages(session: Any, template: str) -> list[m.Outbox]:
    return list(session.scalars(select(m.Outbox).where(m.Outbox.template == template).order_by(m.Outbox.id)))


# ---------------------------------------------------------------- asking


@pytest.fixture
def passed(cast: Cast, session: Any) -> m.RecognitionRound:
    """A round in which two products of unit A and one of unit B passed, and one of B did not."""
    round_ = make_round()
    for unit, name, state in (
        (cast.unit, "电动自行车用锂离子电池", "passed"), (cast.unit, "电动叉车用锂离子电池", "passed"),
        (cast.other_unit, "电动船用锂离子电池", "passed"), (cast.other_unit, "储能柜用锂离子电池", "screened_out"),
    ):  # fmt: skip
        make_recognition(make.make_product(unit, name, state="filed"), round_, state)
    session.commit()
    return round_


def ask(round_: m.RecognitionRound, actor: Actor, now: datetime = NOW) -> int:
    from app.db import transaction

    with transaction(actor):
        return asking.ask(round_.id, actor, now)


def test_all_that_passed_are_asked_and_each_unit_gets_one_message(
    passed: m.RecognitionRound, session: Any
) -> None:
    assert ask(passed, make_officer()) == 3

    states = session.scalars(select(m.Recognition.state).order_by(m.Recognition.id)).all()
    assert states == ["supplement_due", "supplement_due", "supplement_due", "screened_out"]
    assert session.scalars(select(m.Supplement.version)).all() == [1, 1, 1]
    in_app = [message for message in messages(session, "supplement_asked") if message.channel == "inapp"]
    assert len(in_app) == 3  # Anna and Ali of A, Bo of B
    assert "2 个产品" in in_app[0].body and "2025年9月20日" in in_app[0].body
    assert {message.channel for message in messages(session, "supplement_asked")} == {"inapp", "email", "sms"}


def test_the_sms_names_no_product_and_no_unit(passed: m.RecognitionRound, cast: Cast, session: Any) -> None:
    ask(passed, make_officer())

    for message in messages(session, "supplement_asked"):
        if message.channel == "sms":
            assert "电池" not in message.body and cast.unit.name not in message.body


def test_T_W02_asking_twice_asks_nobody_twice(passed: m.RecognitionRound, session: Any) -> None:
    officer = make_officer()
    session.commit()
    ask(passed, officer)
    before = len(messages(session, "supplement_asked"))

    assert ask(passed, officer) == 0
    assert len(messages(session, "supplement_asked")) == before


def test_a_product_that_passes_later_is_asked_later(
    passed: m.RecognitionRound, cast: Cast, session: Any
) -> None:
    officer = make_officer()
    session.commit()
    ask(passed, officer)
    late = make.make_product(cast.unit, "船用锂离子电池组", state="filed")
    make_recognition(late, passed, "passed")
    session.commit()

    assert ask(passed, officer) == 1
    in_app = [each for each in messages(session, "supplement_asked") if each.channel == "inapp"]
    assert "船用锂离子电池组" in in_app[-1].body


def test_T_W01_only_a_published_round_asks(session: Any) -> None:
    officer = make_officer()
    draft, closed = make_round("draft"), make_round("closed", year=2024, data_year=2023)
    session.commit()

    for round_ in (draft, closed):
        with pytest.raises(Conflict):
            ask(round_, officer)


def test_nobody_is_asked_for_what_is_late_already(passed: m.RecognitionRound) -> None:
    with pytest.raises(Conflict):
        ask(passed, make_officer(), TOO_LATE)


def test_only_an_officer_asks(passed: m.RecognitionRound, cast: Cast) -> None:
    for actor in (cast.rui, cast.anna, cast.auditor):
        with pytest.raises(NotAllowed):
            ask(passed, actor)


# ---------------------------------------------------------------- filling in


def test_answers_are_saved_however_incomplete(cast: Cast, scene: Scene) -> None:
    saved = do(
        supplements.save, cast.anna, scene.recognition.id, {"claims": "１２", "licence_income": "1e3"}, 1
    )

    assert [problem.field for problem in saved.problems] == ["licence_income"]
    assert (saved.supplement.answers, saved.supplement.version) == ({"claims": "12"}, 2)
    later = do(supplements.save, cast.ali, scene.recognition.id, {"claims": "", "awards": "1"}, 2)
    assert later.supplement.answers == {"awards": "1"}


def test_T_M02_what_is_no_field_is_passed_over(cast: Cast, scene: Scene) -> None:
    data = {"state": "recognised", "score": "100", "unit_id": str(cast.other_unit.id), "awards": "2"}

    saved = do(supplements.save, cast.anna, scene.recognition.id, data, 1)

    assert saved.supplement.answers == {"awards": "2"}
    assert (saved.supplement.unit_id, scene.recognition.state) == (cast.unit.id, "supplement_due")


def test_T_M07_an_old_form_overwrites_nothing_and_says_both_values(cast: Cast, scene: Scene) -> None:
    do(supplements.save, cast.anna, scene.recognition.id, {"awards": "1", "claims": "5"}, 1)

    for version in (1, None):
        with pytest.raises(Stale) as error:
            do(supplements.save, cast.ali, scene.recognition.id, {"awards": "2", "claims": " 5 "}, version)
        assert [problem.field for problem in error.value.problems] == ["awards"]
        assert "“2”" in str(error.value.problems[0].message) and "“1”" in str(error.value.problems[0].message)
    assert stored(scene).answers == {"awards": "1", "claims": "5"}


def test_evidence_is_added_moved_and_removed(cast: Cast, scene: Scene) -> None:
    first = do(supplements.add_file, cast.anna, scene.recognition.id, scene.file.id, "value", 1)
    moved = do(supplements.add_file, cast.anna, scene.recognition.id, scene.file.id, "dependence", 2)
    assert (moved.id, moved.dimension) == (first.id, "dependence")

    do(supplements.remove_file, cast.anna, scene.recognition.id, moved.id, 3)
    assert stored(scene).files == []
    with pytest.raises(NotFound):
        do(supplements.remove_file, cast.anna, scene.recognition.id, moved.id, 4)


def test_T_I04_another_units_file_is_no_evidence(cast: Cast, scene: Scene, session: Any) -> None:
    foreign, held = make.make_file(cast.other_unit), make.make_file(cast.unit, state="held")
    licence = make.make_file(cast.unit, "licence")
    session.commit()

    for file in (foreign, held, licence):
        with pytest.raises(RuleError):
            do(supplements.add_file, cast.anna, scene.recognition.id, file.id, "value", 1)


def test_a_file_belongs_to_one_of_the_dimensions_and_they_are_not_flooded(
    cast: Cast, scene: Scene, monkeypatch: pytest.MonkeyPatch, session: Any
) -> None:
    monkeypatch.setattr(supplements, "FILES_LIMIT", 1)
    more = make.make_file(cast.unit)
    session.commit()
    do(supplements.add_file, cast.anna, scene.recognition.id, scene.file.id, "value", 1)

    for dimension in ("economic", "", "value"):
        with pytest.raises(RuleError):
            do(supplements.add_file, cast.anna, scene.recognition.id, more.id, dimension, 2)


# ---------------------------------------------------------------- submitting


def test_a_whole_supplement_is_submitted_until_the_last_minute_of_the_last_day(
    cast: Cast, scene: Scene, session: Any
) -> None:
    fill(cast, scene)

    submit(cast, scene, now=IN_TIME)

    supplement = stored(scene)
    assert again(session, scene).state == "supplemented"
    assert (supplement.submitted_at, supplement.submitted_by) == (IN_TIME, cast.anna.user_id)
    assert messages(session, "supplement_submitted")


def test_late_is_late_even_before_the_daily_job_has_been_there(cast: Cast, scene: Scene) -> None:
    fill(cast, scene)

    for act in (
        lambda: submit(cast, scene, now=TOO_LATE),
        lambda: do(supplements.save, cast.anna, scene.recognition.id, {"awards": "9"}, 1, now=TOO_LATE),
        lambda: do(
            supplements.add_file, cast.anna, scene.recognition.id, scene.file.id, "value", 1, now=TOO_LATE
        ),
    ):
        with pytest.raises(Conflict, match="2025-09-20 截止"):
            act()


def test_what_is_missing_is_said_beside_each_field_and_dimension(cast: Cast, scene: Scene) -> None:
    fill(cast, scene, claims="")
    files = stored(scene).files
    do(supplements.remove_file, cast.anna, scene.recognition.id, files[0].id, stored(scene).version)

    with pytest.raises(RuleError) as error:
        submit(cast, scene, commitment=False)

    assert {problem.field for problem in error.value.problems} == {"claims", "files_protection", "commitment"}


def test_T_W10_without_last_years_assets_nothing_is_submitted(cast: Cast, scene: Scene, session: Any) -> None:
    fill(cast, scene)
    session.scalars(select(m.AssetYear).where(m.AssetYear.unit_id == cast.unit.id)).one().revenue = None
    session.execute(m.AssetYear.__table__.update().values(state="draft"))
    session.commit()

    with pytest.raises(RuleError) as error:
        submit(cast, scene)
    assert [problem.rule for problem in error.value.problems] == ["R07"]


def test_an_old_page_does_not_submit(cast: Cast, scene: Scene) -> None:
    supplement = fill(cast, scene)

    with pytest.raises(Stale):
        do(supplements.submit, cast.anna, scene.recognition.id, supplement.version - 1, True)


def in_every_state(cast: Cast, but: tuple[str, ...]) -> list[m.Recognition]:
    """A product of unit A in each state but some, with a supplement."""
    round_, made = make_round(), []
    for state in m.RECOGNITION_STATES:
        if state not in but:
            product = make.make_product(cast.unit, f"{state} 用电池", state="filed")
            made.append(make_recognition(product, round_, state))
            make_supplement(made[-1])
    make.session.commit()
    return made


def test_T_M03_T_W01_in_no_other_state_is_anything_filled_in_or_submitted(cast: Cast) -> None:
    file = make.make_file(cast.unit)

    for recognition in in_every_state(cast, but=("supplement_due",)):
        for act, args in (
            (supplements.save, ({"awards": "1"}, 1)),
            (supplements.add_file, (file.id, "value", 1)),
            (supplements.remove_file, (1, 1)),
            (supplements.submit, (1, True)),
        ):
            with pytest.raises(Conflict):
                do(act, cast.anna, recognition.id, *args)


def test_T_W01_only_a_submitted_supplement_is_taken_back(cast: Cast) -> None:
    for recognition in in_every_state(cast, but=("supplemented",)):
        with pytest.raises(Conflict):
            do(supplements.take_back, cast.anna, recognition.id)


def test_it_is_taken_back_in_time_changed_and_submitted_again(cast: Cast, scene: Scene, session: Any) -> None:
    fill(cast, scene)
    submit(cast, scene)

    do(supplements.take_back, cast.ali, scene.recognition.id, now=IN_TIME)

    assert (again(session, scene).state, stored(scene).submitted_at) == ("supplement_due", None)
    do(supplements.save, cast.anna, scene.recognition.id, {"awards": "3"}, stored(scene).version)
    submit(cast, scene)
    assert stored(scene).answers["awards"] == "3"


def test_after_the_last_day_nothing_is_taken_back(cast: Cast, scene: Scene) -> None:
    fill(cast, scene)
    submit(cast, scene)

    with pytest.raises(Conflict):
        do(supplements.take_back, cast.anna, scene.recognition.id, now=TOO_LATE)


def test_handing_in_and_taking_back_has_an_end(cast: Cast, scene: Scene, session: Any) -> None:
    fill(cast, scene)
    for count in range(10):
        submit(cast, scene, now=NOW + timedelta(minutes=count))
        do(supplements.take_back, cast.anna, scene.recognition.id)

    with pytest.raises(Conflict, match="10 次"):
        submit(cast, scene, now=NOW + timedelta(minutes=11))
    submit(cast, scene, now=NOW + timedelta(days=1, minutes=11))


def test_T_I01_other_units_find_nothing(cast: Cast, scene: Scene) -> None:
    for act in (
        lambda: do(supplements.of, cast.bo, scene.recognition.id),
        lambda: do(supplements.save, cast.bo, scene.recognition.id, {"awards": "1"}, 1),
        lambda: do(supplements.add_file, cast.bo, scene.recognition.id, scene.file.id, "value", 1),
        lambda: do(supplements.remove_file, cast.bo, scene.recognition.id, 1, 1),
        lambda: do(supplements.submit, cast.bo, scene.recognition.id, 1, True),
        lambda: do(supplements.take_back, cast.bo, scene.recognition.id),
        lambda: do(supplements.extend, cast.bo, scene.recognition.id, date(2025, 12, 1), "理由"),
    ):
        with pytest.raises(NotFound):
            act()


def test_staff_fill_in_nothing_for_a_unit(cast: Cast, scene: Scene) -> None:
    for actor in (cast.rui, cast.admin, scene.olga):
        with pytest.raises(NotAllowed):
            do(supplements.save, actor, scene.recognition.id, {"awards": "1"}, 1)
        with pytest.raises(NotAllowed):
            do(supplements.submit, actor, scene.recognition.id, 1, True)


# ---------------------------------------------------------------- the clock


def test_what_is_not_submitted_is_overdue_the_day_after(cast: Cast, scene: Scene, session: Any) -> None:
    assert do_by_clock(supplements.close_overdue, IN_TIME) == 0

    assert do_by_clock(supplements.close_overdue, TOO_LATE) == 1

    assert again(session, scene).state == "overdue"
    assert {message.channel for message in messages(session, "supplement_overdue")} == {
        "inapp", "email", "sms",
    }  # fmt: skip
    assert do_by_clock(supplements.close_overdue, TOO_LATE) == 0


def do_by_clock(verb: Any, now: datetime) -> int:
    from app.db import transaction

    with transaction(Actor.system("daily")):
        return int(verb(now))


def test_submitted_ones_and_extended_ones_are_not_overdue(cast: Cast, scene: Scene, session: Any) -> None:
    do(supplements.extend, scene.olga, scene.recognition.id, date(2025, 10, 1), "资料较多")

    assert do_by_clock(supplements.close_overdue, TOO_LATE) == 0
    fill(cast, scene)
    submit(cast, scene, now=datetime(2025, 10, 1, 15, 0, tzinfo=UTC))
    assert do_by_clock(supplements.close_overdue, datetime(2025, 10, 5, tzinfo=UTC)) == 0


def test_units_are_reminded_a_week_ahead_and_on_each_of_the_last_days(scene: Scene, session: Any) -> None:
    told = [
        do_by_clock(supplements.remind, datetime(2025, 9, day, 1, 30, tzinfo=UTC)) for day in range(12, 22)
    ]

    assert told == [0, 1, 0, 0, 0, 0, 1, 1, 1, 0]  # the 13th; the 18th, 19th and 20th
    assert len({message.dedupe_key for message in messages(session, "supplement_reminder")}) == 4


def test_nobody_is_reminded_twice_on_one_day(scene: Scene, session: Any) -> None:
    for hour in (1, 5):
        do_by_clock(supplements.remind, datetime(2025, 9, 18, hour, tzinfo=UTC))

    assert len({message.dedupe_key for message in messages(session, "supplement_reminder")}) == 1


# ---------------------------------------------------------------- extending


def test_an_officer_extends_what_is_overdue_with_a_reason_the_unit_reads(
    cast: Cast, scene: Scene, session: Any
) -> None:
    do_by_clock(supplements.close_overdue, TOO_LATE)

    do(
        supplements.extend, scene.olga, scene.recognition.id, date(2025, 9, 30), "  公证材料晚到  ",
        now=TOO_LATE,
    )  # fmt: skip

    recognition = again(session, scene)
    assert (recognition.state, recognition.supplement_due, recognition.reason) == (
        "supplement_due", date(2025, 9, 30), "公证材料晚到")  # fmt: skip
    assert "公证材料晚到" in messages(session, "supplement_extended")[0].body
    saved = do(supplements.save, cast.anna, recognition.id, {"awards": "1"}, 1, now=TOO_LATE)
    assert saved.supplement.answers == {"awards": "1"}


def test_T_W05_no_extension_without_a_reason(scene: Scene) -> None:
    for reason in ("", "  ", "　　", "\u200b", "x" * 501):
        with pytest.raises(RuleError) as error:
            do(supplements.extend, scene.olga, scene.recognition.id, date(2025, 9, 30), reason)
        assert error.value.problems[0].field == "reason"


def test_an_extension_ends_later_and_not_in_the_past(scene: Scene) -> None:
    for until in (date(2025, 9, 20), date(2025, 9, 1), date(2027, 9, 1)):
        with pytest.raises(RuleError) as error:
            do(supplements.extend, scene.olga, scene.recognition.id, until, "理由")
        assert error.value.problems[0].field == "until"


def test_only_an_officer_extends(cast: Cast, scene: Scene) -> None:
    for actor in (cast.rui, cast.anna, cast.auditor):
        with pytest.raises(NotAllowed):
            do(supplements.extend, actor, scene.recognition.id, date(2025, 9, 30), "理由")


def test_T_W01_nothing_else_is_extended(cast: Cast) -> None:
    officer = make_officer()

    for recognition in in_every_state(cast, but=("supplement_due", "overdue")):
        with pytest.raises(Conflict):
            do(supplements.extend, officer, recognition.id, date(2025, 9, 30), "理由")


def test_T_W14_several_are_extended_all_or_none(cast: Cast, scene: Scene, session: Any) -> None:
    product = make.make_product(cast.other_unit, state="filed")
    second = make_recognition(product, scene.round, "supplement_due")
    done = make_recognition(
        make.make_product(cast.other_unit, "船用电池", state="filed"), scene.round, "evaluating"
    )
    session.commit()
    until = date(2025, 9, 30)

    with pytest.raises(DomainError):
        do(supplements.extend_many, scene.olga, [scene.recognition.id, done.id], until, "延期")
    assert again(session, scene).supplement_due is None
    with pytest.raises(RuleError):
        do(supplements.extend_many, scene.olga, [], until, "延期")

    assert do(supplements.extend_many, scene.olga, [scene.recognition.id, second.id], until, "延期") == 2
    assert again(session, scene).supplement_due == until
