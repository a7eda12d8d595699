"""What codes and columns are called. Codes are kept in the database, their names are translated where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain import machines, patent_number
from app.domain.clock import BEIJING
from app.domain.normal import InputError
from app.registers import classifications, regions
from app.web.text import called, in_english, render

Labels = Mapping[str, Any]

UNIT_KINDS: Labels = {
    "enterprise": _l("企业"),
    "university": _l("高等院校"),
    "institute": _l("科研院所"),
    "new_rnd": _l("新型研发机构"),
    "social": _l("社会组织"),
    "other": _l("其他"),
}
QUALIFICATIONS: Labels = {
    "high_tech": _l("高新技术企业"),
    "specialised": _l("专精特新企业"),
    "ip_advantage": _l("知识产权优势企业"),
    "ip_demonstration": _l("知识产权示范企业"),
}
PATENT_KINDS: Labels = {"invention": _l("发明"), "utility_model": _l("实用新型"), "design": _l("外观设计")}
LEGAL_STATES: Labels = {"pending": _l("审中"), "valid": _l("有权"), "lapsed": _l("失效")}
LAPSE_REASONS: Labels = {
    "fee": _l("未缴年费"),
    "expired": _l("期限届满"),
    "abandoned": _l("放弃"),
    "invalidated": _l("无效"),
    "withdrawn": _l("撤回"),
    "rejected": _l("驳回"),
}
OBTAINED: Labels = {
    "own": _l("自主申请"),
    "assigned": _l("受让"),
    "licensed": _l("许可"),
    "contributed": _l("作价入股"),
}
LICENCES: Labels = {"exclusive": _l("独占许可"), "sole": _l("排他许可"), "ordinary": _l("普通许可")}
SOURCES: Labels = {"register": _l("登记簿"), "hand": _l("手工添加"), "import": _l("批量导入")}
NATURES: Labels = {"goods": _l("实物产品"), "service": _l("技术服务")}
STAGES: Labels = {"intermediate": _l("中间材料"), "end": _l("终端产品")}
SEALS: Labels = {"auditor": _l("审计单位章"), "unit_finance": _l("单位财务章")}
ASSET_STATES: Labels = {"draft": _l("未完成"), "complete": _l("已完成")}
REVOCATION_REASONS: Labels = {"off_market": _l("产品已退出市场"), "patents_lapsed": _l("关联专利全部失效")}
EVIDENCE_KINDS: Labels = {
    "sales": _l("销售证明"),
    "production": _l("生产证明"),
    "export": _l("出口证明"),
    "share": _l("市场占有率证明"),
    "other": _l("其他证明"),
}
CASE_KINDS: Labels = {
    "realname": _l("实名认证"),
    "change": _l("名称或代码变更"),
    "filing": _l("产品备案"),
    "update": _l("年度更新"),
    "revocation": _l("撤销备案"),
}
CASE_STATES: Labels = {
    "open": _l("待审核"),
    "approved": _l("已通过"),
    "returned": _l("已退回"),
    "withdrawn": _l("已撤回"),
}
FILE_STATES: Labels = {"clean": _l("正常"), "held": _l("待扫描"), "quarantined": _l("已隔离")}
ACCOUNT_STATES: Labels = {"active": _l("正常"), "locked": _l("已锁定"), "disabled": _l("已停用")}
SEVERITIES: Labels = {"block": _l("必须修改"), "warn": _l("提醒"), "info": _l("审核要点"), "off": _l("停用")}
OUTBOX_STATES: Labels = {"waiting": _l("待发送"), "sent": _l("已发送"), "dead": _l("发送失败")}
CHANNELS: Labels = {"inapp": _l("站内信"), "email": _l("电子邮件"), "sms": _l("短信")}
DAY_KINDS: Labels = {"rest": _l("休"), "work": _l("班")}
YES_NO: Labels = {"True": _l("是"), "False": _l("否")}
ROLES: Labels = {
    "Public": _l("公众"),
    "Unit": _l("备案单位"),
    "Reviewer": _l("审核员"),
    "RecognitionOfficer": _l("认定专员"),
    "IPOffice": _l("知识产权管理部门"),
    "Auditor": _l("审计员"),
    "Admin": _l("系统管理员"),
    "system": _l("系统"),
}

#: (table, column) → labels; a name alone serves every table.
JOB_KINDS: Labels = {
    "screening": _l("初筛"),
    "certificates": _l("批量制证"),
    "export": _l("导出"),
    "import": _l("导入"),
    "ask_supplements": _l("通知补充信息"),
    "begin_evaluation": _l("开始评价"),
    "propose": _l("决定拟认定名单"),
    "publish_notice": _l("发布公示"),
    "cancel_notice": _l("取消公示"),
    "recognise": _l("予以认定"),
}
JOB_STATES: Labels = {
    "waiting": _l("等待中"),
    "running": _l("进行中"),
    "done": _l("已完成"),
    "failed": _l("失败"),
}
NOTICE_STATES: Labels = {"open": _l("公示中"), "ended": _l("已结束"), "cancelled": _l("已取消")}
DIMENSIONS: Labels = {
    "protection": _l("专利保护强度"),
    "value": _l("专利价值贡献"),
    "dependence": _l("产品竞争力对专利依赖度"),
}
EVALUATION_STATES: Labels = {"assigned": _l("待评分"), "scored": _l("已评分"), "recused": _l("已回避")}
OBJECTION_KINDS: Labels = {"objection": _l("异议"), "tip": _l("线索")}
ARTICLE_KINDS: Labels = {
    "notice": _l("通知"),
    "policy": _l("政策文件"),
    "file": _l("下载资料"),
    "faq": _l("常见问题"),
    "manual": _l("操作手册"),
    "flow": _l("流程"),
}
ARTICLE_STATUS: Labels = {"draft": _l("草稿"), "published": _l("已发布")}
TOKEN_STATES: Labels = {"active": _l("有效"), "expired": _l("已到期"), "revoked": _l("已吊销"), "account": _l("已随账号变动失效")}  # fmt: skip
IMPORT_KINDS: Labels = {
    "patents": _l("专利信息"), "products": _l("产品备案草稿"), "assets": _l("资产信息"), "register": _l("专利登记簿"),
    "users": _l("用户"), "industry": _l("国民经济行业分类"), "class": _l("产品分类"), "intensive": _l("专利密集型产业"),
    "calendar": _l("工作日历"),
}  # fmt: skip
IMPORT_STAGES: Labels = {
    "columns": _l("待对应列"), "checking": _l("检查中"), "checked": _l("待确认"), "writing": _l("导入中"), "done": _l("已导入"),
    "refused": _l("未导入"), "undoing": _l("撤销中"), "undone": _l("已撤销"),
}  # fmt: skip
VERDICTS: Labels = {
    "unchecked": _l("未检查"), "new": _l("新记录"), "change": _l("有改动"), "same": _l("无变化"), "faulty": _l("有误"),
    "broken": _l("无法读取"), "removed": _l("不再有的记录"),
}  # fmt: skip
_CODES: dict[tuple[str, str], Labels] = {
    ("api_token", "state"): TOKEN_STATES,
    ("webhook", "state"): {"active": _l("推送中"), "paused": _l("已暂停")},
    ("webhook_delivery", "state"): OUTBOX_STATES,
    ("background_job", "kind"): JOB_KINDS,
    ("background_job", "state"): JOB_STATES,
    ("import_batch", "kind"): IMPORT_KINDS,
    ("import_batch", "stage"): IMPORT_STAGES,
    ("import_row", "verdict"): VERDICTS,
    ("screening_run", "state"): JOB_STATES,
    ("public_notice", "state"): NOTICE_STATES,
    ("supplement_file", "dimension"): DIMENSIONS,
    ("evaluation", "state"): EVALUATION_STATES,
    ("objection", "kind"): OBJECTION_KINDS,
    ("article", "kind"): ARTICLE_KINDS,
    ("article", "status"): ARTICLE_STATUS,
    ("unit", "kind"): UNIT_KINDS,
    ("patent", "kind"): PATENT_KINDS,
    ("register_patent", "kind"): PATENT_KINDS,
    ("asset_year", "state"): ASSET_STATES,
    ("asset_year", "statement_seal"): SEALS,
    ("patent", "source"): SOURCES,
    ("review_case", "kind"): CASE_KINDS,
    ("review_case", "state"): CASE_STATES,
    ("evidence", "kind"): EVIDENCE_KINDS,
    ("stored_file", "state"): FILE_STATES,
    ("account", "state"): ACCOUNT_STATES,
    ("filing_rule", "severity"): SEVERITIES,
    ("outbox", "state"): OUTBOX_STATES,
    ("outbox", "channel"): CHANNELS,
    ("calendar_day", "kind"): DAY_KINDS,
    ("phrase", "kind"): CASE_KINDS,
    ("", "legal_state"): LEGAL_STATES,
    ("", "lapse_reason"): LAPSE_REASONS,
    ("", "obtained"): OBTAINED,
    ("", "licence_kind"): LICENCES,
    ("", "nature"): NATURES,
    ("", "stage"): STAGES,
    ("", "revocation_reason"): REVOCATION_REASONS,
    ("transition", "actor_role"): ROLES,
    ("filing_rule", "stage"): {
        "product": _l("产品信息"),
        "patents": _l("关联专利"),
        "evidence": _l("证明材料"),
        "submit": _l("提交审核"),
    },
}
_MACHINES = {
    "unit": machines.REALNAME,
    "product": machines.FILING,
    "product_year": machines.UPDATE,
    "recognition_round": machines.ROUND,
    "recognition": machines.RECOGNITION,
    "objection": machines.OBJECTION,
}


def codes(table: str, column: str) -> dict[str, str] | None:
    """Code → name in the reader's language for a column that holds codes, else None."""
    if not is_coded(table, column):
        return None
    return _codes_in(str(get_locale()), table, column)


def is_coded(table: str, column: str) -> bool:
    """Whether a column holds codes of a closed list."""
    return (table, column) in _CODES or ("", column) in _CODES or (column == "state" and table in _MACHINES)


@cache
def _codes_in(_language: str, table: str, column: str) -> dict[str, str]:
    if column == "state" and table in _MACHINES:
        return {code: render(label) for code, label in _MACHINES[table].states.items()}
    labels = _CODES.get((table, column)) or _CODES["", column]
    return {code: str(label) for code, label in labels.items()}


def label(table: str, column: str, code: str | None) -> str:
    """The name of a code; the code itself where it has none."""
    if code is None:
        return ""
    return (codes(table, column) or {}).get(code, code)


#: Columns whose codes are named by a classification or the regions.
_NAMED: dict[str, Callable[[str], str | None]] = {
    "class_code": lambda code: _class_name("class", code),
    "industry_code": lambda code: _class_name("industry", code),
    **dict.fromkeys(("province", "city", "district"), lambda code: region(code)),
}


def region(code: str) -> str:
    """The name of a division; the code itself where it has none."""
    return regions.name(code, english=in_english())


def _class_name(scheme: str, code: str) -> str | None:
    node = classifications.get(scheme, code)
    return None if node is None else called(node)


def classified(scheme: str, code: str) -> str:
    """Code and name of an industry or product class; the code alone where it has none."""
    node = classifications.get(scheme, code)
    return code if node is None else f"{node.code} {called(node)}"


def path(node: classifications.Node) -> tuple[str, ...]:
    """What stands above an industry or product class, top first."""
    return node.path_en if in_english() else node.path


def intensive_names(match: classifications.IntensiveMatch) -> tuple[str, str]:
    """Group and subgroup of a patent-intensive industry."""
    if in_english():
        return match.group_name_en, match.subgroup_name_en
    return match.group_name, match.subgroup_name


def is_named(column: str) -> bool:
    """Whether a column holds codes of a classification or of regions."""
    return column in _NAMED


def named(column: str, code: str) -> str | None:
    """Code and name of a class, industry or region; None where ``column`` holds no such codes."""
    find = _NAMED.get(column)
    if find is None:
        return None
    name = find(code)
    return f"{code} {name}" if name else code


def show(value: Any) -> str:
    """A value as people read it: Beijing time, thousands separated, yes and no in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, list | tuple):
        return _("、").join(str(item) for item in value)
    return str(value)


def patent_no(compact: str) -> str:
    """A stored patent number as it is written: ZL 2015 1 0222662.8; what is none stays as it is."""
    try:
        return patent_number.parse(compact).display
    except InputError:
        return compact
