"""Which columns people fill in, record by record: label, reader, and whether it is required (domain.md §2, marked *)."""

from __future__ import annotations

from app import models as m
from app.domain import contacts
from app.domain.normal import parse_money
from app.domain.text import N_
from app.services.fields import Field, choice, day, digits, flag, identity, line, lines, percent, whole

UNIT = (
    Field("kind", N_("单位类型"), choice(*m.UNIT_KINDS), required=True),
    Field("legal_representative", N_("法定代表人"), line(100), required=True),
    Field("founded", N_("成立日期"), day),
    Field("registered_capital", N_("注册资本（万元）"), parse_money),
    Field("province", N_("省（自治区、直辖市）"), digits(6), required=True),
    Field("city", N_("市（地区）"), digits(6)),
    Field("district", N_("县（区）"), digits(6)),
    Field("address", N_("详细地址"), line(300), required=True),
    Field("industry_code", N_("所属行业"), digits(4)),
    Field("contact", N_("联系人"), line(100), required=True),
    Field("mobile", N_("手机号码"), contacts.mobile, required=True),
    Field("email", N_("电子邮箱"), contacts.email, required=True),
    Field("makes_or_sells", N_("制造或销售专利产品的声明"), flag, empty=False),
    Field("licence_file_id", N_("营业执照"), identity, required=True),
    Field("commitment_file_id", N_("诚信承诺书"), identity, required=True),
)
UNIT_NAME = (
    Field("name", N_("单位名称"), line(200), required=True, empty=""),
    Field("uscc", N_("统一社会信用代码"), line(40), required=True, empty=""),
)
QUALIFICATIONS = ("high_tech", "specialised", "ip_advantage", "ip_demonstration")

ASSET = (
    Field("revenue", N_("营业收入"), parse_money, required=True),
    Field("cost", N_("营业成本"), parse_money),
    Field("total_profit", N_("利润总额"), parse_money, required=True),
    Field("net_profit", N_("净利润"), parse_money),
    Field("total_assets", N_("资产总额"), parse_money, required=True),
    Field("intangible_assets", N_("无形资产"), parse_money),
    Field("rnd_spending", N_("研发投入"), parse_money, required=True),
    Field("tax", N_("纳税总额"), parse_money),
    Field("export", N_("出口额"), parse_money),
    Field("employees", N_("从业人数"), whole, required=True),
    Field("rnd_staff", N_("研发人员数"), whole),
    Field("valid_patents", N_("有效专利数"), whole),
    Field("statement_file_id", N_("利润表"), identity, required=True),
    Field("statement_seal", N_("利润表盖章"), choice("auditor", "unit_finance"), required=True),
)

PATENT = (
    Field("title", N_("专利名称"), line(500), required=True),
    Field("patentees", N_("专利权人"), lines(2000), required=True, empty=""),
    Field("inventors", N_("发明人"), lines(2000)),
    Field("filing_date", N_("申请日"), day, required=True),
    Field("grant_date", N_("授权公告日"), day),
    Field("publication_no", N_("公告号"), line(20)),
    Field("ipc", N_("主分类号"), line(40)),
    Field("legal_state", N_("法律状态"), choice(*m.LEGAL_STATES), required=True),
)
PATENT_HOLDING = (
    Field("obtained", N_("取得方式"), choice("own", "assigned", "licensed", "contributed"), required=True),
    Field("licence_kind", N_("许可方式"), choice("exclusive", "sole", "ordinary")),
    Field("licence_from", N_("许可起始日"), day),
    Field("licence_until", N_("许可截止日"), day),
    Field("proof_file_id", N_("权属证明"), identity),
    Field("pledged", N_("是否质押"), flag, empty=False),
    Field("records", N_("质押、许可备案情况"), lines(2000)),
)

PRODUCT = (
    Field("name", N_("产品名称"), line(200), required=True, empty=""),
    Field("model", N_("规格型号"), line(500), required=True),
    Field("models_reason", N_("多个型号属同一产品的理由"), lines(2000)),
    Field("nature", N_("产品性质"), choice("goods", "service"), required=True),
    Field("stage", N_("产品阶段"), choice("intermediate", "end")),
    Field("class_code", N_("产品分类"), line(20), required=True),
    Field("industry_code", N_("产业分类"), line(4), required=True),
    Field("takes_part", N_("是否参与认定"), flag, required=True),
    Field("introduction", N_("产品简介"), lines(20_000), required=True),
    Field("picture_file_id", N_("产品图片"), identity),
    Field("launch_date", N_("上市日期"), day),
)
YEAR = (
    Field("output_value", N_("产值"), parse_money, required=True),
    Field("sales", N_("销售收入"), parse_money, required=True),
    Field("volume", N_("销售数量"), parse_money, required=True),
    Field("volume_unit", N_("数量单位"), line(20), required=True),
    Field("export", N_("出口额"), parse_money),
    Field("profit", N_("利润总额"), parse_money, required=True),
    Field("domestic_share", N_("国内市场占有率"), percent),
    Field("world_share", N_("国际市场占有率"), percent),
)
