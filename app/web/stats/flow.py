"""The way of a year's products from submission through filing to recognition, as flows between stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _

from app.domain import statistics as cube
from app.domain.machines import FILING, RECOGNITION
from app.policies import PUBLISHED
from app.web.stats.asking import View
from app.web.text import render

#: where a product stands in recognition: the stages it has come through, and the states in which it stays at each
_STAGES = (
    ("screening", ("candidate", "screened_out")),
    ("supplement", ("passed", "supplement_due", "supplemented", "overdue")),
    ("evaluation", ("evaluating", "not_passed")),
    ("notice", ("proposed", "in_notice", "objected", "refused")),
    ("end", ("recognised", "expired", "withdrawn")),
)

Flow = tuple[str, str, int]


def steps(view: View) -> list[Flow]:
    """From where to where, and how many; nothing of what is none."""
    counts = view.cells.flow(view.asked)
    found = [*_filing(counts, view.asked.year), *_recognition(counts)]
    return [(source, target, count) for source, target, count in found if count > 0]


def _filing(counts: Mapping[str, int], year: int) -> Iterator[Flow]:
    submitted, on_file = _("首次提交"), _("在册产品")
    for state, label in FILING.states.items():
        if state not in PUBLISHED:
            yield submitted, _("备案：%(state)s", state=render(label)), counts.get(f"s:{state}", 0)
    new = counts.get(f"{cube.COHORT}:{year}", 0)
    yield submitted, on_file, new
    older = sum(n for node, n in counts.items() if node.startswith(f"{cube.COHORT}:")) - new
    yield _("往年备案，本年已更新"), on_file, older
    yield on_file, _("不参与认定"), counts.get("t:no", 0)
    yield on_file, _("参与认定"), counts.get("t:yes", 0)


def _recognition(counts: Mapping[str, int]) -> Iterator[Flow]:
    reached = [sum(counts.get(f"r:{state}", 0) for state in states) for _stage, states in _STAGES]
    names = {"screening": _("候选"), "supplement": _("通过初筛"), "evaluation": _("进入评价"), "notice": _("拟认定"),
             "end": _("认定")}  # fmt: skip
    willing = _("参与认定")
    yield willing, names["screening"], sum(reached)
    yield willing, _("未进入批次"), (counts.get("t:yes", 0) - sum(reached)) if sum(reached) else 0
    for place, (stage, states) in enumerate(_STAGES):
        for state in states:
            label = _("认定：%(state)s", state=render(RECOGNITION.states[state]))
            yield names[stage], label, counts.get(f"r:{state}", 0)
        if place + 1 < len(_STAGES):
            yield names[stage], names[_STAGES[place + 1][0]], sum(reached[place + 1 :])
