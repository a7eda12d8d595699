"""Product names are judged as the manual judges them, also names nobody wrote down (rules 12 to 16)."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.filing import FilingUnit
from app.domain.filing.words import unit_word
from tests.domain.filings import PATENT, findings

DATA = Path(__file__).parent / "data"
NAME_RULES = range(12, 17)


def judged(name, **changes):
    """The numbers and severities of what the name rules find, infos apart."""
    found = findings(
        name=name, fields={"name"}, **{"unit": FilingUnit(name="某某有限公司"), "patents": (), **changes}
    )
    return {(each.rule.no, each.severity) for each in found if each.severity != "info"}


def numbers(name, **changes):
    return {no for no, _ in judged(name, **changes)}


def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EXAMPLES = rows("product_name_examples.csv")


@pytest.mark.parametrize("row", [r for r in EXAMPLES if r["verdict"] == "ok"], ids=lambda r: r["name"])
def test_examples_that_are_right(row):
    assert judged(row["name"]) == set()


@pytest.mark.parametrize("row", [r for r in EXAMPLES if r["verdict"] == "reject"], ids=lambda r: r["name"])
def test_examples_that_are_wrong_break_the_rules_named(row):
    named = {int(part.split()[0]) for part in row["rule"].split(",")}
    assert named <= numbers(row["name"])


@pytest.mark.parametrize(
    "row",
    [r for r in rows("products_test_input.csv") if "negative" not in r["product_name"]],
    ids=lambda r: r["product_name"],
)
def test_names_of_real_products_are_right_for_their_units(row):
    assert judged(row["product_name"], unit=FilingUnit(name=row["unit"])) == set()


RIGHT = [
    "智能手机",
    "智能音箱",
    "新能源汽车",
    "高压开关柜",
    "高强度螺栓",
    "环保设备",
    "高效液相色谱仪",
    "四氯化钛",
    "二氧化钛",
    "工艺品",
    "工艺陶瓷花瓶",
    "等离子体刻蚀机",
    "饱和聚酯树脂",
    "和面机",
    "调和油",
    "天然橡胶",
    "绿色荧光粉",
    "超级电容器",
    "万能试验机",
    "安全帽",
    "数控机床",
    "一体化预制泵站",
    "一次性使用无菌注射器",
    "血管支架",
    "轮胎",
    "水泥",
    "白酒",
    "银杏叶片",
    "六味地黄丸",
    "新型冠状病毒灭活疫苗",
    "甲型肝炎疫苗",
    "多功能电能表",
    "多功能乘用车",
    "有机发光显示屏",
    "财务管理软件",
    "第三代半导体外延片",
    "甲苯二异氰酸酯",
    "三元乙丙橡胶",
    "高温合金",
    "中药饮片",
    "离子注入机",
    "与门电路",
    "和田玉摆件",
    "方便面",
    "小米粥",
    "苹果汁",
    "大众浴池水处理设备",
    "红旗渠纪念章",
    "七氟丙烷灭火剂",
    "碳酸钙片（儿童型）",
    "信息技术安全设备",
]


@pytest.mark.parametrize("name", RIGHT)
def test_ordinary_names_of_products_pass(name):
    assert judged(name) == set()


@pytest.mark.parametrize("name", ["检测技术服务", "技术咨询服务", "工艺设计服务", "软件开发服务"])
def test_a_technical_service_may_speak_of_technology(name):
    assert judged(name, nature="service") == set()


@pytest.mark.parametrize(
    "name",
    ["数据加密方法", "图像识别技术", "整体解决方案", "焊接工艺", "污水处理工艺（新）", "污水处理工艺及设备", "手工艺",
     "检测方法和装置", "信息技术", "焊接工艺。", "焊接　工艺\u200b", "銲接技術"],
)  # fmt: skip
def test_a_process_as_head_of_the_name_is_blocked(name):
    assert (12, "block") in judged(name)


@pytest.mark.parametrize("name", ["物联网解决方案软件", "数据处理流程", "工艺包", "技术装备"])
def test_a_process_within_a_name_is_only_suspected(name):
    assert (12, "warn") in judged(name)
    assert (12, "block") not in judged(name)


@pytest.mark.parametrize(
    "name",
    [
        "支架",
        "装置",
        "连接装置",
        "智能控制系统",
        "复合材料",
        "软件",
        "管理平台",
        "泵",
        "产品",
        "系统（二代）",
    ],
)
def test_a_general_word_lacks_its_field_of_use(name):
    assert (13, "warn") in judged(name)


@pytest.mark.parametrize(
    "name",
    ["手机Ｐ80", "手机Ⅳ型", "α型电机", "手机①", "手机²", "5G基站", "LED灯", "カメラ", "휴대폰", "камера",
     "㎡计", "℃传感仪", "手机<script>", "𝐏手机", "٣号电机", "ＡＢＳ树脂"],
)  # fmt: skip
def test_letters_and_digits_of_any_script_are_blocked(name):
    assert (15, "block") in judged(name)


@pytest.mark.parametrize("name", ["维生素C片", "β-胡萝卜素", "1,4-丁二醇", "X射线探测器", "N-甲基吡咯烷酮"])
def test_letters_of_established_terms_are_for_the_reviewer(name):
    assert judged(name) == {(15, "warn")}


@pytest.mark.parametrize("name", ["保温杯®", "保温杯™", "“暖心”保温杯", "「暖心」保温杯", "《暖心》杯"])
def test_trade_marks_and_quotation_marks_are_blocked(name):
    assert (15, "block") in judged(name)


@pytest.mark.parametrize(
    "name",
    ["新型电机", "高效换热器", "智能化仓库", "优质轮胎", "国家级保温杯", "新型節能電機", "小米手机", "苹果手机壳",
     "华为路由器", "混凝土*泵车", "混凝土 泵车", "手机😀"],
)  # fmt: skip
def test_praise_brands_and_signs_are_warned_of(name):
    assert judged(name) == {(15, "warn")}


@pytest.mark.parametrize(
    ("unit", "word"),
    [("蓝思科技股份有限公司", "蓝思"), ("深圳市大疆创新科技有限公司", "大疆"), ("美的集团股份有限公司", "美的"),
     ("南京植百汇智能科技服务有限公司", "植百汇"), ("长颈鹿科技（控股）有限公司", "长颈鹿"), ("北京大学", None),
     ("珠海格力电器股份有限公司", "格力"), ("浙江省台州市黄岩区星光模具厂", "星光"), ("", None)],
)  # fmt: skip
def test_the_distinctive_part_of_a_units_name(unit, word):
    assert unit_word(unit) == word


def test_the_units_own_name_is_found_and_a_noun_is_not():
    unit = FilingUnit(name="蓝思科技股份有限公司", former_names=("星星科技有限公司",))
    assert judged("蓝思手机防护玻璃", unit=unit) == {(15, "warn")}
    assert judged("星星手机防护玻璃", unit=unit) == {(15, "warn")}
    assert judged("酱香型白酒", unit=FilingUnit(name="湖南白酒有限公司")) == set()


def test_a_model_in_chinese_is_found_in_the_name():
    assert (15, "warn") in judged("轩逸轿车", model="轩逸")


@pytest.mark.parametrize(
    "name",
    [
        "一种储能柜",
        "一種儲能櫃",
        "螺栓、螺母等",
        "手机等等",
        "螺母等紧固件",
        "手机及其配件",
        "空调系列",
        "它很好用！",
    ],
)
def test_indefinite_names_are_blocked(name):
    assert (16, "block") in judged(name)


@pytest.mark.parametrize(
    "name", ["一款智能手表", "螺栓和螺母", "电机、水泵", "可折叠的自行车", "用于电机的轴承", "长" * 41]
)
def test_what_may_be_indefinite_is_warned_of(name):
    assert (16, "warn") in judged(name)


class TestPatentTitles:
    def test_the_title_of_a_linked_patent_is_blocked(self):
        patents = (replace(PATENT, title="植物监测终端及智能植物养护监测系统"),)
        assert (14, "block") in judged("植物監測終端及智能植物養護監測系統", patents=patents)

    def test_the_title_of_a_design_names_the_product_and_is_for_the_reviewer(self):
        patents = (replace(PATENT, title="储能柜", kind="design"),)
        assert judged("储能柜", patents=patents) == {(14, "warn")}
        assert judged("储能柜") == set()

    def test_a_title_as_short_as_a_product_name_is_for_the_reviewer(self):
        patents = (replace(PATENT, title="储能柜", kind="utility_model"),)
        assert judged("储能柜", patents=patents) == {(14, "warn")}

    def test_a_title_hardly_changed_is_warned_of(self):
        patents = (replace(PATENT, title="可漂浮生态种植组件系统"),)
        assert (14, "warn") in judged("可漂浮的生态种植组件系统", patents=patents)

    def test_wording_of_a_title_is_warned_of_without_the_patent(self):
        assert 14 in numbers("一种可旋转拍摄的手机的制造方法")
        assert 14 in numbers("石墨烯复合材料及其制备方法")

    @pytest.mark.parametrize("title", ["", "，。", "一种手机面板的强化方法"])
    def test_other_titles_do_no_harm(self, title):
        assert judged("手机防护玻璃", patents=(replace(PATENT, title=title),)) == set()


@given(st.text(st.characters(), max_size=80))
def test_T_Q03_any_text_is_judged(name):
    judged(name, model=name, patents=(replace(PATENT, title=name),), unit=FilingUnit(name=name))


@given(st.text("方法技术方案工艺品一种等及其系列和与的（）()、。新型高效小度P8①®”－ 　\u200b", max_size=20))
def test_T_Q03_any_mixture_of_telling_words_is_judged(name):
    judged(name, patents=(replace(PATENT, title=name),))


@given(
    st.sampled_from(RIGHT),
    st.sampled_from(["{}工艺", "一种{}", "{}P80", "{}等", "{}及其配件", "“{}”", "{}方法"]),
)
def test_a_right_name_made_wrong_is_blocked(name, pattern):
    assert "block" in {severity for _, severity in judged(pattern.format(name))}


def test_T_Q03_a_very_long_name_takes_no_time_to_speak_of():
    for sign in ("一种", "、", "(", "()", "a", "1-", "等"):
        assert judged(sign * 20_000)
