"""What programs need beside signing in: personal access tokens, and requests that may be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import current_app, g, request
from limits import RateLimitItemPerMinute
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from app.db import db, session
from app.domain import scopes
from app.domain.clock import utc_now
from app.domain.errors import NotAllowed, TooMany
from app.domain.text import N_
from app.registers import parameters
from app.services import idempotency, tokens
from app.web.security import current_actor
from app.web.transactions import SAFE_METHODS


def admit(text: str, scope: str) -> None:
    """Let the request act as the owner of the personal access token ``text``, if that has ``scope``; 401 unless it is in
    force and its owner's account open. ``g.token_scopes`` is what it is limited to."""
    known = tokens.find(text, utc_now())
    if known is None:
        raise Unauthorized
    _limit(str(known.id))
    if not known.noted:
        _note_use(known.id)
    g.user = current_app.appbuilder.sm.load_user(known.user_id)  # type: ignore[attr-defined]
    if g.user is None:
        raise Unauthorized
    g.jwt_user = True
    g.token_scopes = known.scopes
    g.pop("actor", None)
    session.info["actor"] = current_actor()
    require(scope)


def allowed(scope: str) -> bool:
    """Whether the request's token, if it came with one that is limited, has this scope."""
    held = g.get("token_scopes")
    return held is None or scopes.allows(held, scope)


def require(scope: str) -> None:
    """NotAllowed, naming the scope, where the request's token has not got it."""
    if not allowed(scope):
        raise NotAllowed(N_("访问令牌没有该接口的权限：需要 {scope}", scope=scope))


def _note_use(token_id: int) -> None:
    """In a transaction of its own, for the use stays whatever becomes of the request, which has not begun its own."""
    session.rollback()
    with Session(db.engine.execution_options(writes=True)) as own:
        tokens.note_use(own, token_id, request.remote_addr or "", utc_now())
        own.commit()


def _limit(token_id: str) -> None:
    limiter: Any = current_app.appbuilder.sm.limiter.limiter  # type: ignore[attr-defined]
    often = RateLimitItemPerMinute(parameters.integer("token_requests_per_minute"))
    if not limiter.hit(often, "token", token_id):
        wait = max(1, int(limiter.get_window_stats(often, "token", token_id).reset_time - time.time()) + 1)
        raise TooMany(N_("该令牌调用太频繁，请 {seconds} 秒后再试", seconds=wait), wait)


def once(work: Callable[[], Any]) -> Any:
    """Do a request's ``work``; where it changes something and has an ``Idempotency-Key`` at most once (T-W02)."""
    key = request.headers.get(idempotency.HEADER)
    if key is None or request.method in SAFE_METHODS:
        return work()
    actor = current_actor()
    asked = idempotency.fingerprint(request.method, request.full_path, request.get_data())
    known = idempotency.begin(actor, key, asked, utc_now())
    if known is not None:
        answer = current_app.response_class(known.body, known.status, mimetype="application/json")
        answer.headers["Idempotency-Replayed"] = "true"
        return answer
    answer = current_app.make_response(work())
    idempotency.keep(actor, key, idempotency.Answer(answer.status_code, answer.get_data(as_text=True)))
    return answer
