"""Our base over FAB's generated views: every view of records derives from ``RecordView``, every other page from ``Page``.

It closes FAB's traps once: rows only through the policy (list, show, edit, delete, actions), explicit columns, a
default order, keyset paging, whitelisted order and filters, POST with CSRF for every change, errors beside fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import ModelView
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.forms import DynamicForm, GeneralModelConverter
from flask_appbuilder.utils.limit import Limit
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from app.db import session
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.text import N_
from app.web import exported, exporting, forms, labels, listing
from app.web.access import guarded, internal, require
from app.web.text import in_english, render


class Page(BaseView):
    """A page of our own design. ``roles`` maps FAB role names to the permissions they get at set-up."""

    roles: ClassVar[Mapping[str, Sequence[str]]] = {}
    default_view = "index"


class OpenPage(Page):
    """A page that needs no account."""

    #: how often one network address may ask for each; more than people do, too slow for copying or flooding
    often: ClassVar[str] = "600 per minute"

    def __init__(self) -> None:
        self.limits = [Limit(lambda: type(self).often, get_remote_address, cost=1)]
        super().__init__()


class RecordView(ModelView):
    """A generated view: list, show, add, edit, delete, export and actions over one model."""

    roles: ClassVar[Mapping[str, Sequence[str]]] = {}
    #: columns with codes that the list can be filtered by
    filter_columns: Sequence[str] = ()
    #: columns searched by the search box
    text_columns: Sequence[str] = ()
    #: columns whose place another one takes for readers of English
    english_columns: ClassVar[Mapping[str, str]] = {}
    search_hint: Any = ""
    #: characters of a text whose column has no length
    longest = 5_000
    list_template = "records/list.html"
    show_template = "records/show.html"
    add_template = edit_template = "records/form.html"
    exclude_route_methods: ClassVar[set[str]] = {"download"}
    search_form = DynamicForm
    add_columns: Any = None
    edit_columns: Any = None
    order_columns: Any = None
    add_form: Any = None
    edit_form: Any = None
    add_title: Any = ""
    edit_title: Any = ""
    show_title: Any = ""

    def __init__(self, **kwargs: Any) -> None:
        for name in ("list_columns", "base_order", "list_title", "label_columns"):
            if not getattr(self, name):
                raise TypeError(f"{type(self).__name__} must declare {name}")
        if not self.show_columns and not self.show_fieldsets:
            raise TypeError(f"{type(self).__name__} must declare show_columns")
        self.add_columns = self.add_columns or []
        self.edit_columns = self.edit_columns or []
        self.order_columns = self.order_columns or [self.base_order[0]]
        self._close_routes()
        super().__init__(**kwargs)

    def _close_routes(self) -> None:
        closed = set(self.exclude_route_methods)
        for name, columns in (("add", self.add_columns), ("edit", self.edit_columns)):
            if not columns:
                closed.add(name)
        if self.base_permissions is not None and "can_delete" not in self.base_permissions:
            closed.add("delete")
        self.exclude_route_methods = closed  # type: ignore[misc]

    def _init_properties(self) -> None:
        add, edit = list(self.add_columns), list(self.edit_columns)
        super()._init_properties()
        self.add_columns, self.edit_columns = add, edit

    def _init_forms(self) -> None:
        converter = GeneralModelConverter(self.datamodel)
        self.add_form = self.add_form or forms.generated(converter, self, self.add_columns)
        self.edit_form = self.edit_form or forms.generated(converter, self, self.edit_columns)

    def _init_titles(self) -> None:
        self.add_title = self.add_title or _lazy_title("新增", self.list_title)
        self.edit_title = self.edit_title or _lazy_title("编辑", self.list_title)
        self.show_title = self.show_title or self.list_title
        self.title = self.list_title

    # ------------------------------------------------------------ reading

    @property
    def table(self) -> str:
        """Name of the model's table."""
        return str(self.datamodel.obj.__tablename__)

    def spec(self) -> listing.ListSpec:
        """What the list may be asked."""
        filters = {name: labels.codes(self.table, name) or {} for name in self.filter_columns}
        return listing.ListSpec(
            self.datamodel.obj,
            [self.column(name) for name in self.list_columns],
            self.order_columns,
            self.base_order,
            filters,
            self.text_columns,
        )

    def column(self, name: str) -> str:
        """The column that stands in the place of ``name`` for the reader's language."""
        return self.english_columns.get(name, name) if in_english() else name

    def name_of(self, row: Any) -> str:
        """What a row is called, for those who cannot see where it stands."""
        if in_english() and "name" in self.english_columns:
            return f"{self.datamodel.get_pk_value(row)} {self.cell(row, 'name')}"
        return str(row)

    def cell(self, row: Any, name: str) -> Any:
        """The value of a column as people read it."""
        value = getattr(row, self.column(name))
        if callable(value):
            value = value()
        formatter = self.formatters_columns.get(name)
        if formatter:
            return formatter(value)
        if isinstance(value, str):
            known = labels.codes(self.table, name)
            return known.get(value, value) if known else labels.named(name, value) or value
        return labels.show(value)

    def may(self, name: str) -> bool:
        """Whether the present user has the permission ``name`` here and the route exists."""
        return name not in self.exclude_route_methods and bool(
            self.appbuilder.sm.has_access(PERMISSION_PREFIX + name, self.class_permission_name)
        )

    def may_act(self, name: str) -> bool:
        """Whether the present user may use an action."""
        return bool(
            self.appbuilder.sm.has_access(self.get_action_permission_name(name), self.class_permission_name)
        )

    @expose("/list/")
    @guarded()
    def list(self) -> str:
        """A page of rows."""
        spec = self.spec()
        query = listing.read_query(spec, request.args)
        page = listing.fetch(spec, query)
        return str(
            self.render_template(
                self.list_template,
                title=self.list_title,
                view=self,
                spec=spec,
                query=query,
                page=page,
                pk=self.datamodel.get_pk_value,
            )
        )

    @expose(f"/export/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports()
    def export(self, args: Mapping[str, str]) -> exporting.Sheet:
        """All rows of the list as it is filtered."""
        spec = self.spec()
        query = listing.read_query(spec, args)
        return exporting.Sheet(
            str(self.list_title),
            self.table,
            [str(self.label_columns[name]) for name in self.list_columns],
            self._exported(spec, query),
            exported.filters(query, spec.filters, self.label_columns),
            partial(listing.count_all, spec, query),
        )

    def _exported(self, spec: listing.ListSpec, query: listing.ListQuery) -> Iterator[Sequence[Any]]:
        if type(self).cell is RecordView.cell:
            found = listing.values(spec, query)
            return exported.rows(self.datamodel.obj, spec.columns, self.formatters_columns, found)
        # what the list shows in its own words is exported in them
        shown = [self.column(name) for name in self.list_columns]
        return ([self.cell(row, name) for name in shown] for row in listing.all_rows(spec, query))

    @expose("/show/<pk>")
    @guarded()
    def show(self, pk: str) -> str:
        """One record."""
        item = self.datamodel.find(pk)
        return str(
            self.render_template(
                self.show_template,
                title=self.show_title,
                view=self,
                item=item,
                pk=pk,
                sections=self._sections(),
            )
        )

    def _sections(self) -> Sequence[tuple[Any, Sequence[str]]]:
        if self.show_fieldsets:
            return [(title, fields["fields"]) for title, fields in self.show_fieldsets]
        return [("", self.show_columns)]

    # ------------------------------------------------------------ writing

    @expose("/add", methods=["GET", "POST"])
    @guarded()
    def add(self) -> Any:
        """A new record."""
        form = self.add_form()
        if request.method == "POST" and form.validate():
            item = self.datamodel.obj()
            if self._stored(form, item):
                flash(_("已保存"), "success")
                return redirect(url_for(f"{self.endpoint}.show", pk=self.datamodel.get_pk_value(item)))
        return self._form(form, self.add_title)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @guarded()
    def edit(self, pk: str) -> Any:
        """Change a record; one that was changed meanwhile is not overwritten."""
        item = self.datamodel.find(pk, locked=request.method == "POST")
        if request.method == "GET":
            return self._form(self.edit_form(obj=item), self.edit_title, item)
        form = self.edit_form(request.form)
        form._id = self.datamodel.get_pk_value(item)
        if self._is_stale(item):
            return self._stale_form(form, item)
        if form.validate():
            if self._stored(form, item):
                flash(_("已保存"), "success")
                return redirect(url_for(f"{self.endpoint}.show", pk=pk))
            item = self.datamodel.find(pk)
        return self._form(form, self.edit_title, item)

    def seen(self, item: Any) -> str:
        """Stands for the record's present values in the form, so that an old form is recognised."""
        values = [_plain(getattr(item, name)) for name in self.edit_columns]
        return sha256("\0".join(values).encode()).hexdigest()

    def _is_stale(self, item: Any) -> bool:
        return request.form.get("seen") != self.seen(item)

    def _stale_form(self, form: Any, item: Any) -> Any:
        """Both values of each field that differs; saving again is then a decision."""
        form.form_errors.append(_("该记录刚刚被他人修改，您的修改没有保存。请对照现值后再保存。"))
        for name in self.edit_columns:
            if form[name].data != getattr(item, name):
                form[name].errors = [*form[name].errors, _("现值：%(value)s", value=self.cell(item, name))]
        page, _status = self._form(form, self.edit_title, item)
        return page, 409

    def write(self, item: Any, form: Any) -> None:
        """Store what a form that was found valid holds, in a new record or in one that is there; RuleError where the
        rules or other records forbid it."""
        if inspect(item).persistent:
            check, store, done = self.pre_update, self.datamodel.edit, self.post_update
        else:
            check, store, done = self.pre_add, self.datamodel.add, self.post_add
        try:
            with session.no_autoflush:
                form.populate_obj(item)
                check(item)
            store(item)
        except IntegrityError as error:
            raise RuleError([Problem(None, N_("与已有记录重复，或仍被其他记录引用"))]) from error
        done(item)

    def remove(self, item: Any) -> None:
        """Delete a record; Conflict where the rules or other records forbid it."""
        self.pre_delete(item)
        try:
            self.datamodel.delete(item)
        except IntegrityError as error:
            raise Conflict(N_("该记录仍被其他记录引用，不能删除")) from error
        self.post_delete(item)

    def _stored(self, form: Any, item: Any) -> bool:
        """Whether the form's values could be stored; problems are put beside their fields."""
        try:
            self.write(item, form)
        except RuleError as error:
            session.rollback()
            forms.show_problems(form, error.problems)
            return False
        return True

    def _form(self, form: Any, title: Any, item: Any = None) -> Any:
        page = self.render_template(self.add_template, title=title, view=self, form=form, item=item)
        return page, (422 if form.errors else 200)

    @expose("/delete/<pk>", methods=["POST"])
    @guarded()
    def delete(self, pk: str) -> AnyResponse:
        """Delete a record nothing refers to; one that was changed meanwhile is looked at first."""
        item = self.datamodel.find(pk, locked=True)
        if self._is_stale(item):
            flash(_("该记录刚刚被他人修改，没有删除。请看过现值后再删除。"), "warning")
            return redirect(url_for(f"{self.endpoint}.show", pk=pk))
        self.remove(item)
        flash(_("已删除"), "success")
        return redirect(url_for(f"{self.endpoint}.list"))

    # ------------------------------------------------------------ actions

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Any:
        """Do an action to one record."""
        return self._act(name, [pk], single=True)

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> Any:
        """Do an action to the records ticked in the list: to all of them or, where one is not found, to none."""
        keys = request.form.getlist("rowid")
        if not keys:
            flash(_("请先勾选记录"), "warning")
            return redirect(internal(request.referrer))
        return self._act(request.form.get("action", ""), keys[: listing.PAGE_SIZES[-1]], single=False)

    def _act(self, name: str, keys: Sequence[str], *, single: bool) -> Any:
        action = self.actions.get(name)
        if action is None:
            raise NotFound
        require(self.get_action_permission_name(name), self.class_permission_name)
        if not self.may_act(name):
            abort(403)
        items = [self.datamodel.find(key) for key in dict.fromkeys(keys)]
        return action.func(items[0] if single and action.single else items)


def _plain(value: Any) -> str:
    """A value as text; of several records the order means nothing."""
    return "\0".join(sorted(map(str, value))) if isinstance(value, list) else str(value)


def _lazy_title(verb: str, title: Any) -> Any:
    return forms.lazy_pair(verb, title)


def problems_text(error: RuleError) -> str:
    """All problems of an error in one sentence, for a flash message."""
    return _("；").join(render(problem.message) for problem in error.problems)
