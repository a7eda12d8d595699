"""Forms over the services' field lists: the same names, labels and stars; all reading and checking is the services'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)

from app.domain.text import Message
from app.services.fields import Field
from app.web.text import render
from app.web.unit.base import seen_version


class Starred:
    """Marks a field as required for a complete record; a draft may leave it empty, so it never refuses."""

    field_flags = {"starred": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing: the services check."""


class RecordForm(FlaskForm):
    """A form for a record with a version."""

    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """What was typed, for the service; ticks that are off are there too."""
        return {
            name: field.data
            for name, field in self._fields.items()
            if name not in ("version", "csrf_token") and (name in request.form or _is_tick(field))
        }

    @property
    def seen(self) -> int | None:
        """The version of the record the form was made from."""
        return seen_version(self.version.data)

    def fill(self, record: Any, **more: Any) -> RecordForm:
        """Show what the record holds; ``more`` for fields that are no columns."""
        for name, field in self._fields.items():
            if name == "csrf_token":
                continue
            value = more[name] if name in more else getattr(record, name, None)
            field.data = value if _is_tick(field) else text_of(value)
        return self


def _is_tick(field: Any) -> bool:
    return isinstance(field, BooleanField | SelectMultipleField)


def text_of(value: Any) -> str:
    """A value as it is typed: thousands separated, days as 2025-03-01."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def form_of(name: str, fields: Iterable[Field], **made: Any) -> type[RecordForm]:
    """A form class with an input for each of ``fields``: a line of text unless ``made`` has a maker for it."""
    known = list(fields)
    members = {field.name: made.get(field.name, _line)(_label(field.label), field) for field in known}
    return type(name, (RecordForm,), members)


def _label(message: Message) -> LazyString:
    return LazyString(lambda: render(message))


def _marks(field: Field) -> list[Any]:
    return [Starred()] if field.required else []


def _line(label: Any, field: Field) -> Any:
    return StringField(label, _marks(field))


def text_area(label: Any, field: Field) -> Any:
    """Several lines."""
    return TextAreaField(label, _marks(field))


def hidden(label: Any, field: Field) -> Any:
    """A value a script fills in: the id of an uploaded file."""
    return HiddenField(label, _marks(field))


def date_box(label: Any, field: Field) -> Any:
    """A day."""
    return StringField(label, _marks(field), widget=widgets.DateInput())


def tick(label: Any, field: Field) -> Any:
    """A yes that has to be ticked."""
    return BooleanField(label, _marks(field))


def choices(codes: Mapping[str, Any]) -> Any:
    """A maker of drop-down lists of ``codes`` (code → label)."""

    def make(label: Any, field: Field) -> Any:
        return SelectField(
            label, _marks(field), choices=lambda: [("", _l("请选择")), *codes.items()], validate_choice=False
        )

    return make


def yes_no(label: Any, field: Field) -> Any:
    """Yes, no or not said yet."""
    return choices({"True": _l("是"), "False": _l("否")})(label, field)


def check_boxes(label: Any, codes: Mapping[str, Any]) -> Any:
    """Ticks for several codes."""
    return SelectMultipleField(
        label, choices=lambda: list(codes.items()), validate_choice=False,
        widget=widgets.ListWidget(prefix_label=False), option_widget=widgets.CheckboxInput(),
    )  # fmt: skip
