"""T-U10: the virus scanner's verdict, and what happens while it does not answer. A small clamd stands in for the real one."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.documents import clamd, storage
from app.domain.actor import Actor
from app.domain.errors import Conflict
from app.models import StoredFile
from tests.documents import samples

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIMITS = storage.Limits(1 << 20, 200, 1 << 30, 100)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NOBODY = "127.0.0.1:1"
Files = Callable[..., Path]


class _Clamd(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else self.server.answer)  # type: ignore[attr-defined]


@pytest.fixture
def scanner() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        server.answer = b"stream: OK\0"  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        server.address = "{}:{}".format(*server.server_address)  # type: ignore[attr-defined]
        yield server
        server.shutdown()


def upload(content: bytes) -> StoredFile:
    return storage.save(io.BytesIO(content), "a.pdf", "evidence", None, Actor.system(), NOW, LIMITS)


def test_a_clean_file_passes(rows: Any, files: Files, scanner: Any) -> None:
    files(scanner.address)
    assert upload(samples.pdf()).state == "clean"


def test_T_U10_malware_is_put_in_quarantine_and_the_unit_told(rows: Any, files: Files, scanner: Any) -> None:
    folder = files(scanner.address)
    with pytest.raises(storage.Infected) as found:
        upload(EICAR)
    assert "a.pdf" in str(found.value)
    assert not [path for path in folder.rglob("*") if path.is_file()]
    rows.add(found.value.file)
    rows.commit()
    assert rows.get(StoredFile, found.value.file.id).state == "quarantined"


def test_T_U10_without_an_answer_the_file_is_held_and_cannot_be_opened(rows: Any, files: Files) -> None:
    files(NOBODY)
    file = upload(samples.pdf())
    assert file.state == "held"
    with pytest.raises(Conflict):
        storage.open_file(file)


def test_an_answer_that_is_no_verdict_holds_the_file(rows: Any, files: Files, scanner: Any) -> None:
    files(scanner.address)
    scanner.answer = b"INSTREAM size limit exceeded. ERROR\0"
    assert upload(samples.pdf()).state == "held"


def test_held_files_are_scanned_when_the_scanner_is_back(rows: Any, files: Files, scanner: Any) -> None:
    files(NOBODY)
    good, bad = upload(samples.pdf()).id, upload(samples.pdf() + b"%" + EICAR).id
    rows.commit()
    assert storage.rescan_held() == storage.Rescanned(waiting=2)
    files(scanner.address)
    assert storage.rescan_held() == storage.Rescanned(clean=1, infected=1)
    assert rows.get(StoredFile, good).state == "clean"
    assert rows.get(StoredFile, bad).state == "quarantined"
    assert storage.rescan_held() == storage.Rescanned()


def test_a_local_socket_serves_as_well(tmp_path: Path) -> None:
    with pytest.raises(clamd.ScannerDown):
        clamd.infection(io.BytesIO(b"x"), str(tmp_path / "no.socket"))
