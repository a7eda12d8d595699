"""Zhuanpin (专品): filing of patent products and recognition of patent-intensive products."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The whole platform as a WSGI application; without ``settings`` they are read from the environment.

    A wrong or missing setting raises ``config.SettingError``.
    """
    from app.factory import build  # only here: importing one rule must not import the whole platform

    return build(settings)
