"""The rules are data: all thirty reasons are covered, every text can be filled in, staff may change them."""

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import RuleError
from app.domain.filing import (
    Filing,
    Limits,
    Rule,
    RuleTableError,
    check_filing,
    load_rules,
    reviewer_checklist,
)
from app.domain.filing.registry import CHECKS
from app.domain.filing.rules import DEFAULT_RULES, SOURCES, problems
from app.domain.parameters import PARAMETERS
from tests.domain.filings import GOOD, RULES, TODAY, findings

REASONS = Path(__file__).parent / "data" / "filing_rules.csv"


class TestTable:
    def test_every_reason_for_which_filings_are_returned_has_a_rule(self):
        with REASONS.open(encoding="utf-8") as file:
            reasons = {int(row["no"]) for row in csv.DictReader(file)}
        assert {rule.no for rule in RULES} == reasons == set(range(1, 31))

    def test_an_id_says_its_number(self):
        assert all(int(rule.id[1:3]) == rule.no for rule in RULES)

    def test_every_check_is_used_once(self):
        used = [rule.check for rule in RULES if rule.check != "reviewer"]
        assert sorted(used) == sorted(CHECKS)

    def test_what_is_our_own_reading_is_not_called_official(self):
        for rule in RULES:
            assert rule.official is ("平台推定" not in rule.clause)

    def test_what_only_a_person_can_judge_makes_the_reviewers_list(self):
        checklist = reviewer_checklist(RULES)
        assert {5, 8, 24, 25} <= {rule.no for rule in checklist}
        assert all(rule.severity == "info" for rule in checklist)
        assert reviewer_checklist(replace(rule, severity="off") for rule in RULES) == []

    def test_every_source_can_be_translated(self):
        assert {rule.clause for rule in RULES} == {str(source) for source in SOURCES}

    def test_every_text_is_there_in_both_languages(self):
        for rule in RULES:
            assert rule.message_zh and rule.message_en
            assert bool(rule.good_example) is bool(rule.good_example_en)
            assert bool(rule.bad_example) is bool(rule.bad_example_en)


class TestChangedByStaff:
    RULE = next(rule for rule in RULES if rule.id == "R12")

    def row(self, **changes):
        names = Rule.__dataclass_fields__
        return {**{name: str(getattr(self.RULE, name)) for name in names}, **changes}

    def test_a_row_makes_the_rule_it_was_made_of(self):
        assert Rule.from_row(self.row()) == self.RULE
        row = self.row()
        row["check_name"] = row.pop("check")
        assert Rule.from_row(row) == self.RULE

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"check": "format_disk"}, "check"),
            ({"severity": "fatal"}, "severity"),
            ({"stage": "later"}, "stage"),
            ({"message_zh": "{nothing}"}, "message_zh"),
            ({"message_zh": "{word.__class__}"}, "message_zh"),
            ({"message_zh": "{word!r}"}, "message_zh"),
            ({"message_zh": "{0}"}, "message_zh"),
            ({"message_zh": "{"}, "message_zh"),
            ({"message_en": " "}, "message_en"),
        ],
    )
    def test_an_unusable_row_is_refused(self, changes, field):
        assert [problem.field for problem in problems(replace(self.RULE, **changes))] == [field]
        with pytest.raises(RuleTableError):
            Rule.from_row(self.row(**changes))

    @pytest.mark.parametrize("changes", [{"no": "twelve"}, {"no": ""}])
    def test_a_row_without_number_is_refused(self, changes):
        with pytest.raises(RuleTableError):
            Rule.from_row(self.row(**changes))

    def test_a_missing_column_is_refused(self):
        row = self.row()
        del row["message_zh"]
        with pytest.raises(RuleTableError):
            Rule.from_row(row)

    def test_a_table_with_one_id_twice_is_refused(self, tmp_path):
        lines = DEFAULT_RULES.read_text(encoding="utf-8").splitlines()
        path = tmp_path / "rules.csv"
        path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
        with pytest.raises(RuleTableError):
            load_rules(path)

    def test_severity_and_text_are_those_of_the_row(self):
        mild = replace(self.RULE, severity="warn", message_zh="“{word}”不妥")
        (found,) = check_filing(replace(GOOD, name="焊接工艺"), [mild])
        assert (found.severity, str(found.message)) == ("warn", "“工艺”不妥")

    def test_braces_in_a_clause_are_braces(self):
        (found,) = check_filing(replace(GOOD, name="焊接工艺"), [replace(self.RULE, clause="{6}")])
        assert found.to_dict()["clause"] == "{6}"

    def test_a_rule_switched_off_finds_nothing(self):
        assert check_filing(replace(GOOD, name="焊接工艺"), [replace(self.RULE, severity="off")]) == []


def test_every_limit_is_a_parameter_with_the_same_default():
    for name in Limits.__dataclass_fields__:
        assert PARAMETERS[name].default == getattr(Limits(), name)


class TestFindingsAsJson:
    def test_a_finding_says_rule_clause_severity_field_message_and_examples(self):
        found = next(each for each in findings(name="污水处理工艺") if each.rule.id == "R12")
        assert found.to_dict() == {
            "rule": "R12",
            "no": 12,
            "clause": "操作手册 6(1)1",
            "official": True,
            "stage": "product",
            "severity": "block",
            "field": "name",
            "message": "产品名称以“工艺”为中心词：应是实物产品或技术服务的名称，不能是方法、技术、方案、工艺",
            "good": "污水处理设备",
            "bad": "污水处理工艺",
        }
        assert found.to_dict("en")["message"].startswith('The name names a "工艺"')

    def test_all_findings_of_an_empty_filing_can_be_written(self):
        for found in findings(Filing(today=TODAY)):
            for language in ("zh", "en"):
                line = json.dumps(found.to_dict(language), ensure_ascii=False)
                assert "{" not in json.loads(line)["message"]


class TestReading:
    def test_a_filing_in_chinese_words(self):
        filing = Filing.from_dict(
            {
                "today": "2025/6/2",
                "unit": {"name": "某某有限公司", "kind": "企业", "makes_or_sells": "是", "realname_state": "已认证"},
                "product": {"name": " 手机　", "nature": "实物产品", "stage": "终端产品", "takes_part": "否"},
                "sales": "１,000.50",
                "domestic_share": "12.5%",
                "year": "２０２４",
                "assets": {"year": 2024, "complete": True, "revenue": 5000},
                "patents": [
                    {"number": "zl201510222662.8", "kind": "发明", "legal_state": "有权", "core": True,
                     "contribution": "33.33", "patentees": ["甲", "乙"], "grant_date": "2017-10-10"},
                ],
            }
        )  # fmt: skip
        assert (filing.today, filing.nature, filing.stage, filing.takes_part) == (
            date(2025, 6, 2),
            "goods",
            "end",
            False,
        )
        assert (filing.sales, filing.domestic_share, filing.year) == (
            Decimal("1000.50"),
            Decimal("12.50"),
            2024,
        )
        assert filing.unit.is_verified and filing.assets.revenue == Decimal("5000.00")
        assert filing.patents[0].patentees == ("甲", "乙")
        assert filing.patents[0].contribution == Decimal("33.33")

    def test_numbers_of_json_are_read_exactly(self):
        filing = Filing.from_dict({"sales": 0.1, "profit": -3, "output_value": 1e3}, today=TODAY)
        assert (filing.sales, filing.profit, filing.output_value) == (
            Decimal("0.10"),
            Decimal("-3.00"),
            Decimal("1000.00"),
        )

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"sales": "1e3"}, "sales"),
            ({"sales": 0.123}, "sales"),
            ({"sales": True}, "sales"),
            ({"sales": float("nan")}, "sales"),
            ({"sales": 1e300}, "sales"),
            ({"sales": [1]}, "sales"),
            ({"nature": "物品"}, "nature"),
            ({"name": 1.5}, "name"),
            ({"name": "a\x00"}, "name"),
            ({"name": {}}, "name"),
            ({"model": "甲1，" * 1000}, "model"),
            ({"introduction": "字" * 20_001}, "introduction"),
            ({"introduction": "\ufdfa" * 2000}, "introduction"),
            ({"takes_part": "也许"}, "takes_part"),
            ({"year": "今年"}, "year"),
            ({"today": "2025-02-30"}, "today"),
            ({"today": "yesterday"}, "today"),
            ({"patents": {}}, "patents"),
            ({"patents": [3]}, "patents.0"),
            ({"patents": [{}, {"contribution": "1.234"}]}, "patents.1.contribution"),
            ({"patents": [{}] * 3000}, "patents"),
            ({"unit": "某某"}, "unit"),
            ({"unit": {"nmae": "x"}}, "unit.nmae"),
            ({"state": "filed"}, "state"),
            ({"limits": {"introduction_min": 0}}, "limits"),
        ],
    )
    def test_T_M01_what_cannot_be_read_is_named_by_its_path(self, data, field):
        with pytest.raises(RuleError) as refused:
            Filing.from_dict(data, today=TODAY)
        assert [problem.field.rstrip(".") for problem in refused.value.problems] == [field]

    def test_the_day_is_needed(self):
        with pytest.raises(RuleError) as refused:
            Filing.from_dict({})
        assert [problem.field for problem in refused.value.problems] == ["today"]

    @given(
        st.dictionaries(
            st.sampled_from(list(Filing.__dataclass_fields__)),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
                lambda inner: (
                    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
                ),
                max_leaves=8,
            ),
        )
    )
    def test_T_Q03_any_json_is_read_and_checked_or_refused(self, data):
        try:
            filing = Filing.from_dict(data, today=TODAY)
        except RuleError as refused:
            assert refused.problems
            return
        for found in check_filing(filing, RULES):
            assert str(found.message) and str(found.message_en)
