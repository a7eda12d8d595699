"""A filing from outside (JSON), checked by the rules in force: the same code as in the wizard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.domain.clock import local_date
from app.domain.filing.check import check_filing
from app.domain.filing.filing import Filing
from app.domain.text import Message
from app.services import checks


def check_document(
    data: Mapping[str, Any], now: datetime, language: str = "zh", render: Callable[[Message], str] = str
) -> list[dict[str, object]]:
    """The findings of a filing given as JSON, in a language; RuleError names what in ``data`` cannot be read.

    Whether a class or industry exists and what it is called is looked up where ``data`` does not say.
    """
    filing = Filing.from_dict(data, today=local_date(now), limits=checks.limits())
    return [found.to_dict(language, render) for found in check_filing(filing, checks.rules())]
