"""A database with the schema alone, people in it, and servers that take mail and SMS."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from config import Settings
from tests.documents.conftest import bare_app, rows

__all__ = ["bare_app", "rows"]

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Mailbox:
    """A mail server's doings: what it took, and how it answers. ``refuse`` maps recipients to answers."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refuse: dict[str, str] = {}
        self.data_answer = "250 OK"

    async def handle_RCPT(
        self, _server: Any, session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.taken.append(envelope)
        return self.data_answer


class FreePort(Controller):
    """A mail server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail(configure: Any) -> Iterator[Mailbox]:
    """A mail server, and the platform set to use it."""
    mailbox = Mailbox()
    controller = FreePort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    configure(smtp_host="127.0.0.1", smtp_port=controller.port)
    yield mailbox
    controller.stop()


class Gateway(http.server.ThreadingHTTPServer):
    """An SMS gateway: what was asked of it, and how it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GatewayHandler)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status, self.answer = 200, "{}"
        self.url = f"http://127.0.0.1:{self.server_port}"


class _GatewayHandler(http.server.BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.requests.append(
            json.loads(body) if body.startswith("{") else {"body": body, "path": self.path}
        )
        self.server.headers.append(dict(self.headers))
        answer = self.server.answer.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """An HTTP server for SMS."""
    with Gateway() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def configure() -> Iterator[Any]:
    """Set the channels by settings; afterwards the message box has everything again."""
    from app import notify

    plain = Settings(base_url="https://example.cn", mail_from="专品 <noreply@example.cn>")

    def use(**changes: Any) -> None:
        nonlocal plain
        plain = replace(plain, **changes)
        notify.configure(plain, timeout=2.0)

    yield use
    notify.configure(Settings())


@pytest.fixture
def people(rows: Any) -> Any:
    """A unit with two users, one of whom reads English, and a user who was deactivated."""
    from flask_appbuilder.security.sqla.models import User

    from app.models import Account, Unit

    unit = Unit(name="示例单位", name_key="示例单位", uscc="91350100M000100Y43", email="contact@example.cn",
                mobile="13800000009", created_at=NOW, changed_at=NOW)  # fmt: skip
    rows.add(unit)
    rows.flush()
    for name, mobile, language, active in (
        ("li", "13800000001", "zh", True), ("smith", "13800000002", "en", True), ("gone", "13800000003", "zh", False),
    ):  # fmt: skip
        user = User(first_name=name, last_name=name, username=name, email=f"{name}@example.cn", active=active)
        rows.add(user)
        rows.flush()
        rows.add(Account(user_id=user.id, unit_id=unit.id, mobile=mobile, language=language))
    rows.commit()
    return unit
