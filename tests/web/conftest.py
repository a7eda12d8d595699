"""Fixtures of the page tests."""

from __future__ import annotations

import pytest
from flask import Flask

from app.registers import cache


@pytest.fixture(autouse=True)
def no_cache_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reference tables are read once a test, however slow the machine: statements can be counted."""
    monkeypatch.setattr(cache, "monotonic", lambda: 0.0)


@pytest.fixture
def no_csrf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms without token, for tests of what comes behind the check."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setitem(app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    monkeypatch.setattr(app.extensions["csrf"], "protect", lambda: None)
