"""Messages of the rules and labels of codes, in the reader's language."""

from __future__ import annotations

from flask_babel import get_locale, gettext

from app.domain.text import Message


def render(message: Message | str) -> str:
    """The sentence in the reader's language, its parameters filled in."""
    if isinstance(message, str):
        return message
    params = {
        name: render(value) if isinstance(value, Message) else value for name, value in message.params.items()
    }
    return gettext(message.msgid).format(**params)


def in_english() -> bool:
    """Whether the reader chose English."""
    return str(get_locale()) == "en"
