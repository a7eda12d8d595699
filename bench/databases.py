"""The databases that are measured: made once and kept under ``bench/out`` until the code that fills them changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

from tools.postgres import Postgres, start

ROOT = Path(__file__).resolve().parent.parent
#: whatever changes one of these makes the kept databases useless
SOURCES = (
    "app/models.py", "app/columns.py", "app/migrations/versions", "app/data", "app/registers/bulk.py",
    "app/statistics_models.py", "app/domain/statistics.py", "app/reports/facts.py", "app/services/statistics.py",
    "app/reports/pinyin.py", "app/reports/search_index.py", "app/reports/search_terms.py", "app/services/demo",
    "bench/fill.py",
)  # fmt: skip
SOCKET_PATH = 90


@dataclass(frozen=True)
class Base:
    """A database with this many products; ``folder`` has the application's data beside it."""

    database: str
    products: int
    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that serves this database."""
        ours = {
            "ZP_DATA_DIR": str(self.folder),
            "ZP_DATABASE_URL": self.url,
            "ZP_SECRET_KEY": "bench-0123456789-" * 3,
        }
        return {name: value for name, value in os.environ.items() if not name.startswith("ZP_")} | ours


class Maker(Protocol):
    """Makes the databases of one kind."""

    def prepared(self, products: int) -> Base:
        """The database with this many products, made now if it is not there."""


class SqliteMaker:
    """Files."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def prepared(self, products: int) -> Base:
        """The file is filled under another name, so that one that is there is whole."""
        folder = self.out / f"sqlite-{products}-{fingerprint()}"
        base = Base("sqlite", products, f"sqlite:///{folder / 'zhuanpin.db'}", folder)
        if not folder.exists():
            _forget(self.out.glob(f"sqlite-{products}-*"))
            part = self.out / "part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            fill(Base("sqlite", products, f"sqlite:///{part / 'zhuanpin.db'}", part))
            part.rename(folder)
        return base


class PostgresMaker:
    """Databases of one server, which keeps its data safe as in production."""

    def __init__(self, out: Path, server: Postgres) -> None:
        self.out, self.server = out, server

    def prepared(self, products: int) -> Base:
        """The database is filled under another name, so that one that is there is whole."""
        prefix = f"bench_{products}_"
        name, folder = prefix + fingerprint(), self.out / f"postgresql-{products}-{fingerprint()}"
        if name not in self._names():
            for old in self._names():
                if old.startswith(prefix) or old == "part":
                    self._run("DROP DATABASE {} WITH (FORCE)", old)
            _forget(self.out.glob(f"postgresql-{products}-*"))
            folder.mkdir(parents=True)
            self._run("CREATE DATABASE {}", "part")
            fill(Base("postgresql", products, self.server.url("part"), folder))
            self._run("ALTER DATABASE {} RENAME TO {}", "part", name)
        return Base("postgresql", products, self.server.url(name), folder)

    def _names(self) -> list[str]:
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            return [name for (name,) in connection.execute("SELECT datname FROM pg_database")]

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


MAKERS = {"sqlite": SqliteMaker, "postgresql": PostgresMaker}


@contextmanager
def opened(out: Path, kinds: Sequence[str]) -> Iterator[list[Maker]]:
    """A maker of each kind; PostgreSQL's server runs as long as the block."""
    out = out.resolve()
    with ExitStack() as stack:
        makers: list[Maker] = []
        for kind in kinds:
            if kind == "sqlite":
                makers.append(SqliteMaker(out))
                continue
            server = start(server_folder(out))
            stack.callback(server.stop)
            makers.append(PostgresMaker(out, server))
        yield makers


def server_folder(out: Path) -> Path:
    """Where the server's data are: among ours, or where a long path or root's own folder forbids that, beside them."""
    folder = out / "postgresql"
    out.mkdir(parents=True, exist_ok=True)
    reachable = all(parent.stat().st_mode & 0o001 for parent in folder.parents)
    if len(str(folder)) < SOCKET_PATH and (os.geteuid() != 0 or reachable):
        return folder
    return Path(tempfile.gettempdir()) / f"zp-bench-{sha256(str(out).encode()).hexdigest()[:8]}"


def fingerprint() -> str:
    """Stands for the code and data that decide what is in a database."""
    digest = sha256()
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def fill(base: Base) -> None:
    """Fill an empty database, and say how long it took."""
    print(f"making {base.products:,} products on {base.database} ...", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "bench.fill", str(base.products)]
    subprocess.run(command, check=True, cwd=ROOT, env=base.environment)
    print(f"... in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


def _forget(folders: Iterator[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder)
