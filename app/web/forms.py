"""Forms: what FAB generates from the models, made plain, and problems of the rules put beside their fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_appbuilder.forms import GeneralModelConverter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import SelectField, ValidationError, widgets
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.columns import LARGEST_INTEGER
from app.domain import normal
from app.domain.errors import Problem
from app.web import labels
from app.web.text import render

_PLAIN_WIDGETS = {
    "StringField": widgets.TextInput(),
    "TextAreaField": widgets.TextArea(),
    "SelectField": widgets.Select(),
    "IntegerField": widgets.NumberInput(),
    "DecimalField": widgets.TextInput(),
    "DateField": widgets.DateInput(),
    "BooleanField": widgets.CheckboxInput(),
    "QuerySelectField": widgets.Select(),
    "QuerySelectMultipleField": widgets.Select(multiple=True),
    "PasswordField": widgets.PasswordInput(),
}


def lazy_pair(verb: str, title: Any) -> LazyString:
    """A title like 新增 · 审核意见, translated when shown."""
    verbs = {"新增": _l("新增"), "编辑": _l("编辑")}
    return LazyString(lambda: f"{verbs[verb]} · {title}")


def generated(converter: GeneralModelConverter, view: Any, columns: Sequence[str]) -> Any:
    """FAB's form for ``columns``, in their order: codes as select fields, no inline styles, no control characters."""
    table = view.datamodel.obj.__tablename__
    extra = dict(view.add_form_extra_fields or {}) | dict(view.edit_form_extra_fields or {})
    for name in columns:
        if name not in extra and labels.codes(table, name) and name in view.datamodel.list_columns:
            extra[name] = _code_field(view, table, name)
    form = converter.create_form(
        view.label_columns,
        columns,
        view.description_columns,
        view.validators_columns,
        extra,
        view.add_form_query_rel_fields or {},
    )
    for place, name in enumerate(columns):
        field = getattr(form, name, None)
        if field is None:
            raise TypeError(f"{type(view).__name__}: no form field can be made for {name}")
        field.creation_counter = place  # in this order: FAB puts those of its own making last
        field.kwargs["widget"] = _PLAIN_WIDGETS.get(
            _plain_name(field.field_class), field.kwargs.get("widget")
        )
        if _plain_name(field.field_class) == "BooleanField":
            field.kwargs["validators"] = []  # no is an answer
        if _plain_name(field.field_class) in ("StringField", "TextAreaField"):
            _tidy_text(field.kwargs, view.datamodel.list_columns.get(name), view.longest)
        if _plain_name(field.field_class) == "IntegerField":
            field.kwargs["validators"] = [
                *field.kwargs.get("validators", []),
                NumberRange(-LARGEST_INTEGER, LARGEST_INTEGER),
            ]
    return form


def _tidy_text(options: dict[str, Any], column: Any, longest: int) -> None:
    """No control characters, no text without end, blanks are no text; a column whose default is no text may stay empty,
    though it holds no NULL."""
    rules = [
        DataRequired() if isinstance(rule, InputRequired) else rule for rule in options.get("validators", [])
    ]
    if column is not None and column.default is not None and column.default.arg == "":
        rules = [Optional(), *(rule for rule in rules if not isinstance(rule, DataRequired | InputRequired))]
        options["filters"] = [*options.get("filters", []), lambda value: value or ""]
    if column is not None and getattr(column.type, "length", None) is None:
        rules.append(_Longest(max=longest))
    options["validators"] = [*rules, no_control_characters]


class _Longest(Length):
    """As many characters as a browser lets people type: it counts an end of line once and sends it as two."""

    def __call__(self, form: Any, field: Any) -> None:
        if len((field.data or "").replace("\r\n", "\n")) > self.max:
            super().__call__(form, field)


def _plain_name(field_class: type[Any]) -> str:
    for ancestor in field_class.__mro__:
        if ancestor.__name__ in _PLAIN_WIDGETS:
            return str(ancestor.__name__)
    return field_class.__name__


def _code_field(view: Any, table: str, name: str) -> Any:
    nullable = view.datamodel.is_nullable(name)

    def choices() -> list[tuple[str, str]]:
        known = list((labels.codes(table, name) or {}).items())
        return [("", ""), *known] if nullable else known

    return SelectField(
        view.label_columns.get(name, name),
        choices=choices,
        filters=[lambda value: value or None] if nullable else [],
    )


def no_control_characters(_form: Any, field: Any) -> None:
    """NUL and other control characters cannot be stored by every database and are never meant."""
    if isinstance(field.data, str) and normal.has_control(field.data):
        raise ValidationError(_("含有不可见的控制字符，请删除后重新填写"))


def show_problems(form: Any, problems: Iterable[Problem]) -> None:
    """Put each problem beside its field, or above the form when it has none."""
    for problem in problems:
        field = form._fields.get(problem.field or "")
        text = render(problem.message)
        if field is None:
            form.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]
