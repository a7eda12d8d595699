"""Commands, as an operator types them."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import models as m
from app.db import session


def test_T_A12_no_demonstration_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its accounts have a published password; ``setup`` would close them only the next time it runs."""
    settings = dataclasses.replace(app.config["SETTINGS"], mode="production")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    result = app.test_cli_runner().invoke(args=["demo", "load", "--products", "5"])
    assert result.exit_code == 1
    assert "Error: everybody knows" in result.output
    assert session.scalar(select(func.count()).select_from(m.Account)) == 0
