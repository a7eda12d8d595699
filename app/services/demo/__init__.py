"""Demonstration data: plainly fictitious units, real patents, products in every state over three years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.services import statistics
from app.services.demo import bulk, cast, past_rounds, rounds
from app.services.demo.story import UNITS

PASSWORD = "zhuanpin-demo-2026"  # noqa: S105 (printed at the start; these accounts are disabled in production)
DEFAULT_PRODUCTS = 400
ACCOUNTS = tuple((name, role) for name, role, _, _ in cast.STAFF) + tuple(
    (unit["user"], unit["name"]) for unit in UNITS
)


def is_loaded() -> bool:
    """Whether demonstration accounts are there."""
    return session.execute(select(m.Account.user_id).where(m.Account.is_demo).limit(1)).first() is not None


def load(now: datetime, *, products: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Load the hand-made cast with its past rounds once, add ``products`` made-up products, and screen this year's
    round once."""
    if not is_loaded():
        cast.load(now, PASSWORD)
        past_rounds.load(now)
    with transaction(Actor.system("demo")):
        bulk.add_products(products, now, progress)
    rounds.load(now)
    statistics.rebuild(now)
