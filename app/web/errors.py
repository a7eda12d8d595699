"""Every error becomes a page (or JSON) with a sentence that says what to do; refusals leave a trace."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, flash, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.domain.errors import Conflict, DomainError, NotAllowed, NotFound, RuleError, TooMany
from app.web.access import back_to_form, from_own_page
from app.web.security import current_actor
from app.web.text import render, said
from app.web.transactions import note, undo

log = logging.getLogger(__name__)
STATUS: dict[type[DomainError], int] = {
    RuleError: 422,
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    TooMany: 429,
}


def register(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(500, _unexpected)


def _domain_error(error: DomainError) -> Any:
    undo()
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if status in (403, 404):
        _note_refusal(status)
    problems = getattr(error, "problems", [])
    response = answer(
        status,
        render(error.message),
        problems=[{"field": p.field, "message": said(p), "rule": p.rule} for p in problems],
    )
    if isinstance(error, TooMany):
        response[0].headers["Retry-After"] = str(error.retry_after)
    return response


def _note_refusal(status: int, **detail: Any) -> None:
    """Leave a trace of what somebody with an account was refused. Strangers leave none: they could fill the trail."""
    if current_actor().user_id is not None:
        note("refused", path=request.path, method=request.method, status=status, **detail)


def _stale(_error: StaleDataError) -> Any:
    undo()
    return answer(409, _("该记录刚刚被他人修改，您的修改没有保存。请返回、刷新后再试。"))


def _csrf(error: CSRFError) -> Any:
    undo()
    ours = from_own_page() and request.referrer
    if ours and wants_json() and current_actor().user_id is None:
        return answer(401, _("登录已超时。请按页面上的保存按钮，重新登录后会恢复您填写的内容。"))
    if ours and not wants_json():
        flash(_("页面已过期或登录已超时，请重新操作。您填写的内容会自动恢复，密码和文件除外。"), "warning")
        return back_to_form()
    _note_refusal(400, why="csrf")
    return answer(400, _("页面已过期或请求来源不明，请刷新页面后重试。"))


def _database_error(error: DBAPIError) -> Any:
    undo()
    number = secrets.token_hex(4)
    log.warning("database error %s: %s", number, type(error.orig).__name__, exc_info=error)
    if isinstance(error, IntegrityError):
        return answer(409, _("数据与已有记录冲突，没有保存。错误编号 %(number)s", number=number))
    if isinstance(error, OperationalError):
        return answer(
            503,
            _(
                "系统繁忙，暂时无法保存。请稍后重试，您填写的内容仍在页面上。错误编号 %(number)s",
                number=number,
            ),
        )
    return answer(422, _("有无法保存的内容，请检查后重试。错误编号 %(number)s", number=number))


def _http_error(error: HTTPException) -> Any:
    undo()
    status = error.code or 500
    if status == 403:
        _note_refusal(status)
    response = answer(status, _sentences().get(status) or HTTPStatus(status).phrase)
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response[0].headers[name] = value
    return response


def _unexpected(error: Any) -> Any:
    undo()
    number = secrets.token_hex(4)
    log.error("unexpected error %s", number, exc_info=getattr(error, "original_exception", None) or error)
    return answer(500, _("系统出错了，我们已记录。错误编号 %(number)s", number=number))


def _sentences() -> dict[int, str]:
    return {
        400: _("请求有误，请检查地址或填写的内容。"),
        401: _("请先登录。"),
        403: _("您没有权限访问该页面。"),
        404: _("没有找到该页面或记录，或您无权查看。"),
        405: _("不支持该操作方式。"),
        413: _("上传的内容太大。"),
        429: _("操作太频繁，请稍后再试。"),
    }


def answer(status: int, message: str, problems: list[dict[str, Any]] | None = None) -> Any:
    """A page for people, JSON for programs."""
    if wants_json():
        response = jsonify(status=status, message=message, problems=problems or [])
    else:
        response = make_response(
            render_template("error.html", status=status, message=message, problems=problems or [])
        )
    response.status_code = status
    return response, status


def wants_json() -> bool:
    """Whether the caller is a program or a script on a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith("/api/") or best == "application/json"
