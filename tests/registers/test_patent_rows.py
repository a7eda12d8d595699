"""A row of a patent list: what its words mean and what can be wrong with it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import patent_number as pn
from app.domain.normal import InputError
from app.registers import patent_words as words
from app.registers.patent_rows import Checked, Checker, quick_number

TODAY = date(2026, 11, 22)
GOOD = {
    "number": "ZL 2015 1 0222662.8", "title": "一种储能柜", "kind": "发明专利", "patentees": "甲科技有限公司",
    "filing_date": "2015-05-04", "grant_date": "2017/10/10", "legal_state": "有权",
}  # fmt: skip


def check(**cells: str) -> Checked:
    return Checker(TODAY).check(7, {**GOOD, **cells})


def faults(**cells: str) -> dict[str, str]:
    return {fault.field: str(fault.reason) for fault in check(**cells).faults}


def test_a_good_row_gives_its_facts() -> None:
    facts = check().facts
    assert facts is not None
    assert (facts.application_no, facts.kind, facts.patentees) == (
        "2015102226628",
        "invention",
        "甲科技有限公司",
    )
    assert (facts.filing_date, facts.grant_date, facts.expiry) == ("2015-05-04", "2017-10-10", "2035-05-04")
    assert (facts.legal_state, facts.stated) == ("valid", 1)


def test_every_fault_of_a_row_is_found_at_once() -> None:
    found = faults(
        number="2015102226629",
        kind="植物新品种",
        filing_date="2025-13-01",
        grant_date="2025/2/29",
        legal_state="?",
    )
    assert set(found) == {"number", "kind", "filing_date", "grant_date", "legal_state"}
    assert "校验位应为 8" in found["number"]
    assert found["filing_date"] == "日期“2025-13-01”的月份 13 不存在"
    assert found["grant_date"] == "日期“2025/2/29”不存在：2025 年 2 月没有 29 日"


def test_T_X05_widths_blanks_and_case_do_not_matter_in_numbers() -> None:
    facts = check(number=" ｚｌ２０１５　１０２２２６６２．８\u200b\n").facts
    assert facts is not None
    assert facts.application_no == "2015102226628"


def test_the_kind_must_be_the_one_in_the_number() -> None:
    assert faults(kind="实用新型") == {"kind": "与号码不符：号码表示的类型是发明"}
    assert check(kind="").facts is not None


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"filing_date": "1985-03-31"}, "filing_date"),
        ({"filing_date": "2016-01-01"}, "filing_date"),
        ({"grant_date": "2015-05-03"}, "grant_date"),
        ({"grant_date": "2026-11-23"}, "grant_date"),
    ],
)
def test_dates_must_fit_the_law_the_number_each_other_and_today(cells: dict[str, str], field: str) -> None:
    assert set(faults(**cells)) == {field}


def test_a_divisional_application_may_have_an_earlier_filing_date() -> None:
    assert check(filing_date="2013-01-01").facts is not None


def test_a_year_or_month_alone_keeps_the_row_without_a_date() -> None:
    facts = check(filing_date="2015", grant_date="2017-10").facts
    assert facts is not None
    assert (facts.filing_date, facts.grant_date, facts.expiry) == (None, None, None)


def test_without_a_legal_state_a_granted_patent_counts_as_valid_and_is_marked_as_inferred() -> None:
    blank = {"legal_state": "", "grant_date": ""}
    states = [
        check(**blank).facts, check(**blank, number="2015102226628", publication_no="CN104000000B").facts,
        check(**blank, number="2015102226628", publication_no="CN104000000A").facts,
    ]  # fmt: skip
    assert [(facts.legal_state, facts.stated) for facts in states if facts] == [
        ("valid", 0),
        ("valid", 0),
        ("pending", 0),
    ]


def test_control_characters_are_refused_and_line_ends_folded() -> None:
    assert set(faults(title="a\x07b")) == {"title"}
    facts = check(title="一种\n储能柜").facts
    assert facts is not None
    assert facts.title == "一种 储能柜"


def test_too_long_values_are_refused() -> None:
    assert set(faults(title="长" * 501, patentees="甲" * 4001, ipc="H" * 41, publication_no="1" * 21)) == {
        "title", "patentees", "ipc", "publication_no",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("有权", ("valid", None)), ("有效", ("valid", None)), ("授权", ("valid", None)), ("专利权维持", ("valid", None)),
        ("有权-审定授权", ("valid", None)), ("部分无效", ("valid", None)), ("Granted", ("valid", None)),
        ("审中", ("pending", None)), ("实质审查的生效", ("pending", None)), ("公开", ("pending", None)),
        ("驳回等复审请求", ("pending", None)), ("失效", ("lapsed", None)), ("失效-未缴年费", ("lapsed", "fee")),
        ("未缴年费专利权终止", ("lapsed", "fee")), ("期限届满", ("lapsed", "expired")), ("放弃", ("lapsed", "abandoned")),
        ("避免重复授权放弃", ("lapsed", "abandoned")), ("宣告全部无效", ("lapsed", "invalidated")),
        ("逾期视为撤回", ("lapsed", "withdrawn")), ("驳回", ("lapsed", "rejected")),
    ],
)  # fmt: skip
def test_words_of_legal_states(text: str, state: tuple[str, str | None]) -> None:
    assert words.legal_state(text) == state
    assert state[1] is None or state[1] in pn.LAPSE_REASONS


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-01-31", date(2025, 1, 31)), ("2025/1/31", date(2025, 1, 31)), ("2025.01.31", date(2025, 1, 31)),
        ("20250131", date(2025, 1, 31)), ("2025年1月31日", date(2025, 1, 31)), ("２０２５－０１－３１", date(2025, 1, 31)),
        ("2025-01-31 00:00:00", date(2025, 1, 31)), ("2024-02-29", date(2024, 2, 29)),
        ("2025", None), ("2025-01", None), ("2025年", None), ("2025年1月", None),
    ],
)  # fmt: skip
def test_dates_in_every_usual_form(text: str, day: date | None) -> None:
    assert words.day(text) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("45000", "Excel 的日期序号（可能是 2023-03-15）"), ("2025-13-01", "月份 13 不存在"),
        ("2025/2/29", "2025 年 2 月没有 29 日"), ("20250231", "2 月没有 31 日"), ("2025/1-31", "不是日期"),
        ("昨天", "不是日期"), ("2025-00", "不是日期"),
    ],
)  # fmt: skip
def test_T_X06_what_is_no_date_is_refused_with_the_exact_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        words.day(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("甲科技有限公司;乙大学", ["甲科技有限公司", "乙大学"]),
        ("甲科技有限公司；乙大学\n丙", ["甲科技有限公司", "乙大学", "丙"]),
        ("甲科技有限公司、湖南大学", ["甲科技有限公司", "湖南大学"]),
        ("北京、上海联合科技有限公司", ["北京、上海联合科技有限公司"]),
        ("张三,李四", ["张三", "李四"]),
        ("Samsung Electronics Co., Ltd.", ["Samsung Electronics Co., Ltd."]),
        ("长颈鹿科技（控股）有限公司", ["长颈鹿科技（控股）有限公司"]),
        ("甲公司 (publisher of the README)", ["甲公司"]),
        ("(华帝)", []),
        ("甲;甲; ;", ["甲"]),
    ],
)  # fmt: skip
def test_names_are_split_where_they_surely_end(text: str, names: list[str]) -> None:
    assert words.names(text) == names


def test_remarks_are_no_titles_but_brackets_of_a_title_stay() -> None:
    assert words.without_whole_remark("(range-hood wash, VATTI)") == ""
    assert (
        words.without_whole_remark("(3S,3S')4,4'-二硫化双(丁-1-磺酸)") == "(3S,3S')4,4'-二硫化双(丁-1-磺酸)"
    )
    assert words.publication("CN106022747A (application publication; 实质审查的生效)") == "CN106022747A"


digits = st.from_regex(r"(?:19|20)[0-9]{2}[0-9][0-9]{7}", fullmatch=True)


@given(digits, st.sampled_from(["{}.{}", "ZL{}.{}", "CN {}{}", "zl{}.{}"]), st.booleans())
def test_the_quick_way_accepts_only_what_the_rules_accept(body: str, form: str, right: bool) -> None:
    check_character = pn.check_character(body)
    text = form.format(body, check_character if right else "X" if check_character != "X" else "1")
    quick = quick_number(text)
    assert quick is None or quick == pn.parse(text)
    if right and pn.is_valid(text) and text[0] != "z":
        assert quick is not None
