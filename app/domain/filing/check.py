"""Checking a filing against the rules: the same code for the page, the API, the import and the command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from app.domain.filing.filing import Filing
from app.domain.filing.registry import CHECKS, Hit
from app.domain.filing.rules import BLOCK, INFO, OFF, WARN, Rule
from app.domain.text import Message, Name

_ORDER = {BLOCK: 0, WARN: 1, INFO: 2}


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place. ``field`` is an attribute of the filing, for rows of a list with place and
    attribute (``patents.0.number``), None where it is the filing as a whole."""

    rule: Rule
    field: str | None
    message: Message
    message_en: Message

    @property
    def severity(self) -> str:
        """``block``, ``warn`` or ``info``."""
        return self.rule.severity

    def to_dict(self, language: str = "zh", render: Callable[[Message], str] = str) -> dict[str, object]:
        """As JSON: rule, no, clause, official, stage, severity, field, message, good and bad example.

        ``render`` turns a message into text; it decides the language of words within the message.
        """
        english = language == "en"
        rule = self.rule
        return {
            "rule": rule.id,
            "no": rule.no,
            "clause": render(_literal(rule.clause)),
            "official": rule.official,
            "stage": rule.stage,
            "severity": rule.severity,
            "field": self.field,
            "message": render(self.message_en if english else self.message),
            "good": rule.good_example_en if english else rule.good_example,
            "bad": rule.bad_example_en if english else rule.bad_example,
        }


def check_filing(
    filing: Filing, rules: Iterable[Rule], stage: str | None = None, fields: Collection[str] | None = None
) -> list[Finding]:
    """What breaks the rules, the gravest first and else in the order of the rules.

    ``stage`` limits it to the rules of one step, ``fields`` to findings at these attributes (as one types).
    """
    found = [
        finding
        for rule in rules
        if rule.severity != OFF
        for finding in _findings(filing, rule, stage, fields)
    ]
    return sorted(found, key=lambda finding: _ORDER[finding.severity])


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that stand in the way of submitting."""
    return [finding for finding in findings if finding.severity == BLOCK]


def _findings(
    filing: Filing, rule: Rule, stage: str | None, fields: Collection[str] | None
) -> Iterator[Finding]:
    check = CHECKS.get(rule.check)
    if check is None or stage not in (None, rule.stage):
        return
    if fields is not None and check.fields.isdisjoint(fields):
        return
    for hit in check.run(filing):
        if fields is None or _root(hit) in fields:
            english = {name: _english(value) for name, value in hit.params.items()}
            yield Finding(
                rule, hit.field, Message(rule.message_zh, hit.params), Message(rule.message_en, english)
            )


def _english(value: object) -> object:
    return value.english if isinstance(value, Name) else value


def _literal(text: str) -> Message:
    """A text as a message: braces in it are no blanks."""
    return Message(text.replace("{", "{{").replace("}", "}}"))


def _root(hit: Hit) -> str:
    return (hit.field or "").partition(".")[0]
