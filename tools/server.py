"""A real server of the platform on a free port of loopback, as ``make run`` starts it: for browser tests and pictures."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLASK = (sys.executable, "-m", "flask", "--app", "run")
START_SECONDS = 90.0
END_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """Web server and worker in one process group; ``env`` holds their settings, ``log`` what they said."""

    url: str
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End both."""
        self.process.terminate()
        self.process.wait(END_SECONDS)


def environment(data: Path, **settings: object) -> dict[str, str]:
    """The present environment with no settings of the platform but these (``captcha="no"`` is ``ZP_CAPTCHA``)."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ZP_")}
    given = {f"ZP_{name.upper()}": str(value) for name, value in settings.items()}
    return env | {"ZP_DATA_DIR": str(data)} | given


def flask(env: Mapping[str, str], *arguments: str | Path) -> str:
    """Run a command of the platform and return what it prints."""
    done = subprocess.run(
        [*FLASK, *arguments], cwd=ROOT, env=dict(env), check=True, capture_output=True, text=True
    )
    return done.stdout


def start(env: Mapping[str, str], log: Path) -> Server:
    """Start web server and worker on a free port and wait until they are ready; the data must be set up."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"ZP_WEB_WORKERS": "1", "ZP_BASE_URL": url, **env, "ZP_PORT": str(port)}
    with log.open("ab") as output:
        process = subprocess.Popen([*FLASK, "serve"], cwd=ROOT, env=env, stdout=output, stderr=output)
    server = Server(url, env, log, process)
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()
            raise RuntimeError(f"the server did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
