"""What changed between two rounds is told field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.diffs import Change, between

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"name": "泵"}, {"name": "水泵"}, [("name", "泵", "水泵")]),
        ({"name": "泵"}, {"name": "泵"}, []),
        ({}, {"name": "泵"}, [("name", None, "泵")]),
        ({"name": "泵"}, {}, [("name", "泵", None)]),
        ({"name": None}, {}, []),
        ({"core": True}, {"core": 1}, [("core", True, 1)]),
        ({"names": ["a", "b"]}, {"names": ["a"]}, [("names", ["a", "b"], ["a"])]),
        (
            {"unit": {"name": "a", "city": "x"}},
            {"unit": {"name": "b", "city": "x"}},
            [("unit.name", "a", "b")],
        ),
        ({"file": {"id": 1}}, {"file": None}, [("file", {"id": 1}, None)]),
    ],
)
def test_fields(old, new, changes):
    assert between(old, new) == [Change(*change) for change in changes]


def test_elements_of_a_list_are_told_apart_by_key_not_by_place():
    old = [{"key": "A", "share": "60.00"}, {"key": "B", "share": "40.00"}]
    new = [{"key": "B", "share": "50.00"}, {"key": "C", "share": "50.00"}]
    assert between({"patents": old}, {"patents": new}) == [
        Change("patents.B.share", "40.00", "50.00"),
        Change("patents.C", None, {"key": "C", "share": "50.00"}),
        Change("patents.A", {"key": "A", "share": "60.00"}, None),
    ]
    assert between({"patents": old}, {"patents": old[::-1]}) == []


def test_files_are_told_apart_by_id_and_others_compared_whole():
    old, new = [{"id": 1, "name": "a"}], [{"id": 2, "name": "a"}]
    assert [change.field for change in between({"evidence": old}, {"evidence": new})] == [
        "evidence.2",
        "evidence.1",
    ]
    assert between({"rows": [{"a": 1}]}, {"rows": [{"a": 2}]}) == [Change("rows", [{"a": 1}], [{"a": 2}])]
    assert between({"evidence": []}, {"evidence": new})[0].root == "evidence"


@given(OBJECTS)
def test_nothing_changed_means_no_changes(data):
    assert between(data, data) == []


@given(OBJECTS, OBJECTS)
def test_changes_back_are_the_changes_forth_turned_round(old, new):
    forth = {(change.field, repr(change.old), repr(change.new)) for change in between(old, new)}
    back = {(change.field, repr(change.new), repr(change.old)) for change in between(new, old)}
    assert forth == back
