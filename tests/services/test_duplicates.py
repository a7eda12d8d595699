"""Products that may be the same one, within a unit and across units (mission D16, abuse.md T-W12)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app import models as m
from app.db import acting
from app.services import checks, duplicates, filings
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do, submit

NAME = "电动自行车用锂离子电池"


def found_for(cast: Cast, product: m.Product) -> list[duplicates.Likely]:
    with acting(cast.rui):
        return duplicates.find(product, product.years[0])


def warnings_of(cast: Cast, product: m.Product) -> set[str]:
    return {found.rule.id for found in do(filings.check, cast.anna, product.id)} & {"R26", "R27"}


@pytest.mark.parametrize(
    "typed", [NAME, "电动自行车用 锂离子电池", "電動自行車用鋰離子電池", "电动自行车用锂离子电池．"]
)
def test_t_w12_the_same_product_of_one_unit_is_found_in_any_spelling(
    cast: Cast, session: Any, typed: str
) -> None:
    filed = make.make_product(cast.unit, NAME, state="filed")
    product = make.make_product(cast.unit, typed)
    session.commit()

    (likely,) = found_for(cast, product)

    assert (likely.product.id, likely.own, likely.sure) == (filed.id, True, True)
    assert warnings_of(cast, product) == {"R27"}


def test_t_w12_the_same_product_of_two_units_is_found(cast: Cast, session: Any) -> None:
    filed = make.make_product(cast.other_unit, NAME, state="filed", model="DZ-48")
    product = make.make_product(cast.unit, NAME, model="DZ48")
    session.commit()

    (likely,) = found_for(cast, product)

    assert (likely.product.id, likely.own, likely.sure, likely.unit_name) == (
        filed.id,
        False,
        True,
        cast.other_unit.name,
    )
    assert warnings_of(cast, product) == {"R26"}


def test_t_w12_a_shared_core_patent_is_found_across_units(cast: Cast, session: Any) -> None:
    number = make.make_number()
    make.make_product(
        cast.other_unit,
        "电动车用锂离子电池",
        state="pending",
        patents=[make.make_patent(cast.other_unit, number)],
    )
    product = make.make_product(cast.unit, patents=[make.make_patent(cast.unit, number)])
    session.commit()

    (likely,) = found_for(cast, product)

    assert likely.patents == (number.compact,)
    assert any(number.compact in str(why) for why in likely.why)


def test_t_w12_p80_and_its_series_are_three_products(cast: Cast, session: Any) -> None:
    for model in ("P80", "P80mini"):
        make.make_product(cast.unit, "智能手机", state="filed", model=model)
    product = make.make_product(cast.unit, "智能手机", model="P80plus")
    session.commit()

    assert warnings_of(cast, product) == set()
    assert not any(likely.sure for likely in found_for(cast, product))


def test_t_w12_colour_and_size_make_no_other_product(cast: Cast, session: Any) -> None:
    make.make_product(cast.unit, "红色塑料杯", state="filed")
    product = make.make_product(cast.unit, "蓝色塑料杯")
    session.commit()

    assert warnings_of(cast, product) == {"R27"}


@pytest.mark.parametrize("state", ["draft", "returned", "revoked"])
def test_what_is_not_handed_in_or_given_up_does_not_count(cast: Cast, session: Any, state: str) -> None:
    make.make_product(cast.other_unit, NAME, state=state)
    product = make.make_product(cast.unit, NAME)
    session.commit()

    assert found_for(cast, product) == []


def test_other_products_are_left_alone(cast: Cast, session: Any) -> None:
    make.make_product(cast.other_unit, "叉车用铅酸蓄电池", state="filed")
    product = make.make_product(cast.unit, NAME)
    session.commit()

    assert found_for(cast, product) == []


def test_an_empty_draft_has_no_duplicates(cast: Cast, session: Any) -> None:
    make.make_product(cast.other_unit, NAME, state="filed")
    draft = do(filings.start_draft, cast.anna)

    assert found_for(cast, draft) == []


def test_the_unit_learns_nothing_of_the_other_unit(cast: Cast, session: Any) -> None:
    number = make.make_number()
    make.make_product(
        cast.other_unit,
        "电动自行车锂离子电池",
        state="pending",
        model="保密型号",
        patents=[make.make_patent(cast.other_unit, number)],
    )
    product = make.make_product(cast.unit, NAME, patents=[make.make_patent(cast.unit, number)])
    session.commit()

    case = submit(cast.anna, product)

    (finding,) = [finding for finding in case.findings if finding["rule"] == "R26"]
    for secret in (cast.other_unit.name, "电动自行车锂离子电池", "保密型号"):
        assert secret not in str(finding)


def test_what_a_closed_case_keeps_is_whole_in_english_too(cast: Cast, session: Any) -> None:
    number = make.make_number()
    make.make_product(cast.other_unit, state="filed", patents=[make.make_patent(cast.other_unit, number)])
    product = make.make_product(cast.unit, patents=[make.make_patent(cast.unit, number)])
    session.commit()

    kept = checks.rows(do(filings.check, cast.anna, product.id))

    (found,) = [row for row in kept if row["rule"] == "R26"]
    said = found["message_en"].replace(product.name, "")
    assert number.compact in said
    assert not re.search(r"[\u3400-\u9fff]", said)
