"""One transaction a request: begun as a writer or reader by the method, committed once when the view has answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import audit
from app.db import db, session, set_writing
from app.domain.actor import Actor
from app.web.security import current_actor

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TransactionalFlask(Flask):
    """Flask whose views are each one transaction; errors raised by the commit reach the error handlers too."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; commit what a writing request changed, unless the view raised."""
        answer = super().dispatch_request()
        if request.method not in SAFE_METHODS:
            session.commit()
            set_writing(False)
        return answer


def undo() -> None:
    """Take back what the request changed; what it still reads, for the page that says so, holds nobody up."""
    session.rollback()
    set_writing(False)


def begin() -> None:
    """Before each request: say whether it writes, and give the session its actor."""
    set_writing(request.method not in SAFE_METHODS)
    session.info["ip"] = request.remote_addr
    session.info["actor"] = None
    if request.endpoint and not request.endpoint.endswith("static"):
        session.info["actor"] = current_actor()


def separately(actor: Actor, work: Callable[[Session], Any]) -> None:
    """Do ``work`` in a writing transaction of its own, which stays whatever becomes of the request's."""
    undo()
    with Session(db.engine.execution_options(writes=True)) as own:
        own.info.update(actor=actor, ip=request.remote_addr)
        work(own)
        audit.append_pending(own)
        own.commit()


def note(action: str, entity: str = "", entity_id: object = "", **detail: Any) -> None:
    """Write an audit event that must stay though the request only reads, or is refused."""
    actor = current_actor()
    separately(
        actor, lambda own: audit.record(own, action, entity, entity_id, unit_id=actor.unit_id, **detail)
    )


def forbid_caching(response: Response) -> Response:
    """After each request: pages of signed-in people are kept by no cache and no Back button."""
    if session.info.get("actor") is not None and session.info["actor"].user_id is not None:
        response.headers["Cache-Control"] = "no-store"
    return response
