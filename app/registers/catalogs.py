"""Messages in English outside a request: for what is kept in both languages."""

from __future__ import annotations

import gettext
from functools import cache

from app.domain.text import Message, Name
from config import ROOT


def english(message: Message) -> str:
    """The sentence in English, the messages and names within it too; Chinese where it has no translation."""
    params = {name: _shown(value) for name, value in message.params.items()}
    return _catalog().gettext(message.msgid).format(**params)


def _shown(value: object) -> object:
    if isinstance(value, Message):
        return english(value)
    return value.english if isinstance(value, Name) else value


@cache
def _catalog() -> gettext.NullTranslations:
    return gettext.translation("messages", str(ROOT / "translations"), ["en"], fallback=True)
