"""The rules as data: what an administrator may change (severity, texts, examples), bound to checks by name."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from app.domain.errors import Problem
from app.domain.filing.registry import CHECKS, REVIEWER, parameters_of
from app.domain.normal import DATA, InputError
from app.domain.text import N_

BLOCK = "block"
WARN = "warn"
INFO = "info"
OFF = "off"
SEVERITIES = (BLOCK, WARN, INFO, OFF)
STAGES = ("product", "patents", "evidence", "submit", "revocation")
#: The sources the built-in rules cite; named here so that they can be translated. 平台推定: our own reading.
SOURCES = (
    N_("操作手册 (1)"),
    N_("操作手册 (1)(1)"),
    N_("操作手册 (1)(1)、5"),
    N_("操作手册 (1)(2)"),
    N_("操作手册 3"),
    N_("操作手册 3、6"),
    N_("操作手册 4"),
    N_("操作手册 5"),
    N_("操作手册 6(1)"),
    N_("操作手册 6(1)1"),
    N_("操作手册 6(1)2"),
    N_("操作手册 6(1)3"),
    N_("操作手册 6(2)"),
    N_("操作手册 6(3)"),
    N_("操作手册 6(4)"),
    N_("操作手册 认定 1"),
    N_("操作手册 6(1)；数值检验为平台推定"),
    N_("操作手册 6(1)1；相似度检验为平台推定"),
    N_("操作手册 6(1)1；措辞检验为平台推定"),
    N_("平台推定，未见官方条文"),
)
DEFAULT_RULES = DATA / "filing_rules.csv"


class RuleTableError(InputError):
    """A rule that cannot be used; the message names it."""


@dataclass(frozen=True)
class Rule:
    """One rule. ``no`` is the reason for return it belongs to (1 to 30), ``clause`` its source; ``official`` is False
    where the source is our own reading. ``check`` names the code, or is ``reviewer`` where only a person can tell."""

    id: str
    no: int
    stage: str
    severity: str
    who: str
    check: str
    clause: str
    official: bool
    message_zh: str
    message_en: str
    good_example: str = ""
    bad_example: str = ""
    good_example_en: str = ""
    bad_example_en: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, object]) -> Rule:
        """From a table's row (the check's name in ``check`` or ``check_name``); RuleTableError where it is unusable."""
        try:
            rule = cls(
                **{name: str(row[name]) for name in _TEXTS},
                no=int(str(row["no"])),
                check=str(row["check"] if "check" in row else row["check_name"]),
                official=str(row["official"]).lower() in ("true", "1", "yes"),
            )
        except (KeyError, ValueError) as wrong:
            raise RuleTableError(N_("规则表有误：{detail}", detail=str(wrong))) from None
        for problem in problems(rule):
            raise RuleTableError(N_("规则 {rule}：{detail}", rule=rule.id, detail=problem.message))
        return rule


_TEXTS = tuple(name for name in Rule.__dataclass_fields__ if name not in ("no", "check", "official"))


def load_rules(path: Path = DEFAULT_RULES) -> tuple[Rule, ...]:
    """The rules of a CSV file, in its order; RuleTableError where one is unusable or an id stands twice."""
    with path.open(encoding="utf-8", newline="") as file:
        rules = tuple(Rule.from_row(row) for row in csv.DictReader(file))
    if len({rule.id for rule in rules}) != len(rules):
        raise RuleTableError(N_("规则编号重复"))
    return rules


def problems(rule: Rule) -> list[Problem]:
    """What makes a rule unusable: an unknown check, stage or severity, or a text with a blank its check cannot fill."""
    found = []
    if rule.check != REVIEWER and rule.check not in CHECKS:
        found.append(Problem("check", N_("没有名为 {check} 的检查", check=rule.check)))
    if rule.severity not in SEVERITIES:
        found.append(Problem("severity", N_("没有这种处理：{severity}", severity=rule.severity)))
    if rule.stage not in STAGES:
        found.append(Problem("stage", N_("没有这个步骤：{stage}", stage=rule.stage)))
    known = parameters_of(rule.check)
    for name in ("message_zh", "message_en"):
        text = getattr(rule, name)
        if not text.strip():
            found.append(Problem(name, N_("请填写说明")))
        elif rule.check in CHECKS and ((blanks := _blanks(text)) is None or not blanks <= known):
            options = "、".join(f"{{{name}}}" for name in sorted(known)) or "—"
            found.append(Problem(name, N_("花括号只能用于：{options}", options=options)))
    return found


def reviewer_checklist(rules: Iterable[Rule]) -> list[Rule]:
    """What only a reviewer can judge, in order: the list shown beside a case."""
    return [rule for rule in rules if rule.check == REVIEWER and rule.severity != OFF]


def _blanks(text: str) -> frozenset[str] | None:
    """The names in braces, None where the text is no format at all (stray braces, attributes, conversions)."""
    try:
        parts = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return None
    if any(spec or conversion or not str(name).isidentifier() for _, name, spec, conversion in parts):
        return None
    return frozenset(str(name) for _, name, _, _ in parts)
