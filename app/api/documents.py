"""Where the API's document is: as JSON for programs, as a page for people; both only what the asker may do."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.api import openapi, operations, programs
from app.api.base import Api, authenticate, operation
from app.api.operations import AREAS, Declared
from app.web.base import OpenPage

_PLACES = {"path": _l("路径"), "query": _l("查询参数"), "header": _l("请求头")}


class DocumentApi(Api):
    """The document for programs."""

    route_base = "/api/v1"
    area = "public"

    @operation("GET", "/openapi.json", _l("本文档（OpenAPI 3.1）"), answer={"type": "object"}, is_open=True)
    def openapi(self) -> Any:
        """The document of what the caller may do."""
        authenticate("public:read")
        return document(self.appbuilder)


class DocumentView(OpenPage):
    """The document for people."""

    route_base = "/api"
    often = "120 per minute"

    @expose("/docs")
    def index(self) -> str:
        """What the reader may do, area by area."""
        made = document(self.appbuilder)
        areas: dict[str, list[dict[str, Any]]] = {}
        for path, by_method in made["paths"].items():
            for method, each in by_method.items():
                areas.setdefault(each["tags"][0], []).append({**each, "method": method.upper(), "path": path})
        return str(self.render_template(
            "api/docs.html", title=_("接口文档"), areas=areas, names=AREAS, about=made["info"]["description"],
            fields=openapi.fields, places=_PLACES, example=_example, document=url_for("DocumentApi.openapi"),
        ))  # fmt: skip


def document(appbuilder: Any) -> dict[str, Any]:
    """The OpenAPI document for whoever asks."""
    settings = current_app.config["SETTINGS"]
    allowed = [each for each in operations.declared(appbuilder) if _may(appbuilder, each)]
    return openapi.document(allowed, _("%(site)s接口", site=settings.site_name), settings.base_url)


def _may(appbuilder: Any, each: Declared) -> bool:
    """What the caller's roles and, where it came with a token that is limited, its scopes allow."""
    if each.operation.is_open:
        return True
    permission = PERMISSION_PREFIX + each.operation.permission
    return appbuilder.sm.has_access(permission, each.api.class_permission_name) and programs.allowed(
        each.scope
    )


def _example(each: dict[str, Any]) -> str:
    """The example of a request's body, as it is sent."""
    for media in each.get("requestBody", {}).get("content", {}).values():
        if "example" in media:
            return json.dumps(media["example"], ensure_ascii=False, indent=2)
    return ""
