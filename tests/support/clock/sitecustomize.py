"""Read by Python when it starts a server or a command whose clock a test sets: the platform's day is the file's.

Put on the path by ``tests.browser.moved``; nothing of the platform knows of it.
"""

from __future__ import annotations

import os
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from app.domain import clock

_FILE = Path(os.environ["TEST_CLOCK"])


class _Set:
    """What ``app.domain.clock`` takes for the class ``datetime``."""

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        """The moment in the file and the real seconds since it was written."""
        begun = datetime.fromtimestamp(_FILE.stat().st_mtime, zone)
        shown = datetime.fromisoformat(_FILE.read_text(encoding="ascii"))
        return shown.astimezone(zone) + (datetime.now(zone) - begun)


set_clock: Any = _Set
clock.datetime = set_clock
