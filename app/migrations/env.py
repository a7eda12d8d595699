"""Runs the migrations on the application's own database."""

from typing import Any

from alembic import context
from flask import current_app

from app.columns import Code, Hundredths, UtcDateTime
from app.db import db, metadata
from app.migrations.options import include_object


def render_item(kind: str, item: Any, _autogen: Any) -> Any:
    """Write our column types as the plain types they are stored as, so that a migration needs no code of today."""
    if kind == "type":
        if isinstance(item, Hundredths):
            return "sa.BigInteger()"
        if isinstance(item, UtcDateTime):
            return "sa.DateTime()"
        if isinstance(item, Code):
            return f"sa.String(length={item.length})"
    return False


def run() -> None:
    """Bring the database up to date in one transaction."""
    arguments = dict(current_app.extensions["migrate"].configure_args)
    with db.engine.execution_options(writes=True).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_item=render_item,
            include_object=include_object,
            **arguments,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
