"""The figures of a scheme's document are read and changed one by one, each under the place a fault is said at."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import RuleError
from app.domain.recognition import scheme
from app.domain.recognition.figures import figures, with_figures

NAMES = [figure.place for figure in figures(scheme.EXAMPLE)]


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    typed = {figure.place: figure.value for figure in figures(scheme.EXAMPLE)}
    assert with_figures(scheme.EXAMPLE, typed) == scheme.EXAMPLE


def test_places_are_those_at_which_faults_are_said() -> None:
    document = with_figures(scheme.EXAMPLE, {"dimensions.0.indicators.2.weight": "-1"})
    with pytest.raises(RuleError) as error:
        scheme.read(document)
    assert "dimensions.0.indicators.2.weight" in {problem.field for problem in error.value.problems}


def test_numbers_are_read_as_people_write_them() -> None:
    place = next(name for name in NAMES if name.endswith("indicators.3.thresholds.*"))
    document = with_figures(scheme.EXAMPLE, {"pass_score": "６0．5", "cut": " 61 ", place: "1，25.5"})
    assert (document["pass_score"], document["cut"]) == (60.5, 61)
    assert document["dimensions"][0]["indicators"][3]["thresholds"]["*"] == [1, 25.5]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20), max_size=5))
def test_whatever_is_typed_leaves_the_original_and_all_other_places_alone(typed: dict[str, str]) -> None:
    before = scheme.content_hash(scheme.EXAMPLE)
    changed = with_figures(scheme.EXAMPLE, typed)
    assert scheme.content_hash(scheme.EXAMPLE) == before
    old = {figure.place: figure.value for figure in figures(scheme.EXAMPLE)}
    new = {figure.place: figure.value for figure in figures(changed)}
    assert {place for place in old if place not in typed and old[place] != new.get(place)} == set()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["dimensions", "indicators", "thresholds", "weight", "id"]), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_documents_with_faults_can_be_shown(value: Any) -> None:
    document = value if isinstance(value, dict) else {"dimensions": value}
    assert all(isinstance(figure.value, str) for figure in figures(document))
