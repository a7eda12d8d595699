"""Evaluation schemes as data: read whole, each fault at its place; the built-in one is plainly an example."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import RuleError
from app.domain.recognition import scheme
from tests.domain.recognition.test_formula import anything


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(RuleError) as error:
        scheme.read(document)
    return {str(problem.field): str(problem.message) for problem in error.value.problems}


@pytest.fixture
def document() -> dict[str, Any]:
    return deepcopy(scheme.EXAMPLE)


def test_the_built_in_scheme_is_an_example_and_says_what_is_not_public() -> None:
    read = scheme.read(scheme.EXAMPLE)
    assert read.example
    assert "示例方案" in read.name
    assert "标准的指标、权重和阈值未公开" in read.source
    assert [d.id for d in read.dimensions if d.stage == "evaluation"] == ["protection", "value", "dependence"]
    assert all(i.by == "machine" for i in read.stage("screening"))
    assert len(read.expert()) == 3


def test_the_points_of_each_stage_make_a_hundred() -> None:
    read = scheme.read(scheme.EXAMPLE)
    for stage in ("screening", "evaluation"):
        assert sum(i.weight for i in read.stage(stage)) == Decimal(100)


def test_the_hash_does_not_depend_on_the_order_of_keys_and_depends_on_everything_else(
    document: dict[str, Any],
) -> None:
    turned = dict(reversed(list(document.items())))
    assert scheme.content_hash(turned) == scheme.content_hash(document)
    assert scheme.content_hash(json.loads(json.dumps(document))) == scheme.content_hash(document)
    document["dimensions"][0]["indicators"][0]["weight"] = 24
    assert scheme.content_hash(document) != scheme.content_hash(scheme.EXAMPLE)


@given(anything)
def test_whatever_is_given_is_refused_with_places_and_nothing_else(junk: Any) -> None:
    assert faults(junk)
    assert faults({**scheme.EXAMPLE, "dimensions": junk})


@given(st.sampled_from(sorted(scheme.EXAMPLE["dimensions"][0]["indicators"][3])), anything)
def test_any_value_in_any_place_of_an_indicator_is_read_or_refused(key: str, junk: Any) -> None:
    document = deepcopy(scheme.EXAMPLE)
    document["dimensions"][0]["indicators"][3][key] = junk
    try:
        scheme.read(document)
    except RuleError as error:
        assert error.problems


def test_weights_must_add_up_exactly(document: dict[str, Any]) -> None:
    document["dimensions"][0]["indicators"][0]["weight"] = "25.01"
    assert faults(document) == {"dimensions.0.weight": "各指标的权重合计为 75.01，应等于维度的权重 75"}
    document["dimensions"][0]["weight"] = "75.01"
    assert faults(document) == {"dimensions": "“初筛”各维度的权重合计为 100.01，应恰为 100"}


def test_every_fault_is_said_at_once(document: dict[str, Any]) -> None:
    document["surprise"] = 1
    first = document["dimensions"][0]["indicators"][0]
    first |= {"method": "magic", "direction": "sideways", "source": {"field": "salary"}, "id": "Sales"}
    assert set(faults(document)) == {
        "surprise", "dimensions.0.indicators.0.method", "dimensions.0.indicators.0.direction",
        "dimensions.0.indicators.0.source.field", "dimensions.0.indicators.0.id",
    }  # fmt: skip


def test_an_id_may_stand_only_once(document: dict[str, Any]) -> None:
    document["dimensions"][1]["indicators"][0]["id"] = "sales"
    assert faults(document) == {"dimensions.1.indicators.0.id": "编号“sales”重复"}


def test_experts_do_not_screen(document: dict[str, Any]) -> None:
    indicator = document["dimensions"][0]["indicators"][0]
    document["dimensions"][0]["indicators"][0] = {
        key: indicator[key] for key in ("id", "name", "name_en", "weight")
    } | {"by": "expert"}
    assert "dimensions.0.indicators.0.by" in faults(document)


def test_the_supplement_is_not_there_yet_when_products_are_screened(document: dict[str, Any]) -> None:
    document["dimensions"][0]["indicators"][0]["source"] = "claims"
    assert faults(document) == {"dimensions.0.indicators.0.source": "没有可用的字段“claims”"}


@pytest.mark.parametrize(
    "thresholds", [{}, {"*": [20, 0]}, {"*": [0]}, {"*": 5}, {"*": [0, "x"]}, {"a b": [0, 1]}, []]
)
def test_thresholds_fit_their_method_and_have_a_default(document: dict[str, Any], thresholds: Any) -> None:
    document["dimensions"][0]["indicators"][3]["thresholds"] = thresholds
    assert any(place.startswith("dimensions.0.indicators.3.thresholds") for place in faults(document))


def test_the_threshold_of_the_nearest_class_above_counts(document: dict[str, Any]) -> None:
    document["dimensions"][0]["indicators"][3]["thresholds"] = {"*": [0, 20], "P38": [0, 10]}
    share = scheme.read(document).indicator("domestic_share")
    assert share.threshold_for(["P3841", "P384", "P38", "C"]) == ("P38", (Decimal(0), Decimal(10)))
    assert share.threshold_for(["P1711", "P171"]) == ("*", (Decimal(0), Decimal(20)))


def test_an_example_must_be_named_one(document: dict[str, Any]) -> None:
    assert set(faults({**document, "name": "评价方案"})) == {"name"}
    assert not scheme.read({**document, "name": "评价方案", "example": False}).example
