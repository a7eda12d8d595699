"""The wizard's forms, and what a request sends of each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from app.services import fieldsets
from app.web import labels
from app.web.unit.flows import Flow, link_rows
from app.web.unit.record_forms import RecordForm, choices, date_box, form_of, hidden, text_area, yes_no

_MADE: dict[str, Any] = {
    "models_reason": text_area, "nature": choices(labels.NATURES), "stage": choices(labels.STAGES),
    "takes_part": yes_no, "introduction": text_area, "launch_date": date_box,
}  # fmt: skip
_PRODUCT = tuple(field for field in fieldsets.PRODUCT if field.name != "picture_file_id")
ProductForm = form_of("ProductForm", (*_PRODUCT, *fieldsets.YEAR), **_MADE)
YearForm = form_of("YearForm", fieldsets.YEAR)
PictureForm = form_of(
    "PictureForm", [f for f in fieldsets.PRODUCT if f.name == "picture_file_id"], picture_file_id=hidden
)
EmptyForm = form_of("EmptyForm", [])


def form_for(flow: Flow, step: int) -> RecordForm:
    """The form of a step, holding what was sent."""
    if step == 1:
        return ProductForm() if flow.kind == "filing" else YearForm()
    return PictureForm() if step == 3 and flow.kind == "filing" else EmptyForm()


def filled(flow: Flow, step: int) -> RecordForm:
    """The form of a step, holding what is stored."""
    stored = {
        name: getattr(flow.product, name, None) for name in ("picture_file_id", *(f.name for f in _PRODUCT))
    }
    stored |= {field.name: getattr(flow.year, field.name) for field in fieldsets.YEAR}
    return form_for(flow, step).fill(flow.record, **stored)


def sent(form: RecordForm, step: int) -> dict[str, Any]:
    """What a form of the step sent."""
    if step != 2:
        return form.values()
    ids = list(dict.fromkeys([*request.form.getlist("patent_id"), *request.form.getlist("add")]))
    removed = set(request.form.getlist("remove"))
    return {"links": link_rows(
        {"patent_id": key, "core": request.form.get(f"core_{key}"), "contribution": request.form.get(f"share_{key}")}
        for key in ids if key not in removed)}  # fmt: skip


def sent_by_script(body: Mapping[str, Any], step: int) -> dict[str, Any]:
    """What autosave sent of the step: texts by field, or linked patents."""
    if step == 2:
        return {"links": link_rows(body.get("links"))}
    values = body.get("values")
    if not isinstance(values, Mapping):
        return {}
    return {str(name): value for name, value in values.items() if isinstance(value, str | bool)}
