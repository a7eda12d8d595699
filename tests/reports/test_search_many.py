"""Searches that find much: what is common is neither counted nor read to the end, and nothing is lost for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app import models as m
from app.reports import search, search_frequency, search_terms
from app.reports.search import SearchFilters, find
from app.reports.search_index import FTS, position
from tests.support import factories


@pytest.fixture
def unit(session: Any) -> m.Unit:
    return factories.make_unit("长沙示例电池科技有限公司")


def filed(unit: m.Unit, name: str, **values: Any) -> m.Product:
    product = factories.make_product(unit, name, state="filed", **values)
    search.index_product(product.id)
    return product


def _fill_fts(rows: dict[int, str]) -> None:
    """The index alone, without what it is of: as large as real ones are, in a moment."""
    connection = factories.session.connection()
    connection.exec_driver_sql(f"INSERT INTO {FTS}(rowid, tokens) VALUES (?, ?)", sorted(rows.items()))
    connection.exec_driver_sql(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')")


def test_of_many_hits_of_two_tokens_none_is_lost_on_sqlite(session: Any) -> None:
    """FTS5 loses some in descending order, where places leap from what was never filed to what was."""
    if session.get_bind().dialect.name != "sqlite":
        return
    draw = random.Random(0)
    numbers = draw.sample(range(1, 1_000_000), 60_000)
    drafts, others = numbers[:40_000], numbers[40_000:]
    days = {number: date(2024, 1, 1) + timedelta(days=draw.randrange(40)) for number in others}
    places = [*(position(None, number) for number in drafts), *(position(days[n], n) for n in others)]
    both = {place for place in places if draw.random() < 0.5}
    _fill_fts({place: "@s1 电池" if place in both else "电池" for place in places})
    query = search_terms.query("电池")
    assert query is not None
    found = search._Search(query, ("@s1",))
    assert found.places(search._Part.ALL, len(places)) == sorted(both)
    assert found.after(sorted(both)[99]).places(search._Part.ALL, 9) == sorted(both)[100:109]


def test_the_rarest_tokens_come_first(session: Any, unit: m.Unit) -> None:
    tokens = ["例电", "电电", "第1", "没有"]
    if session.get_bind().dialect.name == "postgresql":
        for number in range(30):
            filed(unit, f"第{number}种电池")
        search.index_all()
        search_frequency._common.forget()
    else:
        _fill_fts({-number: "例电" + " 第1" * (number % 3 == 0) for number in range(1, 400)})
    assert search_frequency.rarest_first(tokens)[2:] == ["第1", "例电"]


def test_what_is_common_is_not_counted_on_postgresql(
    session: Any, unit: m.Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        filed(unit, f"第{number}种电池")
    search.index_all()
    search_frequency._common.forget()
    monkeypatch.setattr(search, "COUNT_LIMIT", 2)
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    assert search.surely_more("电池", 9) is on_postgresql
    assert search.surely_more("dianchi", 9) is on_postgresql
    assert not search.surely_more("电池", 10)
    assert not search.surely_more("种电池", 2)
    assert not search.surely_more("第1种", 2)
    found = find("电池")
    assert (len(found.rows), found.count, found.has_more_than_counted) == (20, 3, True)
    assert find("泵").count == 0


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lowers the limits of the search; statements that hold them are made anew."""

    def forget() -> None:
        search._among_newest.cache_clear()
        search._sorted.cache_clear()

    def limit(**limits: int) -> None:
        for name, number in limits.items():
            monkeypatch.setattr(search, name, number)
        forget()

    yield limit
    forget()


@pytest.mark.parametrize("sorted_at_most", [3, 100])
def test_however_many_there_are_pages_go_on_from_the_newest(
    unit: m.Unit, limited: Callable[..., None], sorted_at_most: int
) -> None:
    limited(COUNT_LIMIT=2, SORTED=sorted_at_most, NEWEST=5)
    day = date(2025, 3, 1)
    kept = [filed(unit, f"储能电池{n}", filed_on=day + timedelta(days=n * 7 % 12)) for n in range(12)]
    newest = [
        each.filing_no for each in sorted(kept, key=lambda each: (each.filed_on, each.id), reverse=True)
    ]
    for filters in (SearchFilters(), SearchFilters(year=2025), SearchFilters(state="filed")):
        found, after = [], None
        while True:
            page = find("储能电池", filters, after, limit=4)
            assert page.has_more_than_counted
            found += [hit.filing_no for hit in page.rows]
            after = page.next
            if after is None:
                break
        assert found == newest


def test_postgresql_finds_what_is_rare_by_its_index(session: Any, unit: m.Unit) -> None:
    """Entries stand in the order of filing: PostgreSQL likes to read them all, the newest first, for a single hit."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for number in range(9):
        filed(unit, f"第{number}种电池", filed_on=date(2025, 6, 1))
    search.index_all()
    asked: list[tuple[str, Any]] = []
    engine = session.get_bind().engine

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "tokens @@" in statement and not statement.startswith("EXPLAIN"):
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    for text in ("第3种电池", "第3", "没有这个"):
        find(text)
        session.execute(search.places(text).order_by("position").limit(5)).all()
    there = len(asked)
    assert len(find("", SearchFilters(year=2025)).rows) == 9
    assert len(asked) == there, "a year alone is a range of places"
    event.remove(engine, "before_cursor_execute", note)
    for setting in ("enable_seqscan", "enable_sort"):  # whatever it costs: the tables of a test are small
        session.connection().exec_driver_sql(f"SET LOCAL {setting} = off")
    assert len(asked) >= 6
    for statement, values in asked:
        plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
        assert "pk_product_search" not in "".join(plan)
        assert "ix_product_search_vector" in "".join(plan)


def test_a_number_is_counted_beside_a_filter(
    session: Any, unit: m.Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    products = [filed(unit, f"第{number}种电池") for number in range(30)]
    search.index_all()
    search_frequency._common.forget()
    monkeypatch.setattr(search, "COUNT_LIMIT", 2)
    found = find(products[7].filing_no, SearchFilters(state="filed"))
    assert ([hit.name for hit in found.rows], found.count) == (["第7种电池"], 1)


def test_what_is_common_among_old_filings_alone_is_found(session: Any, limited: Callable[..., None]) -> None:
    unit = factories.make_unit("甲乙机械厂")
    for number in range(30):
        filed(unit, f"第{number}种电池", filed_on=date(2024, 1, 1))
    for number in range(30):
        filed(unit, f"第{number}种水泵", filed_on=date(2025, 1, 1))
    search.index_all()
    search_frequency._common.forget()
    limited(COUNT_LIMIT=2, NEWEST=10)
    first = find("电池")
    assert (len(first.rows), len(first.newest)) == (20, 3)
    second = find("电池", after=first.next)
    assert len(second.rows) == 10
    assert {hit.name for hit in first.rows + second.rows} == {f"第{number}种电池" for number in range(30)}
    assert second.next is None
    nowhere = find("电池", after="rZLCP0000000000")
    assert (nowhere.rows, nowhere.next) == ([], None)
