"""FAB's data interface with the policies built in: what the actor may not see is not found, nothing commits here."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Date, Integer

from app import policies
from app.columns import LARGEST_KEY, Hundredths
from app.db import session
from app.domain.errors import NotFound
from app.web.security import current_actor


class PolicyInterface(SQLAInterface):
    """Loads and stores rows of one model as the present actor may."""

    def __init__(self, obj: type[Any]) -> None:
        super().__init__(obj, session)

    def is_numeric(self, col_name: str) -> bool:
        """Hundredths are entered as decimals though they are stored as integers."""
        return self._is_hundredths(col_name) or super().is_numeric(col_name)

    def is_integer(self, col_name: str) -> bool:
        """Whole numbers, but not hundredths."""
        return not self._is_hundredths(col_name) and super().is_integer(col_name)

    def _is_hundredths(self, col_name: str) -> bool:
        column = self.list_columns.get(col_name)
        return column is not None and isinstance(column.type, Hundredths)

    def find(self, pk: Any, *, locked: bool = False) -> Any:
        """The row if the actor may see it; NotFound for every other id, however odd. ``locked``: to be changed, while
        nobody else does (``policies.find``)."""
        return policies.find(session(), self.obj, self._key(pk), current_actor(), locked=locked)

    def get(
        self, id: Any, filters: Any = None, select_columns: Any = None, outer_default_load: bool = False
    ) -> Any:
        """What FAB calls: the same as ``find``, whatever filters it passes (the policy is always applied)."""
        return self.find(id)

    def _key(self, pk: Any) -> Any:
        column, text = self.obj.__mapper__.primary_key[0], str(pk)
        if isinstance(column.type, Date):
            return _day(text)
        if not isinstance(column.type, Integer):
            if "\0" in text:
                raise NotFound
            return text
        if not (text.isascii() and text.isdecimal() and int(text[:20]) <= LARGEST_KEY and len(text) < 20):
            raise NotFound
        return int(text)

    def add(self, item: Any, raise_exception: bool = False) -> bool:
        """Store a new row in the request's transaction."""
        session.add(item)
        session.flush()
        return True

    def edit(self, item: Any, raise_exception: bool = False) -> bool:
        """Store a changed row in the request's transaction."""
        session.merge(item)
        session.flush()
        return True

    def delete(self, item: Any, raise_exception: bool = False) -> bool:
        """Delete a row in the request's transaction."""
        session.delete(item)
        session.flush()
        return True


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NotFound from error
    if day.isoformat() != text:  # a week, or without hyphens
        raise NotFound
    return day
