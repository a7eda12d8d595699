"""What can go wrong, in words a page, an API answer and a command can show alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.text import N_, Message


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the field it stands beside (None: the whole form), what to do, and the rule's id.

    ``english``: the same sentence for readers of English where staff wrote both, as for the rules of filing.
    """

    field: str | None
    message: Message
    rule: str | None = None
    english: Message | None = None


class DomainError(Exception):
    """Base of all refusals that are part of the business; each carries the sentence to show."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class RuleError(DomainError):
    """Input that breaks rules; ``problems`` names each with its field. Shown beside the fields (HTTP 422)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        first = self.problems[0].message if self.problems else N_("输入有误")
        super().__init__(first)


class NotFound(DomainError):
    """The record does not exist, or the actor may not know that it does (HTTP 404)."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or N_("没有找到该记录，或您无权查看"))


class NotAllowed(DomainError):
    """The actor may see the record but may not do this (HTTP 403)."""


class Conflict(DomainError):
    """The record is not in a state, or no longer in the version, that the actor saw (HTTP 409)."""


class TooMany(DomainError):
    """Asked too often; ``retry_after`` says in how many seconds it may be asked again (HTTP 429)."""

    def __init__(self, message: Message, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
