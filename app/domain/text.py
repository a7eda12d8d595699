"""Texts that are shown to people, as values: a Chinese message id and its parameters.

The rules know nothing of languages or requests; whoever shows a message translates its id and then fills in the
parameters (``str.format`` style).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """A sentence for a person. ``str()`` gives the Chinese text; other languages translate ``msgid`` first."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.msgid.format(**self.params)

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(sorted((k, str(v)) for k, v in self.params.items()))))


@dataclass(frozen=True)
class Name:
    """What something is called, in both languages: a parameter of messages. ``str()`` gives the Chinese name."""

    zh: str
    en: str = ""

    def __str__(self) -> str:
        return self.zh

    @property
    def english(self) -> str:
        """The English name, the Chinese one where there is none."""
        return self.en or self.zh


def N_(msgid: str, **params: object) -> Message:
    """Mark ``msgid`` for translation and bind its parameters."""
    return Message(msgid, params)
