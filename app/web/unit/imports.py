"""Importing tables into the unit's own data: patents, product drafts, assets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from app.services.imports import kinds
from app.web.imports import ImportPages
from app.web.unit.base import unread


class UnitImportView(ImportPages):
    """批量导入, for units."""

    route_base = "/my/import"
    roles: ClassVar[Mapping[str, Any]] = {"Unit": ("can_read", "can_change")}
    targets = kinds.OF_UNITS
    frame = "unit/_frame.html"
    section = "import"

    def _page(self, template: str, status: int = 200, **context: Any) -> Any:
        return super()._page(template, status, unread=unread(), **context)
