"""The forms of a patent in the unit's base."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from app.services import fieldsets
from app.web import labels
from app.web.unit.record_forms import Starred, choices, date_box, form_of, hidden, text_area, tick

_MADE: dict[str, Any] = {
    "filing_date": date_box, "grant_date": date_box, "legal_state": choices(labels.LEGAL_STATES),
    "obtained": choices(labels.OBTAINED), "licence_kind": choices(labels.LICENCES), "licence_from": date_box,
    "licence_until": date_box, "proof_file_id": hidden, "pledged": tick, "records": text_area,
}  # fmt: skip
_Facts = form_of("PatentFacts", fieldsets.PATENT + fieldsets.PATENT_HOLDING,
                 **{f.name: _MADE[f.name] for f in fieldsets.PATENT + fieldsets.PATENT_HOLDING if f.name in _MADE})  # fmt: skip
_Holding = form_of("PatentHolding", fieldsets.PATENT_HOLDING,
                   **{f.name: _MADE[f.name] for f in fieldsets.PATENT_HOLDING if f.name in _MADE})  # fmt: skip


class PatentForm(_Facts):  # type: ignore[misc, valid-type]
    """A patent with its facts."""

    application_no = StringField(_l("专利号"), [Starred()])


class HoldingForm(_Holding):  # type: ignore[misc, valid-type]
    """Of a patent the register knows: only how the unit came by it."""
