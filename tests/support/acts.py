"""Acting as a page does: one use case, one transaction, in somebody's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from app import jobs
from app import models as m
from app.db import transaction
from app.domain.actor import Actor
from app.services import background, filings, review
from tests.support.factories import NOW

T = TypeVar("T")


def do(verb: Callable[..., T], actor: Actor, *args: Any, **values: Any) -> T:
    """Call a use case in a transaction of its own; at ``NOW`` unless ``now`` says otherwise or it takes none."""
    with transaction(actor):
        if "now" in verb.__code__.co_varnames[: verb.__code__.co_argcount + verb.__code__.co_kwonlyargcount]:
            values.setdefault("now", NOW)
        return verb(actor, *args, **values)


def work() -> None:
    """Do what waits in the background, as the worker does."""
    background.run_waiting(jobs.HANDLERS)


def submit(actor: Actor, product: m.Product, **values: Any) -> m.Case:
    """Submit a filing with the promise of truth."""
    return do(filings.submit, actor, product.id, product.version, True, **values)


def approve(actor: Actor, case: m.Case, **values: Any) -> m.Case:
    """Approve a case as it was submitted."""
    return do(review.approve, actor, case.id, case.subject_version, **values)


def send_back(
    actor: Actor, case: m.Case, reason: str = "请核对", remarks: dict[str, str] | None = None, **values: Any
) -> m.Case:
    """Return a case."""
    return do(review.return_, actor, case.id, case.subject_version, reason, remarks or {}, **values)
