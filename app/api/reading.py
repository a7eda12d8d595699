"""What a caller sends, checked against the operation's declaration: every fault at once, each beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from werkzeug.exceptions import BadRequest

from app.api.schemas import Schema
from app.domain.errors import DomainError, Problem, RuleError
from app.domain.text import N_, Message
from app.web.bodies import json_object

_WHOLE = re.compile(r"-?[0-9]{1,19}")


class BadArguments(DomainError):
    """Arguments in the address that the operation does not take (HTTP 400)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(N_("地址中的参数有误"))
        self.problems = problems


def body(schema: Schema) -> dict[str, Any]:
    """The request's JSON object; RuleError (422) names every field that is missing, unknown or cannot be taken."""
    try:
        data: dict[str, Any] = _whole(json_object())
        problems = _problems(data, schema) or _controls(data)
    except RecursionError as error:
        raise BadRequest from error
    if problems:
        raise RuleError(problems)
    return data


def arguments(schemas: Mapping[str, Schema], needed: Iterable[str] = ()) -> dict[str, Any]:
    """The arguments in the address, typed as declared; BadArguments (400) names those that cannot be taken."""
    given = {
        name: _typed(text, schemas[name]) if name in schemas else text for name, text in request.args.items()
    }
    shape = {
        "type": "object",
        "properties": dict(schemas),
        "required": list(needed),
        "additionalProperties": False,
    }
    if problems := _problems(given, shape) or _controls(given):
        raise BadArguments(problems)
    return given


def _typed(text: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _whole(value: Any) -> Any:
    """Whole numbers written as 1.0 are whole numbers."""
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _problems(data: Mapping[str, Any], schema: Schema) -> list[Problem]:
    found: dict[tuple[str | None, str], Problem] = {}
    for error in sorted(Draft202012Validator(schema).iter_errors(data), key=_place):
        for problem in _said(error):
            found.setdefault((problem.field, str(problem.message)), problem)
    return list(found.values())


def _place(error: ValidationError) -> tuple[bool, list[str]]:
    """What is wrong comes before what is missing."""
    return error.validator == "required", [str(part) for part in error.absolute_path]


def _said(error: ValidationError) -> Iterable[Problem]:
    place = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [Problem(_field([*place, name]), N_("请填写该字段")) for name in missing]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        extra = [name for name in error.instance if name not in known]
        return [Problem(_field([*place, str(name)]), N_("该字段不能由调用方设置")) for name in extra]
    return [Problem(_field(place), _sentence(error))]


def _sentence(error: ValidationError) -> Message:
    limit = error.validator_value
    if error.validator == "enum":
        return N_("请从列表中选择")
    if error.validator == "maxLength":
        return N_("最多 {most} 个字，现为 {count} 个", most=limit, count=len(error.instance))
    if error.validator == "maxItems":
        return N_("最多 {most} 项", most=limit)
    if error.validator in ("minItems", "minProperties"):
        return N_("至少 {least} 项", least=limit)
    if error.validator == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        return N_("值的类型应为 {kinds}", kinds="/".join(kinds))
    return N_("该值不在允许的范围内")


def _field(place: Iterable[str]) -> str | None:
    return ".".join(place)[:200] or None


def _controls(value: Any, place: tuple[str, ...] = ()) -> list[Problem]:
    """NUL, which no database keeps and no text needs (abuse.md T-Q03)."""
    if isinstance(value, str):
        return [Problem(_field(place), N_("含有不能保存的控制字符"))] if "\0" in value else []
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    return [found for name, each in pairs for found in _controls(each, (*place, str(name)))]
