"""What the pages of recognition have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app import models as m
from app.domain import actor as roles
from app.services.recognition import rounds
from app.web.access import limited_writes
from app.web.base import Page
from app.web.security import current_actor

WORKERS = (roles.RECOGNITION_OFFICER, roles.ADMIN)
READERS = (roles.AUDITOR,)
#: a round, a product's way through it, a run: part of an address
ROUND = "<int(max=9223372036854775807):round_id>"
RECOGNITION = "<int(max=9223372036854775807):recognition_id>"
RUN = "<int(max=9223372036854775807):run_id>"


def permissions(
    work: Sequence[str] = ("can_work",), read: Sequence[str] = ("can_read",)
) -> Mapping[str, Any]:
    """The roles of a page of recognition: officers and administrators get both, the auditor reads."""
    return {**dict.fromkeys(WORKERS, (*read, *work)), **dict.fromkeys(READERS, read)}


def followed(job: m.BackgroundJob) -> Response:
    """Lead to the page on which long work that was just begun shows how far it is."""
    return redirect(url_for("BackgroundView.show", job_id=job.id))


class RoundPage(Page):
    """A page about a round: whoever reads recognition may read it (``can_read``), officers work on it (``can_work``)."""

    roles = permissions()

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    def round(self, round_id: int) -> m.RecognitionRound:
        """The round, or 404."""
        return rounds.load(round_id, current_actor())

    def works(self) -> bool:
        """Whether the reader may do the work, not only read."""
        return bool(self.appbuilder.sm.has_access("can_work", self.class_permission_name))

    def page(self, template: str, status: int = 200, **context: Any) -> tuple[str, int]:
        """The page ``recognition/<template>``; ``round`` among the context leads back to the round."""
        return str(self.render_template(f"recognition/{template}", works=self.works(), **context)), status
