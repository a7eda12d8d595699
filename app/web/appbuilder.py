"""FAB's builder with our parts: no view, manager or menu of FAB's own is registered unseen."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_request_context, request, session
from flask_appbuilder import AppBuilder
from flask_appbuilder.views import IndexView

from app.web.security import SecurityManager

LANGUAGES = ("zh", "en")


def chosen_language() -> str:
    """The reader's language: what was chosen in the page; of programs, what they ask for; Chinese otherwise."""
    if not has_request_context():
        return "zh"
    chosen = session.get("locale")
    if chosen in LANGUAGES:
        return str(chosen)
    asked = request.accept_languages.best_match(LANGUAGES) if request.path.startswith("/api/") else None
    return asked or "zh"


class ZhuanpinAppBuilder(AppBuilder):
    """FAB's builder over our security manager and languages; the site map registers every view."""

    def __init__(self) -> None:
        super().__init__(
            security_manager_class=SecurityManager, base_template="layout.html", indexview=IndexView
        )
        self._indexview: Any = None

    def _add_admin_views(self) -> None:
        """Register nothing unasked; ``app.views`` is the whole map of the site."""
        current_app.extensions["babel"].locale_selector = chosen_language
