"""What if 试算: other weights and thresholds, and who would then pass. Nothing is written; the address can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.domain.errors import RuleError
from app.services.recognition import rounds, schemes, screening
from app.web.access import guarded
from app.web.recognition.base import ROUND, RoundPage
from app.web.recognition.schemes import form_parts


class WhatIfView(RoundPage):
    """初筛试算."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/what-if")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The scheme's figures to play with and, once one is changed, who would pass and who would drop."""
        round_ = self.round(round_id)
        document = rounds.scheme_document(round_)
        offered = screening.figures_offered(document)
        typed = {place: request.args[place][:100] for place in offered if place in request.args}
        changed = {place: value for place, value in typed.items() if value.strip() != offered[place]}
        outcome, problems = None, []
        if changed:
            try:
                outcome = screening.what_if(round_, changed)
            except RuleError as error:
                problems = error.problems
        parts = form_parts(document)
        return self.page(
            "what_if.html", 422 if problems else 200, title=_("初筛试算"), round=round_, outcome=outcome, typed=typed,
            problems=problems, changed=changed, offered=offered, other=schemes.written(_renamed(outcome.document)) if outcome else "",
            numbers=[each for each in parts["numbers"] if each.place in offered],
            rows=[row for row in parts["rows"] if row["is_part"] and row["weight"].place in offered],
            labels=parts["labels"], names=parts["names"],
        )  # fmt: skip


def _renamed(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "name": _("%(name)s（试算）", name=document["name"])}
