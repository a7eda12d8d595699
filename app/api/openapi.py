"""The OpenAPI 3.1 document, made from the declarations: only what the asker may do, in the asker's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _

from app.api import schemas
from app.api.operations import AREAS, Declared, takes_key
from app.columns import LARGEST_KEY

_ARGUMENT = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<limits>[^)]*)\))?:)?(?P<name>\w+)>")
_KEY = {"in": "header", "name": "Idempotency-Key", "required": False,
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"}}  # fmt: skip
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def document(operations: Iterable[Declared], title: str, server: str) -> dict[str, Any]:
    """The document of these operations."""
    found = sorted(operations, key=lambda each: (list(AREAS).index(each.api.area), each.path))
    paths: dict[str, dict[str, Any]] = {}
    for each in found:
        paths.setdefault(path_of(each), {})[each.operation.method.lower()] = _described(each)
    areas = dict.fromkeys(each.api.area for each in found)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "v1", "description": _about()},
        "servers": [{"url": server}],
        "tags": [{"name": area, "description": str(AREAS[area])} for area in areas],
        "paths": paths,
        "components": {
            "schemas": {"Error": schemas.ERROR},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "browser": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


def _about() -> str:
    return _(
        "列出您可以使用的全部接口。出错时 problems 逐个字段说明问题，语言按 Accept-Language；修改记录时带上读到的 version 或 seen，"
        "记录已被他人修改的返回 409。"
    )


def path_of(each: Declared) -> str:
    """The path in the manner of OpenAPI."""
    return _ARGUMENT.sub(lambda found: f"{{{found['name']}}}", each.path)


def _described(each: Declared) -> dict[str, Any]:
    operation = each.operation
    described: dict[str, Any] = {
        "operationId": f"{type(each.api).__name__}.{each.name}",
        "summary": each.summary,
        "tags": [each.api.area],
        "parameters": [*_in_path(each), *_in_address(each), *_in_head(each)],
        "responses": _responses(each),
    }
    if not operation.is_open:
        described |= {"security": [{"token": []}, {"browser": []}], "x-scope": each.scope}
    if operation.body is not None:
        media = {"schema": operation.worked_out(operation.body, each.api)}
        example = operation.worked_out(operation.example, each.api)
        shown = {"example": example} if example else {}
        described["requestBody"] = {"required": True, "content": {operation.sends: {**media, **shown}}}
    return described


def _in_path(each: Declared) -> list[dict[str, Any]]:
    return [
        {"in": "path", "name": found["name"], "required": True, "schema": _argument(each, found)}
        for found in _ARGUMENT.finditer(each.path)
    ]


def _argument(each: Declared, found: re.Match[str]) -> schemas.Schema:
    if found["kind"] == "any":
        return schemas.one_of(*(part.strip() for part in found["limits"].split(",")))
    if found["kind"] == "int" or (found["name"] == "pk" and _key_is_number(each.api)):
        limits = dict(re.findall(r"(min|max)=(\d+)", found["limits"] or ""))
        return {"type": "integer", "minimum": int(limits.get("min", 1)),
                "maximum": int(limits.get("max", LARGEST_KEY))}  # fmt: skip
    return {"type": "string", "minLength": 1}


def _key_is_number(api: Any) -> bool:
    return schemas.key(api.datamodel.obj).get("type") == "integer"


def _in_address(each: Declared) -> list[dict[str, Any]]:
    taken: Mapping[str, schemas.Schema] = each.operation.worked_out(each.operation.args, each.api)
    required = each.operation.needs
    return [
        {"in": "query", "name": name, "required": name in required, "schema": schema}
        for name, schema in taken.items()
    ]


def _in_head(each: Declared) -> list[dict[str, Any]]:
    """The key of a request that may be repeated."""
    return [_KEY] if takes_key(each.operation) else []


def _responses(each: Declared) -> dict[str, Any]:
    operation = each.operation
    answer = operation.worked_out(operation.answer, each.api)
    responses: dict[str, Any] = {
        str(operation.status): {
            "description": HTTPStatus(operation.status).phrase,
            "content": {operation.answers: {"schema": answer}},
        }
    }
    for status in sorted(_errors(each)):
        responses[str(status)] = {"description": _refusals()[status], "content": _ERROR}
    return responses


def _errors(each: Declared) -> set[int]:
    operation = each.operation
    errors = {*operation.errors, 400, 429}
    if not operation.is_open:
        errors |= {401, 403}
    if _in_head(each):
        errors |= {422}
    if operation.body is not None:
        errors |= {413, 415, 422} if operation.sends != "application/json" else {413, 422}
    if "<" in each.path:
        errors |= {404, 405}
    return errors


def _refusals() -> dict[int, str]:
    return {
        400: _("请求或地址中的参数有误"),
        401: _("没有登录，或令牌无效、已过期"),
        403: _("您的角色或令牌不能使用该接口"),
        404: _("没有该记录，或您无权查看"),
        405: _("该地址不支持这个方法"),
        409: _("记录的状态不允许，或读取之后已被修改"),
        413: _("内容太大"),
        415: _("内容的类型不对"),
        422: _("内容有误，problems 说明每个字段的问题"),
        429: _("操作太频繁，Retry-After 秒后再试"),
    }


def fields(schema: schemas.Schema, before: str = "") -> list[dict[str, Any]]:
    """The fields of a schema in a row each, those within others by their whole path, for the page."""
    rows: list[dict[str, Any]] = []
    required = schema.get("required", [])
    for name, each in schema.get("properties", {}).items():
        path = f"{before}{name}"
        rows.append({"name": path, "type": _type(each), "required": name in required, "schema": each})
        inner = each.get("items", each)
        rows += fields(inner, f"{path}[]." if "items" in each else f"{path}.")
    return rows


def _type(schema: schemas.Schema) -> str:
    kinds = schema.get("type", "any")
    said = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{said} ({schema['format']})" if "format" in schema else said
