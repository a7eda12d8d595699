"""认定: the unit's products in each round, why others take no part, and one product's way through a round."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.domain.actor import Actor
from app.domain.errors import NotFound
from app.domain.machines import RECOGNITION
from app.services import records, timeline
from app.services.recognition import certificates, deadlines, participation, supplements
from app.web import listing
from app.web.access import guarded
from app.web.security import current_actor
from app.web.text import in_english
from app.web.unit import standing
from app.web.unit.base import UnitPage, now, own_unit, seen_version

PK = "<int(max=9223372036854775807):recognition_id>"
SPEC = listing.ListSpec(
    m.Product, ("name", "filing_no", "filing_year", "filed_on", "takes_part", "state"), ("name",), ("id", "desc"), {},
    ("name", "filing_no"),
)  # fmt: skip


class UnitRecognitionView(UnitPage):
    """认定."""

    route_base = "/my/recognition"
    section = "recognition"
    roles = {"Unit": ("can_read",)}

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """The products of the unit in a round: state and next step, or why they are no candidates."""
        unit, moment = own_unit(), now()
        every = participation.rounds()
        round_ = _chosen(every, seen_version(request.args.get("round")))
        if round_ is None:
            return self.page("recognition.html", title=_("参加认定"), round=None)
        query = listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, (m.Product.unit_id == unit.id) & (m.Product.state != "draft"))
        rows = participation.standings(page.rows, round_, moment)
        return self.page(
            "recognition.html", title=_("参加认定"), round=round_, rounds=every, query=query, page=page,
            rows=rows, counts=participation.counts(round_.id, unit.id),
            steps={row.product.id: standing.next_step(row.recognition, moment) for row in rows if row.recognition},
            mend=lambda code, product: standing.mend(code, product, round_, moment),
        )  # fmt: skip

    @expose(f"/{PK}")
    @guarded("read")
    def show(self, recognition_id: int) -> Any:
        """A product's way through a round: where it stands, the screening, what was added, what happened."""
        actor, moment = current_actor(), now()
        recognition = records.load(m.Recognition, recognition_id, actor)
        supplement = supplement_of(actor, recognition)
        return self.page(
            "recognition_product.html", title=recognition.product.name, r=recognition,
            next=standing.next_step(recognition, moment), result=participation.screening_of(recognition),
            english=in_english(),
            dimensions=standing.dimensions(supplement) if supplement else [], supplement=supplement,
            reasoned=recognition.state in standing.REASONED, certificate=certificates.of(recognition),
            events=timeline.events(actor, RECOGNITION.name, recognition.id),
            may_take_back=recognition.state == "supplemented" and not deadlines.passed(recognition, moment),
        )  # fmt: skip


def _chosen(every: list[m.RecognitionRound], wanted: int | None) -> m.RecognitionRound | None:
    """The round asked for, else the newest; NotFound for one that units do not see."""
    if wanted is None:
        return every[0] if every else None
    found = next((each for each in every if each.id == wanted), None)
    if found is None:
        raise NotFound
    return found


def supplement_of(actor: Actor, recognition: m.Recognition) -> m.Supplement | None:
    """The supplement of a product, None where none was asked for."""
    try:
        return supplements.of(actor, recognition.id)
    except NotFound:
        return None
