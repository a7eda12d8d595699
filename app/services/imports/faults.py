"""Faults of rows as they are stored: messages without a language, with their parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from app.domain.errors import Problem
from app.domain.text import Message, Name


def pack(problems: Iterable[Problem]) -> str:
    """Problems as JSON."""
    return json.dumps([[each.field, packed(each.message)] for each in problems], ensure_ascii=False)


def unpack(text: str | None) -> list[Problem]:
    """The problems again."""
    return [Problem(field, unpacked(message)) for field, message in json.loads(text or "[]")]


def packed(message: Message) -> dict[str, Any]:
    """A message as JSON holds it."""
    return {"msgid": message.msgid, "params": {name: _plain(value) for name, value in message.params.items()}}


def unpacked(stored: dict[str, Any]) -> Message:
    """The message again."""
    return Message(stored["msgid"], {name: _value(value) for name, value in stored["params"].items()})


def _plain(value: object) -> Any:
    if isinstance(value, Message):
        return packed(value)
    if isinstance(value, Name):
        return {"zh": value.zh, "en": value.en}
    return value if isinstance(value, int) else str(value)


def _value(stored: Any) -> object:
    if not isinstance(stored, dict):
        return stored
    return unpacked(stored) if "msgid" in stored else Name(stored["zh"], stored["en"])
