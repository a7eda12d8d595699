"""Our base over FAB's API: rows only through the policy, explicit fields, keyset paging, CSRF for cookie callers.

A caller is known by a token (``Authorization: Bearer``) or by the browser's session; with a session every change needs
the CSRF token, as in the pages. Bad input is 400 or 422 with the fields named, never 500.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar

from flask import Response, current_app, g, jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_babel import lazy_gettext as _l
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_login import current_user
from jwt import PyJWTError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from app.api import programs, reading, schemas
from app.api.operations import READ, WRITE, Method, Operation, scope, takes_key
from app.db import session
from app.domain.errors import NotAllowed
from app.domain.text import N_
from app.services import tokens
from app.web import listing
from app.web.access import limited_writes
from app.web.security import current_actor
from app.web.transactions import SAFE_METHODS, undo


def operation(method: str, path: str, summary: Any, **declared: Any) -> Callable[[Method], Method]:
    """Declare a method of an ``Api`` as an operation (see ``app.api.operations``).

    Reading is what GET does, and what says ``access="read"``; the permission is named like the access where it is not
    said otherwise.
    """
    access = declared.pop("access", READ if method in SAFE_METHODS else WRITE)
    permission = declared.pop("permission", access)
    made = Operation(method, path, summary, access, permission, **declared)

    def decorate(view: Method) -> Method:
        @wraps(view)
        def answered(self: Any, **values: Any) -> Any:
            _admit(self, made)
            if made.access == READ and method not in SAFE_METHODS:
                undo()  # what only reads holds up nobody who writes

            def work() -> Any:
                return _answer(view(self, **values, **_taken(self, made)), made)

            return programs.once(work) if takes_key(made) else work()

        answered._operation = made  # type: ignore[attr-defined]
        if not made.is_open:
            answered._permission_name = permission  # type: ignore[attr-defined]
        return expose(path, methods=(method,))(answered)

    return decorate


def _taken(api: Any, made: Operation) -> dict[str, Any]:
    """The checked body and arguments, where they are declared."""
    values: dict[str, Any] = {}
    if made.body is not None and made.sends == "application/json":
        values["data"] = reading.body(made.worked_out(made.body, api))
    taken = made.worked_out(made.args, api)
    args = reading.arguments(taken, made.needs)
    return values | ({"args": args} if taken else {})


def _admit(api: Any, made: Operation) -> None:
    """Let the caller in, or refuse: who it is first, then what its roles may do. Open operations ask nobody."""
    if made.is_open:
        return
    if not authenticate(scope(api, made)):
        raise Unauthorized
    sm = current_app.appbuilder.sm  # type: ignore[attr-defined]
    if not sm.has_access(PERMISSION_PREFIX + made.permission, api.class_permission_name):
        raise NotAllowed(N_("您的角色没有该接口的权限"))


def authenticate(scope: str) -> bool:
    """Find out who calls; whether anybody we know does. CSRF check for a browser's session, 401 for a bad token.

    ``scope`` is what a token that is limited must be allowed.
    """
    given = request.headers.get("Authorization", "")
    if given.startswith(f"Bearer {tokens.PREFIX}"):
        programs.admit(given.removeprefix("Bearer ").strip(), scope)
        return True
    if given.startswith("Bearer "):
        try:
            verify_jwt_in_request()
        except (JWTExtendedException, PyJWTError) as error:
            raise Unauthorized from error
        g.jwt_user = True
        g.pop("actor", None)
        session.info["actor"] = current_actor()
        return True
    if not current_user.is_authenticated:
        return False
    if request.method not in SAFE_METHODS:
        current_app.extensions["csrf"].protect()
    return True


def _answer(value: Any, made: Operation) -> Any:
    if isinstance(value, AnyResponse):
        return value
    response: Response = jsonify(as_json(value))
    response.status_code = made.status
    return response


def as_json(value: Any) -> Any:
    """``value`` as JSON: amounts, days and instants as text, records by their id."""
    if isinstance(value, Mapping):
        return {str(name): as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "__table__"):
        return {"id": value.id, "name": str(value)}
    return value


class Api(BaseApi):
    """An API of our own design. CSRF is checked by ``authenticate``, which knows callers with a token from browsers."""

    roles: ClassVar[Mapping[str, Sequence[str]]] = {}
    #: which of ``operations.AREAS`` it belongs to
    area: ClassVar[str] = ""
    #: what its records are called
    title: ClassVar[Any] = ""
    csrf_exempt = True

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()


class RecordApi(Api):
    """Reads of one model: ``GET /`` a page of rows, ``GET /<pk>`` one; both only what the caller's policy shows."""

    datamodel: Any = None
    list_columns: Sequence[str] = ()
    show_columns: Sequence[str] = ()
    filter_columns: Sequence[str] = ()
    text_columns: Sequence[str] = ()
    order_columns: Sequence[str] = ()
    base_order: tuple[str, str] = ("id", "desc")
    allow_browser_login = True

    def __init__(self) -> None:
        if not self.list_columns or not self.show_columns or not self.area:
            raise TypeError(f"{type(self).__name__} must declare area, list_columns and show_columns")
        super().__init__()

    def spec(self) -> listing.ListSpec:
        """What the list may be asked."""
        return listing.ListSpec(
            self.datamodel.obj,
            self.list_columns,
            self.order_columns,
            self.base_order,
            dict.fromkeys(self.filter_columns),
            self.text_columns,
        )

    def asked(self) -> dict[str, schemas.Schema]:
        """The arguments that the list takes."""
        filters = {name: schemas.filter_of(self.datamodel.obj, name) for name in self.filter_columns}
        order = sorted({*self.order_columns, self.base_order[0]})
        return {
            **({"q": schemas.text(100)} if self.text_columns else {}),
            **{f"f_{name}": schema for name, schema in filters.items()},
            "order": schemas.one_of(*order),
            "dir": schemas.one_of("asc", "desc"),
            "size": {"type": "integer", "minimum": 1, "maximum": listing.PAGE_SIZES[-1]},
            "after": schemas.text(500),
        }

    def row(self) -> schemas.Schema:
        """A row of the list."""
        return schemas.row(self.datamodel.obj, self.list_columns)

    def record(self) -> schemas.Schema:
        """One record with all that is shown of it."""
        return schemas.row(self.datamodel.obj, self.show_columns)

    @operation(
        "GET", "/", _l("一页记录；q 为关键词，f_… 为筛选，after 接续上一页的 next"),
        args=asked, answer=lambda api: schemas.page(api.row()), errors=(400,),
    )  # fmt: skip
    def get_list(self, args: dict[str, Any]) -> Any:
        """A page of rows: ``count`` (exact to 10,000), ``next`` and ``result``."""
        spec = self.spec()
        return self.page(spec, listing.read_query(spec, request.args), self.limited())

    def find(self, pk: Any) -> Any:
        """The record, or 404."""
        return self.datamodel.find(pk)

    def limited(self) -> Any:
        """A further condition of the list."""
        return None

    def page(self, spec: listing.ListSpec, query: listing.ListQuery, limited: Any = None) -> dict[str, Any]:
        """A page of rows as it is answered."""
        page = listing.fetch(spec, query, limited)
        return {
            "count": page.count,
            "next": page.after,
            "result": [self.shown(row, self.list_columns) for row in page.rows],
        }

    @operation("GET", "/<pk>", _l("一条记录"), answer=lambda api: schemas.result(api.record()), errors=(404,))
    def get(self, pk: str) -> Any:
        """One record; 404 as well where the caller may not see it."""
        return {"result": self.shown(self.find(pk), self.show_columns)}

    def shown(self, record: Any, columns: Sequence[str]) -> dict[str, Any]:
        """The key and these columns of a record."""
        return {"id": self.datamodel.get_pk_value(record)} | {name: getattr(record, name) for name in columns}
