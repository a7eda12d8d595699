"""Why a message was not sent, by what to do about it."""

from __future__ import annotations


class Undeliverable(Exception):
    """This message will never arrive: its address or text is refused for good."""


class TryLater(Exception):
    """This message was not taken now; others may be."""


class ChannelDown(Exception):
    """Nothing can be sent at present: no connection, no answer, wrong account."""
