"""A clock for a platform under test, which a test moves on: notices run out and recognitions end within seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tools import server

HOOK = Path(__file__).parents[1] / "support" / "clock"


@dataclass(frozen=True)
class Clock:
    """The file that holds the moment; server, worker and commands started with ``environment`` go by it."""

    file: Path

    def set(self, moment: datetime) -> None:
        """From now on it is ``moment``."""
        written = self.file.with_suffix(".new")
        written.write_text(moment.isoformat(), encoding="ascii")
        written.replace(self.file)

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """``env`` for processes that go by this clock."""
        path = os.pathsep.join([str(HOOK), str(server.ROOT)])
        return {**env, "PYTHONPATH": path, "TEST_CLOCK": str(self.file)}
