"""Generated views of rules, parameters, texts and code tables: staff read them, administrators change them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import models as m
from app.domain.errors import Problem, RuleError
from app.domain.filing import rules
from app.notify import templates
from app.registers import calendars, parameters
from app.services import checks
from app.web.base import RecordView
from app.web.interface import PolicyInterface
from app.web.records import READ, READ_ONLY, STAFF_READ

EDIT = (*READ, "can_edit")
WRITE = (*EDIT, "can_add", "can_delete")
ADMIN_EDITS = {**STAFF_READ, "Admin": EDIT}
ADMIN_WRITES = {**STAFF_READ, "Admin": WRITE}
ENGLISH_NAME = {"name": "name_en"}


def _refuse(problems: Collection[Problem]) -> None:
    if problems:
        raise RuleError(list(problems))


class FilingRuleView(RecordView):
    """Rules of the checker: severity, texts and examples may be changed."""

    datamodel = PolicyInterface(m.FilingRule)
    roles = ADMIN_EDITS
    base_permissions = list(EDIT)
    list_title = _l("备案规则")
    list_columns = ["id", "no", "stage", "severity", "who", "clause", "official", "message_zh"]
    order_columns = ["id"]
    base_order = ("no", "asc")
    filter_columns = ("stage", "severity")
    text_columns = ("id", "message_zh", "message_en", "clause")
    english_columns: ClassVar[Mapping[str, str]] = {"message_zh": "message_en"}
    formatters_columns: ClassVar[dict[str, Any]] = {"clause": _}
    show_columns = [
        "id",
        "no",
        "stage",
        "severity",
        "who",
        "check_name",
        "clause",
        "official",
        "message_zh",
        "message_en",
        "good_example",
        "bad_example",
        "good_example_en",
        "bad_example_en",
    ]
    edit_columns = [
        "severity",
        "clause",
        "official",
        "message_zh",
        "message_en",
        "good_example",
        "bad_example",
        "good_example_en",
        "bad_example_en",
    ]
    label_columns = {
        "id": _l("规则编号"),
        "no": _l("序号"),
        "stage": _l("环节"),
        "severity": _l("级别"),
        "who": _l("由谁检查"),
        "check_name": _l("检查程序"),
        "clause": _l("依据"),
        "official": _l("依据已核实"),
        "message_zh": _l("提示（中文）"),
        "message_en": _l("提示（英文）"),
        "good_example": _l("正例"),
        "bad_example": _l("反例"),
        "good_example_en": _l("正例（英文）"),
        "bad_example_en": _l("反例（英文）"),
    }

    def pre_update(self, item: m.FilingRule) -> None:
        """A text that its check cannot fill in would silence the rule."""
        texts = {name: getattr(item, name) for name in rules.Rule.__dataclass_fields__ if name != "check"}
        _refuse(rules.problems(rules.Rule(check=item.check_name, **texts)))

    def post_update(self, item: m.FilingRule) -> None:
        """The next check in this process already follows it."""
        checks.forget_rules()


class ParameterView(RecordView):
    """Figures and patterns that are assumed and may be changed."""

    datamodel = PolicyInterface(m.Parameter)
    roles = ADMIN_EDITS
    base_permissions = list(EDIT)
    list_title = _l("参数")
    list_columns = ["name", "value", "note"]
    base_order = ("name", "asc")
    text_columns = ("name", "note")
    show_columns = ["name", "value", "note"]
    edit_columns = ["value"]
    label_columns = {"name": _l("名称"), "value": _l("值"), "note": _l("说明")}
    formatters_columns: ClassVar[dict[str, Any]] = {"note": _}

    def pre_update(self, item: m.Parameter) -> None:
        """A value that cannot be read would leave the default in force."""
        parameters.check(item.name, item.value)

    def post_update(self, item: m.Parameter) -> None:
        """What follows in this process already uses it."""
        parameters.forget()


class PhraseView(RecordView):
    """Phrases reviewers use often."""

    datamodel = PolicyInterface(m.Phrase)
    roles = {**STAFF_READ, "Reviewer": WRITE, "Admin": WRITE}
    base_permissions = list(WRITE)
    list_title = _l("常用审核意见")
    list_columns = ["kind", "field", "text", "position"]
    base_order = ("position", "asc")
    filter_columns = ("kind",)
    text_columns = ("text",)
    show_columns = ["kind", "field", "text", "position"]
    add_columns = edit_columns = ["kind", "field", "text", "position"]
    label_columns = {"kind": _l("事项"), "field": _l("字段"), "text": _l("意见"), "position": _l("顺序")}


class MessageTemplateView(RecordView):
    """Texts of the messages the platform sends."""

    datamodel = PolicyInterface(m.MessageTemplate)
    roles = ADMIN_EDITS
    base_permissions = list(EDIT)
    list_title = _l("消息模板")
    list_columns = ["code", "language", "subject", "sms", "parameters"]
    base_order = ("code", "asc")
    text_columns = ("code", "subject")
    show_columns = ["code", "language", "subject", "body", "sms", "sms_template", "parameters"]
    edit_columns = ["subject", "body", "sms", "sms_template"]
    label_columns = {
        "code": _l("模板"),
        "language": _l("语言"),
        "subject": _l("主题"),
        "body": _l("正文"),
        "sms": _l("短信"),
        "sms_template": _l("短信服务商的模板编号"),
        "parameters": _l("可用变量"),
    }

    def pre_update(self, item: m.MessageTemplate) -> None:
        """A text that cannot be filled in would stop whatever sends it."""
        _refuse(templates.problems(item))


class ProductClassView(RecordView):
    """The product classification in use."""

    datamodel = PolicyInterface(m.ProductClass)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("产品分类")
    english_columns = ENGLISH_NAME
    formatters_columns: ClassVar[dict[str, Any]] = {"scheme": _}
    list_columns = ["code", "name", "parent", "nature", "stage", "is_leaf", "scheme"]
    base_order = ("code", "asc")
    filter_columns = ("nature", "stage")
    text_columns = ("code", "name", "name_en", "initials")
    show_columns = ["code", "name", "parent", "nature", "stage", "is_leaf", "scheme", "scheme_version"]
    label_columns = {
        "code": _l("代码"),
        "name": _l("名称"),
        "parent": _l("上级"),
        "nature": _l("产品性质"),
        "stage": _l("产品阶段"),
        "is_leaf": _l("可选"),
        "scheme": _l("分类方案"),
        "scheme_version": _l("版本"),
    }


class IndustryView(RecordView):
    """GB/T 4754-2017."""

    datamodel = PolicyInterface(m.Industry)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("国民经济行业分类")
    english_columns = ENGLISH_NAME
    list_columns = ["code", "name", "level", "parent", "section"]
    base_order = ("code", "asc")
    text_columns = ("code", "name", "name_en", "initials")
    show_columns = ["code", "name", "level", "parent", "section"]
    label_columns = {
        "code": _l("代码"),
        "name": _l("名称"),
        "level": _l("层级"),
        "parent": _l("上级"),
        "section": _l("门类"),
    }


class IntensiveIndustryView(RecordView):
    """Patent-intensive industries (2019 classification)."""

    datamodel = PolicyInterface(m.IntensiveIndustry)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("专利密集型产业")
    english_columns: ClassVar[Mapping[str, str]] = {
        "group_name": "group_name_en",
        "subgroup_name": "subgroup_name_en",
    }
    list_columns = ["industry_code", "group_name", "subgroup_name", "partial", "provisional"]
    base_order = ("industry_code", "asc")
    text_columns = ("industry_code", "group_name", "subgroup_name", "group_name_en", "subgroup_name_en")
    show_columns = [
        "industry_code",
        "group_code",
        "group_name",
        "subgroup_code",
        "subgroup_name",
        "partial",
        "provisional",
    ]
    label_columns = {
        "industry_code": _l("行业代码"),
        "group_code": _l("大类代码"),
        "group_name": _l("大类"),
        "subgroup_code": _l("中类代码"),
        "subgroup_name": _l("中类"),
        "partial": _l("仅部分属于"),
        "provisional": _l("暂用对照表（未经官方核实）"),
    }


class RegionView(RecordView):
    """Administrative divisions, GB/T 2260."""

    datamodel = PolicyInterface(m.Region)
    roles = STAFF_READ
    base_permissions = READ_ONLY
    list_title = _l("行政区划")
    english_columns = ENGLISH_NAME
    list_columns = ["code", "name", "level", "parent"]
    base_order = ("code", "asc")
    text_columns = ("code", "name", "name_en")
    show_columns = ["code", "name", "level", "parent"]
    label_columns = {"code": _l("代码"), "name": _l("名称"), "level": _l("层级"), "parent": _l("上级")}


class CalendarDayView(RecordView):
    """Days that differ from Monday to Friday, loaded by an administrator."""

    datamodel = PolicyInterface(m.CalendarDay)
    roles = ADMIN_WRITES
    base_permissions = list(WRITE)
    list_title = _l("工作日历")
    list_columns = ["day", "kind", "holiday"]
    base_order = ("day", "desc")
    filter_columns = ("kind",)
    show_columns = ["day", "kind", "holiday"]
    add_columns = ["day", "kind", "holiday"]
    edit_columns = ["kind", "holiday"]
    label_columns = {"day": _l("日期"), "kind": _l("休或班"), "holiday": _l("节日")}

    def pre_add(self, item: m.CalendarDay) -> None:
        """The rule of a calendar's file holds for a single day, too."""
        fault = calendars.day_problem(item.day, item.kind)
        _refuse([Problem("kind", fault)] if fault else [])

    def pre_update(self, item: m.CalendarDay) -> None:
        """As for a new day."""
        self.pre_add(item)

    def post_add(self, item: m.CalendarDay) -> None:
        """What follows in this process already counts with it."""
        calendars.forget()

    def post_update(self, item: m.CalendarDay) -> None:
        """As for a new day."""
        calendars.forget()

    def post_delete(self, item: m.CalendarDay) -> None:
        """As for a new day."""
        calendars.forget()
