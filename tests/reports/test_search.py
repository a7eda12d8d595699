"""Search finds what people mean, nothing more and nothing that is not published, alike on both databases."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import select

from app import models as m
from app.domain.normal import name_key
from app.reports import search, search_marks, search_terms
from app.reports.search import SearchFilters, find
from tests.support import acts, factories


@pytest.fixture
def unit(session: Any) -> m.Unit:
    return factories.make_unit("长沙示例电池科技有限公司")


def names(text: str, **filters: Any) -> list[str]:
    return [hit.name for hit in find(text, SearchFilters(**filters)).rows]


def filed(unit: m.Unit, name: str, state: str = "filed", **values: Any) -> m.Product:
    product = factories.make_product(unit, name, state=state, **values)
    search.index_product(product.id)
    return product


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    "text",
    [
        "磷", "锂动力", "磷酸铁锂动力电池", "動力電池", " 动力 磷酸 ", "锂", "linsuan", "lstldldc", "dongli", "dongl", "dldc",
        "d", "长沙示例", "示例电池科技有限公司 动力", "P80plus", "p80", "Ｐ80", "xj-200",
    ],
)  # fmt: skip
def test_a_product_is_found_by_any_part_of_its_names(unit: m.Unit, text: str) -> None:
    filed(unit, "磷酸铁锂动力电池", model="P80Plus、XJ-200")
    filed(factories.make_unit("北京甲乙有限公司"), "医用呼吸机", model="无")
    assert names(text) == ["磷酸铁锂动力电池"]


@pytest.mark.parametrize(
    "text", ["电池动力", "池电", "电池池", "锂电池", "dianli", "pp", "gl", "磷酸 疫苗", "P80mini"]
)
def test_what_only_looks_alike_is_not_found(unit: m.Unit, text: str) -> None:
    filed(factories.make_unit("甲乙机械厂"), "磷酸铁锂动力电池", model="P80Plus")
    assert names(text) == []


@pytest.mark.parametrize("text", ["changzhou", "zhangzhou", "czccj", "zzccj"])
def test_characters_with_two_readings_are_found_by_both(unit: m.Unit, text: str) -> None:
    filed(unit, "长轴抽出机")
    assert names(text) == ["长轴抽出机"]


def test_a_word_of_the_dictionary_decides_the_reading(unit: m.Unit) -> None:
    filed(unit, "银行自助终端")
    assert names("yinhang") == ["银行自助终端"]
    assert names("yinxing") == []


@pytest.mark.parametrize(
    "written",
    [
        "201510222662.8", "ZL 2015 1 0222662.8", "ZL2015102226628", "zl201510222662.8", "ＺＬ２０１５１０２２２６６２．８",
        "CN201510222662.8", "201510222662",
    ],
)  # fmt: skip
def test_a_patent_is_found_in_every_written_form(unit: m.Unit, written: str) -> None:
    number = factories.PatentNumber("2015102226628")
    filed(unit, "叶轮机叶片", patents=[factories.make_patent(unit, number)])
    filed(unit, "动力电池")
    assert names(written) == ["叶轮机叶片"]


def test_patents_of_a_year_that_is_not_approved_are_not_found(unit: m.Unit) -> None:
    product = filed(unit, "叶轮机叶片")
    patent = factories.make_patent(unit)
    factories.make_year(product, 2025, state="pending", patents=[patent])
    search.index_product(product.id)
    assert find(patent.application_no).count == 0


def test_a_filing_number_is_found_with_blanks_and_in_lower_case(unit: m.Unit) -> None:
    product = filed(unit, "叶轮机叶片", filing_no="ZLCP2025430000123")
    assert product.filing_no
    for written in ("ZLCP2025430000123", "zlcp2025430000123", " ZLCP 2025 43 0000123 "):
        assert names(written) == ["叶轮机叶片"]
    assert names("ZLCP202543000012") == []


# ---------------------------------------------------------------- order and pages


def test_exact_names_come_first_then_the_newest(unit: m.Unit) -> None:
    for day, name in enumerate(("动力电池", "动力电池组", "锂动力电池", "动力电池箱"), start=1):
        filed(unit, name, filed_on=date(2025, 6, day))
    assert names("动力电池") == ["动力电池", "动力电池箱", "锂动力电池", "动力电池组"]
    assert names("") == ["动力电池箱", "锂动力电池", "动力电池组", "动力电池"]


@pytest.mark.parametrize("text", ["", "电池", "动力电池", "dianchi", "长沙示例电池科技有限公司"])
def test_pages_show_every_hit_once(unit: m.Unit, text: str) -> None:
    wanted = {f"动力电池{sign}" for sign in "甲乙丙丁戊己庚"} | {"动力电池"}
    for place, name in enumerate(sorted(wanted)):
        filed(unit, name, filed_on=date(2025, 6, 1 + place % 3))
    seen: list[str] = []
    after = None
    while True:
        page = find(text, after=after, limit=3)
        assert page.count == len(wanted)
        seen += [hit.name for hit in page.rows]
        after = page.next
        if after is None:
            break
    assert len(seen) == len(wanted)
    assert set(seen) == wanted


def test_counting_stops_at_the_limit(unit: m.Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNT_LIMIT", 3)
    for sign in "甲乙丙丁戊":
        filed(unit, f"动力电池{sign}")
    found = find("电池", limit=2)
    assert (found.count, found.has_more_than_counted) == (4, True)


# ---------------------------------------------------------------- filters


def test_filters_limit_the_hits(unit: m.Unit) -> None:
    intensive = m.IntensiveIndustry
    code = factories.session.scalars(
        select(intensive.industry_code).order_by(intensive.industry_code)
    ).first()
    assert code
    here = filed(unit, "动力电池甲", industry_code=code, filed_on=date(2024, 3, 1))
    filed(factories.make_unit(province="110000"), "动力电池乙", industry_code="0111", class_code=None)
    assert names("电池", province="430000") == ["动力电池甲"]
    assert names("电池", industry=code[:2]) == ["动力电池甲"]
    assert names("", industry="A") == ["动力电池乙"]
    assert names("", industry="0111") == ["动力电池乙"]
    assert names("电池", year=2024) == ["动力电池甲"]
    assert names("", intensive=True) == ["动力电池甲"]
    assert names("", product_class=here.class_code) == ["动力电池甲"]
    assert names("电池", province="430000", year=2025) == []


# ---------------------------------------------------------------- T-V04: unpublished is invisible


@pytest.mark.parametrize("state", ["draft", "pending", "returned"])
def test_T_V04_unpublished_products_are_neither_found_nor_counted(unit: m.Unit, state: str) -> None:
    patent = factories.make_patent(unit)
    filed(unit, "从未公开的产品", state=state, patents=[patent])
    for text in ("", "从未公开", "congwei", "cwgk", patent.application_no, unit.name):
        found = find(text)
        assert (found.rows, found.count) == ([], 0)


@pytest.mark.parametrize("state", ["revocation_pending", "revoked"])
def test_filed_and_revoked_products_stay_public(unit: m.Unit, state: str) -> None:
    filed(unit, "动力电池", state=state)
    assert names("电池") == ["动力电池"]


def test_T_V04_an_entry_that_is_out_of_date_shows_nothing(unit: m.Unit) -> None:
    product = filed(unit, "动力电池")
    product.state, product.filing_no = "draft", None
    factories.session.flush()
    assert names("电池") == []


def test_the_index_follows_changes(unit: m.Unit) -> None:
    product = filed(unit, "动力电池")
    product.name, product.filed_on = "储能电池", date(2025, 7, 1)
    search.index_product(product.id)
    assert (names("动力"), names("储能")) == ([], ["储能电池"])
    search.remove([product.id])
    assert names("储能") == []
    assert search.index_all() == 1
    assert names("储能") == ["储能电池"]
    factories.session.delete(product)
    factories.session.flush()
    assert names("储能") == []


# ---------------------------------------------------------------- staff's lists


def ids(text: str, unit_id: int | None = None) -> set[str]:
    found = search.places(text, unit_id).subquery()
    query = select(m.Product.name).join(found, found.c.product_id == m.Product.id)
    return set(factories.session.scalars(query))


def test_staff_find_products_in_every_state(unit: m.Unit) -> None:
    for state in ("draft", "pending", "filed", "revoked"):
        filed(unit, f"{state}电池", state=state)
    other = factories.make_unit("北京甲乙有限公司")
    product = filed(other, "呼吸机", state="pending")
    number = product.years[0].links[0].patent.application_no
    assert ids("电池") == {"draft电池", "pending电池", "filed电池", "revoked电池"}
    assert ids("huxi") == ids(number) == ids("甲乙", other.id) == {"呼吸机"}
    assert ids("呼吸", unit.id) == ids("%") == set()


def test_staff_find_what_was_handed_in_and_the_public_what_was_approved(unit: m.Unit) -> None:
    factories.make_assets(unit)
    product = factories.make_product(unit, "电动自行车用锂离子电池")
    owner, reviewer = factories.make_owner(unit), factories.make_reviewer()
    factories.session.commit()
    case = acts.submit(owner, product)
    assert (ids("自行车"), names("自行车")) == ({product.name}, [])
    acts.approve(reviewer, case, acknowledged=True)
    assert names("自行车") == [product.name]


# ---------------------------------------------------------------- T-Q01: hostile text


HOSTILE = ["'", '"', "--", "%", "_", "\\", ";", "*", "^", "\x00", "' OR 1=1 --", '" OR "电"', "NEAR(电 池)", "电*", "-电", "(",
           "tokens:电", "& | !", "电 AND", "\ud800", "🔋", "a" * 5000, "电" * 5000, "ab " * 3000, "=电池", "@public"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_T_Q01_hostile_text_is_literal(unit: m.Unit, text: str) -> None:
    filed(unit, "动力电池")
    found = find(text)
    assert found.count == (1 if name_key(text) in ("电", "电池") else 0)
    ids(text)


def test_T_Q02_cursors_made_by_hand_do_no_harm(unit: m.Unit) -> None:
    filed(unit, "动力电池")
    for after in ("r", "rNOTHING", "r'--", "r%"):
        assert find("电池", after=after).rows == []
    for after in ("e", "eNOTHING", "e'--"):
        assert find("电池", after=after).count == 1


def test_T_Q02_letters_with_countless_readings_hold_nobody_up() -> None:
    started = time.perf_counter()
    asked = search_terms.query("ao" * 22 + "v")
    assert asked is not None
    assert len(asked.words[0].alternatives) == 1, "as written: it cannot be read as syllables"
    assert time.perf_counter() - started < 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=strategies.text(max_size=30))
def test_any_text_is_a_search(session: Any, text: str) -> None:
    assert find(text).count == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=strategies.data(), name=strategies.text("锂电池动力板AB80 （）", min_size=1, max_size=12))
def test_every_part_of_a_name_finds_it_and_is_marked(
    unit: m.Unit, name: str, data: strategies.DataObject
) -> None:
    key = name_key(name)
    if not key:
        return
    product = filed(unit, name)
    start = data.draw(strategies.integers(0, len(key) - 1))
    part = key[start : data.draw(strategies.integers(start + 1, len(key)))]
    assert name in names(part)
    pieces = search_marks.marker(part)(name)
    marked = "".join(piece for piece, hit in pieces if hit)
    assert part in name_key(marked)
    assert "".join(piece for piece, _ in pieces) == name
    factories.session.delete(product)
    factories.session.flush()


# ---------------------------------------------------------------- the same as by looking at every name

SIGNS = "电池动力锂A8"


@pytest.fixture
def crowd(session: Any) -> list[m.Product]:
    """Products whose names are alike, the first hit first."""
    draw = random.Random(7)
    parts = ["".join(draw.choices(SIGNS, k=draw.randint(1, 4))) for _ in range(12)]

    def name() -> str:
        return "".join(draw.choices(parts, k=draw.randint(1, 5)))

    units = [factories.make_unit(name() + "公司") for _ in range(4)]
    products = [
        factories.make_product(
            draw.choice(units), name(), model=name(), patents=[], state="filed",
            filed_on=date(2025, 1, 1) + timedelta(days=draw.randrange(9)),
        )
        for _ in range(60)
    ]  # fmt: skip
    session.flush()
    search.index_all()
    return sorted(products, key=lambda product: (product.filed_on, product.id), reverse=True)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=strategies.data())
def test_words_find_what_a_look_at_every_name_finds(
    crowd: list[m.Product], data: strategies.DataObject
) -> None:
    """Long words above all, of which not every pair is looked up."""
    names = [each for product in crowd for each in (product.name, product.unit.name, product.model or "")]
    name = data.draw(strategies.sampled_from(names))
    start = data.draw(strategies.integers(0, len(name) - 1))
    text = name[start : start + data.draw(strategies.integers(1, 20))]
    text = data.draw(strategies.sampled_from(["", "池", "电 ", "动力"])) + text
    if text.replace(" ", "").isascii():
        return  # is a number or pinyin, too
    words, whole = [name_key(word) for word in text.split()], name_key(text)

    def keys(product: m.Product) -> list[str]:
        return [name_key(each) for each in (product.name, product.unit.name, product.model or "")]

    def sounds(product: m.Product, word: str) -> bool:
        return word.isascii() and word in "\n".join(
            search_terms._spoken_name(name_key(product.name)).readings
        )

    exact = [product.id for product in crowd if whole in keys(product)[:2]]
    rest = [
        product.id
        for product in crowd
        if product.id not in exact
        and all(any(word in key for key in keys(product)) or sounds(product, word) for word in words)
    ]
    found, after = [], None
    while True:
        page = find(text, after=after, limit=9)
        assert page.count == len(exact) + len(rest)
        found += [hit.filing_no for hit in page.rows]
        after = page.next
        if after is None:
            break
    numbers = {product.id: product.filing_no for product in crowd}
    assert found == [numbers[product_id] for product_id in exact + rest]
