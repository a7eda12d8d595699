"""One platform with the demonstration data for all tests of a run that look at it; whoever asks first starts it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import server

NOTE = "demo-server"
#: lists of more than three rows are made as files in the background
FEW_AT_ONCE = "UPDATE parameter SET value = '3' WHERE name = 'export_at_once'"
#: what this process started itself
_started: list[server.Server] = []


@dataclass(frozen=True)
class Demo:
    """The address of the running platform and its data folder."""

    url: str
    data: Path

    def ask(self, query: str, *values: Any) -> list[Any]:
        """Rows of its database; a change is committed."""
        with closing(sqlite3.connect(self.data / "zhuanpin.db", timeout=30)) as connection, connection:
            return connection.execute(query, values).fetchall()


def shared_demo(folder: Path) -> Demo:
    """The platform of this test run, noted in ``folder``."""
    note, data = folder / NOTE, folder / "demo"
    with (folder / f"{NOTE}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            data.mkdir()
            env = server.environment(data, captcha="no", web_workers=2)
            server.flask(env, "setup")
            Demo("", data).ask(FEW_AT_ONCE)
            started = server.start(env, data / "server.log")
            _started.append(started)
            note.write_text(json.dumps({"url": started.url, "process": started.process.pid}))
    return Demo(json.loads(note.read_text())["url"], data)


def stop_shared_demo(folder: Path) -> None:
    """End the platform of this test run, if any test asked for it."""
    note = folder / NOTE
    if _started:
        _started.pop().stop()
    elif note.exists():
        os.kill(json.loads(note.read_text())["process"], signal.SIGTERM)
