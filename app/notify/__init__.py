"""Messages to people: templates, the outbox they are written to, and the channels that carry them."""

from __future__ import annotations

from app.notify.channels import configure

__all__ = ["configure"]
