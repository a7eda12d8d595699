"""Lists as files over REST: asked for, made in the background as for the pages, fetched while they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app import models as m
from app.api import answers, programs, schemas
from app.api.answers import GONE, PK
from app.api.base import Api, RecordApi, operation
from app.api.rounds import JOB, started
from app.domain.errors import Problem, RuleError
from app.domain.text import N_
from app.reports import export
from app.services import exports
from app.web import exporting
from app.web.base import RecordView
from app.web.exports import file_of
from app.web.security import current_actor
from app.web.unit.assets import UnitAssetsView
from app.web.unit.certificates import UnitCertificatesView
from app.web.unit.overview import TABS
from app.web.unit.patents import UnitPatentsView
from app.web.unit.products import UnitProductsView


class _List(NamedTuple):
    """A list of the pages: its view, and what else of the page's address says which list it is."""

    view: Any
    where: Mapping[str, str]


#: a unit's own lists, by view, with their areas; the others are those of the generated views, by their tables
_OWN: dict[type[Any], tuple[str, dict[str, dict[str, str]]]] = {
    UnitProductsView: ("filing", {f"own_products_{tab}": {"tab": tab} for tab in TABS}),
    UnitPatentsView: ("patents", {"own_patents": {}}),
    UnitAssetsView: ("units", {"own_assets": {}}),
    UnitCertificatesView: ("recognition", {"own_certificates": {}}),
}
_METHOD = "export"
#: a list's filters, as they stand in the page's address
_FILTERS = {
    "type": "object", "additionalProperties": schemas.text(200), "maxProperties": 30,
    "propertyNames": {"pattern": "^(q|order|dir|f_[a-z_]{1,60})$"},
}  # fmt: skip
_FILE = schemas.obj({
    **{name: schemas.column(m.BackgroundJob, name) for name in ("id", "title", "state", "done", "total", "created_at")},
    "kind": schemas.or_null(schemas.one_of(*export.KINDS)), "rows": schemas.or_null(schemas.COUNT),
    "size": schemas.or_null(schemas.COUNT), "failure": schemas.or_null(schemas.TEXT), "kept_until": schemas.or_null(schemas.INSTANT),
})  # fmt: skip


class ExportApi(Api):
    """The caller's own exports. A token that is limited must be allowed to read what is exported, too."""

    resource_name = "exports"
    area = "exports"
    roles = dict.fromkeys(answers.READERS, answers.WRITE)

    def asked(self) -> schemas.Schema:
        """What can be asked for: the lists that the caller may export in the pages."""
        return schemas.some({
            "of": schemas.one_of(*sorted(_lists())), "kind": schemas.one_of(*export.KINDS),
            "filters": _FILTERS,
        }, "of", "kind")  # fmt: skip

    @operation(
        "POST", "/", _l("导出一个列表（后台）；filters 与页面地址中的筛选相同"), body=asked, answer=JOB, status=201, errors=(409,),
        example=lambda api: {"of": min(_lists()), "kind": "csv", "filters": {}},
    )  # fmt: skip
    def start(self, data: dict[str, Any]) -> Any:
        """Have a list made into a file: the rows and columns that the caller may see."""
        found = _lists()[data["of"]]
        try:
            job = exporting.begin(found.view, _METHOD, data["kind"], found.where, data.get("filters", {}))
        except BadRequest as error:
            raise RuleError([Problem("filters", N_("该列表没有这样的筛选条件或取值"))]) from error
        return started(job)

    @operation("GET", "/", _l("自己的导出"), answer=schemas.result(schemas.array(_FILE)))
    def index(self) -> Any:
        """The newest hundred, with their files as long as these are kept."""
        return {"result": [_shown(job, file) for job, file in exports.listed(current_actor(), 100)]}

    @operation("GET", f"/{PK}", _l("一个导出：进度，完成后的文件"), answer=schemas.result(_FILE))
    def show(self, pk: int) -> Any:
        """One export."""
        return {"result": _shown(*exports.own(current_actor(), pk))}

    @operation(
        "GET", f"/{PK}/file", _l("下载导出的文件"), answers="*/*",
        answer={"type": "string", "format": "binary"},
    )  # fmt: skip
    def download(self, pk: int) -> Response:
        """The file."""
        return file_of(pk)

    @operation("DELETE", f"/{PK}", _l("提前删除导出的文件"), answer=GONE)
    def delete(self, pk: int) -> Any:
        """Delete the file before its time."""
        exports.remove(current_actor(), pk)
        return answers.gone(pk)


def _lists() -> dict[str, _List]:
    """The lists that the caller may export, by name."""
    builder = current_app.appbuilder  # type: ignore[attr-defined]
    areas = {api.datamodel.obj: api.area for api in builder.baseviews if isinstance(api, RecordApi)}
    found: dict[str, _List] = {}
    for view in builder.baseviews:
        if isinstance(view, RecordView):
            named: dict[str, dict[str, str]] = {view.table: {}}
            area = areas[view.datamodel.obj]
        elif type(view) in _OWN:
            area, named = _OWN[type(view)]
        else:
            continue
        may = builder.sm.has_access(exporting.permission(view, _METHOD), view.class_permission_name)
        if may and programs.allowed(f"{area}:read"):
            found |= {name: _List(view, where) for name, where in named.items()}
    return found


def _shown(job: m.BackgroundJob, file: m.ExportFile | None) -> dict[str, Any]:
    of_job = {name: getattr(job, name) for name in ("id", "title", "state", "done", "total", "created_at")}
    of_file = {name: getattr(file, name, None) for name in ("kind", "rows", "size", "kept_until")}
    return of_job | of_file | {"failure": answers.failure(job)}
