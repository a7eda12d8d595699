"""What carries messages: mail by SMTP, SMS through a gateway, or the platform's own message box.

The box is the default where no server is configured: messages stay in the outbox, where staff can read them.
Everything that speaks to a network has a time limit; nobody waits for it but the job that delivers.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol

from app.notify import gateways
from app.notify.errors import ChannelDown, TryLater, Undeliverable
from config import Settings

TIMEOUT = 10.0


@dataclass(frozen=True)
class Outgoing:
    """A message on its way through one channel; ``id`` is the outbox row's, the same at every try."""

    id: int
    text_id: str
    template: str
    channel: str
    address: str
    subject: str
    body: str
    link: str | None
    sms: dict[str, Any] | None
    created_at: datetime


Send = Callable[[Outgoing], None]


class Channel(Protocol):
    """A way to people."""

    @property
    def keeps_text(self) -> bool:
        """Whether the outbox goes on showing secrets once they are sent, as nothing else would show them."""

    def connect(self) -> Any:
        """A context manager giving a ``Send``, which raises what ``notify.errors`` defines."""


class BoxChannel:
    """Leaves messages where they are: in the outbox, which staff can read as the message box."""

    keeps_text = True

    @contextmanager
    def connect(self) -> Iterator[Send]:
        """There is nothing to do to deliver into the box."""
        yield lambda message: None


class SmsChannel:
    """SMS through a gateway."""

    keeps_text = False

    def __init__(self, gateway: gateways.SmsGateway) -> None:
        self.gateway = gateway

    @contextmanager
    def connect(self) -> Iterator[Send]:
        """Gateways take each message in a request of its own."""
        yield self._send

    def _send(self, message: Outgoing) -> None:
        sms = message.sms or {}
        self.gateway.send(
            gateways.Sms(
                key=f"zp-{message.id}",
                mobile=message.address,
                text=message.body,
                template=sms.get("template", ""),
                params=sms.get("params", {}),
            )
        )


@dataclass(frozen=True)
class EmailChannel:
    """Mail by SMTP, each message to one recipient: a bad address harms no other.

    ``smtplib`` itself, since Flask-Mail knows neither time limits nor work outside a request.
    """

    host: str
    port: int
    user: str
    password: str
    encryption: str
    sender: str
    base_url: str
    timeout: float
    keeps_text: bool = False

    @property
    def _envelope_sender(self) -> str:
        return parseaddr(self.sender)[1]

    @contextmanager
    def connect(self) -> Iterator[Send]:
        """One connection for all messages of a round; ``ChannelDown`` when there is none to be had."""
        try:
            server = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(reason(error)) from error
        try:
            yield lambda message: self._send(server, message)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _open(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.encryption == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.encryption == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, message: Outgoing) -> None:
        try:
            server.send_message(self._mail(message), self._envelope_sender, [message.address])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refused(server, code, f"{code} {text!r}") from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _refused(server, error.smtp_code, reason(error)) from error
        except (MessageError, ValueError, smtplib.SMTPNotSupportedError) as error:
            raise Undeliverable(reason(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(reason(error)) from error

    def _mail(self, message: Outgoing) -> EmailMessage:
        if any(not char.isprintable() for char in message.address) or "@" not in message.address:
            raise ValueError("not an e-mail address")
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self.sender
        mail["To"] = message.address
        mail["Date"] = format_datetime(message.created_at)
        # the same at every try, so that a mail sent twice can be recognised
        mail["Message-ID"] = f"<{message.text_id}.{message.id}@{self._envelope_sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        link = f"\n\n{self.base_url.rstrip('/')}{message.link}" if message.link else ""
        mail.set_content(f"{message.body}{link}\n", charset="utf-8")
        return mail


def _refused(server: smtplib.SMTP, code: int, text: str) -> Exception:
    """The error for a refused mail: 421 closes the connection, other 4xx are for now, 5xx for good."""
    if code == 421 or server.sock is None:
        return ChannelDown(text)
    return Undeliverable(text) if code >= 500 else TryLater(text)


def reason(error: Exception) -> str:
    """An error in a few words, for the outbox."""
    return f"{type(error).__name__}: {error}"


_channels: dict[str, Channel] = {"email": BoxChannel(), "sms": BoxChannel()}


def configure(settings: Settings, timeout: float = TIMEOUT) -> None:
    """Choose the channels by the settings ``smtp_…``, ``mail_from``, ``sms_…`` and ``base_url``.

    ``timeout``: seconds a server may take for a connection and for each answer.
    """
    gateway = gateways.of(settings, timeout)
    _channels["sms"] = SmsChannel(gateway) if gateway else BoxChannel()
    _channels["email"] = BoxChannel()
    if settings.smtp_host:
        _channels["email"] = EmailChannel(
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password,
            encryption=settings.smtp_tls,
            sender=settings.mail_from,
            base_url=settings.base_url,
            timeout=timeout,
        )


def channel(name: str) -> Channel:
    """The channel in force for ``email`` or ``sms``."""
    return _channels[name]
