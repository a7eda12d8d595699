"""The cast of the imports' tests is that of the use cases."""

from __future__ import annotations

from tests.services.conftest import cast, first_cast

__all__ = ["cast", "first_cast"]
