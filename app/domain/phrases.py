"""Messages put together from messages, so that every part can still be translated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from app.domain.text import N_, Message


def listed(parts: Sequence[Message]) -> Message:
    """The messages as one enumeration; 无 where there is none."""
    if not parts:
        return N_("无")
    return reduce(lambda so_far, part: N_("{listed}、{next}", listed=so_far, next=part), parts)
