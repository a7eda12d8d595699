"""What each kind of case brings to the review desk: its subject, its check, and what a decision does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import models as m
from app.domain.actor import Actor
from app.domain.errors import Problem
from app.domain.text import Message


@dataclass(frozen=True)
class Verdict:
    """What a check made anew says: what stands in the way of approving, what a reviewer has to set aside, and what
    else approving would end, which has to be confirmed."""

    blocks: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    effects: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """A kind of case, for the review desk.

    ``subject`` loads what the case is about, ``check`` checks it anew, with the rules as of an instant. ``approve`` carries the approval out and returns
    facts for the message to the unit (a number, a name); ``send_back`` returns it, with the reason. ``fields`` are
    those a remark may be on, with their labels.
    """

    subject: Callable[[m.Case], Any]
    check: Callable[[Any, datetime], Verdict]
    approve: Callable[[m.Case, Any, Actor, datetime], Mapping[str, object]]
    send_back: Callable[[Any, Actor, datetime, str], None]
    fields: Callable[[m.Case], Mapping[str, Message]]
