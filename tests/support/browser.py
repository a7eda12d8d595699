"""The test client as a browser is: every request is on its own, and shares nothing with the test but the database."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask.testing import FlaskClient


class Browser(FlaskClient):
    """Sends each request outside the test's application context, which would lend it its session and its ``g``."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        kwargs.setdefault("buffered", True)
        return Context().run(super().open, *args, **kwargs)
