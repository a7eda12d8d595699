"""THE DECLARATION of each operation of the API, once: routing, permission, scope, validation and document come from it.

``@operation(...)`` on a method of an ``Api`` is all there is to an operation. A method gets what is in its path by name,
then ``data`` (the checked JSON body) and ``args`` (the checked arguments of the address) where they are declared; it
returns what becomes the JSON answer, or a response.

The scope of an operation, as tokens name it, is ``scope(api, operation)``: the area of its class (``Api.area``, one of
``AREAS``), a colon, and ``read`` or ``write``. ``base.authenticate`` is told it before anything else is done. All
operations there are: ``declared(appbuilder)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from app.api.schemas import Schema
from app.domain import scopes
from app.web.text import render

#: what is done to records of whatever kind
_OF_RECORDS = frozenset({"get", "get_list", "add", "put", "delete"})
Method = TypeVar("Method", bound=Callable[..., Any])
READ = "read"
WRITE = "write"
#: a schema that depends on the class the operation belongs to (lists of records) is worked out from it
Worked = Schema | Callable[[Any], Schema]

#: what a program may be limited to (``domain.scopes``); each operation belongs to one
AREAS: Mapping[str, Any] = {
    area.code: LazyString(lambda label: render(label), area.label) for area in scopes.AREAS
}


@dataclass(frozen=True)
class Operation:
    """One operation: ``path`` is below the class's address; ``permission`` is FAB's, without ``can_``."""

    method: str
    path: str
    summary: Any
    access: str
    permission: str
    answer: Worked
    body: Worked | None = None
    args: Mapping[str, Schema] | Callable[[Any], Mapping[str, Schema]] = field(default_factory=dict)
    #: those of ``args`` that must be there
    needs: tuple[str, ...] = ()
    example: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None
    errors: tuple[int, ...] = ()
    status: int = 200
    #: anybody may ask; who it is does not matter
    is_open: bool = False
    #: what is sent and answered, where that is not JSON
    sends: str = "application/json"
    answers: str = "application/json"

    def worked_out(self, part: Any, api: Any) -> Any:
        """``answer``, ``body``, ``args`` or ``example`` for the class it belongs to."""
        return part(api) if callable(part) else part


def takes_key(operation: Operation) -> bool:
    """Whether a request may carry an ``Idempotency-Key``. Not one that only reads, nor one with a file: it is looked into
    outside the transaction, which would lose what is kept of the key."""
    return operation.access == WRITE and operation.sends == "application/json" and not operation.is_open


class Declared(NamedTuple):
    """An operation with the class it belongs to and the name of its method."""

    api: Any
    name: str
    operation: Operation

    @property
    def path(self) -> str:
        """The whole path, in the manner of Flask."""
        return f"{self.api.route_base}{self.operation.path}"

    @property
    def summary(self) -> str:
        """What it does, with the name of the records where classes of many kinds inherit it."""
        said = str(self.operation.summary)
        if self.name not in _OF_RECORDS or self.name in vars(type(self.api)):
            return said
        return _("%(records)s：%(what)s", records=self.api.title, what=said)

    @property
    def scope(self) -> str:
        """As tokens name it."""
        return scope(self.api, self.operation)


def scope(api: Any, operation: Operation) -> str:
    """What a token must be allowed for this operation."""
    return f"{api.area}:{operation.access}"


def declared(appbuilder: Any) -> Iterator[Declared]:
    """Every operation of the API."""
    for view in appbuilder.baseviews:
        if not hasattr(type(view), "area"):
            continue
        for name in dir(type(view)):
            found = getattr(getattr(type(view), name), "_operation", None)
            if found is not None and name not in view.exclude_route_methods:
                yield Declared(view, name, found)
