"""Background jobs: a queue (SQLite beside the database, or Redis/Valkey when scaled out) and what runs on it.

Jobs can be run twice without harm: each claims the rows it works on, or does the same thing again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.db import session, transaction
from app.documents import storage
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.notify import outbox, webhook_delivery, webhooks
from app.services import background, exports, maintenance, open_data, portal, statistics
from app.services.background import Handler
from app.services.imports import work as imports
from app.services.recognition import certificate_files, round_work, screening
from app.web import exporting
from config import Settings

if TYPE_CHECKING:
    from huey import Huey

log = logging.getLogger(__name__)
_settings: Settings | None = None

#: What each kind of background job (``services.background``) does.
HANDLERS: dict[str, Handler] = {
    screening.KIND: screening.run,
    "certificates": certificate_files.make_pdfs,
    exports.KIND: exporting.run,
    "import": imports.run,
    **round_work.HANDLERS,
}


class _Tools(NamedTuple):
    queue: Huey
    wake: Callable[[], Any]
    work: Callable[[], Any]
    tell: Callable[[], Any]


def configure(settings: Settings) -> None:
    """Take the settings that name the queue; called by ``create_app`` in every process."""
    global _settings
    _settings = settings
    _tools.cache_clear()
    if not event.contains(session, "after_commit", _after_commit):
        event.listen(session, "after_commit", _after_commit)
        event.listen(session, "after_rollback", _after_rollback)


def queue() -> Huey:
    """The queue, once configured."""
    return _tools().queue


@cache
def _tools() -> _Tools:
    """Made when they are first needed: a web process is ready sooner without."""
    from huey import RedisHuey, SqliteHuey, crontab

    settings = _settings
    if settings is None:
        raise RuntimeError("jobs.configure has not been called")
    if settings.queue_url:
        made = RedisHuey("zhuanpin", url=settings.queue_url, immediate=False)
    else:
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        made = SqliteHuey("zhuanpin", filename=str(Path(settings.data_dir) / "queue.db"), immediate=False)
    wake = made.task(name="deliver")(_deliver)
    work = made.task(name="work")(_work)
    tell = made.task(name="tell")(_tell)
    made.periodic_task(crontab(), name="tell_due")(_tell)
    made.periodic_task(crontab(), name="deliver_due")(_deliver)
    made.periodic_task(crontab(), name="work_due")(_work)
    made.periodic_task(crontab(), name="statistics")(_statistics)
    made.periodic_task(crontab(minute="40", hour="19"), name="statistics_anew")(_statistics_anew)
    made.periodic_task(crontab(minute="*/10"), name="public_counts")(_public_counts)
    made.periodic_task(crontab(minute="10", hour="18"), name="open_data")(_open_data)
    made.periodic_task(crontab(minute="*/5"), name="rescan")(_rescan)
    made.periodic_task(crontab(minute="7", hour="*"), name="tidy")(_tidy)
    made.periodic_task(crontab(minute="30", hour="17"), name="daily")(_daily)
    return _Tools(made, wake, work, tell)


def _after_commit(committed: Session) -> None:
    """Messages just written are delivered, and work just started is done, now rather than at the next full minute."""
    if committed.info.pop(outbox.WAITING, False):
        _ask_worker("wake")
    if committed.info.pop(background.WAITING, False):
        _ask_worker("work")
    if committed.info.pop(webhooks.WAITING, False):
        _ask_worker("tell")


def _after_rollback(undone: Session) -> None:
    undone.info.pop(outbox.WAITING, None)
    undone.info.pop(background.WAITING, None)
    undone.info.pop(webhooks.WAITING, None)


def _ask_worker(task: str) -> None:
    from huey.exceptions import HueyException

    try:
        getattr(_tools(), task)()
    except (HueyException, OSError) as error:
        log.warning("the queue cannot be reached, what waits is done in the next round: %s", error)


def _work() -> None:
    background.run_waiting(HANDLERS)


def _deliver() -> None:
    while outbox.deliver(utc_now()).sent:
        pass


def _tell() -> None:
    while webhook_delivery.deliver(utc_now(), utc_now).sent:
        pass


def _statistics() -> None:
    statistics.refresh(utc_now())


def _statistics_anew() -> None:
    statistics.rebuild(utc_now())


def _public_counts() -> None:
    now, counted = utc_now(), portal.counted()
    session.rollback()
    if counted:
        with transaction(Actor.system("portal")):
            portal.keep(counted, now)


def _open_data() -> None:
    open_data.make(utc_now())


def _rescan() -> None:
    storage.rescan_held()


def _tidy() -> None:
    with transaction(Actor.system("tidy")):
        maintenance.tidy(utc_now())
        outbox.forget_secrets(utc_now())
    storage.delete_unreferenced(utc_now())


def _daily() -> None:
    with transaction(Actor.system("daily")):
        maintenance.daily(utc_now())
