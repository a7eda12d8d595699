"""Our base over FAB's API: rows only through the policy, explicit fields, keyset paging, CSRF for cookie callers.

A caller is known by a token (``Authorization: Bearer``) or by the browser's session; with a session every change needs
the CSRF token, as in the pages. Bad input is 400 or 422 with the fields named, never 500.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar, TypeVar

from flask import current_app, g, jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_jwt_extended import verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_login import current_user
from jwt import PyJWTError
from werkzeug.exceptions import Unauthorized

from app.db import session
from app.domain.errors import NotAllowed, Problem, RuleError
from app.domain.text import N_
from app.web import listing
from app.web.access import limited_writes
from app.web.bodies import json_object
from app.web.security import current_actor

Method = TypeVar("Method", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guarded_api(permission: str | None = None) -> Callable[[Method], Method]:
    """Let only callers in whose roles' permissions the method is; ``permission`` where it is not the method's name."""

    def decorate(method: Method) -> Method:
        name = permission or method.__name__

        @wraps(method)
        def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
            authenticate()
            if not current_app.appbuilder.sm.has_access(  # type: ignore[attr-defined]
                PERMISSION_PREFIX + name, self.class_permission_name
            ):
                raise NotAllowed(N_("您的角色没有该接口的权限"))
            return method(self, *args, **kwargs)

        checked._permission_name = name  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate


def authenticate() -> None:
    """Find out who calls; 401 for nobody, CSRF check for a browser's session."""
    if request.headers.get("Authorization", "").startswith("Bearer "):
        try:
            verify_jwt_in_request()
        except (JWTExtendedException, PyJWTError) as error:
            raise Unauthorized from error
        g.jwt_user = True
        g.pop("actor", None)
        session.info["actor"] = current_actor()
    elif not current_user.is_authenticated:
        raise Unauthorized
    elif request.method not in SAFE:
        current_app.extensions["csrf"].protect()


def body(allowed: Sequence[str]) -> dict[str, Any]:
    """The request's JSON object; fields that may not be set by a caller are refused by name (422)."""
    data = json_object()
    unknown = [name for name in data if name not in allowed]
    if unknown:
        raise RuleError([Problem(str(name), N_("该字段不能由调用方设置")) for name in unknown])
    return data


def plain(value: Any) -> Any:
    """``value`` as JSON: decimals and dates as text, records by their id."""
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
        if not self.list_columns or not self.show_columns:
            raise TypeError(f"{type(self).__name__} must declare list_columns and show_columns")
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

    @expose("/", methods=("GET",))
    @guarded_api()
    def get_list(self) -> Any:
        """A page of rows.
        ---
        get:
          description: A page of rows; `q` searches, `f_<column>` filters, `order` and `dir` sort, `after` goes on.
          parameters:
          - {in: query, name: q, schema: {type: string}}
          - {in: query, name: size, schema: {type: integer, minimum: 1, maximum: 100}}
          - {in: query, name: after, schema: {type: string}}
          responses:
            200: {description: "count (exact to 10,000), next and result"}
            400: {description: Bad request}
            401: {description: Not signed in}
        """
        spec = self.spec()
        page = listing.fetch(spec, listing.read_query(spec, request.args))
        return jsonify(
            count=page.count, next=page.after, result=[self._row(row, self.list_columns) for row in page.rows]
        )

    @expose("/<pk>", methods=("GET",))
    @guarded_api()
    def get(self, pk: str) -> Any:
        """One record.
        ---
        get:
          description: One record; 404 as well where the caller may not see it.
          parameters:
          - {in: path, name: pk, required: true, schema: {type: string}}
          responses:
            200: {description: The record}
            401: {description: Not signed in}
            404: {description: Not found}
        """
        return jsonify(result=self._row(self.datamodel.find(pk), self.show_columns))

    def _row(self, record: Any, columns: Sequence[str]) -> dict[str, Any]:
        key = self.datamodel.get_pk_value(record)
        return {"id": key} | {name: plain(getattr(record, name)) for name in columns}
