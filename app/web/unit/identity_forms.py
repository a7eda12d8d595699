"""The forms of the real-name check and of a change of what was verified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import TextAreaField

from app import models as m
from app.db import session
from app.registers import regions
from app.services import fieldsets, realname
from app.services.fields import Field
from app.web import labels
from app.web.text import called
from app.web.unit.base import seen_version
from app.web.unit.record_forms import RecordForm, check_boxes, choices, date_box, form_of, hidden, tick

FILES = ("licence_file_id", "commitment_file_id")
REGION = ("province", "city", "district")
_MADE: dict[str, Any] = {
    "kind": choices(labels.UNIT_KINDS), "founded": date_box, "makes_or_sells": tick,
    **dict.fromkeys(FILES, hidden), **{name: choices({}) for name in REGION},
}  # fmt: skip


def _made(fields: Iterable[Field]) -> dict[str, Any]:
    return {field.name: _MADE[field.name] for field in fields if field.name in _MADE}


_Facts = form_of("IdentityFacts", fieldsets.UNIT_NAME + fieldsets.UNIT, **_made(fieldsets.UNIT))
ChangeForm = form_of("ChangeForm", realname.CHANGE, **_made(realname.CHANGE))
_Reach = form_of("ReachFacts", [f for f in fieldsets.UNIT if f not in realname.CHANGE])


class IdentityForm(_Facts):  # type: ignore[misc, valid-type]
    """Everything a unit says of itself before it is verified."""

    former_names = TextAreaField(_l("曾用名"))
    qualifications = check_boxes(_l("资质"), labels.QUALIFICATIONS)


class ReachForm(_Reach):  # type: ignore[misc, valid-type]
    """What a verified unit may change at once: how to reach it."""


def choose_regions(form: RecordForm) -> None:
    """Fill the three lists: each below what is chosen in the one before it."""
    above: str = regions.COUNTRY
    for name in REGION:
        field = form._fields.get(name)
        if field is None:
            return
        below = regions.children(above) if above else []
        field.choices = [("", _("请选择")), *((division.code, called(division)) for division in below)]
        above = field.data or ""


def picked_text(form: RecordForm) -> str:
    """The industry's code and name, as the picker shows them."""
    return labels.classified("industry", str(form._fields["industry_code"].data or ""))


def files_of(form: RecordForm) -> dict[str, m.StoredFile]:
    """The files the form's hidden inputs name, by input."""
    ids = {
        name: int(str(form._fields[name].data))
        for name in FILES
        if name in form._fields and _is_id(form._fields[name].data)
    }
    stored = {
        file.id: file
        for file in session.scalars(select(m.StoredFile).where(m.StoredFile.id.in_(ids.values())))
    }
    return {name: stored[file_id] for name, file_id in ids.items() if file_id in stored}


def _is_id(value: Any) -> bool:
    return seen_version(value) is not None
