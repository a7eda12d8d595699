"""``python -m bench.fill N``: fill the empty database of the environment's settings with N made-up products."""

from __future__ import annotations

import sys

from flask_migrate import upgrade
from sqlalchemy import text

from app import create_app
from app.db import db, session, transaction
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.registers import reference
from app.reports import facets
from app.services import demo, permissions, portal
from app.services.recognition import keys


def main(products: int) -> None:
    """Schema, reference data, permissions, the demonstration's people and filings, and the made-up products."""
    app = create_app()
    with app.app_context():
        upgrade(directory=f"{app.root_path}/migrations")
        with transaction(Actor.system("bench")):
            reference.load_reference_data()
        with transaction(Actor.system("bench")):
            permissions.synchronise(app.appbuilder, app.config["MENU_ROLES"])  # type: ignore[attr-defined]
        with transaction(Actor.system("bench")):
            keys.init(keys.makers("bench", utc_now()), utc_now())  # the rounds before have certificates
        demo.load(utc_now(), products=products)
        session.remove()
        _settle()


def _settle() -> None:
    """Bring the database to the state a server has after some hours: statistics, free space map, an empty log, and
    what the public pages keep ready."""
    with transaction(Actor.system("bench")):
        portal.keep(facets.of_everything(), utc_now())
    session.remove()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
        else:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main(int(sys.argv[1]))
