"""What the checker finds in the product's data, patents, texts and unit (rules 1 to 11 and 17 to 30)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.filing import Duplicate, EvidenceFile, Filing, Limits, blocking
from tests.domain.filings import (
    ASSETS,
    GOOD,
    PATENT,
    TODAY,
    findings,
    severities,
    with_assets,
    with_patent,
    with_unit,
)

CENTS = st.decimals(min_value=-(10**13), max_value=10**13, places=2, allow_nan=False)


def test_a_good_filing_has_no_findings():
    assert findings() == []


def test_an_empty_filing_is_told_everything_at_once():
    found = findings(Filing(today=TODAY))
    fields = {each.field for each in found if each.severity == "block"}
    assert {"name", "model", "nature", "class_code", "industry_code", "takes_part", "introduction"} <= fields
    assert {
        "sales",
        "output_value",
        "volume",
        "volume_unit",
        "profit",
        "patents",
        "assets",
        "unit.uscc",
    } <= fields


class TestUnit:
    def test_a_branch_is_blocked(self):
        assert with_unit(name="某某有限公司长沙分公司")["R01"] == "block"

    def test_a_self_employed_person_is_blocked(self):
        assert with_unit(uscc="92430100MA4L00000X")["R01-person"] == "block"

    @pytest.mark.parametrize("declared", [False, None])
    def test_who_neither_makes_nor_sells_is_blocked(self, declared):
        assert with_unit(makes_or_sells=declared, kind="university") == {"R02": "block"}

    def test_a_university_that_declares_is_shown_to_the_reviewer(self):
        assert with_unit(kind="university") == {"R02-research": "info"}

    def test_T_T09_a_wrong_code_is_blocked(self):
        assert with_unit(uscc="914403001922038217") == {"R04": "block"}

    @pytest.mark.parametrize("state", ["unverified", "pending", "returned", ""])
    def test_without_the_real_name_check_nothing_is_filed(self, state):
        assert with_unit(realname_state=state) == {"R04-state": "block"}

    def test_a_change_under_way_does_not_block(self):
        assert with_unit(realname_state="change_pending") == {}

    @pytest.mark.parametrize("changes", [{"complete": False}, {"year": 2023}, {"year": 2025}, {"year": None}])
    def test_T_W10_last_years_assets_must_be_complete(self, changes):
        found = [each for each in findings(assets=replace(ASSETS, **changes)) if each.severity == "block"]
        assert [(each.rule.id, each.field) for each in found] == [("R07", "assets")]
        assert "2024" in str(found[0].message)

    def test_T_W10_no_assets_at_all(self):
        assert severities(assets=None) == {"R07": "block"}

    def test_the_profit_statement_must_be_there(self):
        assert with_assets(has_statement=False) == {"R08": "block"}


class TestSales:
    @pytest.mark.parametrize("sales", [Decimal("0.00"), Decimal("-1.00"), Decimal(0), None])
    def test_T_W11_without_sales_no_filing(self, sales):
        assert severities(sales=sales, export=None, profit=Decimal("-1.00"))["R09"] == "block"

    @pytest.mark.parametrize("typed", ["0", "-1", "", "0.00", "０", "−1"])
    def test_T_W11_as_typed(self, typed):
        filing = Filing.from_dict({"sales": typed}, today=TODAY)
        assert "R09" in {each.rule.id for each in blocking(findings(filing))}

    def test_T_T08_more_than_the_unit_is_blocked(self):
        assert severities(sales=Decimal("5000.01"), output_value=Decimal("900.00")) == {"R10": "block"}

    def test_T_T08_yuan_instead_of_ten_thousand_yuan_is_told(self):
        assert severities(sales=Decimal("8000000.00"))["R10-yuan"] == "warn"

    def test_as_much_as_the_unit_is_warned_of(self):
        assert severities(sales=Decimal("5000.00")) == {"R10-equal": "warn"}

    def test_almost_as_much_is_warned_of_where_there_are_other_products(self):
        assert severities(sales=Decimal("4900.00")) == {}
        assert severities(sales=Decimal("4900.00"), other_products=1) == {"R10-equal": "warn"}

    def test_all_products_together_may_not_exceed_the_unit(self):
        assert severities(other_sales=Decimal("4200.00"), other_products=2) == {}
        assert severities(other_sales=Decimal("4200.01"), other_products=2) == {"R10-sum": "block"}

    def test_the_unit_is_compared_only_in_the_same_year(self):
        assert "R10" not in severities(sales=Decimal("6000.00"), assets=replace(ASSETS, year=2023))

    def test_more_export_than_the_unit_is_blocked(self):
        assert with_assets(export=Decimal("99.99")) == {"R10-export": "block"}

    def test_more_output_than_the_units_revenue_is_warned_of(self):
        assert severities(output_value=Decimal("5000.01")) == {"R10-output": "warn"}

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"profit": Decimal("800.00")}, {"R11-unit": "warn"}),
            ({"profit": Decimal("800.01")}, {"R11": "block", "R11-unit": "warn"}),
            ({"profit": Decimal("-800.00")}, {}),
            ({"profit": Decimal("-800.01")}, {"R11-loss": "warn"}),
            ({"export": Decimal("800.01")}, {"R11-export": "block"}),
            ({"export": Decimal("-0.01")}, {"R11-negative": "block"}),
            ({"output_value": Decimal("-1.00")}, {"R11-negative": "block"}),
            ({"volume": Decimal("0.00")}, {"R11-volume": "warn"}),
            ({"domestic_share": Decimal("100.01")}, {"R11-share": "block"}),
            ({"world_share": Decimal("-0.01")}, {"R11-share": "block"}),
        ],
    )
    def test_figures_that_contradict_each_other(self, changes, expected):
        assert severities(**changes) == expected

    @given(CENTS, CENTS, CENTS, CENTS, CENTS)
    def test_T_T08_any_figures_are_judged(self, sales, profit, export, revenue, others):
        found = severities(
            sales=sales,
            profit=profit,
            export=export,
            other_sales=others,
            assets=replace(ASSETS, revenue=revenue),
        )
        assert ("R09" in found) is (sales <= 0)
        assert ("R10" in found) is (sales > revenue)

    def test_data_of_another_year(self):
        assert severities(year=2023) == {"R09-year": "warn", "R28": "warn"}


class TestProduct:
    @pytest.mark.parametrize(
        "field", ["name", "nature", "class_code", "industry_code", "introduction", "volume_unit"]
    )
    def test_required_texts(self, field):
        found = findings(fields={field}, **{field: "　\u200b"})
        assert [(each.rule.id, each.field) for each in found] == [("R06", field)]

    @pytest.mark.parametrize("field", ["output_value", "volume", "profit", "takes_part"])
    def test_required_values(self, field):
        assert [(each.rule.id, each.field) for each in findings(**{field: None})] == [("R06", field)]

    def test_a_name_of_mere_signs_is_no_name(self):
        assert severities(name="（）")["R06"] == "block"

    def test_goods_are_intermediate_or_end(self):
        assert severities(stage="") == {"R06-stage": "block"}
        assert "R06-stage" not in severities(stage="", nature="service")

    def test_T_Q03_control_characters_are_blocked_where_they_stand(self):
        found = findings(introduction=GOOD.introduction + "\x00", model="\x07A")
        assert [(each.rule.id, each.field) for each in found] == [
            ("R06-text", "model"),
            ("R06-text", "introduction"),
        ]

    @pytest.mark.parametrize("model", ["", "　", "\u200b"])
    def test_the_model_may_not_be_left_empty(self, model):
        assert severities(model=model) == {"R18": "block"}

    @pytest.mark.parametrize("model", ["A1、A2", "A1,A2", "A1；A2", "A1\nA2", "A1和A2", "A1～A9", "A系列"])
    def test_several_models_need_a_reason(self, model):
        assert severities(model=model) == {"R17": "block"}
        assert severities(model=model, models_reason="颜色") == {"R17-short": "warn"}
        assert severities(model=model, models_reason="仅颜色不同，结构、功能完全相同") == {}

    @pytest.mark.parametrize("model", ["无", "KFR-35GW/NhAc1B", "P80 Pro", "—"])
    def test_one_model_or_none_needs_no_reason(self, model):
        assert severities(model=model) == {}

    def test_T_W12_models_of_several_series_are_several_products(self):
        assert (
            severities(model="P80、P80mini、P80plus", models_reason="都是同一款手机产品的不同型号")[
                "R17-series"
            ]
            == "warn"
        )
        assert (
            severities(model="P80mini、P80plus", models_reason="都是同一款手机产品的不同型号")["R17-series"]
            == "warn"
        )
        assert severities(model="P80 黑色、P80 白色", models_reason="仅颜色不同，结构功能完全相同") == {}
        assert (
            severities(model="P80 8+256GB、P80 12+512GB", models_reason="仅内存不同，结构功能完全相同") == {}
        )

    def test_goods_do_not_go_under_services(self):
        assert severities(class_nature="service") == {"R19": "block"}
        assert "R19" in severities(nature="service")
        assert severities(class_nature="") == {}

    def test_an_intermediate_does_not_go_under_an_end_product(self):
        assert severities(stage="intermediate") == {"R19-stage": "block"}
        assert severities(class_stage="intermediate") == {"R19-end": "warn"}
        assert severities(class_stage="", stage="intermediate") == {}

    def test_classes_are_leaves(self):
        assert severities(class_is_leaf=False) == {"R19-leaf": "block"}
        assert severities(industry_is_leaf=False) == {"R20": "block"}

    @pytest.mark.parametrize("code", ["36", "361", "C", "36120", "３６", "三六一二"])
    def test_an_industry_has_four_digits(self, code):
        assert severities(industry_code=code)["R20"] == "block"

    @pytest.mark.parametrize(("code", "nature", "fits"), [
        ("3051", "goods", True), ("6513", "goods", True), ("0511", "goods", True), ("7310", "goods", False),
        ("7310", "service", True), ("6513", "service", True), ("3051", "service", False),
    ])  # fmt: skip
    def test_industry_and_nature(self, code, nature, fits):
        found = severities(industry_code=code, nature=nature, class_nature=nature)
        assert found == ({} if fits else {"R20-section": "warn"})

    def test_recognition(self):
        assert severities(takes_part=False) == {"R28-no": "info"}


class TestDuplicates:
    OTHER = Duplicate(
        name="手机防护玻璃", unit_name="另一公司", class_code="3051.01", patents=("ZL 2015 1 0222662.8",)
    )

    @pytest.mark.parametrize(
        "name", ["手机防护玻璃", "手机 防护玻璃", "手機防護玻璃", "手机防护玻璃\u200b", "手机防护玻璃片"]
    )
    def test_T_W12_the_same_product_of_two_units_is_warned_of(self, name):
        found = findings(duplicates=(replace(self.OTHER, name=name),))
        assert [(each.rule.id, each.severity) for each in found] == [("R26", "warn")]
        assert "另一公司" in str(found[0].message) and "核心专利相同" in str(found[0].message)

    def test_T_W12_the_same_name_alone_is_no_duplicate_across_units(self):
        assert severities(duplicates=(replace(self.OTHER, patents=()),)) == {}

    def test_T_W12_the_same_name_class_and_model_is_one_across_units(self):
        other = replace(self.OTHER, patents=(), model="p 80")
        assert severities(model="Ｐ80", duplicates=(other,)) == {"R26": "warn"}

    @pytest.mark.parametrize(
        "name", ["手机防护玻璃", "手機 防護玻璃", "黑色手机防护玻璃", "手机防护玻璃（大号）"]
    )
    def test_T_W12_variants_by_one_unit_are_warned_of(self, name):
        assert severities(duplicates=(replace(self.OTHER, own=True, name=name),)) == {"R27": "warn"}

    @pytest.mark.parametrize(("mine", "other", "same"), [
        ("P80", "P80mini", False), ("P80", "P80plus", False), ("P80mini", "P80plus", False), ("P80", "P80+", False),
        ("P80", "Ｐ80", True), ("P80 黑色", "P80 白色", True), ("P80 256GB", "P80 512GB", True), ("无", "P80", True),
    ])  # fmt: skip
    def test_T_W12_P80_P80mini_and_P80plus_are_three_products(self, mine, other, same):
        found = severities(model=mine, duplicates=(replace(self.OTHER, own=True, model=other),))
        assert ("R27" in found) is same


class TestIntroduction:
    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("本产品行业领先，全国销量第一，欢迎选购。", "R21"),
            ("联系电话：13800138000", "R21-contact"),
            ("详情请见 www.example.com 网站", "R21-contact"),
            ("邮箱 sales@example.com，微信号：abcdef", "R21-contact"),
            ("我公司成立于 2001 年，注册资本五千万元，现有员工三百人。", "R21-unit"),
            ("蓝思科技股份有限公司总部位于湖南，是一家上市公司。", "R21-unit"),
            ("本实用新型公开了一种手机面板，其特征在于包括玻璃基板。", "R21-patent"),
            ("一种手机面板的强化方法", "R21-patent"),
            ("防护玻璃", "R21-length"),
            ("玻璃面板用于手机屏幕表面的保护和装饰，" * 60, "R21-length"),
        ],
    )
    def test_what_is_no_introduction_of_a_product_is_warned_of(self, text, rule):
        assert severities(introduction=text)[rule] == "warn"

    @pytest.mark.parametrize(
        "text",
        [
            "采用最大功率 20 千瓦的电机，第一电极与第二电极之间的最小间距为 0.5 毫米，编号 20250101 至 20251231。",
            "由蓝思科技生产的玻璃面板，厚 0.7 毫米，透光率 92%，广泛用于手机与平板电脑的正面保护。",
        ],
    )
    def test_technical_texts_pass(self, text):
        assert severities(introduction=text) == {}

    @given(st.text(st.characters(), max_size=200))
    def test_T_Q03_any_text_is_judged(self, text):
        severities(introduction=text, model=text, models_reason=text, volume_unit=text, industry_code=text)

    def test_T_Q03_a_very_long_text_takes_no_time_to_speak_of(self):
        for sign in ("a", "1", "本发明", "http://", "a@", "。"):
            assert severities(introduction=sign * 50_000)


class TestEvidence:
    def test_evidence_is_optional_and_one_file(self):
        file = EvidenceFile(name="销售合同.PDF")
        assert severities(evidence=(file,)) == {}
        assert severities(evidence=(file, file)) == {"R25": "warn"}

    def test_other_types_are_warned_of(self):
        assert severities(evidence=(EvidenceFile(name="a.exe"),)) == {"R25-type": "warn"}
        assert severities(evidence=(EvidenceFile(name="a.pdf", media_type="text/html"),)) == {
            "R25-type": "warn"
        }


class TestPatents:
    def test_at_least_one(self):
        assert severities(patents=()) == {"R23-none": "block"}

    @pytest.mark.parametrize("number", ["201510222662.7", "CN106844774A", "PCT/CN2024/120645", "", "\x00"])
    def test_T_T10_numbers_are_verified(self, number):
        found = [
            each for each in findings(patents=(replace(PATENT, number=number),)) if each.rule.id == "R23"
        ]
        assert [each.field for each in found] == ["patents.0.number"]

    @pytest.mark.parametrize("state", ["pending", "lapsed", ""])
    def test_T_W13_only_patents_in_force(self, state):
        assert with_patent(legal_state=state)["R23-state"] == "block"

    def test_T_W13_when_all_have_lapsed_revocation_is_suggested(self):
        found = {
            each.rule.id: str(each.message)
            for each in findings(patents=(replace(PATENT, legal_state="lapsed"),))
        }
        assert "撤销备案" in found["R23-lapsed"]

    def test_T_W13_one_lapsed_among_valid_ones_is_flagged_where_it_stands(self):
        lapsed = replace(PATENT, number="201310134690.5", legal_state="lapsed", core=False, contribution=None)
        found = findings(patents=(PATENT, lapsed))
        assert [(each.rule.id, each.field) for each in found] == [("R23-state", "patents.1.legal_state")]

    def test_dates(self):
        assert with_patent(grant_date=TODAY + timedelta(days=1)) == {"R23-grant": "block"}
        assert with_patent(grant_date=TODAY) == {}
        assert with_patent(expiry=TODAY) == {"R23-term": "block", "R23-lapsed": "block"}
        assert with_patent(expiry=TODAY + timedelta(days=1)) == {}

    def test_a_patent_stands_once_however_it_is_written(self):
        twice = replace(PATENT, number="ZL 2015 1 0222662.8", core=False, contribution=None)
        assert severities(patents=(PATENT, twice)) == {"R23-twice": "block"}

    def test_the_kind_fits_the_number(self):
        assert with_patent(kind="design") == {"R23-kind": "warn"}

    def test_T_W13_a_patent_of_somebody_else_needs_a_contract(self):
        assert with_patent(patentees=("别家公司",)) == {"R03": "block"}
        assert with_patent(patentees=("别家公司",), obtained="licensed") == {"R03": "block"}
        assert with_patent(patentees=("别家公司",), obtained="licensed", has_proof=True) == {}
        assert with_patent(patentees=()) == {"R03": "block"}

    def test_T_W13_a_former_name_counts_and_asks_for_proof(self):
        unit = replace(GOOD.unit, former_names=("湖南蓝思（玻璃）有限公司",))
        patent = replace(PATENT, patentees=("湖南藍思(玻璃)有限公司",))
        assert severities(unit=unit, patents=(patent,)) == {"R03-former": "warn"}
        assert severities(unit=unit, patents=(replace(patent, has_proof=True),)) == {}

    def test_joint_owners_and_pledges_are_shown(self):
        assert with_patent(patentees=(*PATENT.patentees, "湖南大学")) == {"R30": "warn"}
        assert with_patent(pledged=True) == {"R30-pledge": "warn"}

    @pytest.mark.parametrize("share", ["99.99", "100.01", "33.333", "0", None])
    def test_T_T07_contributions(self, share):
        contribution = None if share is None else Decimal(share)
        assert with_patent(contribution=contribution)["R22"] == "block"

    def test_T_T07_no_core_patent(self):
        assert with_patent(core=False, contribution=None)["R22"] == "block"


class TestRevocation:
    LAPSED = replace(PATENT, legal_state="lapsed")

    def rules(self, **changes):
        return [each.rule.id for each in findings(step="revocation", **changes)]

    def test_a_reason_is_needed(self):
        assert self.rules() == []
        assert self.rules(revocation_reason="") == ["R29"]
        assert self.rules(revocation_reason="off_market") == []

    def test_lapsed_patents_must_have_lapsed(self):
        assert self.rules(revocation_reason="patents_lapsed") == ["R29-valid"]
        assert self.rules(revocation_reason="patents_lapsed", patents=(self.LAPSED,)) == []
        assert self.rules(revocation_reason="patents_lapsed", patents=(self.LAPSED, PATENT)) == ["R29-valid"]


def test_what_an_administrator_sets_is_what_is_compared_with():
    def found(limits, **changes):
        return severities(limits=limits, **changes)

    assert found(Limits(introduction_min=100)) == {"R21-length": "warn"}
    assert found(Limits(models_reason_min=2), model="A、B", models_reason="颜色") == {}
    assert found(Limits(sales_share_warning=Decimal("0.10")), other_products=1) == {"R10-equal": "warn"}
    assert found(Limits(intermediate_as_end=True), stage="intermediate") == {}
    patents = (replace(PATENT, title="手机玻璃", contribution=Decimal("100.00")),)
    assert found(Limits(title_similarity=Decimal("0.70")), patents=patents) == {"R14-near": "warn"}
    other = replace(TestDuplicates.OTHER, name="手机防护")
    assert found(Limits(duplicate_similarity=Decimal("0.70")), duplicates=(other,)) == {"R26": "warn"}
    assert found(Limits(), patents=patents, duplicates=(other,)) == {}


def test_fields_and_stages_limit_what_is_found():
    empty = Filing(today=date(2025, 6, 2))
    assert {each.field for each in findings(empty, fields={"name"})} == {"name"}
    assert {each.rule.stage for each in findings(empty, step="patents")} == {"patents"}
    assert {each.field.partition(".")[0] for each in findings(empty, fields={"unit", "patents"})} == {
        "unit",
        "patents",
    }


def test_the_gravest_come_first():
    order = [each.severity for each in findings(Filing(today=TODAY, name="新型手机P80", takes_part=False))]
    assert order == sorted(order, key=["block", "warn", "info"].index)
