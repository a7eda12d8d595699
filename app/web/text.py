"""Messages of the rules and labels of codes, in the reader's language."""

from __future__ import annotations

from typing import Protocol

from flask_babel import get_locale, gettext

from app.domain.text import Message, Name


def render(message: Message | str) -> str:
    """The sentence in the reader's language, its parameters filled in."""
    if isinstance(message, str):
        return message
    params = {name: _shown(value) for name, value in message.params.items()}
    return gettext(message.msgid).format(**params)


def _shown(value: object) -> object:
    if isinstance(value, Message):
        return render(value)
    if isinstance(value, Name):
        return value.english if in_english() else value.zh
    return value


class Named(Protocol):
    """What has a Chinese and an English name: a region, an industry, a class."""

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


def called(named: Named) -> str:
    """The name in the reader's language."""
    return named.name_en if in_english() else named.name


def in_english() -> bool:
    """Whether the reader chose English."""
    return str(get_locale()) == "en"
