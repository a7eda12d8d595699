"""What many tests begin with, made once in a database that is kept as a template."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pytest
from flask import Flask
from sqlalchemy import inspect

from app.db import db, session
from tests.support.databases import Database

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """Contents of the database by their ``name``, and what ``made`` them said of them."""

    name: str
    made: T

    def again(self) -> T:
        """The same for another test: records are read anew, whatever else does not change is shared."""
        twin = copy(self.made)
        for name, value in vars(twin).items():
            state = inspect(value, raiseerr=False)
            if hasattr(state, "identity"):
                setattr(twin, name, session.get_one(type(value), state.identity))
        session.commit()  # a test begins with no transaction
        return twin


@dataclass(frozen=True)
class Keeper:
    """Makes contents on top of the reference data, each once."""

    app: Flask
    database: Database
    kept: dict[str, Kept[Any]] = field(default_factory=dict)

    def keep(self, name: str, make: Callable[[], T]) -> Kept[T]:
        """Make and commit; ``app`` brings it back for every test that asks for the fixture that returns this."""
        if name not in self.kept:
            self.database.restore()
            with self.app.app_context():
                made = make()
                session.commit()
                db.session.remove()
                db.engine.dispose()
            self.database.keep_as_template(name)
            self.kept[name] = Kept(name, made)
        return self.kept[name]


def kept_cast(make: Callable[[], T]) -> tuple[Any, Any]:
    """The fixtures ``first_cast`` and ``cast`` of a folder whose tests begin with what ``make`` makes: with what it says
    of it."""

    @pytest.fixture(scope="session", name="first_cast")
    def first(keeper: Keeper) -> Kept[T]:
        return keeper.keep(make.__module__, make)

    @pytest.fixture(name="cast")
    def again(app: Flask, first_cast: Kept[T]) -> T:
        return first_cast.again()

    return first, again
