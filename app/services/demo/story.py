"""The facts of the hand-made demonstration: made-up units, their figures, and products on real patents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNITS: tuple[dict[str, Any], ...] = (
    {"user": "unit1", "name": "示例绿源环保科技有限公司", "area": "430102", "serial": 1, "identity": "verified", "since": 2024,
     "data": {"kind": "enterprise", "legal_representative": "示例法人甲", "province": "430000", "city": "430100",
              "district": "430102", "address": "示例路一号", "contact": "示例联系人甲", "mobile": "13900000001",
              "founded": "2010-05-18", "registered_capital": "5,000.00", "industry_code": "3591"}},
    {"user": "unit2", "name": "示例华光信息材料有限公司", "area": "440106", "serial": 2, "identity": "verified", "since": 2024,
     "data": {"kind": "enterprise", "legal_representative": "示例法人乙", "province": "440000", "city": "440100",
              "district": "440106", "address": "示例大道二号", "contact": "示例联系人乙", "mobile": "13900000002",
              "founded": "2006-03-01", "registered_capital": "12,000.00", "industry_code": "3985"}},
    {"user": "unit3", "name": "示例新芽农业装备有限公司", "area": "320102", "serial": 3, "identity": "pending",
     "data": {"kind": "enterprise", "legal_representative": "示例法人丙", "province": "320000", "city": "320100",
              "district": "320102", "address": "示例巷三号", "contact": "示例联系人丙", "mobile": "13900000003"}},
    {"user": "unit4", "name": "示例晨星医疗器械有限公司", "area": "330106", "serial": 4},
)  # fmt: skip

#: The first year of which the demonstration's verified units have assets.
FIRST_YEAR = 2023


def assets(year: int) -> dict[str, str]:
    """A verified unit's assets of a year, 万元: they grow a little every year."""
    grown = year - FIRST_YEAR
    figures = {"revenue": 52_000 + 6_000 * grown, "total_profit": 5_200 + 900 * grown, "total_assets": 61_000 + 5_000 * grown,
               "rnd_spending": 3_100 + 550 * grown, "employees": 420 + 35 * grown, "export": 9_000 + 1_000 * grown}  # fmt: skip
    return {name: str(figure) for name, figure in figures.items()}


@dataclass(frozen=True)
class Story:
    """A product: what is typed, the patents with the core ones' shares, and how each year's submission ended."""

    user: str
    data: dict[str, Any]
    figures: dict[str, str]
    patents: tuple[str, ...]
    shares: tuple[str, ...]
    #: oldest year first: filed, returned, pending, draft, revoked, not_updated
    outcomes: tuple[str, ...]
    reason: str = "请按批注修改后重新提交。"
    remarks: dict[str, str] = field(default_factory=dict)
    #: by how many percent of the first year's figures they grow every year
    growth: int = 9


def _goods(
    name: str, klass: str, introduction: str, model: str = "无", stage: str = "end", **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "model": model,
        "nature": "goods",
        "stage": stage,
        "class_code": klass,
        "industry_code": klass[1:5],
        "takes_part": True,
        "introduction": introduction,
        "volume_unit": "台",
        **more,
    }


def _figures(sales: int, volume: int) -> dict[str, str]:
    return {
        "sales": str(sales),
        "output_value": str(sales * 103 // 100),
        "volume": str(volume),
        "profit": str(sales // 9),
        "export": str(sales // 12),
    }


PRODUCTS: tuple[Story, ...] = (
    Story("unit1", _goods("含磷废水净化器", "P3591", "用于去除废水中磷的一体化设备，由反应筒、布水器和出水堰组成，适用于乡镇污水站。", "JH-200",
                          domestic_share="16"),
          _figures(5200, 340) | {"profit": "1300"}, ("202220769416.X", "202311046091.8", "202311054031.0"), ("60", "40"),
          ("filed", "filed", "filed"), growth=14),
    Story("unit1", _goods("生活污水脱氮设备", "P3591", "集约式生活污水深度去污和脱氮设备，占地小，适用于分散居住区的污水处理站。", "TD-50"),
          _figures(4300, 210), ("201510488808.3",), ("100",), ("filed", "filed", "not_updated")),
    Story("unit1", _goods("农田面源污染拦截沟渠构件", "P3591", "装配式沟渠构件，铺设在农田排水沟中，拦截泥沙和氮磷。"),
          _figures(1800, 5200), ("202120592620.4", "202023037182.X"), ("70.5", "29.5"), ("filed", "pending")),
    Story("unit1", _goods("漂浮式水生植物种植浮床", "P3591", "由浮体、种植篮和连接件组成的浮床，用于河湖水体的水生植物种植。"),
          _figures(900, 12000), ("202023037182.X",), ("100",), ("pending",)),
    Story("unit1", _goods("垃圾焚烧炉飞灰收集器", "P3591", "安装在垃圾焚烧炉内，收集并降落飞灰的装置，减少尾气含尘。"),
          _figures(1200, 80), ("202422052228.7",), ("100",), ("returned",),
          "产品简介缺少主要部件说明，型号请核对。",
          {"introduction": "请补充主要部件和适用炉型。", "model": "请核对是否确无型号。"}),
    Story("unit1", _goods("重金属废水吸附剂", "P2665", "颗粒状吸附剂，用于去除废水中的铅、镉离子。", stage="intermediate"),
          _figures(700, 900), ("201410213140.7",), ("100",), ("draft",)),
    Story("unit1", _goods("土壤磷活化菌剂", "P2625", "含微紫青霉菌的菌剂，施入酸性土壤，活化难溶性磷。"),
          _figures(600, 4100), ("201610051401.9",), ("100",), ("revoked",)),
    Story("unit2", _goods("光催化空气净化滤网", "P3463", "涂覆可见光催化层的滤网，装入空气净化设备使用。", "LW-3"),
          _figures(6100, 88000), ("201310477166.8", "201510222662.8"), ("50", "50"), ("filed", "filed", "filed")),
    Story("unit2", _goods("紫外光可降解农用地膜", "P2921", "含光催化剂的聚乙烯薄膜，用于农田覆盖，使用期后在日光下降解。", stage="intermediate"),
          _figures(3300, 26000), ("200810197235.9",), ("100",), ("filed", "filed")),
    Story("unit2", _goods("夜光遥感影像校正软件", "P6513.01", "对夜光遥感影像进行相对辐射校正的应用软件，供测绘和规划单位使用。", "无",
                          volume_unit="套"), _figures(2100, 46),
          ("201911378502.7", "201810246441.8", "201910931480.6"), ("33.34", "33.33", "33.33"), ("pending",)),
)  # fmt: skip
