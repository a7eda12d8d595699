"""Zhuanpin (专品): filing of patent products and recognition of patent-intensive products."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The whole platform as a WSGI application; without ``settings`` they are read from the environment.

    A wrong or missing setting raises ``config.SettingError``.
    """
    gc.disable()  # what is made here stays to the end: walking it again and again would be half of the start
    try:
        from app.factory import build  # only here: importing one rule must not import the whole platform

        return build(settings)
    finally:
        gc.enable()
        gc.freeze()
