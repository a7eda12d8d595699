"""The guide to filing and the accessibility statement: texts of the templates, figures and rules of the running system."""

from __future__ import annotations

import re

from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.machines import MACHINES
from app.registers import classifications, parameters
from app.web import charts
from app.web.base import OpenPage

_VALUES = re.compile(r"\{\w+\}")
DUE = ("realname_due_days", "change_due_days", "filing_due_days", "update_due_days", "revocation_due_days",
       "notice_days", "objection_due_days")  # fmt: skip


class GuideView(OpenPage):
    """Pages of explanations, for everybody."""

    route_base = ""
    default_view = "help"

    @expose("/help")
    def help(self) -> str:
        """Conditions, materials, steps, time limits, basis, rules, questions, state charts."""
        rules = select(m.FilingRule).where(m.FilingRule.severity != "off").order_by(m.FilingRule.no)
        return str(self.render_template(
            "portal/help.html", days={name: parameters.integer(name) for name in DUE},
            upload_mib=parameters.integer("upload_max_mib"), rules=session.scalars(rules).all(),
            machines=MACHINES.values(), chart=charts.svg, steps=charts.steps, scheme=classifications.scheme(),
            said=_said, provisional=classifications.intensive_is_provisional(), questions=_questions(),
        ))  # fmt: skip

    @expose("/accessibility")
    def accessibility(self) -> str:
        """What the pages do for people with disabilities, what they do not yet, and whom to tell."""
        return str(self.render_template("portal/accessibility.html"))


def _said(message: str) -> str:
    """A rule's message where there is no value to name yet."""
    return _VALUES.sub("…", message)


def _questions() -> list[tuple[str, str]]:
    """What units stumble on most, with the answers (domain.md §9)."""
    return [
        (_("分公司可以备案吗？"), _("不可以。分公司、办事处等没有独立法人资格，由其法人单位备案。")),
        (_("高校、院所只做研发，可以备案吗？"), _("既不生产也不销售该产品的不可以；自己生产或销售的可以。")),
        (_("上一年度销售收入为 0，可以备案吗？"), _("不可以，等有销售之后再备案。")),
        (_("两家单位共同生产一个产品，谁来备案？"), _("由双方商定其中一家备案，不能重复备案。")),
        (
            _("不同颜色、内存大小的要分开备案吗？"),
            _(
                "不用，颜色、尺寸、配置不同的是一个产品；不同系列的是不同产品，如 P80、P80mini、P80plus 要分开备案。"
            ),
        ),
        (_("提示“不属于专利密集型产业”，会被退回吗？"), _("不会，这只是提示，不影响备案。")),
        (_("一定要上传证明材料吗？"), _("不一定，证明材料不是必需的。")),
        (
            _("为什么不能提交？"),
            _("多半是上一年度的资产信息没有填完整，页面上会写明原因和去处；补齐后即可提交。"),
        ),
        (_("认定怎样保持有效？"), _("认定证书有效期一年。每年更新产品数据，参加新一批认定。")),
        (
            _("备案被退回怎么办？"),
            _("在“不通过”中点“修改”，批注写在对应栏目旁；改好再提交，仍由原审核员处理，不必从头填写。"),
        ),
        (
            _("怎样核对别人出示的备案证明？"),
            _("扫描证明上的二维码，或在本站按备案编号查询，核对产品名称和单位名称是否一致。"),
        ),
    ]
