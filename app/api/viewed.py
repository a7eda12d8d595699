"""The generated views for programs: what a view lists, shows and changes in pages, by the same forms and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.api import answers, schemas
from app.api.base import RecordApi, operation
from app.domain.errors import Conflict, Problem, RuleError
from app.domain.text import N_, Message
from app.web import listing
from app.web.base import RecordView

_CHANGES = ("can_add", "can_edit", "can_delete")
#: stands for a record's values as they were read; a change of others is refused
SEEN = schemas.text(64)
_WITHOUT_PAGE = {"csrf": False}


class ViewApi(RecordApi):
    """The records of a generated view. Which operations there are, and for whom, is what ``view`` declares."""

    view: ClassVar[type[RecordView]]
    #: what is sent to make or change a record, as an example
    example: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "view" not in vars(cls):  # something that several have in common
            return
        view = cls.view
        cls.datamodel, cls.title = view.datamodel, view.list_title
        listed = [*view.list_columns, *view.english_columns.values()]
        cls.list_columns, cls.base_order = tuple(dict.fromkeys(listed)), view.base_order
        shown = [*(view.show_columns or ()), *(view.edit_columns or ())]
        for _section, part in view.show_fieldsets or ():
            shown += part["fields"]
        cls.show_columns = tuple(dict.fromkeys(shown))
        cls.filter_columns, cls.text_columns = view.filter_columns, view.text_columns
        cls.order_columns = view.order_columns or ()
        if "roles" not in vars(cls):
            cls.roles = {role: _access(given) for role, given in view.roles.items()}
        changes = {"add": view.add_columns, "put": view.edit_columns,
                   "delete": "can_delete" in view.base_permissions}  # fmt: skip
        cls.exclude_route_methods = {name for name, there in changes.items() if not there}

    def generated(self) -> RecordView:
        """The view as it is registered."""
        views = current_app.appbuilder.baseviews  # type: ignore[attr-defined]
        found: RecordView = next(each for each in views if isinstance(each, self.view))
        return found

    def spec(self) -> listing.ListSpec:
        """What the view's list may be asked."""
        spec = self.generated().spec()
        return replace(spec, columns=tuple(dict.fromkeys((*spec.columns, *self.list_columns))))

    def record(self) -> schemas.Schema:
        """One record; with ``seen`` where it can be changed or deleted."""
        shown = super().record()
        if not self._changes:
            return shown
        return schemas.obj({**shown["properties"], "seen": SEEN})

    @property
    def _changes(self) -> bool:
        return bool(self.view.edit_columns) or "can_delete" in self.view.base_permissions

    def kept(self) -> schemas.Schema:
        """A record after a change."""
        return schemas.result(schemas.obj({"id": schemas.key(self.datamodel.obj), "seen": SEEN}))

    def fields(self, columns: Sequence[str]) -> dict[str, schemas.Schema]:
        """What may be sent for these columns."""
        return {name: schemas.column(self.datamodel.obj, name, self.view.longest) for name in columns}

    def added(self) -> schemas.Schema:
        """What a new record is made of; what has a default may be left out."""
        stored = self._stored()
        needed = [name for name, column in stored.items() if not column.nullable and column.default is None]
        return schemas.some(self.fields(self.view.add_columns), *needed)

    def _stored(self) -> dict[str, Any]:
        """The columns that a new record's fields are kept in, as far as they are its own."""
        attributes = self.datamodel.obj.__mapper__.column_attrs
        return {name: attributes[name].columns[0] for name in self.view.add_columns if name in attributes}

    def _defaults(self) -> dict[str, Any]:
        return {name: c.default.arg for name, c in self._stored().items() if c.default is not None}

    def changed(self) -> schemas.Schema:
        """What a record is changed by: any of its fields, beside what was seen of it."""
        return schemas.some({"seen": SEEN, **self.fields(self.view.edit_columns)}, "seen")

    def sent(self, columns: Sequence[str]) -> dict[str, Any]:
        """The example, as far as these columns go."""
        return {name: value for name, value in self.example.items() if name in columns}

    @operation("GET", "/<pk>", _l("一条记录"), answer=lambda api: schemas.result(api.record()), errors=(404,))
    def get(self, pk: str) -> Any:
        """One record, with ``seen`` to be given back by whoever changes it."""
        found = self.find(pk)
        seen = {"seen": self.generated().seen(found)} if self._changes else {}
        return {"result": self.shown(found, self.show_columns) | seen}

    @operation(
        "POST", "/", _l("新增"), body=lambda api: api.added(), answer=lambda api: api.kept(), status=201, errors=(409,),
        example=lambda api: api.sent(api.view.add_columns),
    )  # fmt: skip
    def add(self, data: dict[str, Any]) -> Any:
        """A new record, under the rules of the view's form."""
        return self._written(self.datamodel.obj(), self.generated().add_form, self._defaults() | data)

    @operation(
        "PUT", "/<pk>", _l("修改，只传要改的字段；seen 为读到的值"), body=lambda api: api.changed(),
        answer=lambda api: api.kept(), errors=(409,), example=lambda api: {"seen": "0" * 64, **api.sent(api.view.edit_columns)},
    )  # fmt: skip
    def put(self, pk: str, data: dict[str, Any]) -> Any:
        """Change a record; 409 where somebody else has changed it meanwhile."""
        item = self.unchanged(pk, data.pop("seen"))
        return self._written(item, self.generated().edit_form, data)

    @operation(
        "DELETE", "/<pk>", _l("删除；seen 为读到的值"), args={"seen": SEEN}, needs=("seen",), errors=(409,),
        answer=lambda api: schemas.result(schemas.obj({"id": schemas.key(api.datamodel.obj)})),
    )  # fmt: skip
    def delete(self, pk: str, args: dict[str, Any]) -> Any:
        """Delete a record that nothing refers to; 409 where somebody else has changed it meanwhile."""
        item = self.unchanged(pk, args["seen"])
        key = self.datamodel.get_pk_value(item)
        self.generated().remove(item)
        return answers.gone(key)

    def _written(self, item: Any, form_class: Any, given: Mapping[str, Any]) -> Any:
        """Store ``given``, the rest of the record being as it is; RuleError with each fault beside its field."""
        values = form_class(formdata=None, obj=item, meta=_WITHOUT_PAGE).data | given
        form = form_class(formdata=_typed(values), meta=_WITHOUT_PAGE)
        form._id = self.datamodel.get_pk_value(item)
        if not form.validate():
            raise RuleError(_problems(form.errors))
        self.generated().write(item, form)
        return self.answered(self.datamodel.get_pk_value(item))

    def answered(self, key: Any) -> Any:
        """What ``kept`` describes."""
        return {"result": {"id": key, "seen": self.generated().seen(self.find(key))}}

    def unchanged(self, pk: Any, seen: str) -> Any:
        """The record, as it was when the caller read it; Conflict where it was changed meanwhile. Nobody else changes it
        before the request is answered."""
        item = self.datamodel.find(pk, locked=True)
        if seen != self.generated().seen(item):
            raise Conflict(N_("该记录刚刚被他人修改，您的请求没有执行。请重新读取后再试"))
        return item


def _access(given: Sequence[str]) -> tuple[str, ...]:
    return answers.WRITE if set(_CHANGES).intersection(given) else answers.READ


def _typed(values: Mapping[str, Any]) -> MultiDict[str, str]:
    """Values as they come from a page's form."""
    typed: MultiDict[str, str] = MultiDict()
    for name, value in values.items():
        typed.setlist(name, [_text(each) for each in (value if isinstance(value, list) else [value])])
    return typed


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _problems(errors: Mapping[str | None, Sequence[str]]) -> list[Problem]:
    """What a form says, which is in the reader's language already."""
    return [
        Problem(name, Message("{text}", {"text": text})) for name, texts in errors.items() for text in texts
    ]
