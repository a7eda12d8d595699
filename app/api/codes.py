"""The code tables and rules that filings are filled in by, read by programs: the keys are the codes themselves."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers
from app.api.base import RecordApi
from app.api.viewed import ViewApi
from app.domain.actor import ADMIN
from app.web.interface import PolicyInterface
from app.web.reference import FilingRuleView


class CodeApi(RecordApi):
    """A table of codes, the same for everybody."""

    area = "filing"
    roles = answers.EVERY_READER
    base_order = ("code", "asc")


class ProductClassApi(CodeApi):
    """The product classification in use; only leaves may be filed under."""

    resource_name = "product-classes"
    title = _l("产品分类")
    datamodel = PolicyInterface(m.ProductClass)
    list_columns = ("name", "name_en", "parent", "is_leaf", "nature", "stage")
    show_columns = (*list_columns, "scheme", "scheme_version")
    filter_columns = ("parent", "nature", "stage")
    text_columns = ("code", "name", "name_en", "initials")


class IndustryApi(CodeApi):
    """GB/T 4754-2017."""

    resource_name = "industries"
    title = _l("国民经济行业分类")
    datamodel = PolicyInterface(m.Industry)
    list_columns = show_columns = ("name", "name_en", "level", "parent", "section")
    filter_columns = ("parent", "section")
    text_columns = ("code", "name", "name_en", "initials")


class IntensiveIndustryApi(CodeApi):
    """Patent-intensive industries; ``provisional`` says that the table is not an official one."""

    resource_name = "intensive-industries"
    title = _l("专利密集型产业")
    datamodel = PolicyInterface(m.IntensiveIndustry)
    list_columns = show_columns = (
        "group_code", "group_name", "group_name_en", "subgroup_code", "subgroup_name", "subgroup_name_en", "partial",
        "provisional",
    )  # fmt: skip
    filter_columns = ("group_code",)
    text_columns = ("industry_code", "group_name", "subgroup_name", "group_name_en", "subgroup_name_en")
    base_order = ("industry_code", "asc")


class RegionApi(CodeApi):
    """Administrative divisions, GB/T 2260."""

    resource_name = "regions"
    title = _l("行政区划")
    datamodel = PolicyInterface(m.Region)
    list_columns = show_columns = ("name", "name_en", "level", "parent")
    filter_columns = ("parent",)
    text_columns = ("code", "name", "name_en")


class FilingRuleApi(ViewApi):
    """The checker's rules with their clauses and examples; administrators change how strict they are and what they say."""

    resource_name = "filing-rules"
    area = "filing"
    view = FilingRuleView
    roles = {**answers.EVERY_READER, ADMIN: answers.WRITE}
    example = {"severity": "warn"}
