"""The cast of the imports' tests is that of the use cases."""

from __future__ import annotations

from tests.services.conftest import cast

__all__ = ["cast"]
