"""Hits are counted by region, industry, class, year and state: exactly where they are few, by the newest where not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app import models as m
from app.reports import facets, search
from app.reports.facets import _Row, tally
from app.reports.search import SearchFilters
from app.services import portal
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.recognition import make_recognition, make_round


def filed(unit: m.Unit, name: str = "磷酸铁锂动力电池", state: str = "filed", **values: Any) -> m.Product:
    product = make.make_product(unit, name, state=state, **values)
    search.index_product(product.id)
    return product


def facets_of(text: str, **filters: Any) -> facets.Facets:
    limits = SearchFilters(**filters)
    return facets.of(text, limits, search.find(text, limits))


def counted(text: str = "", **filters: Any) -> dict[str, dict[str, int]]:
    return {key: dict(values) for key, values in facets_of(text, **filters).values.items() if values}


@pytest.fixture
def products(session: Any) -> None:
    """Three in Hunan, of which one was revoked, one in Guangdong; a draft, which nobody counts."""
    hunan = make.make_unit()
    guangdong = make.make_unit(province="440000", city="440100", district="440106")
    filed(hunan, industry_code="3841")
    filed(hunan, industry_code="3849", filed_on=date(2024, 3, 1))
    filed(hunan, industry_code="3841", state="revoked", revoked_on=make.TODAY)
    filed(guangdong, industry_code="6513")
    filed(hunan, "电池草稿", state="draft")


def test_all_hits_are_counted_in_every_respect(products: None) -> None:
    found = counted("电池")
    assert found["province"] == {"430000": 3, "440000": 1}
    assert found["industry"] == {"C": 3, "I": 1}
    assert found["state"] == {"filed": 3, "revoked": 1}
    assert found["year"] == {"2025": 3, "2024": 1}
    assert "recognised" not in found


def test_what_is_chosen_limits_the_numbers_and_opens_the_level_below(products: None) -> None:
    assert counted(province="440000")["industry"] == {"I": 1}
    assert counted(industry="C")["industry"] == {"38": 3}
    assert counted(industry="384")["industry"] == {"3841": 2, "3849": 1}
    assert counted(state="revoked")["province"] == {"430000": 1}


def test_the_state_filters_too(products: None) -> None:
    assert search.find("", SearchFilters(state="filed")).count == 3
    assert search.find("", SearchFilters(state="revoked")).count == 1


def test_nothing_found_counts_nothing(products: None) -> None:
    assert search.find("不存在").newest == []
    assert counted("不存在") == counted("''") == {}


def test_of_many_the_newest_are_counted(products: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNT_LIMIT", 2)
    monkeypatch.setattr(facets, "COUNT_LIMIT", 2)
    monkeypatch.setattr(search, "SAMPLE", 2)
    found = facets_of("电池")
    assert (found.newest, sum(found.values["province"].values())) == (2, 2)
    assert found.values["year"] == {"2025": 2}


def test_the_recognised_are_all_counted_be_the_hits_few_or_many(
    products: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (filed(make.make_unit(), filed_on=date(year, 3, 1)) for year in (2024, 2025))
    round_ = make_round()
    for product, state in ((old, "recognised"), (new, "expired"), (new, "candidate")):
        make_recognition(round_, product, state=state)
        search.index_product(product.id)
        round_ = make_round(year=round_.year + 1)
    assert counted("电池")["recognised"] == {"1": 1}
    assert counted("电池", recognised=True)["state"] == {"filed": 1}
    for module in (search, facets):
        monkeypatch.setattr(module, "COUNT_LIMIT", 2)
    monkeypatch.setattr(search, "SAMPLE", 2)
    assert counted("电池")["recognised"] == {"1": 1}


def test_of_everything_there_are_sums_that_a_job_keeps(
    products: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert portal.counted() is None
    for module in (search, facets):
        monkeypatch.setattr(module, "COUNT_LIMIT", 2)
    for _ in range(2):
        portal.keep(portal.counted() or {}, NOW)
    found = facets_of("")
    assert (found.at, found.newest) == (NOW, None)
    assert found.values["province"] == {"430000": 3, "440000": 1}
    assert found.values["year"] == {"2025": 3, "2024": 1}
    assert found.values["industry"] == {"C": 3, "I": 1}


def test_the_sums_of_a_job_are_those_of_the_hits(products: None) -> None:
    everything = {key: values for key, values in facets.of_everything().items() if values}
    assert everything == counted()


def test_the_most_come_first_and_equal_ones_by_code(session: Any) -> None:
    rows = [_Row(province, None, None, "filed", 2025, number) for province, number in
            (("430000", 1), ("110000", 2), ("120000", 2))]  # fmt: skip
    assert list(tally(rows, SearchFilters())["province"]) == ["110000", "120000", "430000"]
