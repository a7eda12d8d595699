"""The guide to filing and the accessibility statement: texts of the templates, figures and rules of the running system."""

from __future__ import annotations

import re

from flask_appbuilder.baseviews import expose
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.machines import MACHINES
from app.registers import classifications, parameters
from app.reports import articles
from app.web import charts, markup
from app.web.base import OpenPage
from app.web.text import in_english

_VALUES = re.compile(r"\{\w+\}")
DUE = ("realname_due_days", "change_due_days", "filing_due_days", "update_due_days", "revocation_due_days",
       "notice_days", "objection_due_days")  # fmt: skip
QUESTIONS = 50


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
            said=_said, provisional=classifications.intensive_is_provisional(), questions=articles.articles(
                local_date(utc_now()), english=in_english(), kinds=["faq"], limit=QUESTIONS
            ),
            html=markup.html,
        ))  # fmt: skip

    @expose("/accessibility")
    def accessibility(self) -> str:
        """What the pages do for people with disabilities, what they do not yet, and whom to tell."""
        return str(self.render_template("portal/accessibility.html"))


def _said(message: str) -> str:
    """A rule's message where there is no value to name yet."""
    return _VALUES.sub("…", message)
