"""What if 试算: other weights and thresholds, and who would then pass. Nothing is written; the address can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.domain.errors import Problem, RuleError
from app.domain.recognition import figures
from app.domain.recognition.balance import balanced
from app.domain.recognition.scheme import SCREENING
from app.services.recognition import rounds, schemes, screening
from app.web.access import guarded
from app.web.recognition.base import ROUND, RoundPage
from app.web.recognition.schemes import form_parts

#: what decides on the screening besides weights and thresholds
_LINES = ("pass_score", "min_class")


class WhatIfView(RoundPage):
    """初筛试算."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/what-if")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The scheme's figures to play with and, once one is changed, who would pass and who would drop."""
        round_ = self.round(round_id)
        document = rounds.scheme_document(round_)
        offered = {figure.place: figure.value for figure in figures.figures(document) if _is_of_screening(figure.place, document)}  # fmt: skip
        typed = {place: request.args[place][:100] for place in offered if place in request.args}
        changed = {place: value for place, value in typed.items() if value.strip() != offered[place]}
        outcome, problems, other = None, [], None
        if changed:
            other = balanced(figures.with_figures(document, changed), SCREENING)
            try:
                outcome = screening.what_if(round_, other)
            except RuleError as error:
                problems = _at_inputs(error.problems, offered)
        parts = form_parts(document)
        return self.page(
            "what_if.html", 422 if problems else 200, title=_("初筛试算"), round=round_, outcome=outcome, typed=typed,
            problems=problems, changed=changed, offered=offered, other=schemes.written(_renamed(other)) if outcome and other else "",
            numbers=[each for each in parts["numbers"] if each.place in offered],
            rows=[row for row in parts["rows"] if row["is_part"] and row["weight"].place in offered],
            labels=parts["labels"], names=parts["names"],
        )  # fmt: skip


def _is_of_screening(place: str, document: Mapping[str, Any]) -> bool:
    if place in _LINES:
        return True
    head, _sep, rest = place.partition(".")
    if head != "dimensions" or ".indicators." not in place:
        return False
    number = int(rest.split(".", 1)[0])
    return document["dimensions"][number].get("stage") == SCREENING


def _at_inputs(problems: list[Problem], offered: Mapping[str, str]) -> list[Problem]:
    """Faults at places the form has; of a spoilt weight the sums are wrong too, which needs no saying."""
    return [problem for problem in problems if problem.field in offered] or problems


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "name": _("%(name)s（试算）", name=document["name"])}
